"""The CloudStack file: complete, consistent, and honest about what its operations cost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cloudmc_tui.catalog import (
    Danger,
    EntityType,
    FieldType,
    Operation,
    OperationField,
    Scope,
    Tone,
    ValueType,
    load_catalog,
)

CLOUDSTACK = load_catalog().services["cloudstack"]

TYPES = list(CLOUDSTACK.types.items())
OPERATIONS = [(t, o, operation) for t, known in TYPES for o, operation in known.operations.items()]

NOT_REFERENCES = {
    "id": "an entity's own",
    "dedicatedGroupId": "dedicated groups cannot be listed",
    "ipAddressId": "of an instance: a private IP, which is no entity of its own",
    "privateIpId": "a private IP, likewise",
    "osTypeId": "operating systems cannot be listed",
    "sslCertificateId": "certificates cannot be listed",
    "stickinessPolicyId": "policies are part of their rule",
}
"""Members that are named like references and refer to no entity type, with the reason."""

REFERENCES = {
    "affinityGroupId": "affinitygroups",
    "affinityGroupIds": "affinitygroups",
    "computeOfferingId": "computeofferings",
    "diskOfferingId": "diskofferings",
    "imageId": "templates",
    "instanceId": "instances",
    "instanceIds": "instances",
    "instances": "instances",
    "isoId": "isos",
    "networkAclId": "networkacls",
    "networkId": "networks",
    "networkOfferingId": "networkofferings",
    "publicIpAddressId": "publicipaddresses",
    "publicIpId": "publicipaddresses",
    "publicIpIdsToRelease": "publicipaddresses",
    "publicIps": "publicipaddresses",
    "sshKeyName": "sshkeys",
    "templateId": "templates",
    "volumeId": "volumes",
    "volumeIdToAttach": "volumes",
    "volumeIdsToDelete": "volumes",
    "vpcId": "vpcs",
    "vpcOfferingId": "vpcofferings",
    "zoneId": "zones",
    "availableInZones": "zones",
}
"""What each member refers to, wherever it stands."""

SECRETS = {"ipSecPsk", "presharedKey", "password"}


def every_field(fields: dict[str, OperationField]) -> Iterator[tuple[str, OperationField]]:
    for name, field in fields.items():
        yield name, field
        yield from every_field(field.fields)


def looks_like_a_reference(name: str) -> bool:
    return name == "id" or name.endswith(("Id", "Ids", "IdToAttach", "IdsToDelete", "IdsToRelease"))


def test_there_are_25_entity_types() -> None:
    assert len(CLOUDSTACK.types) == 25


def test_the_tree_begins_with_instances_and_ends_with_zones() -> None:
    names = list(CLOUDSTACK.types)
    assert names[0] == "instances"
    assert names[-1] == "zones"
    for earlier, later in (("instances", "volumes"), ("volumes", "networks"), ("vpcs", "computeofferings")):
        assert names.index(earlier) < names.index(later)


def test_a_groups_types_stand_together() -> None:
    groups = [known.group for _, known in TYPES]
    assert all(groups)
    assert len([g for i, g in enumerate(groups) if i == 0 or g != groups[i - 1]]) == len(set(groups))


def test_labels_are_told_apart() -> None:
    assert len({known.label for _, known in TYPES}) == 25
    for name, known in TYPES:
        labels = [field.label for field in known.fields.values()]
        assert len(set(labels)) == len(labels), name
        headings = [known.fields[column].heading or known.fields[column].label for column in known.columns]
        assert len(set(headings)) == len(headings), name


@pytest.mark.parametrize(("name", "known"), TYPES, ids=[name for name, _ in TYPES])
def test_name_and_state_come_first_and_are_seen_at_80_cells(name: str, known: EntityType) -> None:
    widths = [known.fields[column].width for column in known.columns]
    assert all(widths)
    assert sum(width + 2 for width in widths[:2]) <= 80
    assert known.columns[0] in known.title
    if known.state:
        assert known.columns[1] == known.state


@pytest.mark.parametrize("connection_type", ["cloudstack", "CloudStack", "CloudCA", "cloudca"])
def test_a_connections_type_leads_to_the_service_type(connection_type: str) -> None:
    assert load_catalog().service_type(connection_type) is not None


def test_an_unknown_connection_type_leads_nowhere() -> None:
    assert load_catalog().service_type("vending-machine") is None


def test_ssh_keys_are_identified_by_name() -> None:
    assert CLOUDSTACK.types["sshkeys"].id == "name"
    assert {known.id for name, known in TYPES if name != "sshkeys"} == {"id"}


@pytest.mark.parametrize(
    ("state", "tone"),
    [
        *(
            (s, Tone.OK)
            for s in ("Running", "Ready", "BackedUp", "Allocated", "Implemented", "Enabled", "Active")
        ),
        *((s, Tone.BUSY) for s in ("Starting", "Stopping", "Expunging", "Rebooting", "Migrating", "Pending")),
        *((s, Tone.OFF) for s in ("Stopped", "Disabled", "Inactive")),
        *((s, Tone.BAD) for s in ("Error", "Destroyed")),
        ("Connected", Tone.OK),
        ("Disconnected", Tone.WARN),
        ("Unknown", Tone.UNKNOWN),
    ],
)
def test_every_known_state_has_its_tone(state: str, tone: Tone) -> None:
    assert CLOUDSTACK.states[state] is tone


@pytest.mark.parametrize(
    ("type_name", "name", "operation"), OPERATIONS, ids=[f"{t}-{o}" for t, o, _ in OPERATIONS]
)
class TestOperation:
    """What holds of every operation."""

    def test_it_is_classified(self, type_name: str, name: str, operation: Operation) -> None:
        assert isinstance(operation.danger, Danger)
        if operation.method == "DELETE":
            assert operation.danger is not Danger.SAFE

    def test_method_scope_and_name_agree(self, type_name: str, name: str, operation: Operation) -> None:
        if operation.query:
            assert operation.query == name
            assert operation.method in ("POST", "PUT")
        else:
            expected = {"create": "POST", "update": "PUT", "delete": "DELETE"}
            assert operation.method == expected[name]
        on_collection = (operation.scope is Scope.COLLECTION) == (name in ("create", "acquireBareMetal"))
        assert on_collection

    def test_what_it_interrupts_or_loses_is_said(
        self, type_name: str, name: str, operation: Operation
    ) -> None:
        obvious = name in ("stop", "reboot", "delete", "detachIso") or operation.consequences
        assert operation.danger is Danger.SAFE or obvious

    def test_a_change_makes_listings_stale(self, type_name: str, name: str, operation: Operation) -> None:
        if name == "generateDownloadUrl":
            assert operation.stale == []
        elif name == "createSnapshotFromVolume":
            assert operation.stale == ["snapshots"]
        else:
            assert type_name in operation.stale

    def test_it_says_what_is_going_on(self, type_name: str, name: str, operation: Operation) -> None:
        assert operation.pending
        assert operation.pending[0].islower()

    def test_words_are_in_shape(self, type_name: str, name: str, operation: Operation) -> None:
        texts = [operation.label, *(field.label for _, field in every_field(operation.fields))]
        assert all(t[0].isupper() or t == "vCPUs" for t in texts)
        assert not any(t.endswith((".", "…", ":")) for t in texts)
        sentences = [operation.help, *(field.help for _, field in every_field(operation.fields))]
        assert all(text.endswith((".", ").")) and len(text) <= 100 for text in sentences if text)
        assert not any(phrase.endswith(".") for phrase in operation.consequences)

    def test_references_lead_to_their_type(self, type_name: str, name: str, operation: Operation) -> None:
        for field_name, field in every_field(operation.fields):
            if field_name == "ipAddressId":
                assert field.refers_to == "publicipaddresses"
            elif field_name == "privateIpId":
                assert (field.refers_to, field.value_from) == ("instances", "ipAddressId")
            elif field_name in REFERENCES:
                assert field.refers_to == REFERENCES[field_name]
            elif looks_like_a_reference(field_name):
                assert field_name in NOT_REFERENCES
                assert field.refers_to is None
            else:
                assert field.refers_to is None

    def test_secrets_are_marked(self, type_name: str, name: str, operation: Operation) -> None:
        for field_name, field in every_field(operation.fields):
            assert field.secret == (field_name in SECRETS)
            if field.secret:
                assert field_name in operation.result_secrets

    def test_ports_and_rule_numbers_travel_as_strings(
        self, type_name: str, name: str, operation: Operation
    ) -> None:
        for field_name, field in every_field(operation.fields):
            numeric = field.type is FieldType.PORT or field.items is FieldType.PORT
            if numeric or field_name in ("ruleNumber", "icmpType", "icmpCode"):
                assert field.string
            elif field_name in ("cpuCount", "memoryInMB", "sizeInGb", "iops", "rootVolumeSizeInGb"):
                assert field.type is FieldType.INTEGER
                assert not field.string


@pytest.mark.parametrize(("name", "known"), TYPES, ids=[name for name, _ in TYPES])
def test_entity_references_lead_to_their_type(name: str, known: EntityType) -> None:
    for field_name, field in known.fields.items():
        if (name, field_name) == ("portforwardingrules", "ipAddressId"):
            assert field.refers_to == "publicipaddresses"
        elif field_name in REFERENCES:
            assert field.refers_to == REFERENCES[field_name]
        elif looks_like_a_reference(field_name):
            assert field_name in NOT_REFERENCES
            assert field.refers_to is None


@pytest.mark.parametrize(("name", "known"), TYPES, ids=[name for name, _ in TYPES])
def test_entity_members_are_shown_as_what_they_are(name: str, known: EntityType) -> None:
    for field_name, field in known.fields.items():
        assert field.secret == (field_name in SECRETS)
        assert (field.type is ValueType.DATE) == (field_name in ("created", "creationDate"))
        assert (field.type is ValueType.STATE) == (field_name in ("state", "vpnStatus"))
        if field_name in ("memoryInMB", "sizeInGb", "gbSize", "size"):
            assert field.type is ValueType.SIZE
    assert known.state == ("state" if "state" in known.fields else "")


def operation(type_name: str, name: str) -> Operation:
    return CLOUDSTACK.types[type_name].operations[name]


@pytest.mark.parametrize(
    ("type_name", "name", "danger"),
    [
        ("instances", "create", Danger.SAFE),
        ("instances", "start", Danger.SAFE),
        ("volumes", "attachToInstance", Danger.SAFE),
        ("instances", "stop", Danger.DISRUPTIVE),
        ("instances", "reboot", Danger.DISRUPTIVE),
        ("instances", "changeNetwork", Danger.DISRUPTIVE),
        ("instances", "resetPassword", Danger.DISRUPTIVE),
        ("volumes", "detachFromInstance", Danger.DISRUPTIVE),
        ("vpcs", "restart", Danger.DISRUPTIVE),
        ("portforwardingrules", "delete", Danger.DISRUPTIVE),
        ("loadbalancerrules", "delete", Danger.DISRUPTIVE),
        ("networkaclrules", "delete", Danger.DISRUPTIVE),
        ("ingressrules", "delete", Danger.DISRUPTIVE),
        ("egressrules", "delete", Danger.DISRUPTIVE),
        ("instances", "delete", Danger.DESTRUCTIVE),
        ("instances", "purge", Danger.DESTRUCTIVE),
        ("instances", "releaseBareMetal", Danger.DESTRUCTIVE),
        ("volumes", "delete", Danger.DESTRUCTIVE),
        ("snapshots", "delete", Danger.DESTRUCTIVE),
        ("networks", "delete", Danger.DESTRUCTIVE),
        ("vpcs", "delete", Danger.DESTRUCTIVE),
        ("publicipaddresses", "delete", Danger.DESTRUCTIVE),
        ("templates", "delete", Danger.DESTRUCTIVE),
    ],
)
def test_what_operations_cost(type_name: str, name: str, danger: Danger) -> None:
    assert operation(type_name, name).danger is danger


def test_a_rename_is_safe_and_a_new_hostname_is_not() -> None:
    update = operation("instances", "update")
    assert update.danger_of({"name": "web-1"}) is Danger.SAFE
    assert update.consequences_of({"name": "web-1"}) == []
    assert update.danger_of({"hostname": "web-1"}) is Danger.DISRUPTIVE
    assert update.consequences_of({"hostname": "web-1"}) == ["reboots the instance"]


def test_a_forced_stop_says_more_than_a_stop() -> None:
    stop = operation("instances", "stop")
    assert stop.consequences_of({"forceStop": False}) == []
    assert len(stop.consequences_of({"forceStop": True})) == 1
    assert stop.force_states == ["Stopping"]


@pytest.mark.parametrize(
    ("name", "from_states", "to_state"),
    [
        ("start", ["Stopped"], "Running"),
        ("stop", ["Running"], "Stopped"),
        ("reboot", ["Running", "Stopped"], "Running"),
        ("delete", ["Running", "Stopped", "Error"], "Destroyed"),
        ("purge", ["Destroyed"], "gone"),
        ("recover", ["Destroyed"], "Stopped"),
        ("changeNetwork", [], ""),
    ],
)
def test_the_instances_state_machine(name: str, from_states: list[str], to_state: str) -> None:
    known = operation("instances", name)
    assert (known.from_states, known.to_state) == (from_states, to_state)


@pytest.mark.parametrize(
    ("type_name", "name", "entity", "reasons"),
    [
        ("volumes", "delete", {"type": "DATA"}, []),
        (
            "volumes",
            "delete",
            {"type": "OS", "instanceId": "i"},
            ["is a root volume", "is attached to an instance"],
        ),
        ("volumes", "detachFromInstance", {"type": "data"}, ["is not attached"]),
        ("publicipaddresses", "enableStaticNat", {"purposes": []}, []),
        ("publicipaddresses", "enableStaticNat", {"purposes": ["VPN"]}, ["has a purpose already"]),
        ("publicipaddresses", "disableStaticNat", {"purposes": ["STATIC_NAT"]}, []),
        (
            "publicipaddresses",
            "delete",
            {"purposes": ["SOURCE_NAT", "VPN"]},
            ["is the source NAT IP, released only with its VPC"],
        ),
        ("publicipaddresses", "delete", {}, []),
        ("nics", "delete", {"isDefault": "true"}, ["is its instance's default"]),
        ("nics", "delete", {"isDefault": False}, []),
        ("networkacls", "delete", {"name": "default_deny"}, ["is built in"]),
        ("isos", "attach", {"bootable": True}, ["is bootable"]),
        ("isos", "generateDownloadUrl", {}, []),
    ],
)
def test_why_an_operation_is_not_possible(
    type_name: str, name: str, entity: dict[str, object], reasons: list[str]
) -> None:
    requires = operation(type_name, name).requires
    assert [condition.reason for condition in requires if not condition.holds(entity)] == reasons


def missing(known: Operation, values: dict[str, object], **referred: dict[str, object]) -> set[str]:
    """The fields that a form with these values still needs."""
    return {
        name
        for name, field in known.fields.items()
        if field.needs_value(values, referred) and not values.get(name) and not values.get(field.default_from)
    }


def shown(known: Operation, values: dict[str, object], **referred: dict[str, object]) -> set[str]:
    return {name for name, field in known.fields.items() if field.applies(values, referred)}


def test_a_custom_compute_offering_asks_for_cpu_and_memory() -> None:
    create = operation("instances", "create")
    values: dict[str, object] = {"name": "a", "templateId": "t", "networkId": "n", "computeOfferingId": "c"}
    assert missing(create, values, computeOfferingId={"custom": True}) == {"cpuCount", "memoryInMB"}
    assert missing(create, values, computeOfferingId={"custom": False}) == set()
    assert "cpuCount" not in shown(create, values, computeOfferingId={"cpuCount": 2})


def test_a_custom_disk_offering_asks_for_what_it_leaves_open() -> None:
    create = operation("volumes", "create")
    values: dict[str, object] = {"name": "a", "instanceId": "i", "diskOfferingId": "d"}
    assert missing(create, values, diskOfferingId={"customSize": True, "customIops": False}) == {"sizeInGb"}
    assert missing(create, values, diskOfferingId={"customSize": True, "customIops": True}) == {
        "sizeInGb",
        "iops",
    }
    assert missing(create, values, diskOfferingId={"customSize": False, "customIops": False}) == set()


def test_a_vpcs_network_asks_for_vpc_and_acl_and_an_isolated_one_for_neither() -> None:
    create = operation("networks", "create")
    values: dict[str, object] = {"name": "a", "description": "b", "networkOfferingId": "o"}
    assert missing(create, values, networkOfferingId={"vpcOnly": True}) == {"vpcId", "networkAclId"}
    assert missing(create, values, networkOfferingId={"vpcOnly": False}) == set()
    isolated = shown(create, values, networkOfferingId={"vpcOnly": False})
    assert {"gateway", "netmask"} <= isolated
    assert not {"vpcId", "networkAclId"} & isolated
    assert create.fields["gateway"].with_ == ["netmask"]
    assert create.fields["netmask"].with_ == ["gateway"]


@pytest.mark.parametrize(
    ("protocol", "needed"),
    [
        ("TCP", {"startPort"}),
        ("udp", {"startPort"}),
        ("ICMP", {"icmpType", "icmpCode"}),
        ("ALL", set()),
    ],
)
@pytest.mark.parametrize("type_name", ["networkaclrules", "egressrules", "ingressrules"])
def test_a_rule_asks_for_what_its_protocol_needs(type_name: str, protocol: str, needed: set[str]) -> None:
    create = operation(type_name, "create")
    always = {name for name, field in create.fields.items() if field.required}
    values: dict[str, object] = {"protocol": protocol}
    assert missing(create, values) - always == (needed | {"endPort"} if "startPort" in needed else needed)
    values["startPort"] = "22"
    assert missing(create, values) - always == needed - {"startPort"}
    assert create.fields["endPort"].default_from == "startPort"


def test_all_ports_stand_in_for_a_range() -> None:
    create = operation("egressrules", "create")
    assert not create.fields["startPort"].needs_value({"protocol": "TCP", "allPortsAllowed": True})


def test_a_rules_protocol_changes_only_between_tcp_and_udp() -> None:
    fields = operation("networkaclrules", "update").fields
    assert fields["protocol"].applies({}, entity={"protocol": "tcp"})
    assert not fields["protocol"].applies({}, entity={"protocol": "ICMP"})
    assert fields["icmpType"].applies({}, entity={"protocol": "ICMP"})
    assert fields["protocol"].choices == ["TCP", "UDP"]


def test_port_forwarding_goes_to_an_instance_or_a_private_ip() -> None:
    create = operation("portforwardingrules", "create")
    values: dict[str, object] = {"ipAddressId": "p", "protocol": "TCP", "publicPortStart": 80}
    assert missing(create, values) >= {"instanceId", "privateIpId"}
    assert not {"instanceId", "privateIpId"} & missing(create, values | {"instanceId": "i"})
    assert not {"instanceId", "privateIpId"} & missing(create, values | {"privateIpId": "n"})
    assert not {"publicPortEnd", "privatePortStart"} & missing(create, values)


def test_a_load_balancer_rule_needs_the_network_that_its_ip_has() -> None:
    field = operation("loadbalancerrules", "create").fields["networkId"]
    assert field.needs_value({"publicIpId": "p"}, {"publicIpId": {"networkId": "n"}})
    assert not field.needs_value({"publicIpId": "p"}, {"publicIpId": {}})
    assert not field.needs_value({"publicIpId": "p"})


@pytest.mark.parametrize(
    ("method", "members"),
    [
        ("LbCookie", {"cookieName", "mode", "nocache", "indirect", "postonly", "domain"}),
        ("AppCookie", {"cookieName", "mode", "length", "holdtime", "requestLearn", "prefix"}),
        ("SourceBased", {"tableSize", "expires"}),
    ],
)
@pytest.mark.parametrize("name", ["create", "updateStickiness"])
def test_each_stickiness_method_has_its_own_parameters(name: str, method: str, members: set[str]) -> None:
    parameters = operation("loadbalancerrules", name).fields["stickinessPolicyParameters"]
    outer: dict[str, object] = {"stickinessMethod": method}
    assert parameters.applies(outer)
    assert {n for n, field in parameters.fields.items() if field.applies({**outer})} == members


@pytest.mark.parametrize(
    ("type_name", "name", "field", "values", "entity", "candidate", "offered"),
    [
        # an ACL of another VPC is not offered, a built-in one always is
        ("networks", "create", "networkAclId", {"vpcId": "v"}, {}, {"vpcId": "v"}, True),
        ("networks", "create", "networkAclId", {"vpcId": "v"}, {}, {"vpcId": "w"}, False),
        ("networks", "create", "networkAclId", {"vpcId": "v"}, {}, {"name": "default_allow"}, True),
        ("networks", "replace", "networkAclId", {}, {"vpcId": "v"}, {"vpcId": "w"}, False),
        # ISOs: not bootable, in the instance's zone
        ("instances", "attachIso", "isoId", {}, {"zoneId": "z"}, {"bootable": False}, True),
        ("instances", "attachIso", "isoId", {}, {"zoneId": "z"}, {"bootable": True}, False),
        ("instances", "attachIso", "isoId", {}, {"zoneId": "z"}, {"availableInZones": ["y", "z"]}, True),
        ("instances", "attachIso", "isoId", {}, {"zoneId": "z"}, {"availableInZones": ["y"]}, False),
        # volumes: detached data volumes to attach, its own data volumes to delete
        ("instances", "create", "volumeIdToAttach", {}, {}, {"type": "DATA"}, True),
        ("instances", "create", "volumeIdToAttach", {}, {}, {"type": "data", "instanceId": "i"}, False),
        (
            "instances",
            "delete",
            "volumeIdsToDelete",
            {},
            {"id": "i"},
            {"type": "data", "instanceId": "i"},
            True,
        ),
        (
            "instances",
            "delete",
            "volumeIdsToDelete",
            {},
            {"id": "i"},
            {"type": "os", "instanceId": "i"},
            False,
        ),
        (
            "instances",
            "delete",
            "volumeIdsToDelete",
            {},
            {"id": "i"},
            {"type": "data", "instanceId": "j"},
            False,
        ),
        ("instances", "delete", "volumeIdsToDelete", {}, {"id": "i"}, {"type": "data"}, False),
        ("instances", "delete", "publicIpIdsToRelease", {}, {"id": "i"}, {"instances": [{"id": "i"}]}, True),
        ("instances", "delete", "publicIpIdsToRelease", {}, {"id": "i"}, {"instances": [{"id": "j"}]}, False),
        # public IPs: free, or used for the same purpose
        ("portforwardingrules", "create", "ipAddressId", {}, {}, {"purposes": []}, True),
        ("portforwardingrules", "create", "ipAddressId", {}, {}, {"purposes": ["PORT_FORWARDING"]}, True),
        ("portforwardingrules", "create", "ipAddressId", {}, {}, {"purposes": ["SOURCE_NAT"]}, False),
        ("loadbalancerrules", "create", "publicIpId", {}, {}, {"purposes": ["PORT_FORWARDING"]}, False),
        (
            "loadbalancerrules",
            "updateInstances",
            "instanceIds",
            {},
            {"networkId": "n"},
            {"networkId": "m"},
            False,
        ),
        ("networkaclrules", "create", "networkAclId", {}, {}, {"name": "default_deny"}, False),
    ],
)
def test_what_a_picker_offers(
    type_name: str,
    name: str,
    field: str,
    values: dict[str, object],
    entity: dict[str, object],
    candidate: dict[str, object],
    offered: bool,
) -> None:
    assert operation(type_name, name).fields[field].offers(candidate, values, {}, entity) is offered


def test_an_instance_of_the_public_ips_vpc_is_offered() -> None:
    field = operation("portforwardingrules", "create").fields["instanceId"]
    referred: dict[str, dict[str, object]] = {"ipAddressId": {"vpcId": "v"}}
    assert field.offers({"vpcId": "v"}, {"ipAddressId": "p"}, referred)
    assert not field.offers({"vpcId": "w"}, {"ipAddressId": "p"}, referred)


def test_a_snapshots_name_goes_inside_a_member_and_the_flat_form_does_not() -> None:
    assert operation("volumes", "createSnapshotFromVolume").wrap == "snapshot"
    assert operation("snapshots", "create").wrap == ""


@pytest.mark.parametrize(
    ("type_name", "name", "secrets"),
    [
        ("instances", "create", ["password"]),
        ("instances", "resetPassword", ["password"]),
        ("isos", "generateDownloadUrl", ["url"]),
        ("remoteaccessvpns", "enable", ["presharedKey"]),
        ("instances", "start", []),
    ],
)
def test_secrets_in_results_are_known(type_name: str, name: str, secrets: list[str]) -> None:
    assert operation(type_name, name).result_secrets == secrets


@pytest.mark.parametrize(
    ("type_name", "filters"),
    [
        ("volumes", {"type", "instance_id"}),
        ("snapshots", {"volume_id"}),
        ("networks", {"vpc_id", "zone_id"}),
        ("networkacls", {"vpc_id"}),
        ("networkaclrules", {"network_acl_id"}),
        ("publicipaddresses", {"vpc_id", "instance_id"}),
        ("portforwardingrules", {"instance_id"}),
        ("loadbalancerrules", {"public_ip_id"}),
        ("nics", {"instance_id", "network_id"}),
        ("ingressrules", {"network_id", "public_ip_id"}),
        ("egressrules", {"network_id"}),
        ("sitetositevpns", {"vpc_id"}),
        ("remoteaccessvpns", {"vpc_id", "network_id"}),
        ("affinitygroups", {"type"}),
        ("instances", set()),
    ],
)
def test_list_filters(type_name: str, filters: set[str]) -> None:
    assert set(CLOUDSTACK.types[type_name].filters) == filters


def test_offerings_and_zones_can_only_be_read() -> None:
    read_only = {name for name, known in TYPES if known.read_only}
    assert read_only == {"computeofferings", "diskofferings", "networkofferings", "vpcofferings", "zones"}
