"""Plans: what a person sees before anything is sent."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from cloudmc_tui.catalog import Danger, load_catalog
from cloudmc_tui.operations import Confirmation, Plan, make_plan, refusal
from cloudmc_tui.path import Path

TYPES = load_catalog().services["cloudstack"].types
INSTANCES = Path.parse("svc/env/instances")


def instance(name: str, state: str) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "state": state}


def plan(operation: str, fields: dict[str, Any] | None = None, *states: str) -> Plan:
    entities = [instance(f"web-{n}", s) for n, s in enumerate(states or ("Running",))]
    targets = [(INSTANCES.child(e["id"]), e) for e in entities]
    return make_plan(operation, TYPES["instances"], targets, fields or {})


@pytest.mark.parametrize(
    ("operation", "fields", "confirmation", "protected"),
    [
        ("start", {}, Confirmation.KEY, Confirmation.KEY),
        ("stop", {}, Confirmation.CONFIRM, Confirmation.TYPE),
        ("delete", {}, Confirmation.TYPE, Confirmation.TYPE),
        ("update", {"name": "x"}, Confirmation.KEY, Confirmation.KEY),
        ("update", {"hostname": "x"}, Confirmation.CONFIRM, Confirmation.TYPE),
    ],
)
def test_what_must_be_done_to_confirm_follows_from_the_danger(
    operation: str, fields: dict[str, Any], confirmation: Confirmation, protected: Confirmation
) -> None:
    made = plan(operation, fields)
    assert made.confirmation() is confirmation
    assert made.confirmation(protected=True) is protected


def test_the_name_is_typed_for_one_target_and_the_number_for_several() -> None:
    assert plan("delete").word_to_type == "web-0"
    assert plan("delete", {}, "Running", "Stopped", "Starting").word_to_type == "2"


def test_targets_that_cannot_be_are_told_with_the_reason_and_left_out() -> None:
    made = plan("start", {}, "Stopped", "Running")
    assert [t.title for t in made.possible] == ["web-0"]
    assert [(t.title, t.refusal) for t in made.refused] == [("web-1", "needs Stopped, is Running")]


def test_forcing_allows_more_states() -> None:
    kind = TYPES["instances"]
    stop = kind.operations["stop"]
    assert refusal(stop, kind, instance("x", "Stopping"), {}) == "needs Running, is Stopping"
    assert refusal(stop, kind, instance("x", "Stopping"), {"forceStop": True}) == ""


def test_what_must_hold_of_an_entity_is_said_when_it_does_not() -> None:
    kind = TYPES["volumes"]
    delete = kind.operations["delete"]
    assert refusal(delete, kind, {"id": "v", "type": "OS"}, {}) == "is a root volume"
    assert (
        refusal(delete, kind, {"id": "v", "type": "DATA", "instanceId": "i"}, {})
        == "is attached to an instance"
    )
    assert refusal(delete, kind, {"id": "v", "type": "DATA"}, {}) == ""


def test_consequences_follow_from_what_is_given() -> None:
    assert plan("update", {"name": "x"}).consequences == []
    assert plan("update", {"hostname": "x"}).consequences == ["reboots the instance"]
    assert plan("delete", {"purgeImmediately": True}).danger is Danger.DESTRUCTIVE


def test_the_same_as_curl_and_as_a_line_can_be_run_by_a_shell() -> None:
    made = plan("stop", {"forceStop": True})
    target = made.targets[0]
    words = shlex.split(made.curl(target, "https://cloud.example/v1", "org 1"))
    assert words[:5] == [
        "curl",
        "-sS",
        "-X",
        "POST",
        "https://cloud.example/v1/services/svc/env/instances/id-web-0?operation=stop&org_id=org%201",
    ]
    assert "MC-Api-Key: $CLOUDMC_API_KEY" in words
    assert '{"forceStop":true}' in words
    assert shlex.split(made.command(target)) == [
        "cloudmc-tui", "run", "svc/env/instances/id-web-0", "stop", "-f", "forceStop=true",
    ]  # fmt: skip


def test_names_that_mean_something_to_a_shell_are_quoted() -> None:
    made = plan("update", {"name": "a; rm -rf ~ $(x) 'y'"})
    assert shlex.split(made.command(made.targets[0]))[-1] == "name=a; rm -rf ~ $(x) 'y'"


def test_secrets_are_in_no_line_that_a_plan_shows() -> None:
    kind = TYPES["vpnusers"]
    made = make_plan(
        "create", kind, [(Path.parse("s/e/vpnusers"), {})], {"username": "ada", "password": "sentinel-pw"}
    )
    target = made.targets[0]
    shown = [
        made.curl(target, "https://h", None),
        made.command(target),
        str(made.shown_body()),
        repr(made),
        repr(made.request(target)),
    ]
    assert not any("sentinel-pw" in text for text in shown)
    body = made.request(target).body
    assert body is not None and body["password"] == "sentinel-pw"


def test_a_wrapped_body_is_wrapped_and_no_fields_are_no_body() -> None:
    kind = TYPES["volumes"]
    path = Path.parse("s/e/volumes/v")
    made = make_plan("createSnapshotFromVolume", kind, [(path, {"id": "v", "state": "Ready"})], {"name": "n"})
    assert made.request(made.targets[0]).body == {"snapshot": {"name": "n"}}
    assert plan("reboot").request(plan("reboot").targets[0]).body is None


def test_every_operation_of_the_catalog_is_classified() -> None:
    for kind in TYPES.values():
        for name, operation in kind.operations.items():
            assert isinstance(operation.danger, Danger), (kind.label, name)
            assert operation.method != "GET"
