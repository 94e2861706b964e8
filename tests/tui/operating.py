"""The explorer on a cloud that a test moves on, driven by keys: what tests of operations share."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Button

from cloudmc_tui.api import Client, ConnectionSettings, Secret
from cloudmc_tui.catalog import load_catalog
from cloudmc_tui.execution import Execution
from cloudmc_tui.inventory import Inventory
from cloudmc_tui.operations import WriteGuard
from cloudmc_tui.path import Path
from cloudmc_tui.profiles import Mode
from cloudmc_tui.session import Session
from cloudmc_tui.tasks import AsyncLedger, TaskRecord
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.panes.form import FormLines
from cloudmc_tui.tui.screens.explorer import Explorer
from cloudmc_tui.tui.screens.picker import Choices, Picker
from cloudmc_tui.tui.screens.plan import PlanScreen
from cloudmc_tui.tui.widgets.bar import Bar
from tests.demo import explorer, settle
from tests.odd_cloud import KEY, OddCloud, profile
from tests.simulator.harness import Cloud as SimulatedCloud
from tests.tui.test_explorer import screen_text, text_of

SIZE = (120, 50)
PATIENCE = 60.0
"""Seconds that a busy machine may take for what takes none."""


async def open_session(
    app: Any,
    *,
    key: str = KEY,
    clock: Callable[[], float] = lambda: 1_781_515_800.0,
    mode: Mode = Mode.NORMAL,
    ledger: FilePath | None = None,
) -> Session:
    """A session with an application, in process.

    Args:
        app: the cloud.
        key: what it answers to.
        clock: gives seconds since the epoch.
        mode: the profile's.
        ledger: the task ledger's file; none for one in memory.
    """

    async def at_once(_seconds: float) -> None:
        return None

    guard = WriteGuard(mode)
    settings = ConnectionSettings("http://odd.invalid/v1", Secret(key))
    client = Client(settings, app=app, sleep=at_once, write_guard=guard)
    catalog = load_catalog()
    inventory = Inventory(client, catalog, clock=clock)
    tasks = await AsyncLedger.open(ledger, clock=clock)
    used = replace(profile(), mode=mode)
    execution = Execution(used, client, inventory, guard, tasks)
    return Session(used, catalog, client, inventory, guard, execution, tasks, clock=clock)


@dataclass
class Stage:
    """The explorer while it runs.

    Attributes:
        pilot: presses its keys.
        copied: the texts that went to the terminal's clipboard.
    """

    pilot: Pilot[None]
    copied: list[str] = field(default_factory=list)

    @property
    def app(self) -> ExplorerApp:
        app = self.pilot.app
        assert isinstance(app, ExplorerApp)
        return app

    @property
    def screen(self) -> Explorer:
        return explorer(self.pilot)

    @property
    def session(self) -> Session:
        assert self.screen.session is not None
        return self.screen.session

    @property
    def text(self) -> str:
        """Everything on screen."""
        return screen_text(self.pilot)

    @property
    def footer(self) -> str:
        return self.screen.query_one("#footer", Bar).text

    @property
    def plan(self) -> PlanScreen:
        """The plan that is on screen."""
        assert isinstance(self.app.screen, PlanScreen), self.text
        return self.app.screen

    def planning(self) -> bool:
        """Whether a plan is on screen."""
        return isinstance(self.app.screen, PlanScreen)

    @property
    def form(self) -> FormLines:
        return self.screen.panel.form_pane.lines

    @property
    def focused(self) -> str | None:
        """The id of what has the focus."""
        widget = self.app.screen.focused
        return widget.id if widget else None

    async def press(self, *keys: str) -> None:
        """Press keys, and let what follows from them happen."""
        await self.pilot.press(*keys)
        await settle(self.pilot)

    async def until(self, there: Callable[[], bool]) -> None:
        """Let the explorer go on until something is so."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while not there():
            assert asyncio.get_running_loop().time() < deadline, self.text
            await self.pilot.pause()
            await asyncio.sleep(0)

    # Operations

    def offer(self, name: str) -> str:
        """The line of an operation in the panel."""
        operations = self.screen.panel.operations
        row = [o.name for o in operations.offered].index(name)
        return text_of(operations)[row]

    async def choose(self, name: str) -> None:
        """Choose an operation in the open panel."""
        operations = self.screen.panel.operations
        operations.move_to([o.name for o in operations.offered].index(name))
        await self.press("enter")

    async def operate(self, name: str) -> None:
        """Open the panel for what is under the cursor, and choose an operation."""
        await self.press("o")
        await self.choose(name)

    async def go_to(self, key: str) -> str:
        """Put the cursor on a field of the form; its line."""
        rows = [slot.key for slot in self.form.shown]
        assert key in rows, f"{key} is not among {rows}"
        self.form.move_to(rows.index(key))
        await self.pilot.pause()
        return text_of(self.form)[rows.index(key) - self.form.scroll_offset.y]

    async def type(self, key: str, text: str) -> None:
        """Type into a field."""
        await self.go_to(key)
        await self.pilot.press("ctrl+u", *text)
        await self.pilot.pause()

    async def pick(self, key: str, wanted: str) -> None:
        """Choose a field's value from its picker, by what it is called."""
        await self.go_to(key)
        await self.press("enter")
        assert isinstance(self.app.screen, Picker), self.text
        labels = [c.label for c in self.app.screen.query_one(Choices).shown]
        self.app.screen.query_one(Choices).move_to(labels.index(wanted))
        await self.press("enter")

    def shows(self, pane: str) -> bool:
        """Whether a pane of the main screen is shown."""
        return bool(self.screen.query_one(f"#{pane}").display)

    @property
    def choices(self) -> list[str]:
        """What the picker on screen offers."""
        assert isinstance(self.app.screen, Picker), self.text
        return [c.label for c in self.app.screen.query_one(Choices).shown]

    @property
    def message(self) -> str:
        """What the plan says above its buttons."""
        return self.plan.query_one("#plan-message", Bar).text

    def can_send(self) -> bool:
        """Whether the plan's button sends."""
        return not self.plan.query_one("#plan-send", Button).disabled

    # Tasks

    async def records(self) -> list[TaskRecord]:
        return await self.session.execution.records()

    async def ended(self, *pass_time: Callable[[], object]) -> list[TaskRecord]:
        """Wait until every task has ended, and what follows is on screen; the tasks, newest first."""
        for let in pass_time:
            let()
        pending = [record.key for record in self.session.execution.watcher.pending]
        await asyncio.wait_for(self.session.execution.watcher.wait(pending), PATIENCE)
        await settle(self.pilot)
        await settle(self.pilot)
        return await self.records()


