"""An entity as lines: what the catalog knows in its order, then all the rest; secrets only when asked for."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.catalog import EntityField, EntityType, Tone, Unit, ValueType, load_catalog
from cloudmc_tui.formats.redact import MASK
from cloudmc_tui.formats.text import visible
from cloudmc_tui.inventory import Details
from cloudmc_tui.inventory.describe import Line, detail_lines, json_lines, masked
from cloudmc_tui.path import Path
from tests.json_values import ENTITIES, NOW

CLOUDSTACK = load_catalog().services["cloudstack"]

PATH = Path.parse("svc/env/machines/m1")

KIND = EntityType(
    label="Machines",
    singular="machine",
    fields={
        "state": EntityField(label="State", type=ValueType.STATE),
        "name": EntityField(label="Name"),
        "memory": EntityField(label="Memory", type=ValueType.SIZE, unit=Unit.MEBIBYTES),
        "created": EntityField(label="Created", type=ValueType.DATE),
        "networkId": EntityField(label="Network", refers_to="networks", name_from="networkName"),
        "networkName": EntityField(label="Network's name"),
        "volumeIds": EntityField(label="Volumes", type=ValueType.LIST, refers_to="volumes"),
        "userData": EntityField(label="User data", type=ValueType.MULTILINE),
        "owner.name": EntityField(label="Owner"),
        "password": EntityField(label="Password", secret=True),
    },
    columns=["name"],
    title="name",
)


def details(entity: dict[str, Any], kind: EntityType = KIND, *, known: bool = True) -> Details:
    return Details(PATH, entity, kind, CLOUDSTACK, NOW, whole=True, known=known)


def lines(entity: dict[str, Any], names: dict[str, str] | None = None, *, reveal: bool = False) -> list[Line]:
    return detail_lines(details(entity), names or {}, NOW, reveal=reveal)


def pairs(shown: list[Line]) -> list[tuple[str, str]]:
    return [(line.label, line.value) for line in shown]


def test_the_catalogs_order_and_words() -> None:
    sent = {"created": "2026-06-12T09:30:00Z", "memory": 4096, "name": "web", "state": "Running"}
    assert pairs(lines(sent)) == [
        ("State", "● Running"),
        ("Name", "web"),
        ("Memory", "4 GiB"),
        ("Created", "2026-06-12 09:30:00 UTC (3d ago)"),
    ]
    state, name, memory, _ = lines(sent)
    assert (state.tone, state.copy, name.copy, memory.copy) == (Tone.OK, "Running", "web", "4096")


def test_blanks_are_left_out_and_false_and_zero_are_not() -> None:
    assert pairs(
        lines({"name": "", "state": None, "memory": 0, "userData": [], "owner": {}, "flag": False})
    ) == [
        ("Memory", "0 B"),
        ("Also sent", ""),
        ("Flag", "no"),
    ]
    assert lines({"unheard": None, "other": []}) == []


def test_what_the_catalog_does_not_know_is_shown_too() -> None:
    shown = lines({"hypervisorType": "KVM", "name": "web", "a\x1b": "b\x1b"})
    assert pairs(shown) == [
        ("Name", "web"),
        ("Also sent", ""),
        ("Hypervisor type", "KVM"),
        (r"A\x1b", r"b\x1b"),
    ]
    assert shown[1].heading


def test_an_object_of_which_the_catalog_knows_a_part() -> None:
    assert pairs(lines({"owner": {"name": "ann", "email": "a@b", "secretToken": "hunter2"}})) == [
        ("Owner", "ann"), ("Also sent", ""), ("Owner email", "a@b"), ("Owner secret token", MASK),
    ]  # fmt: skip
    assert pairs(lines({"owner": "ann"})) == [("Also sent", ""), ("Owner", "ann")]


def test_an_unknown_type_has_no_heading_over_all_it_has() -> None:
    kind = EntityType(label="Xs", singular="x", fields={}, columns=[])
    shown = detail_lines(details({"a": 1}, kind, known=False), {}, NOW)
    assert pairs(shown) == [("A", "1")]


def test_references_go_by_name_and_lead_somewhere() -> None:
    [network] = lines({"networkId": "n1", "networkName": "front"})
    assert (network.value, network.copy, str(network.reference)) == ("front  n1", "n1", "svc/env/networks/n1")
    assert pairs(lines({"networkId": "n1"}, {"n1": "by\x1bname"})) == [("Network", r"by\x1bname  n1")]
    assert pairs(lines({"networkId": "n1"})) == [("Network", "n1")]
    assert pairs(lines({"networkName": "front"})) == [("Network's name", "front")]


def test_a_list_of_references_is_a_line_each() -> None:
    shown = lines(
        {"volumeIds": ["v1", {"id": "v2", "name": "data"}, 3, {"name": "nameless"}, None]}, {"v1": "root"}
    )
    assert pairs(shown) == [("Volumes", "root  v1"), ("", "data  v2"), ("", "3"), ("", "nameless"), ("", "")]
    assert [str(line.reference) if line.reference else None for line in shown] == [
        "svc/env/volumes/v1", "svc/env/volumes/v2", "svc/env/volumes/3", None, None,
    ]  # fmt: skip


def test_objects_and_lists_of_objects() -> None:
    shown = lines(
        {"nics": [{"ip": "10.0.0.1", "isDefault": True}, {"ip": "10.0.0.2"}, "odd"], "limits": {"cpu": 4}}
    )
    assert pairs(shown) == [
        ("Also sent", ""),
        ("Nics", "3"), ("- Ip", "10.0.0.1"), ("  Is default", "yes"), ("- Ip", "10.0.0.2"), ("", "- odd"),
        ("Limits", ""), ("Cpu", "4"),
    ]  # fmt: skip
    assert [line.heading for line in shown] == [True, True, False, False, False, False, True, False]


def test_a_text_of_several_lines() -> None:
    shown = lines({"userData": "#cloud-config\r\n\tusers: \x1b\n"})
    assert pairs(shown) == [("User data", "#cloud-config"), ("", r"    users: \x1b"), ("", "")]
    assert {line.copy for line in shown} == {"#cloud-config\r\n\tusers: \x1b\n"}


SECRETS = {
    "password": "hunter2",
    "apiKey": "hunter2",
    "vpn": {"presharedKey": "hunter2", "users": [{"secret": "hunter2"}]},
    "list": [{"token": "hunter2"}, {"deep": [{"psk": ["hunter2"]}]}],
}


def test_secrets_are_shown_and_copied_only_when_revealed() -> None:
    hidden = lines(SECRETS)
    assert "hunter2" not in repr(hidden)
    assert [line.copy for line in hidden if line.secret] == [""] * 4
    assert ("Password", MASK) in pairs(hidden)

    shown = lines(SECRETS, reveal=True)
    assert {("Password", "hunter2"), ("Api key", "hunter2"), ("Preshared key", "hunter2")} <= set(
        pairs(shown)
    )
    assert not any(line.secret for line in shown)
    assert [line.copy for line in shown if line.label == "Password"] == ["hunter2"]


def test_secrets_in_json_are_masked_unless_revealed() -> None:
    sent = {"name": "web", "empty": "", **SECRETS}
    assert "hunter2" not in json.dumps(masked(details(sent)))
    assert list(masked(details(sent))) == list(sent)
    hidden = json.loads("\n".join(json_lines(details(sent))))
    assert (hidden["name"], hidden["empty"], hidden["password"]) == ("web", "", MASK)
    assert json.loads("\n".join(json_lines(details(sent), reveal=True))) == sent


@given(ENTITIES, st.booleans())
def test_any_entity_becomes_safe_lines(entity: dict[str, Any], reveal: bool) -> None:
    for kind in (KIND, CLOUDSTACK.types["instances"]):
        for line in detail_lines(details(entity, kind), {}, NOW, reveal=reveal):
            assert line.label == visible(line.label)
            assert line.value == visible(line.value)
        for text in json_lines(details(entity, kind), reveal=reveal):
            assert text == visible(text)


@given(ENTITIES)
def test_revealed_json_is_what_was_sent(entity: dict[str, Any]) -> None:
    assert json.loads("\n".join(json_lines(details(entity), reveal=True))) == entity
