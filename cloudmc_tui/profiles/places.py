"""Where things stand in a TOML text: for messages that name a line, and for edits that touch nothing else.

The parsers at hand tell positions only of what they cannot read. This reads no values: it knows strings,
brackets and comments well enough to find the keys of a text that is valid, and does no harm to one that is
not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import tomli
from msgspec import Struct

Key = tuple[str, ...]
"""A dotted key, its parts unquoted."""


_BLANK = re.compile(r"[ \t\r\n]+")
_PART = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*(\.?)""")
_STRING = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"""(?:"{0,2})'
    r"|'''[\s\S]*?'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\''
)


class Statement(Struct, frozen=True):
    """A table's header, or a key with its value.

    Attributes:
        key: with its table's in front.
        header: a table's header.
        line: of its beginning, from 1.
        start: where its first line begins.
        name: where the key itself begins and ends, within its brackets or before its ``=``.
        value: where the value begins and ends; empty for a header.
        end: where the line after its last one begins.
    """

    key: Key
    header: bool
    line: int
    start: int
    name: tuple[int, int]
    value: tuple[int, int]
    end: int


def statements(text: str) -> Iterator[Statement]:
    """The statements of a TOML text, in its order. What cannot be understood ends them, or is left out."""
    place = 0
    table: Key = ()
    while True:
        blank = _BLANK.match(text, place)
        place = blank.end() if blank else place
        if place >= len(text):
            return
        if text[place] == "#":
            place = _line_end(text, place)
            continue
        start = text.rfind("\n", 0, place) + 1
        line = text.count("\n", 0, place) + 1
        if text[place] == "[":
            inside = place + (2 if text.startswith("[[", place) else 1)
            key, after = _dotted(text, inside)
            place = _line_end(text, after)
            if key:
                table = key
                yield Statement(key, True, line, start, (inside, after), (after, after), place)
            continue
        key, after = _dotted(text, place)
        if not key or not text.startswith("=", after):
            place = _line_end(text, place)
            continue
        first = after + 1 + len(text[after + 1 :]) - len(text[after + 1 :].lstrip(" \t"))
        last = _value_end(text, first)
        end = _line_end(text, last)
        yield Statement((*table, *key), False, line, start, (place, after), (first, last), end)
        place = end


def line_of(text: str, key: Key) -> int | None:
    """The line where a key, or the nearest table around it, first stands; none where neither does."""
    found: dict[Key, int] = {}
    for statement in statements(text):
        for length in range(1, len(statement.key) + 1):
            found.setdefault(statement.key[:length], statement.line)
    return next((found[key[:length]] for length in range(len(key), 0, -1) if key[:length] in found), None)


def lines_of(text: str) -> dict[Key, int]:
    """The line where each key first stands. In a list of tables, the number of a table, from 0, is part of
    the key of what is in it: ``("commands", "0", "name")``."""
    found: dict[Key, int] = {}
    counts: dict[Key, int] = {}
    inside: Key = ()
    for statement in statements(text):
        key = statement.key
        if statement.header and text.startswith("[[", statement.name[0] - 2):
            counts[key] = counts.get(key, -1) + 1
            inside = key
        elif statement.header:
            inside = ()
        if inside and key[: len(inside)] == inside:
            found.setdefault(inside, statement.line)
            key = (*inside, str(counts[inside]), *key[len(inside) :])
        found.setdefault(key, statement.line)
    return found


def _line_end(text: str, place: int) -> int:
    """Where the next line begins."""
    end = text.find("\n", place)
    return len(text) if end < 0 else end + 1


def _dotted(text: str, place: int) -> tuple[Key, int]:
    """A dotted key, and where it ends; no parts where there is none."""
    parts = []
    while match := _PART.match(text, place):
        parts.append(_unquoted(match[1]))
        place = match.end()
        if not match[2]:
            break
    return tuple(parts), place


def _unquoted(part: str) -> str:
    if part[0] not in "\"'":
        return part
    try:
        return str(tomli.loads(f"key = {part}")["key"])
    except tomli.TOMLDecodeError:
        return part[1:-1]


def _value_end(text: str, place: int) -> int:
    """Where a value ends: before the blanks and the comment that may follow it."""
    depth, end = 0, place
    while place < len(text):
        char = text[place]
        if char in "\"'":
            match = _STRING.match(text, place)
            place = end = match.end() if match else place + 1
            continue
        if char == "#":
            newline = text.find("\n", place)
            place = len(text) if newline < 0 else newline
            continue
        if char == "\n" and depth == 0:
            break
        depth += (char in "[{") - (char in "]}")
        place += 1
        if char not in " \t\r\n":
            end = place
    return end
