"""Testing a connection step by step: each step says what it found, how long it took, and what to try."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from cloudmc_tui.api.client import Client
from cloudmc_tui.api.errors import CloudMCError, KeyRefused, NotAllowed
from cloudmc_tui.api.probe import probe_endpoint
from cloudmc_tui.api.settings import ConnectionSettings, is_bare
from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.formats.text import plural, visible
from cloudmc_tui.language import N_, _, number

if TYPE_CHECKING:
    from cloudmc_tui.api.models import Organization, Service

Clock = Callable[[], float]

TOLERATED_SKEW = timedelta(minutes=5)
"""How far the server's clock may be from ours before it is worth a word."""

_MOST_NAMES = 5


class Outcome(str, Enum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def word(self) -> str:
        """What people read."""
        return {"ok": _("ok"), "warning": _("warning"), "failed": _("failed"), "skipped": _("skipped")}[
            self.value
        ]


class Check(Struct, frozen=True):
    """One step of a test.

    Attributes:
        id: ``name``, ``connection``, ``certificate``, ``source``, ``api``, ``key``, ``organizations``,
            ``services`` or ``clock``.
        label: what was to be seen, for people.
        outcome: how it ended; nothing follows a failed one.
        detail: what was found; one safe line.
        elapsed: seconds.
        hint: what to try; may be empty.
    """

    id: str
    label: str
    outcome: Outcome
    detail: str
    elapsed: float = 0.0
    hint: str = ""


LABELS = {
    "name": N_("name resolved"),
    "connection": N_("connected"),
    "certificate": N_("certificate valid"),
    "source": N_("key read"),
    "api": N_("API answered"),
    "key": N_("key accepted"),
    "organizations": N_("organizations seen"),
    "services": N_("services seen"),
    "clock": N_("clocks agree"),
}
"""The steps, in their order."""


def check(identity: str, outcome: Outcome, detail: str, elapsed: float = 0.0, hint: str = "") -> Check:
    """Make a check with the label of its step."""
    line = " ".join(part.strip() for part in detail.splitlines())
    return Check(identity, _(LABELS[identity]), outcome, visible(line), elapsed, visible(hint))


def failed(identity: str, error: CloudMCError, elapsed: float) -> Check:
    """Make a check of what went wrong."""
    return check(identity, Outcome.FAILED, str(error), elapsed, error.hint)


async def check_api(
    settings: ConnectionSettings, *, clock: Clock = time.monotonic, **options: Any
) -> AsyncGenerator[Check, None]:
    """Test what answers at an endpoint that can be connected to.

    Args:
        settings: where and as whom; the endpoint may be a bare host.
        clock: seconds that only go forward.
        options: as for :class:`Client`.

    Yields:
        ``api``, ``key``, ``organizations``, ``services``, and ``clock`` if that one is off; nothing more
        after the first that failed.
    """
    begun = clock()
    try:
        base = await probe_endpoint(settings, **options)
        probed = clock() - begun
        client = Client(replace(settings, endpoint=base), **options)
    except CloudMCError as error:
        yield failed("api", error, clock() - begun)
        return
    async with client:
        begun = clock()
        services: Sequence[Service] = ()
        refusal: NotAllowed | None = None
        try:
            services = await client.services()
        except NotAllowed as error:
            refusal = error
        except CloudMCError as error:
            yield failed("api", error, clock() - begun)
            return
        took = clock() - begun
        found = _(" (found out)") if is_bare(settings.endpoint) else ""
        yield check("api", Outcome.OK, f"{client.endpoint}{found}", probed + took)
        if isinstance(refusal, KeyRefused):
            yield failed("key", refusal, took)
            return
        begun = clock()
        organizations, problem = await _organizations(client)
        if isinstance(problem, KeyRefused):
            yield failed("key", problem, clock() - begun)
            return
        yield check(
            "key", Outcome.OK, _("by the services") if refusal is None else _("though not for all"), took
        )
        yield _seen_organizations(organizations, problem, settings.organization_id, clock() - begun)
        yield _seen_services(services, refusal, took)
        skew = client.clock_skew
    if skew is not None and abs(skew) > TOLERATED_SKEW:
        yield check("clock", Outcome.WARNING, skew_told(skew), hint=_("set this machine's clock (NTP)"))


async def _organizations(client: Client) -> tuple[Sequence[Organization], CloudMCError | None]:
    try:
        return await client.organizations(), None
    except CloudMCError as error:
        return (), error


def _seen_organizations(
    organizations: Sequence[Organization], problem: CloudMCError | None, wanted: str | None, took: float
) -> Check:
    if problem is not None:
        return check(
            "organizations",
            Outcome.WARNING,
            _("not to be seen: {problem}", problem=problem),
            took,
            problem.hint,
        )
    ids = {each.id: each.name for each in organizations}
    if wanted and wanted not in ids:
        near = nearest(wanted, [*ids, *ids.values()])
        meant = next((i for i, name in ids.items() if near in (i, name)), None)
        hint = (
            _("did you mean {meant} ({ids})?", meant=meant, ids=ids[meant])
            if meant
            else _("correct it in the profile")
        )
        return check(
            "organizations",
            Outcome.WARNING,
            _(
                "the profile's organization {wanted} is not among the {count} that the key sees",
                wanted=wanted,
                count=number(len(ids)),
            ),
            took,
            hint,
        )
    if not ids:
        return check(
            "organizations", Outcome.WARNING, _("none"), took, _("the key's user may see too little")
        )
    return check("organizations", Outcome.OK, _listed([each.name for each in organizations]), took)


def _seen_services(services: Sequence[Service], refusal: NotAllowed | None, took: float) -> Check:
    if refusal is not None:
        return check(
            "services",
            Outcome.WARNING,
            _("not to be seen: {refusal}", refusal=refusal),
            took,
            refusal.hint,
        )
    if not services:
        return check("services", Outcome.WARNING, _("none"), took, _("the key's user may see too little"))
    return check("services", Outcome.OK, _listed([each.code for each in services]), took)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{number(len(names))}: {shown}" + (_(" and {more} more", more=number(more)) if more > 0 else "")


def skew_told(skew: timedelta) -> str:
    """How far the server's clock is from ours, for people."""
    minutes = round(abs(skew).total_seconds() / 60)
    shown = plural(minutes, "minute") if minutes < 120 else plural(round(minutes / 60), "hour")
    if skew > timedelta(0):
        return _("the server's clock is {shown} ahead of this machine's", shown=shown)
    return _("the server's clock is {shown} behind this machine's", shown=shown)
