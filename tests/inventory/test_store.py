"""The cache for an event loop: nobody waits for it, the latest wins, and no byte of a secret is in it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path as FilePath
from typing import Any

import pytest
from msgspec.structs import replace

from cloudmc_tui.api.models import Collection
from cloudmc_tui.catalog import load_catalog
from cloudmc_tui.database import DatabaseError
from cloudmc_tui.formats import scrub
from cloudmc_tui.inventory import store as store_module
from cloudmc_tui.inventory.disk import Cache, Scope, unpacked
from cloudmc_tui.inventory.listing import Listing
from cloudmc_tui.inventory.replies import entities_listing
from cloudmc_tui.inventory.store import BATCH, DiskStore
from cloudmc_tui.path import Path
from tests.inventory.fakes import INSTANCES, Clock, instance

SCOPE = Scope("work", "https://cloud.example/v1")
PATIENCE = 60
"""Seconds that a busy machine may take for what takes none."""

SECRET = "s3ntinel-Ünicode-4a7e"


@pytest.fixture(autouse=True)
def _no_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be kept is written at once."""
    monkeypatch.setattr(store_module, "CALM", 0.0)


@pytest.fixture
def file(tmp_path: FilePath) -> FilePath:
    return tmp_path / "cache" / "listings.sqlite"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def listing(*names: str, path: Path = INSTANCES, at: float = 1_800_000_000.0, **more: Any) -> Listing:
    entities = [instance(name, **more) for name in names]
    kinds = load_catalog().services["cloudstack"]
    return entities_listing(path, Collection(entities), kinds.types[path.entity_type or ""], kinds, at)


async def reopened(store: DiskStore, file: FilePath, clock: Clock) -> DiskStore:
    """The next session, after this one has ended."""
    await store.aclose()
    return await DiskStore.open(file, SCOPE, clock=clock)


async def names(store: DiskStore, path: Path = INSTANCES) -> list[str] | None:
    kept = await store.recall(path)
    return None if kept is None else [entity["name"] for entity in kept.entities]


class Watched(Sequence[dict[str, Any]]):
    """Entities that are given out only as a test lets them.

    Attributes:
        gates: index → what is waited for before that one is given.
        begun: set when the first one was asked for.
    """

    def __init__(self, entities: list[dict[str, Any]]) -> None:
        self.entities = entities
        self.gates: dict[int, threading.Event] = {}
        self.begun = threading.Event()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self.begun.set()
        for index, entity in enumerate(self.entities):
            if index in self.gates:
                assert self.gates[index].wait(PATIENCE), "nobody let it go on"
            yield entity

    def __getitem__(self, index: Any) -> Any:
        return self.entities[index]

    def __len__(self) -> int:
        return len(self.entities)


async def test_what_was_kept_is_there_in_the_next_session(file: FilePath, clock: Clock) -> None:
    store = await DiskStore.open(file, SCOPE, clock=clock)
    kept = replace(listing("web", "db"), count=7, notes=("odd",))
    store.keep(kept)
    store = await reopened(store, file, clock)
    found = await store.recall(INSTANCES)
    assert found is not None
    assert (found.path, list(found.entities), found.count) == (INSTANCES, list(kept.entities), 7)
    assert (found.fetched_at, found.notes) == (kept.fetched_at, ("odd",))
    assert await store.recall(Path.parse("svc/env/volumes")) is None
    assert (store.notes, store.trouble) == ((), "")
    await store.aclose()


async def test_a_large_listing_is_written_in_parts_and_recalled_whole(file: FilePath, clock: Clock) -> None:
    store = await DiskStore.open(file, SCOPE, clock=clock)
    every = [str(n) for n in range(2 * BATCH + 1)]
    store.keep(listing(*every))
    store = await reopened(store, file, clock)
    assert await names(store) == every
    await store.aclose()
    with closing(sqlite3.connect(file)) as connection:
        parts = [part for (part,) in connection.execute("SELECT lines FROM contents ORDER BY part")]
        ((entities, size),) = connection.execute("SELECT entities, size FROM listings").fetchall()
    assert [unpacked(part).count(b"\n") + 1 for part in parts] == [BATCH, BATCH, 1]
    assert (entities, size) == (len(every), sum(map(len, parts)))
    assert len(parts[0]) < len(unpacked(parts[0])) / 2


