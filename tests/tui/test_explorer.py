"""The explorer on the demo cloud, driven by keys."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from cloudmc_tui.path import Path
from cloudmc_tui.tui.actions import ACTIONS
from cloudmc_tui.tui.screens.help import HelpLines
from cloudmc_tui.tui.screens.picker import Choices, Picker
from cloudmc_tui.tui.terminal import osc52
from cloudmc_tui.tui.widgets.bar import Bar
from cloudmc_tui.tui.widgets.lines import LineView
from tests.demo import demo_app, explorer, settle

INSTANCES = "compute-qc/production/instances"
SIZE = (120, 40)


def text_of(view: LineView) -> list[str]:
    """The lines that a view shows, as text."""
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


def screen_text(pilot: Pilot[None]) -> str:
    """Everything on screen, as text."""
    width, height = pilot.app.size
    strips = pilot.app.screen._compositor.render_strips()  # none yet, of a screen that has just come up
    return "\n".join(strip.text[:width].rstrip() for strip in strips[:height])


def focused(pilot: Pilot[None]) -> str | None:
    """The id of the pane with the focus."""
    widget = explorer(pilot).focused
    return widget.id if widget else None


async def test_it_opens_on_the_services_with_two_requests() -> None:
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        tree = text_of(explorer(pilot).tree_pane)
        assert tree[0].startswith("▾ Compute - Québec")
        assert [line.strip("▸ ") for line in tree[1:4]] == ["production", "staging", "development"]
        session = explorer(pilot).session
        assert session is not None
        assert [(r.method, r.path) for r in session.requests] == [
            ("GET", "/services/connections"),
            ("GET", "/environments"),
        ]


async def test_opening_at_a_path_reads_that_listing_and_no_other() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert explorer(pilot).focused is explorer(pilot).list_pane
        session = explorer(pilot).session
        assert session is not None
        assert len(session.requests) == 3


async def test_walking_down_the_tree_to_an_entity_and_its_json() -> None:
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        screen = explorer(pilot)
        await pilot.press("down", "enter")
        await settle(pilot)
        assert any(line.split() == ["▸", "Instances", "34"] for line in text_of(screen.tree_pane))
        await pilot.press("down", "enter")
        await settle(pilot)
        assert focused(pilot) == "list"
        assert "Instances · 34" in str(screen.list_pane.border_title)
        await pilot.press("down", "enter")
        await settle(pilot)
        assert focused(pilot) == "entity"
        assert screen.history.place.address.entity_type == "instances"
        details = "\n".join(text_of(screen.entity_pane))
        assert "Compute offering" in details
        await pilot.press("J")
        shown = text_of(screen.entity_pane)
        assert shown[0].strip() == "{"
        assert any(line.strip().startswith('"computeOfferingId": ') for line in shown)
        await pilot.press("d")
        assert "Compute offering" in "\n".join(text_of(screen.entity_pane))


async def test_filter_sort_and_cursor_are_there_again_after_going_back() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        screen = explorer(pilot)
        await pilot.press("slash", *"name:web", "enter")
        await pilot.pause()
        assert "4 of 34" in str(screen.list_pane.border_title)
        screen.list_pane.set_sort("name")
        screen.list_pane.set_sort("name")
        await pilot.press("down")
        before = text_of(screen.list_pane)
        assert before[1].split()[0] == "web-04"
        under = screen.list_pane.path
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("colon", *"\b", "ctrl+u", *"compute-on/production/vpcs", "enter")
        await settle(pilot)
        assert screen.history.place.path == Path.parse("compute-on/production/vpcs")
        await pilot.press("backspace", "backspace")
        await settle(pilot)
        assert screen.history.place.path == Path.parse(INSTANCES)
        assert text_of(screen.list_pane) == before
        assert screen.list_pane.path == under
        await pilot.press("escape")
        assert "Instances · 34" in str(screen.list_pane.border_title)


async def test_sorting_by_a_column_chosen_from_the_list_both_ways() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        screen = explorer(pilot)
        for arrow, smallest in (("↑", True), ("↓", False)):
            await pilot.press("s")
            await pilot.pause()
            assert isinstance(app.screen, Picker)
            await pilot.press(*"memory", "enter")
            await pilot.pause()
            assert f"Memory {arrow}" in text_of(screen.list_pane)[0]
            sizes = [e["memoryInMB"] for e in screen.list_pane.entities]
            assert sizes == sorted(sizes, reverse=not smallest)


async def test_a_mistake_in_a_filter_is_said_and_the_last_good_rows_stay() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        screen = explorer(pilot)
        await pilot.press("slash", *"name:web /[")
        await pilot.pause()
        assert "the expression does not end" in screen_text(pilot)
        assert screen.list_pane.shown_count == 4
        await pilot.press("escape")
        await pilot.pause()
        assert screen.list_pane.shown_count == 34
        assert screen.focused is screen.list_pane


async def test_references_are_followed_with_enter_and_back_returns() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        screen = explorer(pilot)
        await pilot.press("enter")
        await settle(pilot)
        row = next(n for n, line in enumerate(screen.entity_pane.lines) if line.label == "Network")
        screen.entity_pane.move_to(row)
        await pilot.press("enter")
        await settle(pilot)
        assert screen.history.place.path.entity_type == "networks"
        assert "Network principal-front" in str(screen.entity_pane.border_title)
        await pilot.press("backspace")
        await settle(pilot)
        assert "Instance bastion" in str(screen.entity_pane.border_title)


async def test_the_path_prompt_completes_and_says_where_a_path_goes_wrong() -> None:
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        screen = explorer(pilot)
        await pilot.press("colon", *"compute-q", "tab")
        await pilot.pause()
        prompt = screen.query_one("#prompt-input", Input)
        assert prompt.value == "compute-qc/"
        await pilot.press(*"prod", "tab", *"inst", "tab")
        await settle(pilot)
        assert prompt.value == "compute-qc/production/instances/"
        await pilot.press(*"web-03", "enter")
        await settle(pilot)
        assert "Instance web-03" in str(screen.entity_pane.border_title)
        await pilot.press("colon", "ctrl+u", *"compute-qc/prodction", "enter")
        await settle(pilot)
        assert "Did you mean 'production'?" in screen_text(pilot)
        assert prompt.value == "compute-qc/prodction"
        await pilot.press("escape")
        assert "Instance web-03" in str(screen.entity_pane.border_title)


async def test_copying_sends_the_choice_to_the_terminal_and_says_so() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        screen = explorer(pilot)
        await pilot.press("enter")
        await settle(pilot)
        sent: list[str] = []
        app.send_to_terminal = sent.append  # type: ignore[method-assign, assignment]
        await pilot.press("y")
        await pilot.pause()
        await pilot.press(*"path", "enter")
        await pilot.pause()
        assert sent and sent[0].startswith("\x1b]52;c;")
        footer = screen.query_one("#footer", Bar).text
        assert "Sent to the terminal's clipboard" in footer
        assert "copied" not in footer.lower()


async def test_from_the_list_and_the_tree_an_entity_is_opened_in_a_view_and_copied() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        screen = explorer(pilot)
        for key, title in (("J", "JSON"), ("x", "relations"), ("c", "changes"), ("d", "")):
            await pilot.press("2", key)
            await settle(pilot)
            assert (screen.focused_pane, screen.entity_pane.view.value) == ("entity", title or "details")
        sent: list[str] = []
        app.send_to_terminal = sent.append  # type: ignore[method-assign, assignment]
        await pilot.press("backspace", "2", "y", *"path", "enter")
        await pilot.pause()
        path = f"{INSTANCES}/{screen.list_pane.path.name}" if screen.list_pane.path else ""
        assert sent == [osc52(path, {})]
        await pilot.press("1", "home", "J")
        assert "Move to an entity first" in screen_text(pilot), "a service has no JSON"
        await pilot.press("y", *"path", "enter")
        await pilot.pause()
        assert sent[1:] == [osc52("compute-qc", {})], "but it has a path"


async def test_help_names_every_action_and_the_palette_runs_one() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=(120, 240)) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        shown = "\n".join(text_of(app.screen.query_one(HelpLines)))
        assert all(action.help in shown for action in ACTIONS)
        assert shown.index("In the list") < shown.index("In the tree")
        await pilot.press("escape", "ctrl+p")
        await pilot.pause()
        await pilot.press(*"filter", "enter")
        await pilot.pause()
        assert explorer(pilot).prompt_pane.display


async def test_the_picker_narrows_as_one_types_and_says_when_nothing_matches() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("s", *"qqqq")
        await pilot.pause()
        choices = app.screen.query_one(Choices)
        assert "nothing matches" in text_of(choices)[0]
        await pilot.press("enter")
        assert isinstance(app.screen, Picker)
        await pilot.press("escape")
        assert not isinstance(app.screen, Picker)


async def test_tab_goes_round_the_panes_and_z_shows_one_alone() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        screen = explorer(pilot)
        await pilot.press("enter")
        await settle(pilot)
        seen = []
        for _ in range(3):
            seen.append(screen.focused.id if screen.focused else None)
            await pilot.press("tab")
            await pilot.pause()
        assert seen == ["entity", "tree", "list"]
        await pilot.press("z")
        await pilot.pause()
        assert screen.entity_pane.display and not screen.tree_pane.display and not screen.list_pane.display
        await pilot.press("escape")
        await pilot.pause()
        assert screen.tree_pane.display


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (99, 29), (200, 60)])
async def test_every_size_shows_the_focused_pane_and_the_bars(size: tuple[int, int]) -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for keys in ((), ("enter",), ("1",)):
            await pilot.press(*keys)
            await settle(pilot)
            screen = explorer(pilot)
            assert screen.focused is not None
            assert screen.focused.size.height > 3
            assert screen.focused.size.width > 20
            assert screen.query_one("#footer").region.bottom == size[1]
            assert "demo" in screen_text(pilot).split("\n")[0]


async def test_below_its_smallest_size_it_says_what_it_needs_and_comes_back() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.resize_terminal(40, 10)
        await settle(pilot)
        assert "60 × 15" in screen_text(pilot)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert "bastion" in screen_text(pilot)
        for width in (1, 2, 20, 59, 60, 61, 250):
            await pilot.resize_terminal(width, max(1, width // 4))
            await pilot.pause()


async def test_columns_scroll_sideways_with_the_name_in_place() -> None:
    app = demo_app(INSTANCES)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        screen = explorer(pilot)
        before = text_of(screen.list_pane)
        assert before[0].endswith("›")
        await pilot.press("l", "l")
        after = text_of(screen.list_pane)
        assert after[1].split()[0] == before[1].split()[0]
        assert "State" in before[0] and "State" not in after[0]
        await pilot.press("h", "h")
        assert text_of(screen.list_pane) == before
