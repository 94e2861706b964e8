"""How operations behave: one module for each group of entity types.

Importing this package fills the register.
"""

from __future__ import annotations

from cloudmc_tui.simulator.rules import (
    acls,
    firewall,
    forwarding,
    groups,
    images,
    instance_changes,
    instances,
    networks,
    nics,
    public_ips,
    snapshots,
    volumes,
    vpcs,
    vpns,
)
from cloudmc_tui.simulator.rules.base import RULES, Call, Rule

__all__ = [
    "RULES",
    "Call",
    "Rule",
    "acls",
    "firewall",
    "forwarding",
    "groups",
    "images",
    "instance_changes",
    "instances",
    "networks",
    "nics",
    "public_ips",
    "snapshots",
    "volumes",
    "vpcs",
    "vpns",
]
