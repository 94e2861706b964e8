"""What an entity type that no catalog knows looks like, read off its entities."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.catalog import ValueType
from cloudmc_tui.formats.text import visible
from cloudmc_tui.inventory.infer import COLUMNS, field_of, infer_entity_type, words_of
from tests.json_values import ENTITIES, TEXTS


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("name", "Name"),
        ("networkAclId", "Network acl id"),
        ("IPAddress", "IP address"),
        ("snake_case-name", "Snake case name"),
        ("status.lastUpdated", "Status last updated"),
        ("memoryInMB", "Memory in MB"),
        ("", ""),
        ("___", "___"),
        ("a\x1b[2J", r"A\x1b[2 j"),
        ("two\nlines", "Two lines"),
        ("\u202eevil", r"\u202eevil"),
    ],
)
def test_labels(key: str, label: str) -> None:
    assert words_of(key) == label


@given(TEXTS)
def test_any_name_becomes_a_safe_label(key: str) -> None:
    label = words_of(key)
    assert label == visible(label)
    assert bool(label) == bool(key)


@pytest.mark.parametrize(
    ("key", "value", "type_"),
    [
        ("state", "Running", ValueType.STATE),
        ("status", {"reachable": True}, ValueType.OBJECT),
        ("enabled", True, ValueType.BOOLEAN),
        ("count", 5, ValueType.INTEGER),
        ("count", 5.5, ValueType.INTEGER),
        ("nics", [], ValueType.LIST),
        ("created", "2026-01-01T00:00:00Z", ValueType.DATE),
        ("name", "2026", ValueType.TEXT),
        ("name", None, ValueType.TEXT),
    ],
)
def test_types(key: str, value: Any, type_: ValueType) -> None:
    assert field_of(key, value).type is type_


def test_secrets_by_name() -> None:
    assert field_of("adminPassword", "x").secret
    assert not field_of("passwordEnabled", True).secret


def test_a_whole_type() -> None:
    kind = infer_entity_type(
        "backupPolicies",
        [
            {"id": "1", "retention": 5, "rules": [], "state": None, "name": "daily"},
            {"id": "2", "state": "Active", "secretKey": "x"},
        ],
    )
    assert (kind.label, kind.singular) == ("Backup policies", "backup policy")
    assert (kind.id, kind.title, kind.state) == ("id", "name", "state")
    assert kind.columns == ["name", "state", "retention", "secretKey", "id"]
    assert kind.fields["state"].type is ValueType.STATE
    assert kind.fields["secretKey"].secret


@pytest.mark.parametrize(
    ("entities", "identity", "title"),
    [
        ([], "id", "id"),
        ([{}], "id", "id"),
        ([{"name": "k"}], "name", "name"),
        ([{"uuid": "k", "label": "x"}], "uuid", "label"),
        ([{"foo": 1}], "id", "id"),
    ],
)
def test_what_identifies_and_what_names(entities: list[dict[str, Any]], identity: str, title: str) -> None:
    kind = infer_entity_type("things", entities)
    assert (kind.id, kind.title) == (identity, title)


@given(TEXTS, st.lists(ENTITIES, max_size=3))
def test_any_entities_make_a_type(name: str, entities: list[dict[str, Any]]) -> None:
    kind = infer_entity_type(name, entities)
    assert 1 <= len(kind.columns) <= COLUMNS
    assert {*kind.columns, kind.id, kind.title} <= set(kind.fields)
    assert {key for entity in entities for key in entity} <= set(kind.fields)
