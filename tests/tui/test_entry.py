"""Lines to type into."""

from __future__ import annotations

import pytest
from textual import events
from textual._compositor import Compositor, ReflowResult
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Input

from tests.demo import demo_app, explorer, settle
from tests.tui.operating import simulated
from tests.tui.test_explorer import screen_text


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["ctrl+u", *"abc"], "abc"),
        ([*"xyz", "ctrl+u", *"abc"], "abc"),
        ([*"ac", "left", "b"], "abc"),
        ([*"ab", "home", "delete", "end", *"cd"], "bcd"),
        ([*"a b", "ctrl+w", "c"], "a c"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_editing_keys_that_come_with_what_is_typed_act_in_their_turn(
    keys: list[str], text: str
) -> None:
    app = demo_app()
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("f")
        await settle(pilot)
        for key in keys:
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await settle(pilot)
        assert app.screen.query_one(Input).value == text


async def test_a_path_typed_over_the_present_one_at_once_is_gone_to() -> None:
    app = demo_app("compute-qc/production/instances")
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press(":")
        await settle(pilot)
        for key in ("ctrl+u", *"compute-qc/production/networks", "enter"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await settle(pilot)
        assert str(explorer(pilot).history.place.path) == "compute-qc/production/networks"


@pytest.mark.parametrize("step", ["tab", "down", "enter"])
async def test_in_a_form_each_key_goes_to_where_those_before_it_led(step: str) -> None:
    async with simulated("vpnusers") as (_, stage):
        await stage.press("n")
        for key in (*"adam", "ctrl+u", *"ada", step, *"pass-word-1"):
            stage.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await settle(stage.pilot)
        await stage.press("ctrl+s")
        assert stage.plan.plan.fields == {"username": "ada", "password": "pass-word-1"}


async def test_what_is_typed_does_not_lay_the_screen_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out: list[object] = []
    whole = Compositor.reflow

    def reflow(self: Compositor, parent: Widget, size: Size) -> ReflowResult:
        laid_out.append(parent)
        return whole(self, parent, size)

    app = demo_app("compute-qc/production/instances")
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("slash")
        await settle(pilot)
        monkeypatch.setattr(Compositor, "reflow", reflow)
        await pilot.press(*"web-0")
        await settle(pilot)
        assert explorer(pilot).list_pane.shown_count < 34
        assert laid_out == []


async def test_the_end_of_a_long_path_can_be_seen() -> None:
    app = demo_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("colon")
        await settle(pilot)
        await pilot.press("ctrl+u", *"a" * 90, *"END")
        await settle(pilot)
        assert "aEND" in screen_text(pilot)
