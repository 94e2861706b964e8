"""What was asked in a session, as it can be said again: requests as curl lines, changes as a script. There is
no secret in any of it."""

from __future__ import annotations

import shlex
from collections import deque
from typing import TYPE_CHECKING

from msgspec import Struct

from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _
from cloudmc_tui.profiles.sources import KEY_VARIABLE

if TYPE_CHECKING:
    from cloudmc_tui.api import RequestRecord
    from cloudmc_tui.operations import Plan, Target
    from cloudmc_tui.profiles import Profile

KEPT = 500
"""How many changes of a session can be said again."""


class Change(Struct, frozen=True):
    """A change that was sent.

    Attributes:
        method, url: what was sent where, below the endpoint.
        command: as a ``cloudmc-tui run`` line.
        curl: as a curl line.
        known: whether it is known what became of it.
    """

    method: str
    url: str
    command: str
    curl: str
    known: bool


class Changes:
    """The changes of a session, the newest last."""

    def __init__(self, profile: Profile, endpoint: str) -> None:
        """Begin with none.

        Args:
            profile: whose session.
            endpoint: the API's base URL.
        """
        self._profile = profile
        self._endpoint = endpoint
        self._made: deque[Change] = deque(maxlen=KEPT)

    def note(self, plan: Plan, target: Target, *, known: bool = True) -> None:
        """Note a change that was sent.

        Args:
            plan: what.
            target: for which of its targets.
            known: whether it is known what became of it.
        """
        organization = self._profile.organization_id
        request = plan.request(target)
        curl = plan.curl(target, self._endpoint, organization)
        self._made.append(
            Change(request.method, request.url(organization), plan.command(target), curl, known)
        )

    def curl(self, record: RequestRecord) -> str:
        """A request as a curl line, the key as a variable.

        Args:
            record: of this session.
        """
        if record.method != "GET":
            asked = (record.method, record.path)
            same = (c.curl for c in reversed(self._made) if (c.method, c.url) == asked)
            if found := next(same, None):
                return found
        method = [] if record.method == "GET" else ["-X", record.method]
        url = shlex.quote(self._endpoint + record.path)
        return " ".join(["curl", "-sS", *method, url, "-H", f'"MC-Api-Key: ${KEY_VARIABLE}"'])

    def script(self) -> list[str]:
        """The lines of a script that makes the changes again."""
        profile = self._profile
        connection = f"export CLOUDMC_PROFILE={shlex.quote(profile.name)}"
        if profile.demo:
            connection = _("# of the demo cloud, which is a new one in every session")
        lines = ["#!/bin/sh", "set -e", connection]
        if not self._made:
            return [*lines, _("# nothing was changed in this session")]
        for change in self._made:
            line = visible(f"{change.command} --yes --wait")
            lines += [line] if change.known else [_("# nobody knows what became of this one:"), f"# {line}"]
        return lines
