"""Lists of thousands: what a key, a filter, a refresh cost, in rows and turns, not in seconds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path as FilePath
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Static

from cloudmc_tui.api.large import Entities
from cloudmc_tui.catalog import EntityField, EntityType
from cloudmc_tui.inventory import Listing
from cloudmc_tui.inventory.arrange import STEP, Sort
from cloudmc_tui.path import Path
from cloudmc_tui.tui import work
from cloudmc_tui.tui.panes.list import ListPane, ViewState
from cloudmc_tui.tui.panes.prompt import Completion
from tests.demo import demo_app, explorer, settle
from tests.odd_cloud import OddCloud
from tests.tui.test_hardship import odd_app

KIND = EntityType(
    label="Instances",
    singular="instance",
    columns=["name", "state"],
    fields={"name": EntityField("Name"), "state": EntityField("State"), "id": EntityField("ID")},
)
PATH = Path.parse("svc/env/instances")
MANY = 10_000


class Counted(ListPane):
    """A list that notes which lines it is asked for."""

    rendered: list[int]

    def __init__(self) -> None:
        super().__init__(clock=lambda: 0.0, id="list")
        self.rendered = []

    def render_line(self, y: int) -> Strip:
        self.rendered.append(y)
        return super().render_line(y)


class ListApp(App[None]):
    """Nothing but a list."""

    def compose(self) -> ComposeResult:
        yield Counted()

    @property
    def list(self) -> Counted:
        return self.query_one(Counted)


def rows(count: int) -> list[dict[str, Any]]:
    return [{"id": f"i-{n}", "name": f"web-{n:05}", "state": "Running"} for n in range(count)]


def listing(entities: list[dict[str, Any]], *, path: Path = PATH) -> Listing:
    return Listing(path, KIND, None, entities, len(entities), 0.0)


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every pause of the work be a turn of the event loop: how fast the machine is does not matter."""
    monkeypatch.setattr(work, "PIECE", 0.0)
    yield


async def until(so: Callable[[], bool]) -> int:
    """Let others have their turns until something is so; how many turns that took."""
    for number in range(10_000):
        if so():
            return number
        await asyncio.sleep(0)
    raise AssertionError("it never is")


async def drawn(app: ListApp, entities: list[dict[str, Any]], pilot: Any) -> None:
    app.list.show(listing(entities), ViewState())
    app.list.focus()
    await pilot.pause()


async def test_columns_widen_for_what_comes_into_sight_and_stay_as_wide() -> None:
    app = ListApp()
    entities = rows(MANY)
    entities[5_000]["name"] = "an-uncommonly-long-name-00"
    entities[-1]["name"] = "a-name-that-is-longer-still"
    async with app.run_test(size=(80, 20)) as pilot:
        await drawn(app, entities, pilot)

        def name_cells() -> int:
            return app.list._columns[0].cells

        def shown() -> str:
            return "\n".join(app.list.render_line(y).text for y in range(app.list.size.height))

        assert name_cells() == len("web-00000")
        await pilot.press("end")
        assert entities[-1]["name"] in shown()
        widest = name_cells()
        await pilot.press("home")
        assert name_cells() == widest
        app.list.scroll_to_row(4_990)
        await pilot.pause()
        assert entities[5_000]["name"] in shown() and name_cells() == widest
        await drawn(app, rows(MANY), pilot)
        assert name_cells() == len("web-00000")


