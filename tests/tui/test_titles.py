"""Titles of panes and windows: names from the API in them are shown as they are."""

from __future__ import annotations

import pytest
from textual.widget import Widget

from cloudmc_tui.tui.screens.text import TextScreen
from cloudmc_tui.tui.widgets.box import Plain
from tests.demo import demo_app, explorer, settle
from tests.odd_cloud import OddCloud
from tests.tui.test_explorer import screen_text
from tests.tui.test_hardship import INSTANCES, odd_app

NAMES = ["[red]x[/]", "[@click=app.quit]z[/]", "[/nope]", "web[1]", "\\[b]"]
SIZE = (120, 40)


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_is_no_markup_in_the_title_of_any_pane(name: str) -> None:
    row = {"id": "i1", "name": name, "state": "Running"}
    app = odd_app(OddCloud({INSTANCES: [row], f"{INSTANCES}/i1": row}))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert f"Instance {name}━" in screen_text(pilot)
        await pilot.press("J")
        assert f"Instance {name} · JSON━" in screen_text(pilot)
        await pilot.press("o")
        await settle(pilot)
        assert f"{name}━" in screen_text(pilot), "the operations are on it"
        await pilot.press("home", *["down"] * 2, "enter")
        await settle(pilot)
        app.push_screen(TextScreen(f"About {name}", ["…"]))
        await settle(pilot)
        assert f"About {name} ─" in screen_text(pilot)


@pytest.mark.parametrize("key", ["f", "question_mark", "ctrl+p", "P", "L", "s", "w", "D", "n"])
async def test_whatever_has_a_title_takes_it_letter_by_letter(key: str) -> None:
    async with demo_app("compute-qc/production/instances").run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot)
        widgets = [*pilot.app.screen.query(Widget), *explorer(pilot).query(Widget)]
        titled = [w for w in widgets if w.border_title]
        assert len(titled) > 1
        assert [w for w in titled if not isinstance(w, Plain)] == []
