"""Testing a profile: from its name server to what its key sees."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from cloudmc_tui.api.checks import Check, Clock, Outcome, check, check_api
from cloudmc_tui.api.reach import check_network
from cloudmc_tui.api.settings import Secret
from cloudmc_tui.language import _
from cloudmc_tui.profiles.keys import Ask, KeyUnavailable, NobodyToAsk, resolve_key

if TYPE_CHECKING:
    from cloudmc_tui.profiles.profile import Profile


async def check_profile(
    profile: Profile,
    ask: Ask | None = None,
    *,
    clock: Clock = time.monotonic,
    now: Callable[[], float] = time.time,
    **options: Any,
) -> AsyncGenerator[Check, None]:
    """Test a profile, step by step. Nothing is sent with the key before the certificate was found valid.

    Args:
        profile: what to test.
        ask: asks the person for the key, where the profile wants that.
        clock: seconds that only go forward.
        now: seconds since the epoch.
        options: as for :class:`~cloudmc_tui.api.Client`.

    Yields:
        checks in the order of :data:`~cloudmc_tui.api.checks.LABELS`; nothing more after the first that
        failed. Where the key would have to be asked for and nobody is there, that step is skipped and
        ends it.
    """
    if profile.demo:
        yield check("api", Outcome.OK, _("the demo cloud is part of the program"))
        return
    async with aclosing(check_network(profile.settings(Secret("")), clock=clock, now=now)) as network:
        async for each in network:
            yield each
            if each.outcome is Outcome.FAILED:
                return
    begun = clock()
    try:
        key = await resolve_key(profile, ask)
    except NobodyToAsk as error:
        yield check("source", Outcome.SKIPPED, str(error), clock() - begun, error.hint)
        return
    except KeyUnavailable as error:
        yield check("source", Outcome.FAILED, str(error), clock() - begun, error.hint)
        return
    yield check("source", Outcome.OK, profile.key_source, clock() - begun)
    async with aclosing(check_api(profile.settings(key), clock=clock, **options)) as api:
        async for each in api:
            yield each