async def test_a_large_reply_is_all_there_whatever_is_done_with_it(
    tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on screen before most of it is decoded; and every key comes at once."""
    monkeypatch.chdir(tmp_path)
    path = "/services/svc/env/instances"
    sent = [{"id": f"i{n}", "name": f"web-{n}", "state": "Running", "note": "x" * 400} for n in range(3_000)]
    app = odd_app(OddCloud({path: sent, f"{path}/i2999": sent[-1]}))
    async with app.run_test(size=(120, 40)) as pilot:
        await until_shown(pilot, 3_000)
        pane = explorer(pilot).list_pane
        assert isinstance(pane.entities, Entities)
        await pilot.press("end", "enter")
        await settle(pilot)
        details = explorer(pilot).entity_pane.details
        assert details is not None and details.entity == sent[-1]
        await pilot.press("escape", "slash", *"web-29", "enter")
        await settle(pilot)
        assert pane.shown_count == sum("web-29" in e["name"] for e in sent)
        await pilot.press("escape", "s", *"name", "enter")
        await settle(pilot)
        assert [e["id"] for e in pane.entities] == [e["id"] for e in sent]
        await pilot.press("a")
        assert len(pane.marked()) == len(sent)
        for kind in ("csv", "json"):
            explorer(pilot).shelf._export(f"{kind} whole file")
            await settle(pilot)
        (exported,) = tmp_path.glob("*.json")
        assert json.loads(exported.read_text(encoding="utf-8")) == sent
        (exported,) = tmp_path.glob("*.csv")
        assert len(exported.read_text(encoding="utf-8").splitlines()) == len(sent) + 1


async def until_shown(pilot: Pilot[None], count: int) -> None:
    """Wait until the list shows so many; no longer."""
    while explorer(pilot).list_pane.shown_count != count:
        await asyncio.sleep(0.001)


async def test_only_the_visible_rows_are_ever_formatted() -> None:
    app = ListApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await drawn(app, rows(MANY), pilot)
        app.list.rendered.clear()
        await pilot.press("end")
        await pilot.pause()
        assert set(app.list.rendered) <= set(range(20))


async def test_a_cursor_key_paints_two_rows() -> None:
    app = ListApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await drawn(app, rows(MANY), pilot)
        app.list.rendered.clear()
        await pilot.press("down")
        await pilot.pause()
        assert sorted(app.list.rendered) == [1, 2]


async def test_a_refresh_paints_the_rows_that_changed_and_no_others() -> None:
    app = ListApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await drawn(app, rows(MANY), pilot)
        changed = rows(MANY)
        changed[4]["state"] = "Stopped"
        changed[MANY - 1]["state"] = "Stopped"
        app.list.rendered.clear()
        app.list.show(listing(changed))
        await pilot.pause()
        assert app.list.rendered == [5]  # below the heading; the last one is not on screen
        app.list.rendered.clear()
        app.list.show(listing(rows(MANY)[:4] + changed[4:]))
        await pilot.pause()
        assert app.list.rendered == []


async def test_a_refresh_keeps_cursor_marks_and_scroll_by_id() -> None:
    app = ListApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await drawn(app, rows(MANY), pilot)
        for _ in range(50):
            app.list.action_move_down()
        app.list.action_list_mark()
        top = app.list.scroll_offset.y
        await pilot.pause()
        app.list.show(listing([{"id": "new", "name": "aaa", "state": "Running"}, *rows(MANY)]))
        await pilot.pause()
        assert app.list.entity is not None
        assert app.list.entity["id"] == "i-51"
        assert app.list.state.marks == {"i-50"}
        assert app.list.scroll_offset.y - top in (0, 1)


@pytest.mark.usefixtures("turns")
@pytest.mark.parametrize("what", ["filter", "regex", "sort"])
async def test_no_key_waits_for_more_than_a_piece_of_a_filter_or_a_sort(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = ListApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await drawn(app, rows(MANY), pilot)
        if what == "sort":
            app.list.set_sort("name")
            app.list.set_sort("name")
        else:
            app.list.set_filter("web-0999" if what == "filter" else "/web-0999/")
        assert app.list.shown_count == MANY  # nothing has been waited for
        first = "web-09999" if what == "sort" else "web-09990"
        others = await until(lambda: app.list.entities[0]["name"] == first)
        assert others >= MANY // STEP
        if what == "sort":
            assert app.list.state.sort == Sort("name", reverse=True)
            assert app.list.entity is not None
            assert app.list.entity["id"] == "i-0"  # the cursor stays on what it is on
        else:
            assert [e["name"] for e in app.list.entities] == [f"web-0999{n}" for n in range(10)]


async def test_of_filters_typed_quickly_the_last_one_counts() -> None:
    app = ListApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await drawn(app, rows(MANY), pilot)
        for text in ("w", "web-0", "web-00", "web-0000", "web-00009"):
            app.list.set_filter(text)
        await until(lambda: app.list.shown_count == 1)
        assert [e["name"] for e in app.list.entities] == ["web-00009"]
        assert app.list.border_title == "Instances · 1 of 10,000 · /web-00009"
        app.list.set_filter("")
        assert app.list.shown_count == MANY


async def test_another_list_shows_nothing_of_the_one_before() -> None:
    app = ListApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await drawn(app, rows(MANY), pilot)
        app.list.set_filter("web-00009")
        other = [{"id": "x", "name": "other", "state": "Running"}]
        app.list.show(listing(other, path=Path.parse("svc/other/instances")), ViewState())
        for _ in range(200):
            await asyncio.sleep(0)
        assert list(app.list.entities) == other


async def test_a_filter_completes_fields_and_values_and_says_of_how_many() -> None:
    app = demo_app("compute-qc/production/instances")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        screen = explorer(pilot)
        await pilot.press("slash", *"sta")
        completions = screen.prompt_pane.query_one(Completion)
        assert completions.display
        assert ("State", "state:") in completions.items
        while completions.items[completions.cursor][1] != "state:":
            await pilot.press("down")
        await pilot.press("tab")
        await settle(pilot)
        assert [value for _, value in completions.items][:2] == ["Running", "Stopped"]
        await pilot.press("down", "tab")
        await settle(pilot)
        assert screen.list_pane.state.filter == "state:Stopped"
        shown = screen.list_pane.shown_count
        assert 0 < shown < 34
        assert screen.list_pane.border_title == f"Instances · {shown} of 34 · /state:Stopped"
        await pilot.press("enter")
        await settle(pilot)
        assert screen.focused is screen.list_pane


async def test_a_mistake_in_a_filter_is_pointed_at() -> None:
    app = demo_app("compute-qc/production/instances")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"web stat:Running")
        await settle(pilot)
        screen = explorer(pilot)
        error = screen.list_pane.filter_error
        assert error is None  # the beginning of a field's name will do
        await pilot.press(*" nope>3")
        await settle(pilot)
        error = screen.list_pane.filter_error
        assert error is not None
        assert "nope" in error.reason
        shown = str(screen.prompt_pane.query_one("#prompt-error", Static).render())
        assert "^^^^" in shown
        assert "there is no field 'nope'" in shown
