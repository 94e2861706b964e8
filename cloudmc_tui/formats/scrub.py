"""The last net under everything that is written: known secrets, and what looks like a key, are masked.

Every secret that this process gets to know (a key, a password in a form or a result) is remembered here;
logs, crash reports and the words of key commands pass :func:`scrub` on their way out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cloudmc_tui.formats.redact import MASK

SHORTEST = 6
"""A shorter secret is not searched for: it would be found everywhere."""

_HEADER = re.compile(r"(mc-api-key|authorization)(['\"]?\s*[:=,]\s*)(b?['\"])?[^\s'\",;)]+", re.IGNORECASE)

_USERINFO = re.compile(r"(\w://)[^/\s@]+@")

_known: set[str] = set()


def remember(secrets: Iterable[str]) -> None:
    """Mask these from now on, wherever they turn up; short ones are not worth it."""
    _known.update(text for secret in secrets if len(text := secret.strip()) >= SHORTEST)


def remembered() -> frozenset[str]:
    """The secrets that are known."""
    return frozenset(_known)


def scrub(text: str) -> str:
    """A text without the secrets that are known, without keys in headers and passwords in URLs."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = _HEADER.sub(rf"\1\2{MASK}", text)
    return _USERINFO.sub(rf"\1{MASK}@", text)
