"""The write guard: the one place that any request other than a GET passes.

The client asks it about every request that is not a GET, at the last moment before it is sent, and
refuses those that the guard has not just approved: no other code can send one, by mistake or not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from cloudmc_tui.api import Client, Reply, WriteRefused
from cloudmc_tui.formats.dates import age
from cloudmc_tui.language import _
from cloudmc_tui.profiles import Mode

if TYPE_CHECKING:
    from cloudmc_tui.operations.plan import Plan, Target

UNLOCK_SECONDS = 600.0
"""For how long ``unlock`` lets writes through on a protected profile."""


class WriteGuard:
    """Lets planned mutations through, as the profile's mode allows, and nothing else.

    Attributes:
        mode: what the profile lets one do.
    """

    def __init__(self, mode: Mode = Mode.NORMAL, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Make a guard.

        Args:
            mode: what the profile lets one do.
            clock: seconds that only go forward.
        """
        self.mode = mode
        self._clock = clock
        self._unlocked_until = float("-inf")
        self._approved: list[tuple[str, str]] = []

    # Whether

    @property
    def unlocked_for(self) -> float:
        """Seconds for which a protected profile stays unlocked; 0 when it is locked."""
        return max(0.0, self._unlocked_until - self._clock())

    def unlock(self, seconds: float = UNLOCK_SECONDS) -> None:
        """Let writes through on a protected profile for a while."""
        self._unlocked_until = self._clock() + seconds

    def lock(self) -> None:
        """Lock a protected profile again."""
        self._unlocked_until = float("-inf")

    def why_not(self) -> str:
        """Why a mutation would be refused now; empty when it would not."""
        if self.mode is Mode.READ_ONLY:
            return _("this profile is read-only: nothing is sent that changes anything")
        if self.mode is Mode.PROTECTED and not self.unlocked_for:
            return _(
                "this profile is protected: unlock writes first (U, for {age}; --unlock on the command line)",
                age=age(UNLOCK_SECONDS),
            )
        return ""

    def check(self, plan: Plan, target: Target) -> None:
        """Refuse what would be refused.

        Raises:
            WriteRefused: saying why.
        """
        reason = self.why_not()
        if reason:
            raise WriteRefused(
                _(
                    "{label} {title}: not sent: {reason}",
                    label=plan.operation.label,
                    title=target.title,
                    reason=reason,
                )
            )

    # The way through

    async def send(self, client: Client, plan: Plan, target: Target) -> Reply:
        """Send a plan's request for one target.

        Raises:
            WriteRefused: nothing was sent.
            CloudMCError: see :meth:`Client.send`.
        """
        self.check(plan, target)
        request = plan.request(target)
        ticket = (request.method, request.url(client.settings.organization_id))
        self._approved.append(ticket)
        try:
            return await client.send(
                request.method, request.path, operation=request.operation, body=request.body
            )
        finally:
            if ticket in self._approved:
                self._approved.remove(ticket)

    def __call__(self, method: str, path: str) -> None:
        """What the client asks before it sends anything but a GET: each approval counts once.

        Raises:
            WriteRefused: when this very request was not approved just now.
        """
        ticket = (method, path)
        if ticket not in self._approved:
            raise WriteRefused(
                _("not sent: it did not come through the write guard"), method=method, path=path
            )
        self._approved.remove(ticket)
