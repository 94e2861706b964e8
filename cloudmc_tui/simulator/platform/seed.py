"""The made-up organizations, people, service connections and environments."""

from __future__ import annotations

import random

from msgspec import Struct, field

from cloudmc_tui.simulator import dates, names
from cloudmc_tui.simulator.seeding.catalogue import catalogue
from cloudmc_tui.simulator.store import Environment, Row, Service

CONNECTIONS = (("compute-qc", "Compute - Québec"), ("compute-on", "Compute - Ontario"))

ENVIRONMENTS = (
    ("borealis", "compute-qc", "production", "Boutique, entrepôts et suivi des colis", 34),
    ("borealis", "compute-qc", "staging", "Rehearsal of the next release", 16),
    ("borealis", "compute-qc", "development", "Where things may break", 12),
    ("borealis", "compute-on", "production", "Ontario depots and the second site", 22),
    ("borealis", "compute-on", "sandbox", "For trying things out", 6),
    ("borealis-labo", "compute-qc", "labo", "Route-planning experiments", 8),
)
"""Organization's entry point, service, name, description, instances."""

ROLES = (
    ("Environment Admin", "ENV", ("env:*:*",)),
    ("User", "ENV", ("env:*:read", "env:*:write")),
    ("Read-Only", "ENV", ("env:*:read",)),
    ("Organization Admin", "ORG", ("org:*:*",)),
    ("End-User", "ORG", ("org:*:read",)),
)
"""Name, scope, permissions."""


class Platform(Struct):
    """What the platform keeps, by id; services by code.

    Attributes:
        own: the organization that the API key belongs to.
    """

    own: Row
    organizations: dict[str, Row] = field(default_factory=dict)
    users: dict[str, Row] = field(default_factory=dict)
    roles: dict[str, Row] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    quotas: dict[str, Row] = field(default_factory=dict)
    activity: list[Row] = field(default_factory=list)


def new_id(rng: random.Random) -> str:
    """A UUID, made from the seed."""
    h = f"{rng.getrandbits(128):032x}"
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-8{h[17:20]}-{h[20:]}"


def platform(seed: int, start: float, rng: random.Random) -> Platform:
    """Everything but the environments.

    Args:
        seed: the cloud's seed.
        start: when the cloud starts, in seconds since the epoch.
        rng: where ids come from.
    """
    parent = _organization(rng, *names.PARENT, start - 86400 * 1203)
    child = _organization(rng, *names.CHILD, start - 86400 * 311)
    child["parent"] = {"id": parent["id"], "name": parent["name"]}
    made = Platform(parent, {parent["id"]: parent, child["id"]: child})
    for name, scope, permissions in ROLES:
        row: Row = {
            "id": new_id(rng),
            "name": name,
            "alias": name.lower().replace(" ", "_"),
            "creationDate": dates.iso(start - 86400 * 1203),
            "defaultScope": scope,
            "isDefault": name == "User",
            "isFixed": True,
            "isSystem": True,
            "permissions": [{"name": permission} for permission in permissions],
        }
        made.roles[row["id"]] = row
    for organization, people in ((parent, names.PEOPLE), (child, names.LAB_PEOPLE)):
        for person in people:
            row = _user(rng, organization, start - 86400 * rng.uniform(30, 900), *person[:3])
            made.users[row["id"]] = row
    for code, name in CONNECTIONS:
        record = {
            "id": new_id(rng),
            "serviceCode": code,
            "name": name,
            "type": "CloudCA",
            "status": {"lastUpdated": dates.iso(start), "reachable": True},
        }
        things = catalogue(code, random.Random(f"{seed}/{code}"), start)
        made.services[code] = Service(code, record, things)
        _quota(made, record, rng, start)
    return made


def _organization(rng: random.Random, name: str, entry_point: str, since: float) -> Row:
    return {
        "id": new_id(rng),
        "name": name,
        "entryPoint": entry_point,
        "billableStartDate": dates.iso(since),
        "billingDay": 1,
        "billingMode": "MANUAL",
        "isBillable": True,
        "isReseller": False,
        "isTrial": False,
        "isDbAuthentication": True,
        "isLdapAuthentication": False,
        "tags": ["transport"],
        "notes": "",
    }


def _user(rng: random.Random, organization: Row, since: float, login: str, first: str, last: str) -> Row:
    return {
        "id": new_id(rng),
        "userName": login,
        "username": login,
        "firstName": first,
        "lastName": last,
        "email": f"{login}@{names.MAIL_DOMAIN}",
        "creationDate": dates.iso(since),
        "status": "ACTIVE",
        "organization": brief(organization),
    }


def brief(organization: Row) -> Row:
    """An organization as other objects name it."""
    return {key: organization[key] for key in ("id", "name", "entryPoint")}


QUOTA_METRICS = {
    "INSTANCES": ("quotas.instances", 500, 1.5),
    "INSTANCE_VCPUS": ("quotas.vcpus", 3000, 12),
    "INSTANCE_MEMORY": ("quotas.memory", 12 * 1024 * 1024, 48 * 1024),
    "DISK_SIZE": ("quotas.disk_size", 250_000, 500),
    "PUBLIC_IPS": ("quotas.public_ips", 250, 0.01),
}
"""Metric → label key, the least ceiling, and what an instance of ``scale`` adds to a ceiling."""


def ceilings(scale: int) -> dict[str, float]:
    """Each environment's quota, by metric: counts, MB of memory, GB of disk."""
    return {name: max(least, each * scale) for name, (_, least, each) in QUOTA_METRICS.items()}


def _quota(made: Platform, connection: Row, rng: random.Random, start: float) -> None:
    row: Row = {
        "id": new_id(rng),
        "name": "Standard",
        "description": f"What an environment of {connection['name']} may use",
        "creationDate": dates.iso(start - 86400 * 1203),
        "numberOfOrganizationsAppliedTo": 2,
        "defaultForService": True,
        "defaultForTrial": False,
        "ownerOrganization": {"id": made.own["id"], "name": made.own["name"]},
        "serviceConnection": {"id": connection["id"], "name": connection["name"]},
        "quotaDetails": [
            {"id": new_id(rng), "type": metric, "metricIdentifier": metric.lower(), "labelKey": facts[0]}
            for metric, facts in QUOTA_METRICS.items()
        ],
    }
    made.quotas[row["id"]] = row
