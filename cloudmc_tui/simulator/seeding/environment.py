"""Filling an environment with what its service provides and with made-up entities."""

from __future__ import annotations

from cloudmc_tui.simulator import build
from cloudmc_tui.simulator.seeding import machines, networking, usage
from cloudmc_tui.simulator.store import Environment


def populate(env: Environment) -> None:
    """Fill a new environment.

    One that starts without instances (made through the API) gets what makes it usable: the
    service's zones, offerings, templates and ISOs, and the two default network ACLs.
    """
    for entity_type, rows in env.service.catalogue.items():
        for row in rows:
            env[entity_type].add(dict(row), public=True)
    _default_acls(env)
    if env.size == 0:
        return
    machines.images_and_keys(env)
    subnets = networking.vpcs(env)
    machines.instances(env, subnets)
    networking.isolated(env)
    usage.affinity(env)
    usage.snapshots(env)
    usage.public_addresses(env)
    usage.vpns(env)


def _default_acls(env: Environment) -> None:
    for name, action in (("default_allow", "Allow"), ("default_deny", "Deny")):
        acl = build.network_acl(env, name, f"{action} everything, in and out")
        env["networkacls"].hidden(acl["id"])["default"] = True
        for number, traffic in enumerate(("Ingress", "Egress"), 1):
            description = f"{action} all {traffic.lower()}"
            build.acl_rule(env, acl, number, action, "ALL", traffic, description=description)
