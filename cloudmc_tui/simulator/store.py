"""An environment's entities: tables of JSON objects, kept consistent and encoded once.

A row is the object that the list endpoint sends. What the list does not show (user data, what an
address is used for inside the cloud) is kept beside it as hidden members.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct, field

from cloudmc_tui.simulator import errors

Row = dict[str, Any]
"""An entity as the API sends it."""

encode = msgspec.json.Encoder().encode

_LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"

ENTITY_TYPES = (
    "instances", "volumes", "snapshots", "templates", "isos", "sshkeys", "affinitygroups",
    "vpcs", "networks", "networkacls", "networkaclrules", "publicipaddresses",
    "portforwardingrules", "loadbalancerrules", "nics", "ingressrules", "egressrules",
    "sitetositevpns", "remoteaccessvpns", "vpnusers",
    "computeofferings", "diskofferings", "networkofferings", "vpcofferings", "zones",
)  # fmt: skip
"""The 25 entity types of a CloudStack service, as their path segment spells them."""

NAMED_AFTER: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    "instances": {
        "volumes": (("instanceId", "instanceName"),),
        "portforwardingrules": (("instanceId", "instanceName"),),
    },
    "vpcs": {
        "instances": (("vpcId", "vpcName"),),
        "networks": (("vpcId", "vpcName"),),
        "publicipaddresses": (("vpcId", "vpcName"),),
        "nics": (("vpcId", "vpcName"),),
    },
    "networks": {
        "instances": (("networkId", "networkName"),),
        "publicipaddresses": (("networkId", "networkName"),),
        "nics": (("networkId", "networkName"),),
    },
    "templates": {"instances": (("templateId", "templateName"), ("imageId", "imageName"))},
    "volumes": {"snapshots": (("volumeId", "volume"),)},
}
"""Renamed type → type that repeats its name → (member with its id, member with its name)."""


class Gone(LookupError):
    """An entity that something else refers to has been removed meanwhile."""


class Table:
    """The entities of one type, by id, in the order they were made."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._hidden: dict[str, Row] = {}
        self._listing: bytes | None = None
        self._indexes: dict[str, defaultdict[Any, list[Row]]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, entity_id: str) -> bool:
        return entity_id in self.rows

    def add(self, row: Row, **hidden: Any) -> Row:
        """Take an entity in, under its ``id``."""
        self.rows[row["id"]] = row
        if hidden:
            self._hidden[row["id"]] = hidden
        self._changed()
        return row

    def change(self, row: Row, **members: Any) -> None:
        """Set members; ``None`` takes a member away (the API leaves out what is not set)."""
        for name, value in members.items():
            if value is None:
                row.pop(name, None)
            else:
                row[name] = value
        self._changed()

    def remove(self, entity_id: str) -> None:
        """Let an entity go; that it is gone already is no error."""
        self.rows.pop(entity_id, None)
        self._hidden.pop(entity_id, None)
        self._changed()

    def hidden(self, entity_id: str) -> Row:
        """What is known of an entity but not listed; may be changed in place."""
        return self._hidden.setdefault(entity_id, {})

    def where(self, **members: Any) -> list[Row]:
        """The entities whose members have these values; by an index on the first of them."""
        (first, value), *others = members.items()
        index = self._indexes.get(first)
        if index is None:
            index = self._indexes[first] = defaultdict(list)
            for row in self.rows.values():
                if first in row:
                    index[row[first]].append(row)
        return [row for row in index.get(value, ()) if all(row.get(k) == v for k, v in others)]

    def first(self, **members: Any) -> Row | None:
        """The first of :meth:`where`, or None."""
        return next(iter(self.where(**members)), None)

    def listing(self) -> bytes:
        """The list endpoint's reply, encoded once until something changes."""
        if self._listing is None:
            self._listing = listed(list(self.rows.values()))
        return self._listing

    def _changed(self) -> None:
        self._listing = None
        self._indexes.clear()


def listed(rows: list[Row]) -> bytes:
    """A list endpoint's reply: the rows and how many they are."""
    return b'{"data":%b,"metadata":{"recordCount":%d}}' % (encode(rows), len(rows))


class Service(Struct, frozen=True):
    """A service connection and what it offers to each of its environments.

    Attributes:
        code: as in paths: ``compute-qc``.
        record: the connection as the platform sends it.
        catalogue: entity type → rows of what the service itself provides: zones, offerings,
            public templates and ISOs.
    """

    code: str
    record: Row
    catalogue: dict[str, list[Row]]


class Environment(Struct):
    """One environment: its platform record, and its tables, filled when first looked at.

    Attributes:
        index: its number in the world: it decides which addresses it hands out.
        service: the service it is on.
        record: the environment as the platform sends it.
        size: how many instances it starts with.
        start: when the world started, in seconds since the epoch: made-up dates lie before it.
        populate: fills a new environment's tables.
        rng: the source of its ids and secrets.
        busy: (entity type, id) → the task that is changing it.
        quota: metric → ceiling.
        counters: how many of each kind of address it has handed out.
    """

    index: int
    service: Service
    record: Row
    size: int
    start: float
    populate: Callable[[Environment], None]
    rng: random.Random
    busy: dict[tuple[str, str], str] = field(default_factory=dict)
    quota: dict[str, float] = field(default_factory=dict)
    counters: Counter[str] = field(default_factory=Counter)
    _tables: defaultdict[str, Table] | None = None

    def __getitem__(self, entity_type: str) -> Table:
        if self._tables is None:
            self._tables = defaultdict(Table)
            self.populate(self)
        return self._tables[entity_type]

    @property
    def name(self) -> str:
        """Its name, as in paths."""
        return str(self.record["name"])

    def new_id(self) -> str:
        """A UUID, made from the seed."""
        h = f"{self.rng.getrandbits(128):032x}"
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"

    def secret(self) -> str:
        """A password or pre-shared key, made from the seed."""
        return "".join(self.rng.choices(_LETTERS, k=18))

    def get(self, entity_type: str, entity_id: str) -> Row:
        """An entity that must be there.

        Raises:
            Gone: it is not.
        """
        row = self[entity_type].rows.get(entity_id)
        if row is None:
            raise Gone(entity_type, entity_id)
        return row

    def refer(self, entity_type: str, entity_id: str, field: str) -> Row:
        """The entity that a request's member names.

        Raises:
            ApiError: 400, there is none.
        """
        row = self[entity_type].rows.get(entity_id)
        if row is None:
            raise errors.no_reference(field, entity_type, entity_id)
        return row

    def change(self, entity_type: str, row: Row, **members: Any) -> None:
        """Set members of an entity (``None`` takes one away); a new name reaches all who repeat it."""
        self[entity_type].change(row, **members)
        if "name" in members:
            for other, pairs in NAMED_AFTER.get(entity_type, {}).items():
                for id_member, name_member in pairs:
                    for referrer in self[other].where(**{id_member: row["id"]}):
                        self[other].change(referrer, **{name_member: row["name"]})
