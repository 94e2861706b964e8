"""Conditions, pickers and what a body adds to an operation."""

from __future__ import annotations

from typing import Any

import pytest

from cloudmc_tui.catalog import Condition, Danger, Operation, OperationField, Unit
from cloudmc_tui.catalog.schema import is_blank, is_given, look_up

TCP = Condition(field="protocol", is_=["TCP", "UDP"])
NOT_TCP = Condition(field="protocol", is_not=["TCP", "UDP"])
GIVEN = Condition(field="protocol", present=True)
NOT_GIVEN = Condition(field="protocol", present=False)


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        (TCP, "TCP", True),
        (TCP, "udp", True),
        (TCP, "ICMP", False),
        (TCP, None, False),
        (TCP, ["ICMP", "tcp"], True),
        (TCP, ["ICMP"], False),
        (TCP, [], False),
        (NOT_TCP, "ICMP", True),
        (NOT_TCP, "tcp", False),
        (NOT_TCP, None, True),
        (NOT_TCP, ["ICMP", "tcp"], False),
        (NOT_TCP, [], True),
        (GIVEN, "x", True),
        (GIVEN, 0, True),
        (GIVEN, False, True),
        (GIVEN, "", False),
        (GIVEN, [], False),
        (GIVEN, {}, False),
        (GIVEN, None, False),
        (NOT_GIVEN, None, True),
        (NOT_GIVEN, "", True),
        (NOT_GIVEN, 0, False),
    ],
)
def test_a_condition_on_a_value(condition: Condition, value: Any, holds: bool) -> None:
    assert condition.holds({"protocol": value}) is holds


def test_a_missing_member_is_as_good_as_null() -> None:
    assert not TCP.holds({})
    assert NOT_TCP.holds({})
    assert not GIVEN.holds({})
    assert NOT_GIVEN.holds({})


@pytest.mark.parametrize(
    ("wanted", "value", "holds"),
    [
        (True, True, True),
        (True, "true", True),
        (True, "True", True),
        (True, False, False),
        (True, 1, False),
        (False, None, False),
        (80, "80", True),
        ("80", 80, True),
        (80, 8080, False),
        ("i", {"id": "I", "name": "web"}, True),
        ("i", [{"id": "j"}, {"id": "i"}], True),
        ("web", {"id": "i", "name": "web"}, False),
    ],
)
def test_values_are_compared_as_the_wire_mixes_them(wanted: Any, value: Any, holds: bool) -> None:
    assert Condition(field="f", is_=[wanted]).holds({"f": value}) is holds
    assert Condition(field="f", is_not=[wanted]).holds({"f": value}) is not holds


CUSTOM = Condition(field="offeringId", where={"custom": True, "type": "vm"})


@pytest.mark.parametrize(
    ("referred", "holds"),
    [
        ({"offeringId": {"custom": True, "type": "VM"}}, True),
        ({"offeringId": {"custom": True, "type": "metal"}}, False),
        ({"offeringId": {"custom": True}}, False),
        ({"offeringId": {}}, False),
        ({"other": {"custom": True, "type": "vm"}}, False),
        ({}, False),
        (None, False),
    ],
)
def test_where_looks_at_the_entity_referred_to(
    referred: dict[str, dict[str, Any]] | None, holds: bool
) -> None:
    assert CUSTOM.holds({"offeringId": "o"}, referred) is holds


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("name", "form"),
        ("vpcId.name", "referred"),
        ("@name", "entity"),
        ("size", None),
        ("vpcId.size", None),
        ("zoneId.name", None),
        ("@size", None),
    ],
)
def test_where_a_source_looks(source: str, value: str | None) -> None:
    values = {"name": "form", "vpcId": "v"}
    assert look_up(source, values, {"vpcId": {"name": "referred"}}, {"name": "entity"}) == value


def test_without_an_entity_its_members_are_blank() -> None:
    assert look_up("@name", {"name": "form"}) is None
    assert look_up("vpcId.name", {"name": "form"}) is None


@pytest.mark.parametrize(
    ("field", "values", "needs"),
    [
        (OperationField("A", required=True), {}, True),
        (OperationField("A"), {}, False),
        (OperationField("A", required_when=TCP), {"protocol": "TCP"}, True),
        (OperationField("A", required_when=TCP), {"protocol": "ALL"}, False),
        (OperationField("A", required_when=GIVEN, when=TCP), {"protocol": "ALL"}, False),
        (OperationField("A", required_when=GIVEN, when=TCP), {"protocol": "TCP"}, True),
        (OperationField("A", when=TCP), {"protocol": "TCP"}, False),
    ],
)
def test_when_a_field_needs_a_value(field: OperationField, values: dict[str, Any], needs: bool) -> None:
    assert field.needs_value(values) is needs


def test_a_picker_passes_over_only_what_is_known_to_differ() -> None:
    field = OperationField("ACL", refers_to="networkacls", fits={"vpcId": "vpcId"})
    assert field.offers({"vpcId": "v"}, {"vpcId": "V"})
    assert not field.offers({"vpcId": "v"}, {"vpcId": "w"})
    assert field.offers({}, {"vpcId": "w"})
    assert field.offers({"vpcId": "v"}, {})


def test_a_picker_wants_every_condition_on_a_candidate() -> None:
    data = Condition(field="type", is_=["data"])
    detached = Condition(field="instanceId", present=False)
    field = OperationField("Volume", refers_to="volumes", candidates=[data, detached])
    assert field.offers({"type": "data"}, {"type": "os"})
    assert not field.offers({"type": "data", "instanceId": "i"}, {})
    assert not field.offers({"type": "os"}, {"type": "data"})


DELETE = Operation(
    "Delete",
    Danger.DISRUPTIVE,
    consequences=["goes"],
    fields={
        "purge": OperationField("Purge", danger=Danger.DESTRUCTIVE, consequences=["goes for good"]),
        "note": OperationField("Note", danger=Danger.SAFE),
    },
)


@pytest.mark.parametrize(
    ("body", "danger", "consequences"),
    [
        ({}, Danger.DISRUPTIVE, ["goes"]),
        ({"note": "x"}, Danger.DISRUPTIVE, ["goes"]),
        ({"purge": False}, Danger.DISRUPTIVE, ["goes"]),
        ({"purge": []}, Danger.DISRUPTIVE, ["goes"]),
        ({"purge": True}, Danger.DESTRUCTIVE, ["goes", "goes for good"]),
        ({"purge": ["a"]}, Danger.DESTRUCTIVE, ["goes", "goes for good"]),
        ({"unheard": True}, Danger.DISRUPTIVE, ["goes"]),
    ],
)
def test_a_body_can_raise_the_danger_and_never_lower_it(
    body: dict[str, Any], danger: Danger, consequences: list[str]
) -> None:
    assert DELETE.danger_of(body) is danger
    assert DELETE.consequences_of(body) == consequences


def test_dangers_are_in_order() -> None:
    assert Danger.SAFE.rank < Danger.DISRUPTIVE.rank < Danger.DESTRUCTIVE.rank


def test_false_and_zero_are_values_and_false_asks_for_nothing() -> None:
    assert not is_blank(False)
    assert not is_blank(0)
    assert not is_given(False)
    assert is_given(0)


def test_units_count_bytes() -> None:
    assert [unit.bytes for unit in Unit] == [1, 1_048_576, 1_073_741_824]