async def test_of_several_the_latest_is_written_and_the_others_are_not(
    file: FilePath, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    keep = Cache.keep

    def noted(self: Cache, scope: Scope, path: Path, parts: Sequence[bytes], **more: Any) -> None:
        written.append(len(b"\n".join(parts).splitlines()))
        keep(self, scope, path, parts, **more)

    monkeypatch.setattr(Cache, "keep", noted)
    store = await DiskStore.open(file, SCOPE, clock=clock)
    held = Watched([instance("first")])
    held.gates[0] = threading.Event()
    store.keep(replace(listing(), entities=held))
    await asyncio.to_thread(held.begun.wait, PATIENCE)
    for count in range(2, 6):
        store.keep(listing(*map(str, range(count)), at=1_800_000_000.0 + count))
    held.gates[0].set()
    store = await reopened(store, file, clock)
    assert await names(store) == ["0", "1", "2", "3", "4"]
    assert written == [1, 5]
    await store.aclose()


async def test_what_is_read_goes_in_between_what_is_being_written(
    file: FilePath, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "BATCH", 1)
    volumes = Path.parse("svc/env/volumes")
    store = await DiskStore.open(file, SCOPE, clock=clock)
    store.keep(listing("disk", path=volumes))
    store = await reopened(store, file, clock)
    large = Watched([instance(str(number)) for number in range(10)])
    large.gates = {0: threading.Event(), 2: threading.Event()}
    store.keep(replace(listing(), entities=large))
    await asyncio.to_thread(large.begun.wait, PATIENCE)
    reading = asyncio.create_task(names(store, volumes))
    await asyncio.sleep(0)  # it is asked for now
    large.gates[0].set()
    assert await reading == ["disk"], "although the large one is not written yet"
    large.gates[2].set()
    store = await reopened(store, file, clock)
    assert await names(store) == [str(number) for number in range(10)]
    await store.aclose()


async def test_what_is_read_over_and_over_is_not_written_over_and_over(
    file: FilePath, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "SHARE", 1e9)
    store = await DiskStore.open(file, SCOPE, clock=clock)
    store.keep(listing("first"))
    assert await names(store) == ["first"]
    store.keep(listing("second", at=1_800_000_001.0))
    store.keep(listing("disk", path=Path.parse("svc/env/volumes")))
    assert await names(store) == ["first"], "not again so soon"
    assert await names(store, Path.parse("svc/env/volumes")) == ["disk"], "others do not wait for that"
    store = await reopened(store, file, clock)
    assert await names(store) == ["second"], "at the end it is"
    await store.aclose()


async def test_what_is_too_large_is_not_kept_nor_what_it_was_before(file: FilePath, clock: Clock) -> None:
    store = await DiskStore.open(file, SCOPE, clock=clock, largest=1_000)
    store.keep(listing("web"))
    store.keep(listing("disk", path=Path.parse("svc/env/volumes")))
    await store.aclose()
    store = await DiskStore.open(file, SCOPE, clock=clock, largest=1_000)
    store.keep(listing(*map(str, range(100))))
    store = await reopened(store, file, clock)
    assert await names(store) is None
    assert await names(store, Path.parse("svc/env/volumes")) == ["disk"]
    await store.aclose()


async def test_what_json_cannot_say_is_left_out_and_the_others_are_kept(file: FilePath, clock: Clock) -> None:
    store = await DiskStore.open(file, SCOPE, clock=clock)
    whole = listing("web", "half", "db")
    whole.entities[1]["note"] = "half a pair: \ud800"  # type: ignore[index]
    store.keep(whole)
    store = await reopened(store, file, clock)
    assert await names(store) == ["web", "db"]
    await store.aclose()


async def test_what_was_just_read_is_shown_before_it_is_written(
    file: FilePath, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "CALM", 1_000.0)
    store = await DiskStore.open(file, SCOPE, clock=clock)
    watched = Watched([instance("web")])
    store.keep(replace(listing("web"), entities=watched))
    assert await names(store) is None and not watched.begun.is_set()
    store = await reopened(store, file, clock)
    assert await names(store) == ["web"], "at the end it is written, whenever that is"
    await store.aclose()


# What goes wrong costs the cache, and nothing else


async def test_a_disk_that_fails_is_given_up_after_a_few_tries(
    file: FilePath, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Path] = []

    def full(self: Cache, scope: Scope, path: Path, *lines: Any, **more: Any) -> None:
        tried.append(path)
        raise DatabaseError("the cache of listings: database or disk is full")

    monkeypatch.setattr(Cache, "keep", full)
    monkeypatch.setattr(Cache, "recall", full)
    store = await DiskStore.open(file, SCOPE, clock=clock)
    for number in range(6):
        store.keep(listing("web", path=Path.parse("svc/env/volumes"), at=float(number)))
        store.keep(listing("web", at=float(number)))
        assert await store.recall(INSTANCES) is None
    await store.aclose()
    assert "full" in store.trouble
    assert len(tried) == store_module.TRIES + 6


async def test_a_disk_that_hangs_is_not_waited_for(
    file: FilePath, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hang(self: Cache, *_: Any) -> None:
        assert released.wait(PATIENCE)

    monkeypatch.setattr(Cache, "recall", hang)
    monkeypatch.setattr(store_module, "PATIENCE", 0.0)
    store = await DiskStore.open(file, SCOPE, clock=clock)
    assert await store.recall(INSTANCES) is None
    assert await store.structure() == []
    released.set()
    monkeypatch.setattr(store_module, "PATIENCE", float(PATIENCE))
    await store.aclose()


async def test_the_end_of_a_session_does_not_wait_for_ever(
    file: FilePath, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "BATCH", 1)
    store = await DiskStore.open(file, SCOPE, clock=clock)
    large = Watched([instance(str(number)) for number in range(1000)])
    large.gates = {0: threading.Event()}
    store.keep(replace(listing(), entities=large))
    await asyncio.to_thread(large.begun.wait, PATIENCE)
    monkeypatch.setattr(store_module, "FAREWELL", -1.0)  # there is no time left at all
    monkeypatch.setattr(store_module, "PATIENCE", float(PATIENCE))
    closing = asyncio.create_task(store.aclose())
    await asyncio.sleep(0)
    large.gates[0].set()
    await closing
    store = await DiskStore.open(file, SCOPE, clock=clock)
    assert await names(store) is None
    await store.aclose()


async def test_after_its_end_nothing_is_kept_and_nothing_raised(file: FilePath, clock: Clock) -> None:
    store = await DiskStore.open(file, SCOPE, clock=clock)
    await store.aclose()
    await store.aclose()
    store.keep(listing("web"))
    assert await store.recall(INSTANCES) is None
    assert await store.structure() == []


# Secrets


def found_in(folder: FilePath) -> list[FilePath]:
    """The files that have it, in any encoding that SQLite or JSON would write it in."""
    spellings = [SECRET.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "latin-1")]
    spellings.append(SECRET.encode("ascii", "backslashreplace"))
    files = [each for each in folder.rglob("*") if each.is_file()]
    assert files
    return [each for each in files if any(spelling in each.read_bytes() for spelling in spellings)]


async def test_no_byte_of_a_secret_is_in_any_file_while_open_or_afterwards(
    file: FilePath, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrub, "_known", {SECRET})
    store = await DiskStore.open(file, SCOPE, clock=clock)
    vpns = Path.parse("svc/env/sitetositevpns")
    planted = [
        listing("a", password=SECRET, note=f"the password is {SECRET}"),
        listing("b", path=vpns, ipSecPsk=SECRET, peer={"sharedSecret": [SECRET], SECRET: "name"}),
        listing("c", path=Path.parse("svc/env/volumes"), echo=f"mc-api-key: {SECRET}"),
    ]
    for each in planted:
        store.keep(replace(each, notes=(f"an odd {SECRET}", "odd")))
    while (kept := await store.recall(Path.parse("svc/env/volumes"))) is None:
        pass
    assert {each.name for each in file.parent.iterdir()} >= {file.name, f"{file.name}-wal"}
    assert found_in(file.parent) == []
    assert kept.notes == ("odd",)
    await store.aclose()
    assert found_in(file.parent) == []
    store = await DiskStore.open(file, SCOPE, clock=clock)
    assert await names(store) == ["a"] and await names(store, vpns) == ["b"], "what is no secret is there"
    await store.aclose()
