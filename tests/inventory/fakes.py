"""A source of listings that answers when a test lets it, and a clock that a test moves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from cloudmc_tui.api import Collection, Environment, NotFound, Service
from cloudmc_tui.api.models import Noted
from cloudmc_tui.catalog import Catalog, load_catalog
from cloudmc_tui.inventory import Inventory
from cloudmc_tui.path import Path

SERVICE = {"id": "s1", "serviceCode": "svc", "name": "Service", "type": "CloudCA"}
OTHER = {"id": "s2", "serviceCode": "other", "name": "Other", "type": "Unheard"}


def environment(name: str, service: str = "svc") -> dict[str, Any]:
    return {"id": f"e-{name}", "name": name, "serviceConnection": {"serviceCode": service}}


def instance(name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"i-{name}", "name": name, "state": "Running", **more}


SERVICES = Path.parse("")
ENVIRONMENTS = Path.parse("svc")
TYPES = Path.parse("svc/env")
INSTANCES = Path.parse("svc/env/instances")
WEB = INSTANCES.child("i-web")


class Cloud:
    """A :class:`~cloudmc_tui.inventory.inventory.Source` made of dictionaries.

    Attributes:
        services_sent, environments_sent: what the platform's lists hold.
        entities: path of an entity type → what its list holds.
        wholes: path of an entity → what its own endpoint gives; by default its row of the list.
        failures: key → what a read of it raises. A key is "services", "environments" or a path.
        gates: key → an event that a read of it waits for before it answers.
        started: key → an event that is set when a read of it begins.
        asked: how often each was asked for.
        cancelled: keys whose reads were given up.
    """

    def __init__(self) -> None:
        self.services_sent: list[dict[str, Any]] = [SERVICE, OTHER]
        self.environments_sent: list[dict[str, Any]] = [environment("env"), environment("env2")]
        self.notes: list[str] = []
        self.entities: dict[str, Any] = {str(INSTANCES): [instance("web"), instance("db")]}
        self.wholes: dict[str, dict[str, Any]] = {}
        self.failures: dict[str, Exception] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.started: dict[str, asyncio.Event] = {}
        self.asked: Counter[str] = Counter()
        self.cancelled: list[str] = []

    def gate(self, key: object) -> asyncio.Event:
        """Hold reads of this key back until the event is set."""
        return self.gates.setdefault(str(key), asyncio.Event())

    async def has_started(self, key: object) -> None:
        """Wait until a read of this key has begun."""
        await self.started.setdefault(str(key), asyncio.Event()).wait()

    async def _answer(self, key: str, make: Callable[[], Any]) -> Any:
        self.asked[key] += 1
        made = make()  # what was true when it was asked
        self.started.setdefault(key, asyncio.Event()).set()
        try:
            if key in self.gates:
                await self.gates[key].wait()
        except asyncio.CancelledError:
            self.cancelled.append(key)
            raise
        if key in self.failures:
            raise self.failures[key]
        return made

    async def services(self) -> Noted[Service]:
        make = lambda: Noted([Service.read(raw) for raw in self.services_sent], self.notes)  # noqa: E731
        return await self._answer("services", make)  # type: ignore[no-any-return]

    async def environments(self) -> Noted[Environment]:
        make = lambda: Noted([Environment.read(raw) for raw in self.environments_sent])  # noqa: E731
        return await self._answer("environments", make)  # type: ignore[no-any-return]

    async def list_entities(
        self, path: Path, filters: Mapping[str, str] | None = None, *, background: bool = False
    ) -> Collection:
        if str(path) not in self.entities:
            raise NotFound("there is no such thing", status=404)
        sent = self.entities[str(path)]
        made = sent if isinstance(sent, Collection) else Collection(list(sent))
        return await self._answer(str(path), lambda: made)  # type: ignore[no-any-return]

    async def get_entity(self, path: Path) -> dict[str, Any]:
        rows = {e.get("id"): e for e in self.entities.get(str(path.parent), [])}
        whole = self.wholes.get(str(path), rows.get(path.name))
        if whole is None:
            raise NotFound("there is no such thing", status=404)
        return await self._answer(str(path), lambda: whole)  # type: ignore[no-any-return]


class Clock:
    """Seconds since the epoch that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def inventory(cloud: Cloud, clock: Clock | None = None, **more: Any) -> Inventory:
    """An inventory of this cloud, with the program's own catalog."""
    return Inventory(cloud, load_catalog(), clock=clock or Clock(), **more)


def listed_only(cloud: Cloud, clock: Clock | None = None) -> Inventory:
    """The same, with a catalog whose instances have no endpoint of their own."""
    cloudstack = load_catalog().services["cloudstack"]
    instances = replace(cloudstack.types["instances"], gettable=False)
    changed = replace(cloudstack, types={**cloudstack.types, "instances": instances})
    return Inventory(cloud, Catalog({"cloudstack": changed}), clock=clock or Clock())
