"""Affinity groups and SSH keys: what instances are made with.

Inferred: their names are unique in the environment, as in CloudStack.
"""

from __future__ import annotations

from cloudmc_tui.simulator import errors
from cloudmc_tui.simulator.keys import fingerprint
from cloudmc_tui.simulator.rules.base import Call, deletion, operation
from cloudmc_tui.simulator.store import Row
from cloudmc_tui.simulator.tasks import Steps

_KINDS = ("host anti-affinity", "host affinity")


def _free_name(call: Call, name: str) -> str:
    other = call.env[call.entity_type].first(name=name)
    if other is not None and other is not call.row:
        raise errors.taken("name", name)
    return name


@operation("affinitygroups", "create", weight=0.4)
def create_group(call: Call) -> Steps:
    """Group instances."""
    body = call.body
    body.require("name", "description", "type", "instanceIds")
    row: Row = {
        "id": call.env.new_id(),
        "name": _free_name(call, body.text("name")),
        "description": body.text("description"),
        "type": body.choice("type", _KINDS),
        "instanceIds": [],
    }
    members = call.refer_all("instanceIds", "instances")
    yield
    call.env["affinitygroups"].add(row)
    _set_members(call, row, members)
    return row


@operation("affinitygroups", "update", weight=0.4)
def update_group(call: Call) -> Steps:
    """Change what is given; the instances are all of them, not only new ones."""
    body = call.body
    name = body.maybe("name")
    changes = {
        "name": None if name is None else _free_name(call, name),
        "description": body.maybe("description"),
        "type": body.choice("type", _KINDS),
    }
    members = call.refer_all("instanceIds", "instances") if "instanceIds" in body else None
    yield
    call.change(**{member: value for member, value in changes.items() if value is not None})
    if members is not None:
        _set_members(call, call.row, members)
    return call.row


def _set_members(call: Call, group: Row, members: list[Row]) -> None:
    """Keep a group's instances and the instances' groups the same."""
    ids = [row["id"] for row in members if row["id"] in call.env["instances"]]
    for instance in call.env["instances"].rows.values():
        groups = [g for g in instance["affinityGroupIds"] if g != group["id"]]
        if instance["id"] in ids:
            groups.append(group["id"])
        if groups != instance["affinityGroupIds"]:
            call.env.change("instances", instance, affinityGroupIds=groups)
    call.env["affinitygroups"].change(group, instanceIds=ids)


@operation("affinitygroups", "delete", weight=0.4)
def delete_group(call: Call) -> Steps:
    """Its instances stay."""
    yield
    _set_members(call, call.row, [])
    call.env["affinitygroups"].remove(call.row["id"])
    return {}


@operation("sshkeys", "create", weight=0.2)
def create_key(call: Call) -> Steps:
    """Register a public key (the reference does not have it). Its id is its name."""
    call.body.require("name", "publicKey")
    name = _free_name(call, call.body.text("name"))
    try:
        mark = fingerprint(call.body.text("publicKey"))
    except ValueError:
        raise errors.invalid("publicKey", "must be a public key in OpenSSH's form") from None
    yield
    return call.env["sshkeys"].add({"id": name, "name": name, "fingerprint": mark})


deletion("sshkeys")
