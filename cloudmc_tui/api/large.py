"""Large listings: entities that are decoded when they are first looked at.

Of ten thousand instances a screen shows forty. To split a reply into its entities takes a sixth of the time
that it takes to decode them all, and what is shown need not wait for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, cast, overload

import msgspec

LARGE = 1_000_000
"""Bytes from which a listing is split, and its entities decoded later."""

SAMPLE = 200
"""From so many entities it is learnt which members' texts come again and again."""


class Entities(Sequence[dict[str, Any]]):
    """The objects of a large list, each of them decoded when it is first looked at, in any thread.

    Texts that are the same are one: most that is said of ten thousand instances is said of hundreds. One
    that cannot be decoded (its numbers are larger than any, it is nested too deeply) is empty.
    """

    __slots__ = ("_items", "_repeated", "_texts")

    def __init__(self, parts: list[msgspec.Raw]) -> None:
        """Take them over.

        Args:
            parts: the JSON of each; objects, checked but for the size of numbers.
        """
        self._items: list[Any] = parts
        self._texts: dict[str, str] = {}
        self._repeated: list[str] = []
        sample = list(islice(self, SAMPLE))
        self._repeated = _repeated(sample)
        for item in sample:
            self._share(item)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self._items)))]
        item = self._items[index]
        if type(item) is not dict:
            item = self._items[index] = self._decode(item)
        return cast("dict[str, Any]", item)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        items, decode = self._items, self._decode
        for index, item in enumerate(items):
            if type(item) is not dict:
                item = items[index] = decode(item)
            yield item

    def _decode(self, part: msgspec.Raw) -> dict[str, Any]:
        try:
            item = _decode_object(part)
        except (ValueError, RecursionError):
            return {}
        self._share(item)
        return item

    def _share(self, item: dict[str, Any]) -> None:
        share = self._texts.setdefault
        for member in self._repeated:
            value = item.get(member)
            if type(value) is str:
                item[member] = share(value, value)


def _repeated(sample: Sequence[dict[str, Any]]) -> list[str]:
    """The members whose texts are fewer than half as many as the entities: comparing others is in vain."""
    texts: dict[str, set[str]] = {}
    for item in sample:
        for member, value in item.items():
            if type(value) is str:
                texts.setdefault(member, set()).add(value)
    return [member for member, seen in texts.items() if 2 * len(seen) < len(sample)]


class _Envelope(msgspec.Struct):
    """What is read of a large listing; the rest of it says nothing."""

    data: list[msgspec.Raw]
    metadata: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    errors: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


def decode_listing(body: bytes | bytearray) -> dict[str, Any]:
    """Decode the envelope of a large listing; its ``data`` becomes :class:`Entities`.

    Args:
        body: all of the reply.

    Raises:
        ValueError, RecursionError: where it is anything else than an object with a long list of objects in
            ``data``; that does not say that it is broken.
    """
    if not body.isascii():
        body.decode()  # what is split is not checked for being Unicode
    split = _decode_envelope(body)
    if len(split.data) <= SAMPLE or any(memoryview(part)[0] != ord("{") for part in split.data):
        raise ValueError(len(split.data))
    rest = {"metadata": split.metadata, "errors": split.errors}
    return {
        "data": Entities(split.data),
        **{name: msgspec.json.decode(part) for name, part in rest.items() if isinstance(part, msgspec.Raw)},
    }
