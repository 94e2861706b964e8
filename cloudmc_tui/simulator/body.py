"""Reading a request's body: forgiving of noise, strict about values.

Clients send nulls for what is unset, empty objects, objects of nothing but nulls, numbers as strings
and strings as numbers. Nulls and such objects are dropped, unknown members are never looked at, and
either spelling of a number is taken. What a member has for a value is checked when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import msgspec

from cloudmc_tui.simulator import errors

_MAY_BE_EMPTY = ("description", "userData")
_LONGEST = 255


def decode(content: bytes) -> Body:
    """Decode a request's body; an empty one has no members.

    Raises:
        ApiError: 400, it is not a JSON object.
    """
    if not content.strip():
        return Body({})
    try:
        members = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.malformed(f"The body is not valid JSON: {error}.") from None
    if members is None:
        return Body({})
    if not isinstance(members, dict):
        raise errors.malformed("The body is not a JSON object.")
    return Body(members)


class Body:
    """The members of a request's body.

    Every reading method raises an :class:`~cloudmc_tui.simulator.errors.ApiError` (400) that names
    the member when its value is not of the kind asked for.
    """

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = {name: value for name, value in members.items() if not _is_noise(value)}

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def inner(self, name: str) -> Body:
        """The body inside a member, or this one where the member is not there."""
        value = self._members.get(name)
        return Body(value) if isinstance(value, dict) else self

    def require(self, *names: str) -> None:
        """Refuse a body that lacks any of these, naming all that it lacks."""
        lacking = [n for n in names if self._is_missing(n)]
        if lacking:
            raise errors.missing(lacking)

    def _is_missing(self, name: str) -> bool:
        value = self._members.get(name)
        return value is None or (value == "" and name not in _MAY_BE_EMPTY)

    def maybe(self, name: str) -> str | None:
        """A text that may be missing; an empty one counts as missing."""
        value = self._members.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if value is None or (value == "" and name not in _MAY_BE_EMPTY):
            return None
        if not isinstance(value, str):
            raise errors.invalid(name, "must be a text")
        longest = 32_768 if name in ("userData", "publicKey", "url", "cidrList") else _LONGEST
        if len(value) > longest:
            raise errors.invalid(name, f"may have {longest} characters at most", length=len(value))
        return value

    def text(self, name: str) -> str:
        """A text that must be there."""
        self.require(name)
        return self.maybe(name) or ""

    def choice(self, name: str, options: Sequence[str]) -> str | None:
        """One of some values, compared without regard to case but kept as it was spelt: clients
        compare what they read with what they sent."""
        value = self.maybe(name)
        if value is not None and value.casefold() not in [o.casefold() for o in options]:
            raise errors.invalid(name, f"must be one of {', '.join(options)}", value=value)
        return value

    def whole(self, name: str, least: int, most: int) -> int | None:
        """A whole number that may be missing, as a number or as a string."""
        value = self._members.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, str):
            value = int(value) if value.lstrip("-").isdecimal() and value.isascii() else None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            sent = self._members[name]
            raise errors.invalid(name, f"must be a whole number from {least} to {most}", value=sent)
        return value

    def port(self, name: str) -> str | None:
        """A port, which goes as a string on the wire."""
        number = self.whole(name, 1, 65535)
        return None if number is None else str(number)

    def flag(self, name: str, default: bool = False) -> bool:
        """A truth value, also as the text ``"true"`` or ``"false"``."""
        value = self._members.get(name, default)
        if isinstance(value, str) and value.casefold() in ("true", "false"):
            return value.casefold() == "true"
        if not isinstance(value, bool):
            raise errors.invalid(name, "must be true or false", value=value)
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts; numbers in it count as texts, and a missing one is empty."""
        value = self._members.get(name, [])
        if not isinstance(value, list) or not all(isinstance(v, str | int) for v in value):
            raise errors.invalid(name, "must be a list of texts")
        return [str(v) for v in value]

    def objects(self, name: str) -> list[Body]:
        """A list of objects; a missing one is empty."""
        value = self._members.get(name, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise errors.invalid(name, "must be a list of objects")
        return [Body(v) for v in value]

    def mapping(self, name: str) -> dict[str, str]:
        """An object with the values as texts; a missing one is empty."""
        value = self._members.get(name, {})
        if not isinstance(value, dict):
            raise errors.invalid(name, "must be an object")
        return {k: _spelt(v) for k, v in value.items() if v is not None}

    def address(self, name: str) -> str | None:
        """An IPv4 address that may be missing."""
        return self._parsed(name, IPv4Address, "must be an IPv4 address")

    def cidr(self, name: str) -> str | None:
        """An IPv4 network that may be missing, kept as it was spelt (host bits and all)."""
        return self._parsed(name, _network, "must be an IPv4 network, such as 192.0.2.0/24")

    def cidrs(self, name: str) -> str | None:
        """IPv4 networks separated by commas, kept as they were spelt."""
        wrong = "must be IPv4 networks separated by commas"
        return self._parsed(name, lambda text: [_network(part.strip()) for part in text.split(",")], wrong)

    def _parsed(self, name: str, parse: Callable[[str], object], wrong: str) -> str | None:
        value = self.maybe(name)
        if value is not None:
            try:
                parse(value)
            except ValueError:
                raise errors.invalid(name, wrong, value=value) from None
        return value


def _is_noise(value: object) -> bool:
    """Whether nothing is said: a null, or an object with nothing in it however deep."""
    return value is None or (isinstance(value, dict) and all(_is_noise(v) for v in value.values()))


def _network(text: str) -> IPv4Network:
    return IPv4Network(text, strict=False)


def _spelt(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
