"""When to ask again, and how long to wait before."""

from __future__ import annotations

import math
import random as random_module
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

RETRIES = 3
"""How often a GET is asked again at most."""

RETRIED_STATUSES = frozenset({429, 502, 503, 504})

BASE = 0.5
"""The first pause's upper bound in seconds; it doubles each time."""


def backoff(retry: int, random: random_module.Random) -> float:
    """The pause before a retry, in seconds: exponential with full jitter.

    Full jitter, because the requests that a broken connection fails all fail at once.

    Args:
        retry: 1 for the first retry.
        random: where the jitter comes from.
    """
    return random.uniform(0, BASE * 2 ** (retry - 1))


def parse_retry_after(text: str, *, date: datetime | None, now: datetime) -> float | None:
    """Read a ``Retry-After`` header.

    Args:
        text: seconds, or an HTTP date; empty without one.
        date: the reply's own ``Date``, which a date is compared to where there is one: the server's
            clock may differ from ours.
        now: our time, with its zone.

    Returns:
        seconds to wait, 0 or more; none when it says nothing that can be understood.
    """
    text = text.strip()
    try:
        seconds = float(text)
    except ValueError:
        until = parse_http_date(text)
        if until is None:
            return None
        seconds = (until - (date or now)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def parse_http_date(text: str) -> datetime | None:
    """Read an HTTP date; none when it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
