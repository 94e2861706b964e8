"""The explorer opens on what was last seen, goes live, and tells what has changed since."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path as FilePath
from typing import Any

import pytest
from textual.pilot import Pilot

from cloudmc_tui.api import Client, ConnectionSettings, Secret
from cloudmc_tui.catalog import load_catalog
from cloudmc_tui.execution import Execution
from cloudmc_tui.inventory import Inventory
from cloudmc_tui.inventory.disk import Scope
from cloudmc_tui.inventory.store import DiskStore
from cloudmc_tui.operations import WriteGuard
from cloudmc_tui.path import Path
from cloudmc_tui.session import Session
from cloudmc_tui.tasks import AsyncLedger
from cloudmc_tui.tui.app import ExplorerApp
from tests.demo import explorer, settle
from tests.odd_cloud import ENVIRONMENT, KEY, SERVICE, OddCloud, failure, profile
from tests.tui.test_explorer import screen_text, text_of

INSTANCES = "/services/svc/env/instances"
PATH = "svc/env/instances"
SIZE = (120, 40)
PATIENCE = 60.0
"""Seconds that a busy machine may take for what takes none."""

THEN = 1_781_515_800.0
"""When the first session was: 2026-06-15 09:30 UTC."""


def instance(name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"i-{name}", "name": name, "state": "Running", **more}


class World:
    """A cloud that can hang, and explorers on it with one cache, one after the other.

    Attributes:
        cloud: what it answers.
        answering: while clear, every request waits.
        now: what time it is, in seconds since the epoch.
    """

    def __init__(self, folder: FilePath) -> None:
        self.file = folder / "cache" / "listings.sqlite"
        self.cloud = OddCloud()
        self.set_instances(instance("web"), instance("db"))
        self.answering = asyncio.Event()
        self.answering.set()
        self.now = THEN

    def set_instances(self, *entities: dict[str, Any]) -> None:
        self.cloud.answers[INSTANCES] = list(entities)
        self.cloud.answers |= {f"{INSTANCES}/{entity['id']}": entity for entity in entities}

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        await self.answering.wait()
        await self.cloud.app(scope, receive, send)

    async def _session(self, *_: Any) -> Session:
        async def at_once(_seconds: float) -> None:
            return None

        guard, catalog = WriteGuard(), load_catalog()
        settings = ConnectionSettings("http://odd.invalid/v1", Secret(KEY))
        client = Client(settings, app=self._app, sleep=at_once, write_guard=guard)
        store = await DiskStore.open(self.file, Scope("odd", client.endpoint), clock=self.clock)
        inventory = Inventory(client, catalog, store=store, clock=self.clock)
        ledger = await AsyncLedger.open(None, clock=self.clock)
        execution = Execution(profile(), client, inventory, guard, ledger)
        session = Session(profile(), catalog, client, inventory, guard, execution, ledger, clock=self.clock)
        session.cache = store
        return session

    def clock(self) -> float:
        return self.now

    @asynccontextmanager
    async def explorer(self, path: str = PATH, *, hanging: bool = False) -> AsyncIterator[Pilot[None]]:
        """The explorer, opened at a path; settled, unless the cloud hangs."""
        app = ExplorerApp(profile(), self._session, start=Path.parse(path), clock=self.clock, environ={})
        self.cloud.requests.clear()
        if hanging:
            self.answering.clear()
        async with app.run_test(size=SIZE) as pilot:
            if not hanging:
                await settle(pilot)
            yield pilot
            self.answering.set()

    async def an_hour_ago(self, path: str = PATH) -> None:
        """A session was here an hour ago."""
        async with self.explorer(path):
            pass
        self.now += 3_600


@pytest.fixture
async def world(tmp_path: FilePath) -> World:
    return World(tmp_path)


async def until(pilot: Pilot[None], there: Callable[[], bool]) -> None:
    """Let the explorer go on until something is so."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not there():
        assert asyncio.get_running_loop().time() < deadline, screen_text(pilot)
        await pilot.pause()


def rows(pilot: Pilot[None]) -> list[str]:
    """The list's rows with what stands left of them, its heading left out."""
    return [line for line in text_of(explorer(pilot).list_pane)[1:] if line.strip()]


def title(pilot: Pilot[None]) -> str:
    return str(explorer(pilot).list_pane.border_title)


def crumbs(pilot: Pilot[None]) -> str:
    return screen_text(pilot).split("\n")[1]


# At once, then live


async def test_it_opens_on_what_was_last_seen_while_the_server_hangs_then_goes_live(world: World) -> None:
    await world.an_hour_ago()
    world.set_instances(instance("web"), instance("new"))
    async with world.explorer(hanging=True) as pilot:
        await until(pilot, lambda: len(rows(pilot)) == 2)
        assert [row.split()[0] for row in rows(pilot)] == ["web", "db"]
        assert "cached 09:30:00" in crumbs(pilot)
        tree = text_of(explorer(pilot).tree_pane)
        assert tree[0].startswith("▾ Service") and "env" in tree[1]
        assert world.cloud.requests == [], "nothing was answered yet"
        world.answering.set()
        await settle(pilot)
        assert [row.split()[:2] for row in rows(pilot)] == [["web", "●"], ["+", "new"]] or "new" in rows(
            pilot
        )[1]
        assert "live 10:30:00" in crumbs(pilot)


@pytest.mark.parametrize(("path", "most"), [("", 2), ("svc", 2), (PATH, 3)])
async def test_opening_on_the_cache_asks_no_more_than_opening_without(
    world: World, path: str, most: int
) -> None:
    async with world.explorer(path):
        assert len(world.cloud.requests) == most
    async with world.explorer(path):
        assert len(world.cloud.requests) == most
        assert len(set(world.cloud.requests)) == most