Opener = Callable[[], Awaitable[Session]]


@asynccontextmanager
async def staged(opener: Opener, path: str, *, size: tuple[int, int] = SIZE) -> AsyncIterator[Stage]:
    """The explorer, opened at a path."""
    opened: list[Session] = []

    async def open_it(*_: object) -> Session:
        opened.append(await opener())
        return opened[0]

    def clock() -> float:
        return opened[0].clock() if opened else 0.0

    app = ExplorerApp(profile(), open_it, start=Path.parse(path), clock=clock, environ={})
    async with app.run_test(size=size) as pilot:
        stage = Stage(pilot)
        app.send_to_terminal = _clipboard(stage.copied)  # type: ignore[method-assign, assignment]
        await settle(pilot)
        yield stage


def _clipboard(copied: list[str]) -> Callable[[str], None]:
    def send(sequence: str) -> None:
        if sequence.startswith("\x1b]52;c;"):
            copied.append(base64.b64decode(sequence[7:].rstrip("\x07")).decode())

    return send


@asynccontextmanager
async def simulated(
    entity_type: str = "instances", *, size: tuple[int, int] = SIZE, **more: Any
) -> AsyncIterator[tuple[SimulatedCloud, Stage]]:
    """The explorer at an entity type of a simulated production environment.

    Args:
        entity_type: where it is opened.
        size: of the terminal.
        more: for the session.
    """
    async with SimulatedCloud() as cloud:

        async def opener() -> Session:
            return await open_session(cloud.app, key=cloud.settings.key, clock=cloud.clock, **more)

        async with staged(opener, f"compute-qc/production/{entity_type}", size=size) as stage:
            yield cloud, stage


@asynccontextmanager
async def odd(cloud: OddCloud, path: str = "svc/env/instances", **more: Any) -> AsyncIterator[Stage]:
    """The explorer on an odd cloud."""

    async def opener() -> Session:
        return await open_session(cloud.app, **more)

    async with staged(opener, path) as stage:
        yield stage


def sent(cloud: SimulatedCloud) -> list[str]:
    """What was sent to a simulated cloud that is no GET: method and path template."""
    return [f"{e.method} {e.template}" for e in cloud.app.requests.recent if e.method != "GET"]


def as_json(text: str) -> Any:
    return json.loads(text)
