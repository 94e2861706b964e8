"""Every operation of the catalog from the panel: its form filled in by its fields' types, sent, and its
task seen to end. None is left out: what has to be there first is made first."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from itertools import count
from typing import Any

import pytest
from textual.widgets import TextArea

from cloudmc_tui.catalog import FieldType, Operation, Scope, load_catalog
from cloudmc_tui.catalog.schema import is_blank
from cloudmc_tui.cli import main as cli
from cloudmc_tui.cli.fill import assign, check_use, refer
from cloudmc_tui.operations import Confirmation, Form, Plan, Slot, refusal
from cloudmc_tui.path import Path
from cloudmc_tui.tasks import Status
from cloudmc_tui.tui.screens.editor import Editor
from cloudmc_tui.tui.screens.picker import Choices, Picker
from cloudmc_tui.tui.screens.secret import SecretScreen
from tests.simulator.harness import Cloud
from tests.task_cloud import quick_pace
from tests.tui.operating import Stage, simulated
from tests.tui.test_explorer import text_of
from tests.tui.walk import ARRANGED, HINTS, PREFERRED, Hint

TYPES = load_catalog().services["cloudstack"].types
WALKED = [name for name, kind in TYPES.items() if kind.operations]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_pace(monkeypatch)
    for name in ("EDITOR", "VISUAL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("entity_type", WALKED)
async def test_every_operation_is_run_from_the_panel(entity_type: str) -> None:
    async with simulated(entity_type) as (cloud, stage):
        for name, operation in TYPES[entity_type].operations.items():
            await Walk(cloud, stage, entity_type, name, operation).go()
        done = [record.operation for record in reversed(await stage.records())]
        assert done == list(TYPES[entity_type].operations), "each of them, once"


def test_hints_and_arrangements_are_of_the_catalog() -> None:
    known = {(t, name) for t, kind in TYPES.items() for name in kind.operations}
    assert (HINTS.keys() | ARRANGED.keys()) - known == set()
    for (entity_type, name), hints in HINTS.items():
        operation = TYPES[entity_type].operations[name]
        keys = {s.key for s in Form(operation, TYPES[entity_type], TYPES).slots}
        assert set(hints) <= keys, (entity_type, name)


class Walk:
    """One operation, from the list to the end of its task."""

    numbers = count(8001)

    def __init__(self, cloud: Cloud, stage: Stage, entity_type: str, name: str, operation: Operation) -> None:
        self.cloud, self.stage = cloud, stage
        self.entity_type, self.name, self.operation = entity_type, name, operation
        self.kind = TYPES[entity_type]
        self.hints: Mapping[str, Hint] = HINTS.get((entity_type, name), {})

    def __repr__(self) -> str:
        return f"{self.entity_type} {self.name}"

    async def go(self) -> None:
        await self.open()
        if self.stage.screen.panel.shows_form:
            await self.fill()
            await self.stage.press("f10")
        assert self.stage.planning(), f"{self}: {self.stage.footer}\n{self.stage.text}"
        plan = self.stage.plan.plan
        assert plan.name == self.name
        await self.same_from_the_command_line(plan)
        await self.confirm(plan)
        assert not self.stage.planning(), f"{self}: {self.stage.message}\n{self.stage.text}"
        (newest, *_) = await self.stage.ended(lambda: self.cloud.clock.pass_(60))
        assert (newest.operation, newest.entity_type) == (self.name, self.entity_type)
        assert newest.status is Status.SUCCESS, f"{self}: {newest.error}"
        await self.see_secrets(newest.result)
        assert text_of(self.stage.screen.tasks_pane)[0].split()[:2] == ["●", "SUCCESS"]

    # To its form

    async def open(self) -> None:
        """Open what it is run on, and choose it in the panel."""
        collection = Path.parse(f"compute-qc/production/{self.entity_type}")
        if self.operation.scope is Scope.COLLECTION:
            self.stage.screen.open(collection)
            await self.stage.press("r", "1")
        else:
            self.stage.screen.open(collection.child(await self.target()))
            await self.stage.press("r")
        await self.stage.operate(self.name)

    async def target(self) -> str:
        """The id of what it is run on."""
        arrange = ARRANGED.get((self.entity_type, self.name))
        if arrange is not None:
            return await arrange(self.cloud)
        rows = [
            row for row in await self.cloud.all(self.entity_type)
            if not refusal(self.operation, self.kind, row, {})
        ]  # fmt: skip
        assert rows, f"{self}: it is possible on nothing"
        preferred = PREFERRED.get(self.entity_type, bool)
        return str(next((row for row in rows if preferred(row)), rows[0])[self.kind.id])

    # Filling it in

    async def fill(self) -> None:
        """Enter what is hinted at and what is required; what comes up with that is entered, too."""
        form = self.stage.screen.panel.form_pane.form
        assert form is not None
        entered: set[str] = set()
        while True:
            wanted = [s for s in form.visible() if s.key not in entered and self.wants(form, s)]
            if not wanted:
                return
            entered.add(wanted[0].key)
            await self.enter(form, wanted[0])

    def wants(self, form: Form, slot: Slot) -> bool:
        if slot.key in self.hints:
            return True
        field = slot.field
        return (
            form.is_required(slot.key)
            and field.type is not FieldType.OBJECT
            and not field.default_from
            and is_blank(form.value(slot.key))
        )

    async def enter(self, form: Form, slot: Slot) -> None:
        """Enter one field by the keys that its type asks for."""
        hint = self.hints.get(slot.key)
        await self.stage.go_to(slot.key)
        if slot.field.refers_to:
            await self.pick_reference(form, slot, hint)
        elif slot.field.type is FieldType.BOOLEAN:
            if form.value(slot.key) is not hint:
                await self.stage.press("space")
        elif slot.field.choices:
            await self.stage.press("enter")
            await self.take(str(hint) if hint else self.picker.shown[0].value)
        elif slot.field.type is FieldType.MULTILINE:
            await self.stage.press("enter")
            assert isinstance(self.stage.app.screen, Editor), self
            self.stage.app.screen.query_one(TextArea).text = str(hint or "several\nlines")
            await self.stage.press("ctrl+s")
        else:
            await self.stage.type(slot.key, str(hint) if hint else self.value(form, slot))
        assert form.problem(slot.key) == "", f"{self}: {slot.key}"

    @property
    def picker(self) -> Choices:
        assert isinstance(self.stage.app.screen, Picker), f"{self}: {self.stage.footer}"
        return self.stage.app.screen.query_one(Choices)

    async def take(self, value: str, *, several: bool = False) -> None:
        """Choose a value in the picker."""
        self.picker.move_to([c.value for c in self.picker.shown].index(value))
        if several:
            await self.stage.pilot.press("tab")
        await self.stage.press("enter")

    async def pick_reference(self, form: Form, slot: Slot, hint: Hint | None) -> None:
        await self.stage.press("enter")
        kind = TYPES[str(slot.field.refers_to)]
        rows = {str(row[kind.id]): row for row in await self.cloud.all(str(slot.field.refers_to))}
        offered = [c.value for c in self.picker.shown if c.value]
        fitting = [v for v in offered if not callable(hint) or hint(rows[v], form)]
        assert fitting, f"{self}: nothing to choose for {slot.key}"
        await self.take(fitting[0], several=slot.is_list)
        assert form.as_list(slot.key), f"{self}: {slot.key}"

    def value(self, form: Form, slot: Slot) -> str:
        """A text that a field of this type takes."""
        number = next(self.numbers)
        allowed = form.allowed(slot.key)
        if allowed:
            return allowed[0]
        typed: dict[FieldType, Any] = {
            FieldType.TEXT: f"walk-{number}",
            FieldType.INTEGER: max(slot.field.minimum or 1, 1),
            FieldType.NUMBER: 1.5,
            FieldType.PORT: number,
            FieldType.IP: "203.0.113.77",
            FieldType.CIDR: "203.0.113.0/24",
            FieldType.URL: f"http://images.example/walk-{number}",
            FieldType.LIST: "80, 443",
        }
        return str(typed[slot.field.type])

    # Sending it

    async def confirm(self, plan: Plan) -> None:
        """Do what its danger asks for."""
        confirmation = plan.confirmation()
        if confirmation is Confirmation.TYPE:
            await self.stage.pilot.press(*plan.word_to_type)
        elif confirmation is Confirmation.CONFIRM:
            await self.stage.pilot.press("right")
        await self.stage.press("enter")

    async def see_secrets(self, kept: str | None) -> None:
        """A secret of the result is shown, and not kept."""
        secrets = isinstance(self.stage.app.screen, SecretScreen)
        masked = any(f'"{name}":"•' in (kept or "") for name in self.operation.result_secrets)
        assert secrets == masked, f"{self}: {kept}"
        if secrets:
            await self.stage.press("escape")

    async def same_from_the_command_line(self, plan: Plan) -> None:
        """The line that the plan shows gives the same body."""
        target = plan.targets[0]
        words = shlex.split(plan.command(target))
        assert words[:2] == ["cloudmc-tui", "run"]
        options = cli.parse(words[1:])
        assert (options.path, options.operation) == (str(target.path), self.name)
        if plan.secrets:
            assert not any(secret in word for secret in plan.secrets for word in words)
            return
        form = Form(self.operation, self.kind, TYPES, target.was)
        assign(form, options.field)
        await refer(form, self.stage.session, target.path)
        check_use(form, options.field)
        assert form.body() == plan.fields, self
