"""Keys that come at once: each goes to where those before it led."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import pytest
from textual import events
from textual.pilot import Pilot

from tests.demo import demo_app, explorer, settle
from tests.tui.operating import simulated
from tests.tui.test_explorer import screen_text


def type_at_once(pilot: Pilot[None], keys: Sequence[str]) -> None:
    for key in keys:
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))


INSTANCES = "compute-qc/production/instances"


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (["slash", *"web-02", "enter", "enter"], "Details"),
        (["question_mark", "escape", "down", "s"], "Sort by"),
        (["colon", "ctrl+u", *"compute-qc/production/networks", "enter"], "principal-front"),
        (["ctrl+p", *"messages", "enter"], "Nothing was said yet"),
        (["down", "enter", "backspace", "backspace", "down", "enter"], "Compute - Ontario"),
    ],
    ids=["filter", "help", "path", "palette", "there and back"],
)
async def test_keys_lead_to_the_same_screen_one_by_one_and_all_at_once(keys: list[str], shown: str) -> None:
    reached = []
    for at_once in (False, True):
        app = demo_app(INSTANCES)
        async with app.run_test(size=(120, 40)) as pilot:
            await settle(pilot)
            for key in () if at_once else keys:
                await pilot.press(key)
                await settle(pilot)
            type_at_once(pilot, keys if at_once else ())
            for _ in range(3):
                await settle(pilot)
            reached.append(screen_text(pilot))
    assert reached[0] == reached[1]
    assert shown in reached[0]


async def test_a_paste_has_its_turn_too() -> None:
    app = demo_app()
    async with app.run_test() as pilot:
        await settle(pilot)
        type_at_once(pilot, ["colon", "ctrl+u"])
        app.post_message(events.Paste("compute-qc/production"))
        type_at_once(pilot, [*"/networks", "enter"])
        await settle(pilot)
        assert str(explorer(pilot).history.place.path) == "compute-qc/production/networks"


async def test_the_first_key_of_many_opens_the_operation_that_the_others_fill_in() -> None:
    async with simulated("vpnusers") as (_, stage):
        type_at_once(stage.pilot, ["n", *"ada", "tab", *"pass-word-1", "ctrl+s"])
        await settle(stage.pilot)
        assert stage.plan.plan.fields == {"username": "ada", "password": "pass-word-1"}


async def test_a_key_that_is_not_done_with_holds_up_the_others_only_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cloudmc_tui.tui.turns.PATIENCE", 0.05)
    app = demo_app()
    async with app.run_test() as pilot:
        await settle(pilot)
        never = asyncio.Event()
        assert app.focused is not None
        app.focused.call_later(never.wait)
        type_at_once(pilot, ["down", "ctrl+q"])  # the second is the program's, not the focus's
        deadline = time.monotonic() + 20
        while not app._exit and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        assert app._exit
        never.set()
