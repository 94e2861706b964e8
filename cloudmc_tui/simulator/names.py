"""Made-up names: those of a transport company's machines, networks and people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import count

TIERS = ("front", "app", "data")
"""The subnets of a VPC, by what lives in them."""

_STAPLES = (
    ("bastion", "front"),
    ("web-01", "front"),
    ("web-02", "front"),
    ("api-01", "app"),
    ("db-primary", "data"),
    ("worker-01", "app"),
    ("cache-01", "data"),
    ("api-02", "app"),
    ("db-replica-01", "data"),
    ("courriel-01", "app"),
    ("worker-02", "app"),
    ("entrepôt-données", "data"),
    ("queue-01", "data"),
    ("grafana", "app"),
    ("prometheus", "app"),
    ("web-03", "front"),
    ("search-01", "data"),
    ("ci-runner-01", "app"),
    ("suivi-colis-01", "app"),
    ("sauvegarde", "data"),
    ("db-replica-02", "data"),
    ("vault", "app"),
    ("gitlab", "app"),
    ("tournées-01", "app"),
    ("passerelle-sftp", "front"),
    ("rapports-générés", "app"),
    ("dns-01", "front"),
    ("dns-02", "front"),
    ("web-04", "front"),
    ("worker-03", "app"),
    ("loki", "data"),
    ("étiquettes-01", "app"),
    ("search-02", "data"),
    ("mesures-flotte", "data"),
)
_POOLS = (
    ("web", "front", 5),
    ("api", "app", 3),
    ("worker", "app", 4),
    ("suivi-colis", "app", 2),
    ("cache", "data", 2),
    ("ci-runner", "app", 2),
    ("search", "data", 3),
    ("queue", "data", 2),
    ("étiquettes", "app", 2),
    ("tournées", "app", 2),
)
"""Prefix, subnet, and the first number that the staples leave free."""

AWKWARD = (
    ("demo [bold]not bold[/] {x} 100%", "app"),
    ("検証-サーバー-01", "app"),
    ("a-machine-that-somebody-named-after-the-whole-ticket-" + "and-then-some-" * 9 + "01", "app"),
)
"""Names that a careless program trips over."""


def machines(size: int, awkward: bool = False) -> Iterator[tuple[str, str]]:
    """Names for instances, each with the subnet it lives in.

    Args:
        size: how many.
        awkward: whether the awkward ones are among them.
    """
    known = [*_STAPLES[:5], *AWKWARD, *_STAPLES[5:]] if awkward else list(_STAPLES)
    yield from known[:size]
    width = max(2, len(str(size // len(_POOLS))))
    left = size - len(known)
    for step in count():
        for prefix, tier, first in _POOLS:
            if left <= 0:
                return
            left -= 1
            yield f"{prefix}-{first + step:0{width}d}", tier


_NOT_IN_HOSTNAMES = re.compile("[^a-z0-9-]")


def hostname(name: str) -> str:
    """A host name made from an instance's name: ASCII letters, digits and hyphens, 63 at most."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _NOT_IN_HOSTNAMES.sub("-", ascii_only.lower()).strip("-")[:63].strip("-") or "vm"


PARENT = ("Boréalis Transport", "borealis")
CHILD = ("Boréalis Labo", "borealis-labo")
"""Organization's name and entry point."""

PEOPLE = (
    ("mlavoie", "Maude", "Lavoie", "Environment Admin"),
    ("ykone", "Yacouba", "Koné", "Environment Admin"),
    ("sbergeron", "Sébastien", "Bergeron", "User"),
    ("lnguyen", "Linh", "Nguyen", "User"),
    ("oodonnell", "Orla", "O'Donnell", "Read-Only"),
)
LAB_PEOPLE = (
    ("eroy", "Élise", "Roy", "Environment Admin"),
    ("tsato", "Takumi", "Sato", "User"),
)
"""User name, first name, last name, role."""

MAIL_DOMAIN = "borealis-transport.example"

VPN_USERS = ("mlavoie", "ykone", "garde-nuit", "oodonnell")
VPCS = ("principal", "livraison", "partenaires", "analytique", "bureautique", "archives")
SSH_KEYS = ("maude@portable", "yacouba-2024", "deploy", "urgence")
