"""One open connection: profile, client, inventory, tasks. What both faces, terminal and command line,
talk to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from msgspec.structs import replace

from cloudmc_tui.api import (
    Client,
    CloudMCError,
    NotFound,
    Rejected,
    RequestLog,
    RequestRecord,
    Secret,
    open_client,
)
from cloudmc_tui.api.checks import TOLERATED_SKEW, skew_told
from cloudmc_tui.audit import AUDIT_FILE, AuditLog
from cloudmc_tui.catalog import Catalog, EntityType, load_catalog
from cloudmc_tui.database import DatabaseError
from cloudmc_tui.demo import DEMO_ENDPOINT
from cloudmc_tui.demo import DemoOptions as DemoOptions
from cloudmc_tui.execution import Execution
from cloudmc_tui.folders import cache_folder as cache_folder
from cloudmc_tui.folders import open_to_others, user_catalog_folder
from cloudmc_tui.folders import state_folder as state_folder
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.inventory import AmbiguousName, Details, Inventory, UnknownPath
from cloudmc_tui.inventory.disk import Scope
from cloudmc_tui.inventory.store import DiskStore
from cloudmc_tui.language import _
from cloudmc_tui.logs import log_request
from cloudmc_tui.operations import WriteGuard
from cloudmc_tui.path import Level, Path
from cloudmc_tui.profiles import Ask, Mode, Profile, config_file, resolve_key
from cloudmc_tui.profiles.sources import PromptKey
from cloudmc_tui.tasks import AsyncLedger, LedgerError

LEDGER_FILE = "tasks.sqlite"

CACHE_FILE = "listings.sqlite"


@dataclass(eq=False, repr=False)
class Session:
    """An open connection. Make one with :meth:`open`, close it with :meth:`aclose`."""

    profile: Profile
    catalog: Catalog
    client: Client
    inventory: Inventory
    guard: WriteGuard
    execution: Execution
    ledger: AsyncLedger
    notes: tuple[str, ...] = ()
    clock: Callable[[], float] = time.time
    requests: RequestLog = field(default_factory=RequestLog)
    cache: DiskStore | None = None
    warnings: tuple[str, ...] = ()
    """What makes this connection less safe than it could be, each with its fix: told every time."""

    @classmethod
    async def open(
        cls,
        profile: Profile,
        *,
        ask: Ask | None = None,
        demo: DemoOptions | None = None,
        clock: Callable[[], float] = time.time,
        user_catalog: FilePath | None = None,
        state: FilePath | None = None,
        cache: FilePath | None = None,
        caching: bool = True,
    ) -> Session:
        """Get the key, load the catalog and make a client; asks the network only where the API's base is
        not known.

        The slow imports (the HTTP client, the simulator) happen here, in a thread, so that a face can
        paint first.

        Args:
            profile: where to connect.
            ask: asks the person for the key, where the profile wants that.
            demo: how the demo cloud is made, when the profile is the demo's.
            clock: gives seconds since the epoch.
            user_catalog: a folder of the user's own catalog files.
            state: the folder of the task ledger. The demo cloud's tasks end with it: they are kept in
                memory only.
            cache: the folder of the cache of listings. The demo cloud has none.
            caching: whether listings are kept from one session to the next at all.

        Raises:
            KeyUnavailable: when the profile's key source gives no key.
            CatalogError: for a broken catalog file.
            CloudMCError: when a bare host answers on none of the known bases.
            ValueError: for an endpoint or key that can be neither.
        """
        key = await resolve_key(profile, ask)
        requests, guard = RequestLog(), WriteGuard(profile.mode)

        def on_request(record: RequestRecord) -> None:
            requests(record)
            log_request(record)

        catalog, client = await asyncio.gather(
            asyncio.to_thread(load_catalog, user_catalog or user_catalog_folder()),
            _open_client(profile, key, demo or DemoOptions(), clock, on_request, guard),
        )
        # Only now, when nothing can fail any more that would leave the files open.
        scope = Scope(profile.name, client.endpoint, profile.organization_id or "")
        (ledger, notes), (store, more) = await asyncio.gather(
            _open_ledger(None if profile.demo else state or state_folder(), clock),
            _open_cache((cache or cache_folder()) if caching and not profile.demo else None, scope, clock),
        )
        notes = (*notes, *more)
        inventory = Inventory(client, catalog, store=store, clock=clock)
        audit = AuditLog(None if profile.demo else (state or state_folder()) / AUDIT_FILE, clock=clock)
        execution = Execution(profile, client, inventory, guard, ledger, audit=audit)
        warnings = profile.warnings
        if not profile.demo:
            others = await asyncio.to_thread(open_to_others, files=[config_file()])
            warnings += tuple(each for each in others if not any(each.split()[0] in note for note in notes))
        return cls(
            profile,
            catalog,
            client,
            inventory,
            guard,
            execution,
            ledger,
            notes,
            clock,
            requests,
            store,
            warnings,
        )

    @property
    def blocked(self) -> str:
        """Why nothing can ever be changed through this session, or empty; what is locked can be unlocked."""
        return self.guard.why_not() if self.guard.mode is Mode.READ_ONLY else ""

    @property
    def clock_note(self) -> str:
        """That the server's clock is far from ours, by its last reply; or empty."""
        skew = self.client.clock_skew
        return "" if skew is None or abs(skew) <= TOLERATED_SKEW else skew_told(skew)

    async def renew_key(self, ask: Ask | None = None, *, by_hand: bool = False) -> None:
        """Get the key again, after the server has refused the one that there was, and go on with it.

        Args:
            ask: asks the person.
            by_hand: ask the person, whatever the profile's key source.

        Raises:
            KeyUnavailable: when there is none; the old one stays.
            BadSettings: when it cannot be sent; the old one stays.
        """
        profile = replace(self.profile, key=PromptKey()) if by_hand else self.profile
        self.client.change_key(await resolve_key(profile, ask))
        self.execution.watcher.resume()

    def types(self, path: Path) -> Mapping[str, EntityType]:
        """The entity types of the service that a path lies in; none when it is not known."""
        service_type = self.inventory.service_type(path)
        return service_type.types if service_type else {}

    async def aclose(self) -> None:
        """Give up what is under way and close the connection."""
        await self.execution.aclose()
        await self.inventory.aclose()
        await self.client.aclose()
        await self.ledger.aclose()
        if self.cache is not None:
            await self.cache.aclose()

    async def find(self, path: Path) -> Details:
        """An entity by its path, whose last part may also be its name.

        Raises:
            AmbiguousName: when several are called so.
            UnknownPath: when it does not exist, with what does.
            CloudMCError: when it could not be read.
        """
        try:
            return await self.inventory.refresh_details(path)
        except (NotFound, Rejected, UnknownPath) as error:  # a server may refuse what is no id at all
            if path.level is not Level.ENTITY or (isinstance(error, UnknownPath) and error.path != path):
                raise
            listing = await self.inventory.refresh(path.parent)
            titles = [title_of(entity, listing.entity_type) for entity in listing.entities]
            named = [
                e for e, t in zip(listing.entities, titles, strict=True) if path.name in (t, e.get("name"))
            ]
            paths = [child for entity in named if (child := listing.child_path(entity)) is not None]
            if len(paths) > 1:
                raise AmbiguousName(path, [child.name for child in paths]) from None
            if paths:
                return await self.inventory.refresh_details(paths[0])
            if isinstance(error, Rejected):
                raise
            raise UnknownPath(path, titles) from None

    async def reference_names(self, details: Details) -> dict[str, str]:
        """The names of the entities that an entity refers to by id, read where they are not known.

        Args:
            details: an entity with its type.

        Returns:
            id → name, for every reference whose listing could be read.
        """
        below = details.path.up_to(Level.ENVIRONMENT)
        wanted: dict[Path, set[str]] = {}
        for member, described in details.entity_type.fields.items():
            named = described.name_from and details.entity.get(described.name_from)
            if described.refers_to is not None and not named:
                ids = _ids(details.entity.get(member))
                wanted.setdefault(below.child(described.refers_to), set()).update(ids)
        found = await asyncio.gather(*(self._names(path, ids) for path, ids in wanted.items() if ids))
        return {identity: name for names in found for identity, name in names.items()}

    async def _names(self, path: Path, ids: set[str]) -> dict[str, str]:
        """The names of some of a listing's entities, which is read again only when they may be newer."""
        listing = self.inventory.peek(path)
        if listing is None or any(listing.find(i) is None for i in ids):
            try:
                listing = [shown async for shown in self.inventory.list(path)][-1]
            except (CloudMCError, UnknownPath):
                return {}  # a name that cannot be had leaves the id, which says enough
        found = ((i, listing.find(i)) for i in ids)
        return {i: title_of(entity, listing.entity_type) for i, entity in found if entity is not None}


