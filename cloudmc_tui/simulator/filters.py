"""What the list endpoints select by, and what the get endpoints show beyond the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cloudmc_tui.simulator import usage
from cloudmc_tui.simulator.store import Environment, Row, listed

Test = Callable[[Environment, Row, str], bool]
"""Whether a row is selected by a query parameter's value."""


def _is(member: str) -> Test:
    return lambda _, row, value: bool(row.get(member) == value)


def _folded(member: str) -> Test:
    return lambda _, row, value: str(row.get(member, "")).casefold() == value.casefold()


def _leads_to_instance(_: Environment, row: Row, value: str) -> bool:
    return any(instance["id"] == value for instance in row.get("instances", ()))


def _acl_fits_vpc(_: Environment, row: Row, value: str) -> bool:
    """The default ACLs fit every VPC, and have none."""
    return "vpcId" not in row or row["vpcId"] == value


def _hidden(entity_type: str, member: str) -> Test:
    return lambda env, row, value: env[entity_type].hidden(row["id"]).get(member) == value


FILTERS: dict[str, dict[str, Test]] = {
    "affinitygroups": {"type": _folded("type")},
    "egressrules": {"network_id": _is("networkId")},
    "ingressrules": {"network_id": _is("networkId"), "public_ip_id": _is("publicIpId")},
    "loadbalancerrules": {"public_ip_id": _is("publicIpId")},
    "networkaclrules": {"network_acl_id": _is("networkAclId")},
    "networkacls": {"vpc_id": _acl_fits_vpc},
    "networks": {"vpc_id": _is("vpcId"), "zone_id": _is("zoneId")},
    "nics": {"instance_id": _is("instanceId"), "network_id": _is("networkId")},
    "portforwardingrules": {"instance_id": _is("instanceId")},
    "publicipaddresses": {"vpc_id": _is("vpcId"), "instance_id": _leads_to_instance},
    "remoteaccessvpns": {
        "vpc_id": _hidden("remoteaccessvpns", "vpcId"),
        "network_id": _hidden("remoteaccessvpns", "networkId"),
    },
    "sitetositevpns": {"vpc_id": _is("vpcId")},
    "snapshots": {"volume_id": _is("volumeId")},
    "volumes": {"type": _folded("type"), "instance_id": _is("instanceId")},
}
"""Entity type → query parameter → its test. Others are ignored, as are empty ones."""


def listing(env: Environment, entity_type: str, query: Mapping[str, str]) -> bytes:
    """A list endpoint's reply."""
    tests = FILTERS.get(entity_type, {})
    asked = {name: query[name] for name in tests if query.get(name)}
    if not asked:
        return env[entity_type].listing()
    rows = list(env[entity_type].rows.values())
    for name, value in asked.items():
        rows = [row for row in rows if tests[name](env, row, value)]
    return listed(rows)


def detail(env: Environment, entity_type: str, row: Row) -> Row:
    """A get endpoint's object: the listed one, and more for an instance."""
    return _instance(env, row) if entity_type == "instances" else row


def _instance(env: Environment, row: Row) -> Row:
    hidden = env["instances"].hidden(row["id"])
    shown = {
        **row,
        "userData": hidden.get("userData", ""),
        "nics": [
            {key: nic[key] for key in ("id", "isDefault", "networkId", "ipAddress", "ipAddressId")}
            for nic in env["nics"].where(instanceId=row["id"])
        ],
        "publicIps": [
            {
                "id": ip["id"],
                "ipAddress": ip["ipAddress"],
                "purposes": ip["purposes"],
                "ports": usage.ports(env, ip["id"], row["id"]),
            }
            for ip in usage.addresses_of(env, row["id"])
        ],
    }
    iso = env["isos"].rows.get(hidden.get("isoId", ""))
    if iso is not None:
        shown |= {"isoId": iso["id"], "isoName": iso["name"]}
    root = env["volumes"].first(instanceId=row["id"], type="os")
    if root is not None:
        shown["rootVolumeSizeInGb"] = root["sizeInGb"]
    return shown