async def test_what_is_new_in_the_structure_shows_when_it_is_read(world: World) -> None:
    await world.an_hour_ago("")
    world.cloud.answers["/environments"] = [ENVIRONMENT, {**ENVIRONMENT, "id": "e2", "name": "second"}]
    world.cloud.answers["/services/connections"] = [{**SERVICE, "name": "Renamed"}]
    async with world.explorer("", hanging=True) as pilot:
        await until(pilot, lambda: "Service" in screen_text(pilot))
        assert "second" not in screen_text(pilot)
        world.answering.set()
        await settle(pilot)
        tree = text_of(explorer(pilot).tree_pane)
        assert tree[0].startswith("▾ Renamed") and any("second" in line for line in tree)
        assert "live" in crumbs(pilot)


async def test_an_entity_is_there_at_once_as_well(world: World) -> None:
    await world.an_hour_ago()
    async with world.explorer(f"{PATH}/i-web", hanging=True) as pilot:
        await until(pilot, lambda: "Running" in "\n".join(text_of(explorer(pilot).entity_pane)))
        assert "cached 09:30:00" in crumbs(pilot)
        world.answering.set()
        await settle(pilot)
        assert "live 10:30:00" in crumbs(pilot)


# Down


async def test_a_server_that_is_down_leaves_what_was_last_seen_and_it_is_said(world: World) -> None:
    await world.an_hour_ago()
    whole = dict(world.cloud.answers)
    world.cloud.answers = {path: failure(503, 503, "under maintenance") for path in whole}
    async with world.explorer() as pilot:
        assert [row.split()[0] for row in rows(pilot)] == ["web", "db"]
        assert "stale 09:30:00" in crumbs(pilot) and "not renewed" in crumbs(pilot)
        await pilot.press("down", "enter")
        await settle(pilot)
        assert "i-db" in "\n".join(text_of(explorer(pilot).entity_pane))
        await pilot.press("2", "slash", *"web", "enter")
        assert "1 of 2" in title(pilot)
        world.cloud.answers = whole
        await pilot.press("r")
        await settle(pilot)
        assert "live 10:30:00" in crumbs(pilot)


async def test_a_cache_that_knows_nothing_changes_nothing(world: World) -> None:
    world.cloud.answers["/services/connections"] = failure(503, 503, "under maintenance")
    async with world.explorer() as pilot:
        assert "under maintenance" in screen_text(pilot)


# What has changed


async def test_what_has_changed_since_the_last_session_is_marked_and_told(world: World) -> None:
    world.set_instances(instance("web", memoryInMB=2048), instance("db"), instance("old"), instance("same"))
    await world.an_hour_ago()
    world.set_instances(
        {**instance("web", memoryInMB=4096), "state": "Stopped"},
        instance("db", n=1),
        instance("same"),
        instance("new"),
    )
    async with world.explorer() as pilot:
        assert [row[:5].rstrip() for row in rows(pilot)] == ["~web", "~db", " same", "+new"]
        assert title(pilot) == "Instances · 4 · 1 new · 2 changed · 1 gone"
        await pilot.press("space")
        assert rows(pilot)[0].startswith("▌web"), "a mark wins"
        await pilot.press("u", "home", "enter", "c")
        await settle(pilot)
        told = [" ".join(line.split()) for line in text_of(explorer(pilot).entity_pane)]
        assert told[:3] == [
            "Changed since 09:30:00 (1h ago)",
            "State Running → Stopped",
            "Memory 2 GiB → 4 GiB",
        ]
        await pilot.press("c")
        await settle(pilot)
        assert "Changed since" not in "\n".join(text_of(explorer(pilot).entity_pane)), "back to the details"


async def test_marks_go_when_the_list_is_left_and_come_for_what_changes_after_that(world: World) -> None:
    await world.an_hour_ago()
    world.set_instances(instance("web"), instance("db", n=1))
    async with world.explorer() as pilot:
        assert "1 changed" in title(pilot)
        await pilot.press("r")
        await settle(pilot)
        assert "1 changed" in title(pilot), "not left yet"
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("backspace")
        await settle(pilot)
        assert "1 changed" in title(pilot), "an entity beside the list does not leave it"
        explorer(pilot).open(Path.parse("svc"))
        await settle(pilot)
        explorer(pilot).open(Path.parse(PATH))
        await settle(pilot)
        assert title(pilot) == "Instances · 2"
        assert [row[:3] for row in rows(pilot)] == [" we", " db"]
        world.set_instances(instance("web", n=2))
        await pilot.press("r")
        await settle(pilot)
        assert title(pilot) == "Instances · 1 · 1 changed · 1 gone"


async def test_secrets_are_neither_marked_nor_told(world: World) -> None:
    world.set_instances(instance("web", password="s3ntinel-old"), instance("db"))
    await world.an_hour_ago()
    world.set_instances(instance("web", password="s3ntinel-new"), instance("db", password="s3ntinel-2", n=1))
    async with world.explorer() as pilot:
        assert title(pilot) == "Instances · 2 · 1 changed"
        await pilot.press("down", "enter", "c", "V")
        await settle(pilot)
        assert "Changed since" in screen_text(pilot) and "s3ntinel" not in screen_text(pilot)
    assert not any(b"s3ntinel" in each.read_bytes() for each in world.file.parent.iterdir())


async def test_the_changes_that_are_shown_follow_what_is_read(world: World) -> None:
    await world.an_hour_ago()
    async with world.explorer() as pilot:
        await pilot.press("enter", "c")
        await settle(pilot)
        assert "Nothing has changed since 09:30:00" in screen_text(pilot)
        world.set_instances(instance("web", n=1), instance("db"))
        await pilot.press("r")
        await settle(pilot)
        assert "(none) → 1" in screen_text(pilot)
