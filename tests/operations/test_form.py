"""Forms: what is asked, what is wrong, what is sent."""

from __future__ import annotations

from typing import Any

import pytest

from cloudmc_tui.catalog import EntityType, load_catalog
from cloudmc_tui.operations import Form, FormError

TYPES = load_catalog().services["cloudstack"].types

CUSTOM = {"id": "co-custom", "name": "À la carte", "custom": True, "availableCpuCountValues": [1, 2, 4]}
FIXED = {"id": "co-fixed", "name": "2 vCPU", "custom": False}
NETWORK = {"id": "net-1", "name": "front", "vpcId": "vpc-1"}


def form(entity_type: str, operation: str, entity: dict[str, Any] | None = None) -> Form:
    kind: EntityType = TYPES[entity_type]
    return Form(kind.operations[operation], kind, TYPES, entity)


def filled(
    entity_type: str, operation: str, values: dict[str, Any], entity: dict[str, Any] | None = None
) -> Form:
    made = form(entity_type, operation, entity)
    for key, value in values.items():
        made.set(key, value)
    return made


def test_what_is_required_is_said_and_nothing_is_sent_without_it() -> None:
    new = form("instances", "create")
    assert new.is_required("name") and not new.is_required("ipAddress")
    with pytest.raises(FormError) as caught:
        new.body()
    assert list(caught.value.problems) == ["name", "templateId", "computeOfferingId", "networkId"]


def test_conditional_fields_come_and_go_with_what_they_depend_on() -> None:
    new = form("instances", "create")
    assert "cpuCount" not in [s.key for s in new.visible()]
    new.choose("computeOfferingId", [CUSTOM])
    assert "cpuCount" in [s.key for s in new.visible()]
    assert new.is_required("cpuCount")
    assert new.allowed("cpuCount") == ["1", "2", "4"]
    new.set("cpuCount", "3")
    assert "one of 1, 2, 4" in new.problem("cpuCount")
    new.choose("computeOfferingId", [FIXED])
    assert "cpuCount" not in [s.key for s in new.visible()]
    assert new.value("cpuCount") == "3", "what was typed is kept"


def test_what_was_chosen_has_to_fit_what_else_is_chosen_later() -> None:
    new = form("networks", "create")
    new.choose("networkOfferingId", [{"id": "o1", "name": "Subnet", "vpcOnly": True}])
    new.choose("vpcId", [{"id": "vpc-1", "name": "principal"}])
    new.choose("networkAclId", [{"id": "acl-1", "name": "front", "vpcId": "vpc-1"}])
    assert new.problem("networkAclId") == ""
    new.choose("vpcId", [{"id": "vpc-2", "name": "livraison"}])
    assert new.problem("networkAclId") == "does not fit the VPC: choose again"
    assert new.value("networkAclId") == "acl-1", "what was chosen is kept"
    with pytest.raises(FormError, match="ACL does not fit the VPC"):
        new.body()
    new.choose("networkAclId", [{"id": "acl-0", "name": "default_allow"}])
    assert new.problem("networkAclId") == "", "a built-in one fits any"


def test_what_is_chosen_has_to_fit_what_it_is_for() -> None:
    change = form("networks", "replace", {"id": "n1", "vpcId": "vpc-1", "networkAclId": "acl-9"})
    change.choose("networkAclId", [{"id": "acl-2", "name": "back", "vpcId": "vpc-2"}])
    assert change.problem("networkAclId") == "does not fit what it is for: choose again"


def test_a_body_has_wire_types_and_leaves_out_what_is_blank_or_hidden() -> None:
    new = filled(
        "instances",
        "create",
        {"name": "web", "templateId": "t", "networkId": "n", "portsToForward": "80, 443"},
    )
    new.choose("computeOfferingId", [CUSTOM])
    new.set("cpuCount", "2")
    new.set("memoryInMB", "4096")
    new.set("userData", "")
    body = new.body()
    assert body["cpuCount"] == 2
    assert body["portsToForward"] == ["80", "443"]
    assert "userData" not in body
    new.choose("computeOfferingId", [FIXED])
    assert "cpuCount" not in new.body()


def test_an_end_port_takes_the_start_and_the_private_port_the_public_one() -> None:
    rule = filled(
        "portforwardingrules",
        "create",
        {"ipAddressId": "ip", "instanceId": "i", "protocol": "tcp", "publicPortStart": "8080"},
    )
    body = rule.body()
    assert [body[f] for f in ("privatePortStart", "privatePortEnd", "publicPortStart", "publicPortEnd")] == [
        "8080"
    ] * 4


