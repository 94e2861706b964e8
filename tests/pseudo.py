"""A language that nobody speaks: every translated message is written in Armenian letters. A Latin word on a
screen or in an output is then one that no translation passes, unless it is data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cloudmc_tui import language

NAME = "pseudo"

_LETTERS = {
    **{ord("a") + n: 0x561 + n for n in range(26)},
    **{ord("A") + n: 0x531 + n for n in range(26)},
}
_KEPT = re.compile(r"\{[^{}]*\}|%\(\w+\)[srd]|%[srd]")

WORD = re.compile(r"[A-Za-z]{2,}")
"""A word in Latin letters."""


def pseudo(message: str) -> str:
    """A message in that language; its placeholders stay."""
    kept = _KEPT.findall(message)
    parts = _KEPT.split(message)
    said = [part.translate(_LETTERS) for part in parts]
    return "".join(part + place for part, place in zip(said, [*kept, ""], strict=True))


class _Pseudo:
    """Stands in for the translations."""

    _catalog: dict[Any, str] = {}  # noqa: RUF012 - a stand-in for gettext's

    def gettext(self, message: str) -> str:
        return pseudo(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return pseudo(one if count == 1 else many)


@contextmanager
def spoken() -> Iterator[None]:
    """Speak it for a while."""
    language.use(language.ENGLISH)
    vars(language).update(_language=NAME, _translations=_Pseudo())
    try:
        yield
    finally:
        language.use(language.ENGLISH)


def words(value: Any) -> set[str]:
    """Every Latin word in some data, keys of objects among it."""
    if isinstance(value, dict):
        return {word for pair in value.items() for part in pair for word in words(part)}
    if isinstance(value, (list, tuple)):
        return {word for part in value for word in words(part)}
    return set(WORD.findall(str(value)))
