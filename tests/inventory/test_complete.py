"""Completion of a filter: fields, values, what is not offered, and that what is offered can be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.catalog import EntityField, EntityType, ValueType
from cloudmc_tui.inventory import Listing
from cloudmc_tui.inventory.complete import complete
from cloudmc_tui.inventory.filters import compile_filter
from cloudmc_tui.path import Path

KIND = EntityType(
    label="Machines",
    singular="machine",
    columns=["name"],
    fields={
        "name": EntityField("Name"),
        "state": EntityField("State"),
        "memoryInMB": EntityField("Memory", type=ValueType.INTEGER),
        "created": EntityField("Created", type=ValueType.DATE),
        "password": EntityField("Password", secret=True),
        "tags": EntityField("Tags", type=ValueType.LIST),
    },
)
ENTITIES: list[dict[str, Any]] = [
    {"name": "web-01", "state": "Running", "password": "s3cret", "tags": ["a b", "front"], "zone": "qc-1"},
    {"name": "web-02", "state": "Running", "password": "s3cret", "tags": ["front"]},
    {"name": "db", "state": "Stopped", "memoryInMB": 4096, "tags": []},
]


def listing(entities: list[dict[str, Any]]) -> Listing:
    return Listing(Path.parse("a/b/c"), KIND, None, entities, len(entities), 0.0)


def offered(text: str) -> list[str]:
    return [each.text for each in complete(text, listing(ENTITIES))]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("sta", ["state:"]),
        ("Mem", ["memoryInMB>="]),
        ("web st", ["web state:"]),
        ("!sta", ["!state:"]),
        ("zo", ["zone:"]),
        ("ag", ["age<"]),
        ("state:", ["state:Running", "state:Stopped"]),
        ("state=st", ["state=Stopped"]),
        ("state:pp", ["state:Stopped"]),
        ("tags:", ["tags:front", 'tags:"a b"']),
        ('tags:"a', ['tags:"a b"']),
        ("web state!=r", ["web state!=Running"]),
        ("", []),
        ("web ", []),
        ("nothing:", []),
        ("password:", []),
        ("passw", []),
        ("/sta", []),
    ],
)
def test_what_is_offered(typed: str, expected: list[str]) -> None:
    assert offered(typed) == expected


def test_values_come_with_how_many_have_them() -> None:
    assert [(c.shown, c.note) for c in complete("state:", listing(ENTITIES))] == [
        ("Running", "2"),
        ("Stopped", "1"),
    ]


@given(st.text(min_size=1, max_size=12))
def test_a_value_that_is_offered_finds_who_has_it(value: str) -> None:
    entity = {"name": "x", "state": value}
    for way in complete("state=", listing([entity])):
        assert compile_filter(way.text, KIND, ["name"], 0.0).matches(entity), way
