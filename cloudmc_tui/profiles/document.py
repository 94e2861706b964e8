"""Edits of a TOML text that touch nothing else: every byte outside of what is changed stays as it is.

A key or a table is found where it stands and changed there. Layouts that this does not understand (inline
and dotted tables) are left to tomlkit. Either way, the result is read again: it has to say what was wanted,
and nothing else, or the edit is refused.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

import tomli
import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import SingleKey

from cloudmc_tui.language import _
from cloudmc_tui.profiles.places import Key, Statement, statements


class CannotEdit(ValueError):
    """The text is laid out in a way that the edit would not come out right in."""


class Document:
    """A TOML text that is being edited.

    Attributes:
        text: as it is now.
        data: what it says.
    """

    def __init__(self, text: str) -> None:
        """Take a text.

        Raises:
            tomli.TOMLDecodeError: when it is not valid.
        """
        self.text = text
        self.data = tomli.loads(text)

    def set(self, key: Key, value: Any) -> None:
        """Give a key a value: in its place, or as the last one of its table, which is made if need be.

        Raises:
            CannotEdit: as all edits may.
        """
        self._edit(
            lambda data: _assign(data, key, value),
            lambda text: _set(text, key, value),
            lambda document: _assign(document, key, value),
        )

    def remove(self, key: Key) -> None:
        """Take a key out, or a whole table with the comment right above it; nothing where there is none."""
        if not _has(self.data, key):
            return
        self._edit(
            lambda data: _take(data, key), lambda text: _remove(text, key), lambda doc: _take(doc, key)
        )

    def add_table(self, key: Key, values: Mapping[str, Any]) -> None:
        """Add a table behind those of its kind."""
        self._edit(
            lambda data: _assign(data, key, dict(values)),
            lambda text: _add_table(text, key, values),
            lambda document: _assign(document, key, dict(values)),
        )

    def rename_table(self, key: Key, name: str) -> None:
        """Give a table another name; it stays where it is."""
        new = (*key[:-1], name)

        def move(data: Any) -> None:
            value = _take(data, key)
            _assign(data, new, value)

        self._edit(move, lambda text: _rename(text, key, name), move)

    def _edit(
        self,
        wanted: Callable[[Any], object],
        in_place: Callable[[str], str],
        with_tomlkit: Callable[[Any], object],
    ) -> None:
        data = copy.deepcopy(self.data)
        wanted(data)

        def tomlkit_does_it(text: str) -> str:
            document = tomlkit.parse(text)
            with_tomlkit(document)
            return tomlkit.dumps(document)

        for way in (in_place, tomlkit_does_it):
            try:
                text = way(self.text)
                if _same(tomli.loads(text), data):
                    self.text, self.data = text, data
                    return
            except (CannotEdit, TOMLKitError, tomli.TOMLDecodeError, KeyError, TypeError, AttributeError):
                continue
        raise CannotEdit(_("the file is laid out in a way that the program cannot edit: change it by hand"))


# What is wanted, on what a text says


def _assign(data: Any, key: Key, value: Any) -> None:
    for part in key[:-1]:
        if part not in data:
            data[part] = {}
        data = data[part]
    data[key[-1]] = value


def _take(data: Any, key: Key) -> Any:
    for part in key[:-1]:
        data = data[part]
    return data.pop(key[-1])


def _has(data: Any, key: Key) -> bool:
    for part in key:
        if not isinstance(data, dict) or part not in data:
            return False
        data = data[part]
    return True


def _same(one: Any, other: Any) -> bool:
    """Whether two documents say the same; ``nan`` is itself, and an empty table is like none."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_same(one.get(name, {}), other.get(name, {})) for name in one.keys() | other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and (one == other or (one != one and other != other))


# The same in place, on the text


def _literal(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_name((name,))} = {_literal(each)}" for name, each in value.items())
        return f"{{{inner}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_literal, value))}]"
    return str(tomlkit.item(value).as_string())


def _name(key: Iterable[str]) -> str:
    return ".".join(SingleKey(part).as_string() for part in key)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _set(text: str, key: Key, value: Any) -> str:
    found = list(statements(text))
    for each in found:
        if each.key == key and not each.header:
            return text[: each.value[0]] + _literal(value) + text[each.value[1] :]
    line = f"{_name(key[-1:])} = {_literal(value)}"
    if len(key) == 1:
        return _set_on_top(text, found, line)
    place = next((i for i, each in enumerate(found) if each.header and each.key == key[:-1]), None)
    if place is None:
        return _add_table(text, key[:-1], {key[-1]: value})
    last = _last_of(found, place)
    before = text[: last.end]
    indent = "" if last.header else text[last.start : last.name[0]]
    return _closed(before) + indent + line + _newline(text) + text[last.end :]


def _set_on_top(text: str, found: list[Statement], line: str) -> str:
    """Add a key that belongs to no table: behind the last such one, or in front of the first table."""
    newline = _newline(text)
    first = next((i for i, each in enumerate(found) if each.header), len(found))
    if first:
        end = found[first - 1].end
        return _closed(text[:end]) + line + newline + text[end:]
    if first == len(found):  # comments at most
        return _closed(text) + line + newline
    start = _with_comment(text, found[first].start)
    return text[:start] + line + newline + newline + text[start:]


def _add_table(text: str, key: Key, values: Mapping[str, Any]) -> str:
    found, newline = list(statements(text)), _newline(text)
    lines = [f"[{_name(key)}]", *(f"{_name((name,))} = {_literal(value)}" for name, value in values.items())]
    table = newline.join(lines) + newline
    kin = [i for i, each in enumerate(found) if each.header and each.key[:1] == key[:1]]
    end = _last_of(found, kin[-1]).end if kin else len(text)
    before, after = _closed(text[:end]), text[end:]
    if before.strip():
        table = newline + table if not before.endswith(newline * 2) else table
    return before + table + (newline if after and not after.startswith(newline) else "") + after


def _remove(text: str, key: Key) -> str:
    found = list(statements(text))
    cuts = []
    for i, each in enumerate(found):
        if each.header and each.key[: len(key)] == key:
            cuts.append((_with_comment(text, each.start), _last_of(found, i).end))
        elif not each.header and each.key == key:
            cuts.append((each.start, each.end))
    if not cuts:
        raise CannotEdit("not found")
    for start, end in reversed(cuts):
        before, after, newline = text[:start], text[end:], _newline(text)
        if (not before or before.endswith(newline * 2)) and after.startswith(newline):
            after = after[len(newline) :]
        text = before + after
    return text


def _rename(text: str, key: Key, name: str) -> str:
    headers = [each for each in statements(text) if each.header and each.key[: len(key)] == key]
    if not headers:
        raise CannotEdit("not found")
    for each in reversed(headers):
        start, end = each.name
        text = text[:start] + _name((*key[:-1], name, *each.key[len(key) :])) + text[end:]
    return text


def _last_of(found: list[Statement], header: int) -> Statement:
    """The last statement of a table, or its header."""
    for one, following in pairwise(found[header:]):
        if following.header:
            return one
    return found[-1]


def _with_comment(text: str, start: int) -> int:
    """Where the comment begins that stands right above a line, if it is not what the file begins with."""
    begin = start
    while begin:
        above = text.rfind("\n", 0, begin - 1) + 1
        if not text[above:begin].lstrip().startswith("#"):
            return begin
        begin = above
    return start


def _closed(text: str) -> str:
    """With a line end at its end, unless it is empty."""
    return text if not text or text.endswith("\n") else text + _newline(text)