def _ids(value: Any) -> list[str]:
    """The ids in a reference: an id, an object with one and no name, or a list of either."""
    if isinstance(value, list):
        return [i for item in value for i in _ids(item)]
    if isinstance(value, Mapping):
        return [] if value.get("name") or value.get("ipAddress") else _ids(value.get("id"))
    return [str(value)] if isinstance(value, (str, int)) and value != "" else []


async def _open_ledger(
    folder: FilePath | None, clock: Callable[[], float]
) -> tuple[AsyncLedger, tuple[str, ...]]:
    """The task ledger, with what people should know about it; one in memory where there can be no file."""
    if folder is not None:
        try:
            ledger = await AsyncLedger.open(folder / LEDGER_FILE, clock=clock)
            return ledger, tuple(ledger.notes)
        except LedgerError as error:
            note = _("tasks are not remembered after this session: {error}", error=error)
            return await AsyncLedger.open(None, clock=clock), (note,)
    return await AsyncLedger.open(None, clock=clock), ()


async def _open_cache(
    folder: FilePath | None, scope: Scope, clock: Callable[[], float]
) -> tuple[DiskStore | None, tuple[str, ...]]:
    """The cache of listings, with what people should know about it; none where there can be no file."""
    if folder is None:
        return None, ()
    try:
        store = await DiskStore.open(folder / CACHE_FILE, scope, clock=clock)
    except DatabaseError as error:
        return None, (_("listings are not kept after this session: {error}", error=error),)
    return store, store.notes


async def _open_client(
    profile: Profile,
    key: Secret,
    demo: DemoOptions,
    clock: Callable[[], float],
    on_request: Callable[[RequestRecord], object],
    guard: WriteGuard,
) -> Client:
    settings = profile.settings(key)
    if not profile.demo:
        client = await open_client(settings, on_request=on_request, write_guard=guard)
        client.prepare()  # in a thread, while the catalog and the files are read in others
        return client
    app = await asyncio.to_thread(_demo_cloud, demo, clock)
    return Client(
        replace(settings, endpoint=DEMO_ENDPOINT), app=app, on_request=on_request, write_guard=guard
    )


def _demo_cloud(demo: DemoOptions, clock: Callable[[], float]) -> object:
    from cloudmc_tui.simulator import Settings, SimulatorApp

    settings = Settings(seed=demo.seed, scale=demo.scale, latency=demo.latency, now=demo.now)
    return SimulatorApp(settings, clock=clock)