def test_an_update_starts_from_the_entity_and_sends_only_what_changed() -> None:
    entity = {"id": "i", "name": "web", "hostname": "web", "state": "Running"}
    change = form("instances", "update", entity)
    assert change.value("name") == "web"
    assert change.problems() == {"": "nothing is changed yet"}
    change.set("name", "web-2")
    assert change.body() == {"name": "web-2"}
    change.set("name", "web")
    change.set("hostname", "other")
    assert change.body() == {"hostname": "other"}


def test_an_update_sends_what_the_api_requires_even_when_it_stays() -> None:
    change = form("networks", "update", {"id": "n", "name": "front", "description": "old"})
    change.set("description", "new")
    assert change.body() == {"name": "front", "description": "new"}


def test_a_list_of_references_starts_from_the_entitys_objects() -> None:
    change = form(
        "affinitygroups",
        "update",
        {
            "id": "g",
            "name": "g",
            "description": "d",
            "type": "host affinity",
            "instanceIds": ["a", {"id": "b"}],
        },
    )
    assert change.value("instanceIds") == ["a", "b"]


def test_netmask_and_gateway_go_together() -> None:
    new = filled("networks", "create", {"name": "n", "description": "d"})
    new.choose("networkOfferingId", [{"id": "o", "name": "isolated", "vpcOnly": False}])
    new.set("gateway", "10.1.0.1")
    assert "both or neither" in new.problems()["netmask"]
    new.set("netmask", "255.255.255.0")
    assert "netmask" not in new.problems()


def test_nested_objects_follow_their_own_conditions_and_are_sent_inside() -> None:
    rule = filled("loadbalancerrules", "updateStickiness", {"stickinessMethod": "LbCookie"}, {"id": "r"})
    inner = [s.key for s in rule.visible() if s.parent]
    assert "stickinessPolicyParameters.nocache" in inner
    assert "stickinessPolicyParameters.tableSize" not in inner
    assert "stickinessPolicyParameters" in rule.problems()
    rule.set("stickinessPolicyParameters.nocache", True)
    assert rule.body()["stickinessPolicyParameters"] == {"nocache": "true"}


def test_a_picker_offers_what_fits_what_else_was_chosen() -> None:
    new = form("networks", "create")
    new.choose("networkOfferingId", [{"id": "o", "name": "tier", "vpcOnly": True}])
    new.choose("vpcId", [{"id": "vpc-1", "name": "main"}])
    assert new.offers("networkAclId", {"id": "default_allow", "name": "default_allow"})
    assert new.offers("networkAclId", {"id": "a", "vpcId": "vpc-1"})
    assert not new.offers("networkAclId", {"id": "b", "vpcId": "vpc-2"})


def test_a_reference_may_send_another_member_than_the_id() -> None:
    nat = form("publicipaddresses", "enableStaticNat", {"id": "ip"})
    nat.choose("privateIpId", [{"id": "i", "name": "web", "ipAddressId": "private-7"}])
    assert nat.body() == {"privateIpId": "private-7"}
    assert nat.shown("privateIpId") == "web"


def test_a_raw_body_says_what_a_form_cannot_and_must_be_a_json_object() -> None:
    new = form("instances", "create")
    new.raw = '{"name": "web", "anything": [1]}'
    assert new.body() == {"name": "web", "anything": [1]}
    for text, problem in (("{", "not JSON"), ("[1]", "not a JSON object")):
        new.raw = text
        assert problem in new.problems()[""]
        with pytest.raises(FormError):
            new.body()


@pytest.mark.parametrize(
    ("entity_type", "operation", "key", "text", "problem"),
    [
        ("instances", "create", "ipAddress", "10.0.0", "not an IP address"),
        ("instances", "create", "rootVolumeSizeInGb", "ten", "not a whole number"),
        ("instances", "create", "rootVolumeSizeInGb", "0", "below 1"),
        ("portforwardingrules", "create", "publicPortStart", "70000", "above 65535"),
        ("networkaclrules", "create", "cidr", "10.0.0.0", "not a network"),
        ("networkaclrules", "create", "action", "permit", "one of"),
        ("isos", "create", "url", "ftp://example.com/x", "not a URL"),
        ("instances", "create", "portsToForward", "80,http", "not a whole number"),
    ],
)
def test_a_value_of_the_wrong_kind_is_said_beside_its_field(
    entity_type: str, operation: str, key: str, text: str, problem: str
) -> None:
    made = filled(entity_type, operation, {key: text})
    assert problem in made.problem(key)
    assert made.value(key) == text


def test_every_operation_of_the_catalog_makes_a_form() -> None:
    for kind in TYPES.values():
        for name in kind.operations:
            made = Form(kind.operations[name], kind, TYPES, {"id": "x"})
            assert made.visible() is not None
            made.problems()
