"""Order: both ways, blanks last, as people count, equal ones as the server sent them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.catalog import EntityField, EntityType, Unit, ValueType
from cloudmc_tui.inventory import Listing
from cloudmc_tui.inventory.arrange import Sort, arrange, extra_members
from cloudmc_tui.inventory.filters import Filter, compile_filter
from cloudmc_tui.path import Path
from tests.json_values import ENTITIES, NOW

KIND = EntityType(
    label="Machines",
    singular="machine",
    fields={
        "name": EntityField(label="Name"),
        "memory": EntityField(label="Memory", type=ValueType.SIZE, unit=Unit.MEBIBYTES),
        "created": EntityField(label="Created", type=ValueType.DATE),
        "status.up": EntityField(label="Up", type=ValueType.BOOLEAN),
    },
    columns=["name"],
)
ALL = Filter("", (), ())


def listing(entities: list[dict[str, Any]]) -> Listing:
    return Listing(Path.parse("a/b/c"), KIND, None, entities, len(entities), NOW)


def order(member: str, values: list[Any], *, reverse: bool = False) -> list[Any]:
    arranged = arrange(listing([{member: value} for value in values]), ALL, Sort(member, reverse))
    return [entity[member] for entity in arranged]


@pytest.mark.parametrize(
    ("member", "values", "upwards"),
    [
        ("name", ["web-10", "web-9", "Web-1", "db"], ["db", "Web-1", "web-9", "web-10"]),
        ("memory", ["10240", 512, "4096"], [512, "4096", "10240"]),
        ("created", ["2025-12-31 11:00:00 PM EST", "2026-01-01T00:00:00Z"],
                    ["2026-01-01T00:00:00Z", "2025-12-31 11:00:00 PM EST"]),
        ("unheard", [3, 1, 2], [1, 2, 3]),
        ("name", [True, "zoo", 5], [5, True, "zoo"]),
    ],
)  # fmt: skip
def test_both_ways(member: str, values: list[Any], upwards: list[Any]) -> None:
    assert order(member, values) == upwards
    assert order(member, values, reverse=True) == upwards[::-1]


@pytest.mark.parametrize("reverse", [False, True])
def test_blanks_come_last_whichever_way(reverse: bool) -> None:
    ordered = order("name", ["", "b", None, "a", [], {}], reverse=reverse)
    assert ordered[:2] == (["b", "a"] if reverse else ["a", "b"])
    assert ordered[2:] == ["", None, [], {}]


@pytest.mark.parametrize("reverse", [False, True])
def test_equal_ones_keep_the_servers_order(reverse: bool) -> None:
    entities = [{"name": "x", "n": n} for n in range(20)]
    assert arrange(listing(entities), ALL, Sort("name", reverse)) == entities


def test_members_of_objects_and_titles() -> None:
    up, down = {"name": "b", "status": {"up": True}}, {"name": "a", "status": {"up": False}}
    assert arrange(listing([up, down]), ALL, Sort("status.up")) == [down, up]
    assert arrange(listing([up, down]), ALL, Sort()) == [down, up]
    assert arrange(listing([up, down]), ALL, Sort(reverse=True)) == [up, down]


def test_without_an_order_the_servers_stays() -> None:
    entities = [{"name": "b"}, {"name": "a"}, {"name": "c"}]
    wanted = compile_filter("!c", KIND, ["name"], NOW)
    assert arrange(listing(entities), wanted, None) == [{"name": "b"}, {"name": "a"}]
    assert arrange(listing(entities), wanted, Sort("name")) == [{"name": "a"}, {"name": "b"}]


@given(
    st.lists(ENTITIES, max_size=4),
    st.sampled_from(["", "name", "created", "memory", "nics", "a.b"]),
    st.booleans(),
)
def test_any_entities_can_be_put_in_order(entities: list[dict[str, Any]], member: str, reverse: bool) -> None:
    arranged = arrange(listing(entities), ALL, Sort(member, reverse))
    assert sorted(map(id, arranged)) == sorted(map(id, entities))


@pytest.mark.parametrize(
    ("text", "sort"),
    [("name", Sort("name")), ("-name", Sort("name", True)), ("-", Sort("", True)), ("", Sort())],
)
def test_an_order_as_typed(text: str, sort: Sort) -> None:
    assert Sort.parse(text) == sort


def test_members_beyond_the_catalog() -> None:
    assert extra_members([{"name": 1, "z": 1}, {"y": 1, "z": 2}], KIND) == ["z", "y"]
