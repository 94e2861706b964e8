"""For the walk through the catalog: what each operation is run on, and what its form is filled with.

What a form asks for is entered by the fields' types; here stands only what no type can tell: which of
several candidates makes sense, what must be unique or belong together, and what has to be there first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from cloudmc_tui.operations import Form
from tests.simulator.harness import CONFIRMED_KEY, Cloud, Row, instance_body, new_subnet, new_vpc

Key = tuple[str, str]
"""Entity type and operation."""

Choose = Callable[[Row, Form], object]
"""Whether a candidate makes sense, given what was entered before."""

Hint = str | bool | Choose
"""A text to type or to choose, what to toggle to, or which of the candidates to choose."""


def public(row: Row, form: Form) -> object:
    return row.get("availablePublicly")


def fixed(row: Row, form: Form) -> object:
    return not row.get("custom") and row.get("type") != "BareMetal"


def other_network(row: Row, form: Form) -> object:
    """Another network of the same VPC."""
    assert form.entity is not None
    return row.get("vpcId") == form.entity["vpcId"] and row["id"] != form.entity["networkId"]


def running(row: Row, form: Form) -> object:
    return row.get("state") == "Running"


def free(row: Row, form: Form) -> object:
    """A public IP without a purpose."""
    return row.get("purposes") == []


def tier(row: Row, form: Form) -> object:
    return row.get("vpcOnly")


def _chosen(form: Form, key: str) -> Mapping[str, Any]:
    """What was chosen for a reference field."""
    (entity,) = form._chosen[key].values()
    return entity


def of_the_ips_vpc(row: Row, form: Form) -> object:
    return row.get("vpcId") == _chosen(form, "publicIpId")["vpcId"]


def not_yet_its_own(row: Row, form: Form) -> object:
    """A network of the instance's VPC that it is not on."""
    instance = _chosen(form, "instanceId")
    return row.get("vpcId") == instance["vpcId"] and row["id"] != instance["networkId"]


def not_yet_in_it(row: Row, form: Form) -> object:
    """An instance that the rule does not lead to."""
    return row["id"] not in form.as_list("instanceIds")


HINTS: dict[Key, dict[str, Hint]] = {
    ("instances", "create"): {
        "templateId": public,
        "computeOfferingId": lambda row, form: row.get("custom"),
        "portsToForward": "80, 443",
        "userData": "#!/bin/sh\necho 'bonjour, à tous'",
        "sshKeyName": lambda row, form: True,
    },
    ("instances", "acquireBareMetal"): {
        "templateId": public,
        "computeOfferingId": lambda row, form: row.get("type") == "BareMetal",
    },
    ("instances", "update"): {"name": "walked-01"},
    ("instances", "stop"): {"forceStop": True},
    ("instances", "delete"): {"deleteSnapshots": True},
    ("instances", "changeComputeOffering"): {"computeOfferingId": fixed},
    ("instances", "changeNetwork"): {"networkId": other_network},
    ("instances", "createRecoveryPoint"): {"name": "avant", "description": "Before the change"},
    ("volumes", "create"): {
        "diskOfferingId": lambda row, form: row.get("customIops"),
        "instanceId": running,
        "sizeInGb": "33",
        "iops": "700",
    },
    ("volumes", "attachToInstance"): {"instanceId": running},
    ("volumes", "createSnapshotFromVolume"): {"name": "avant", "rapid": True},
    ("volumes", "resize"): {"sizeInGb": "900"},
    ("snapshots", "create"): {"name": "avant"},
    ("networks", "create"): {"networkOfferingId": tier},
    ("networks", "update"): {"description": "Walked"},
    ("vpcs", "update"): {"name": "walked"},
    ("publicipaddresses", "enableStaticNat"): {"privateIpId": running},
    ("portforwardingrules", "create"): {"ipAddressId": free, "instanceId": running},
    ("loadbalancerrules", "create"): {
        "publicIpId": free,
        "networkId": of_the_ips_vpc,
        "instanceIds": running,
        "stickinessMethod": "AppCookie",
        "stickinessPolicyParameters.cookieName": "walk",
        "stickinessPolicyParameters.requestLearn": True,
    },
    ("loadbalancerrules", "update"): {"name": "walked"},
    ("loadbalancerrules", "updateInstances"): {"instanceIds": not_yet_in_it},
    ("loadbalancerrules", "updateStickiness"): {
        "stickinessMethod": "LbCookie",
        "stickinessPolicyParameters.cookieName": "walk",
        "stickinessPolicyParameters.nocache": True,
    },
    ("nics", "create"): {"instanceId": running, "networkId": not_yet_its_own},
    ("networkaclrules", "create"): {"ruleNumber": "77"},
    ("networkaclrules", "update"): {"ruleNumber": "78"},
    ("egressrules", "create"): {
        "sourceCidr": "10.1.1.0/24",
        "protocol": "ICMP",
        "icmpType": "-1",
        "icmpCode": "-1",
    },
    ("sshkeys", "create"): {"publicKey": CONFIRMED_KEY},
    ("sitetositevpns", "create"): {"cidrList": "172.30.0.0/24", "dpd": True},
    ("sitetositevpns", "update"): {"espLifetime": "1800"},
    ("vpnusers", "create"): {"username": "ada", "password": "walked-Secret-1"},
    ("templates", "create"): {
        "format": "QCOW2",
        "hypervisor": "KVM",
        "osTypeId": "debian-12",
        "osTypeName": "Debian 12",
        "extractable": True,
    },
    ("templates", "update"): {"description": "Walked", "keyboard": "fr"},
    ("affinitygroups", "create"): {"instanceIds": running},
    ("affinitygroups", "update"): {"description": "Walked"},
}
"""What is entered beyond what is required, or chosen among what a type allows."""


