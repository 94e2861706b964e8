"""Large listings: the same as when they are decoded at once, and only as far as they are looked at."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.api.envelope import Unreadable, decode, open_envelope
from cloudmc_tui.api.large import LARGE, SAMPLE, Entities, decode_listing
from cloudmc_tui.api.models import Collection

COUNT = LARGE // 40


def entities(count: int = COUNT) -> list[dict[str, Any]]:
    return [{"id": f"i-{n:05}", "zone": "Montréal", "size": n, "tags": ["a"]} for n in range(count)]


def sent(data: Any, **members: Any) -> bytes:
    return json.dumps({"data": data, **members}, ensure_ascii=False).encode()


def undecoded(found: Entities) -> int:
    return sum(type(item) is not dict for item in found._items)


def test_what_is_not_looked_at_is_not_decoded() -> None:
    found = decode(sent(entities()), listing=True)["data"]
    assert isinstance(found, Entities)
    assert len(found) == COUNT
    assert undecoded(found) == COUNT - SAMPLE
    assert found[COUNT - 1] == entities()[-1]
    assert found[-2:] == entities()[-2:]
    assert undecoded(found) == COUNT - SAMPLE - 2
    assert list(found) == entities()
    assert undecoded(found) == 0


def test_each_is_one_object_and_each_text_that_repeats_one_text() -> None:
    found = decode(sent(entities()), listing=True)["data"]
    assert found[700] is found[700]
    assert all(one is other for one, other in zip(found, found, strict=True))
    assert len({id(entity["zone"]) for entity in found}) == 1


def test_a_large_listing_is_a_collection_like_others() -> None:
    body = sent(entities(), metadata={"recordCount": COUNT + 1})
    read = Collection.read(open_envelope(decode(body, listing=True)))
    same = Collection.read(open_envelope(json.loads(body)))
    assert (list(read.entities), read.count, read.notes) == (same.entities, same.count, same.notes)
    assert len(read.notes) == 1


@pytest.mark.parametrize("stray", [None, "é", ["x"], 7])
def test_a_list_with_something_else_in_it_is_decoded_at_once(stray: object) -> None:
    body = sent([*entities(), stray])
    assert decode(body, listing=True) == json.loads(body)


def test_only_a_listing_is_split() -> None:
    assert isinstance(decode(sent(entities()))["data"], list)


def test_broken_text_in_an_entity_is_mended_as_in_any_reply() -> None:
    body = sent(entities()).replace("Montréal".encode(), b"Montr\xe9al", 1)
    assert decode(body, listing=True)["data"][0]["zone"] == "Montr\ufffdal"


def test_broken_json_in_the_last_entity_is_told_at_once() -> None:
    body = sent(entities()).replace(b'"size": ' + str(COUNT - 1).encode(), b'"size": 01')
    with pytest.raises(Unreadable, match="broken JSON"):
        decode(body, listing=True)


def test_an_entity_that_cannot_be_decoded_is_empty() -> None:
    """Its number was not looked at when the reply was split."""
    body = sent(entities()).replace(b'"size": ' + str(COUNT - 1).encode(), b'"size": 1e999')
    found = decode(body, listing=True)["data"]
    assert (found[-1], found[-2]) == ({}, entities()[-2])


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), values), min_size=1, max_size=8))
def test_it_is_what_it_is_when_decoded_at_once(items: list[dict[str, Any]]) -> None:
    items *= SAMPLE + 1
    found = decode_listing(json.dumps({"data": items}).encode())["data"]
    assert len(found) == len(items)
    assert list(found) == items
