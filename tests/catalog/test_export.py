"""The catalog as a list of operations, for scripts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudmc_tui.catalog import Condition, load_catalog
from cloudmc_tui.catalog.export import operations, words

ALL = list(operations(load_catalog()))


def find(entity_type: str, name: str) -> dict[str, Any]:
    (found,) = [o for o in ALL if (o["entity_type"], o["operation"]) == (entity_type, name)]
    return found


def test_it_is_json() -> None:
    assert json.loads(json.dumps(ALL)) == ALL


def test_reads_are_safe_and_have_no_body() -> None:
    reads = [o for o in ALL if o["method"] == "GET"]
    assert len(reads) == 50
    assert all(o["danger"] == "safe" and o["fields"] == [] for o in reads)


@pytest.mark.parametrize(
    ("entity_type", "name", "method", "path"),
    [
        ("instances", "list", "GET", "instances"),
        ("instances", "get", "GET", "instances/:id"),
        ("sshkeys", "get", "GET", "sshkeys/:name"),
        ("instances", "create", "POST", "instances"),
        ("instances", "acquireBareMetal", "POST", "instances?operation=acquireBareMetal"),
        ("instances", "stop", "POST", "instances/:id?operation=stop"),
        ("vpcs", "update", "PUT", "vpcs/:id"),
    ],
)
def test_methods_and_paths(entity_type: str, name: str, method: str, path: str) -> None:
    found = find(entity_type, name)
    assert found["method"] == method
    assert found["path"] == f"/services/:service_code/:environment_name/{path}"


def test_a_lists_filters_are_told() -> None:
    assert find("volumes", "list")["filters"] == [
        {"name": "type", "field": "type"},
        {"name": "instance_id", "field": "instanceId"},
    ]


def test_a_fields_requirement_is_true_false_or_in_words() -> None:
    fields = {field["name"]: field for field in find("instances", "create")["fields"]}
    assert fields["name"]["required"] is True
    assert fields["ipAddress"]["required"] is False
    assert fields["cpuCount"]["required"] == "if computeOfferingId's custom is true"
    assert fields["templateId"]["refers_to"] == "templates"


def test_secrets_choices_dangers_and_members_are_told() -> None:
    vpn = {field["name"]: field for field in find("sitetositevpns", "create")["fields"]}
    assert vpn["ipSecPsk"]["secret"] is True
    assert "aes256" in vpn["ikeEncryptionAlgorithm"]["choices"]
    update = {field["name"]: field for field in find("instances", "update")["fields"]}
    assert update["hostname"]["danger"] == "disruptive"
    rule = {field["name"]: field for field in find("loadbalancerrules", "create")["fields"]}
    assert "cookieName" in [member["name"] for member in rule["stickinessPolicyParameters"]["fields"]]


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Condition("protocol", is_=["TCP", "UDP"]), "protocol is TCP or UDP"),
        (Condition("all", is_not=[True]), "all is not true"),
        (Condition("vpcId", present=True), "vpcId is given"),
        (Condition("vpcId", present=False), "vpcId is not given"),
        (Condition("publicIpId.networkId", present=True), "publicIpId's networkId is given"),
        (Condition("@protocol", is_=["ICMP"]), "the entity's protocol is ICMP"),
        (
            Condition("offeringId", where={"custom": True, "type": "VM"}),
            "offeringId's custom is true and its type is VM",
        ),
    ],
)
def test_conditions_in_words(condition: Condition, text: str) -> None:
    assert words(condition) == text