# What it is run on


Wanted = Callable[[Row], object]

PREFERRED: dict[str, Wanted] = {
    "instances": lambda row: row["state"] in ("Running", "Stopped"),
    "volumes": lambda row: row["type"] == "data",
    "networkaclrules": lambda row: int(row["ruleNumber"]) >= 10,  # those below are of the default lists
    "publicipaddresses": lambda row: row["purposes"] != ["SOURCE_NAT"],
}
"""Which of the possible targets are taken."""


Arrange = Callable[[Cloud], Awaitable[str]]


async def with_iso(cloud: Cloud) -> str:
    rows = await cloud.all("instances", state="Running")
    for row in rows:
        if row.get("isoId"):
            return str(row["id"])
    row = rows[-1]
    iso = await cloud.one("isos", bootable=False)
    await cloud.do("POST", f"instances/{row['id']}?operation=attachIso", {"isoId": iso["id"]})
    return str(row["id"])


async def bare_metal(cloud: Cloud) -> str:
    offering = await cloud.one("computeofferings", type="BareMetal")
    template = await cloud.one("templates", availablePublicly=True)
    network, key = (await cloud.all("networks"))[0], await cloud.one("sshkeys")
    body = instance_body(template, offering, network, name="metal-01", sshKeyName=key["name"])
    return str((await cloud.do("POST", "instances?operation=acquireBareMetal", body))["id"])


async def empty_network(cloud: Cloud) -> str:
    return str((await new_subnet(cloud, await new_vpc(cloud)))["id"])


async def empty_vpc(cloud: Cloud) -> str:
    return str((await new_vpc(cloud))["id"])


async def second_nic(cloud: Cloud) -> str:
    taken = {nic["instanceId"] for nic in await cloud.all("nics", isDefault=False)}
    for instance in await cloud.all("instances", state="Running"):
        networks = await cloud.all("networks", vpcId=instance["vpcId"])
        others = [n for n in networks if n["id"] != instance["networkId"]]
        if others and instance["id"] not in taken:
            body = {"networkId": others[0]["id"], "instanceId": instance["id"]}
            return str((await cloud.do("POST", "nics", body))["id"])
    raise AssertionError("every instance has a second NIC")


async def unused_acl(cloud: Cloud) -> str:
    vpc = await cloud.one("vpcs")
    body = {"name": "passagère", "description": "For a test", "vpcId": vpc["id"]}
    return str((await cloud.do("POST", "networkacls", body))["id"])


async def own_template(cloud: Cloud) -> str:
    zone = await cloud.one("zones")
    body = {
        "name": "maison", "description": "Ours", "url": "https://images.example/maison.qcow2",
        "zoneId": zone["id"], "hypervisor": "KVM", "format": "QCOW2", "osTypeId": "debian-12",
        "osTypeName": "Debian 12",
    }  # fmt: skip
    return str((await cloud.do("POST", "templates", body))["id"])


async def own_iso(cloud: Cloud) -> str:
    zone = await cloud.one("zones")
    body = {
        "name": "outils",
        "description": "Ours",
        "url": "http://images.example/x.iso",
        "zoneId": zone["id"],
    }
    return str((await cloud.do("POST", "isos", body))["id"])


ARRANGED: dict[Key, Arrange] = {
    ("instances", "detachIso"): with_iso,
    ("instances", "releaseBareMetal"): bare_metal,
    ("networks", "delete"): empty_network,
    ("vpcs", "delete"): empty_vpc,
    ("nics", "setDefault"): second_nic,
    ("nics", "delete"): second_nic,
    ("networkacls", "delete"): unused_acl,
    ("templates", "update"): own_template,
    ("templates", "delete"): own_template,
    ("isos", "delete"): own_iso,
}
"""What no seeded entity fulfils is made first."""
