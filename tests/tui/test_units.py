"""The explorer's parts that need no terminal."""

from __future__ import annotations

import base64
from pathlib import Path as FilePath

import pytest
from textual.app import App, ComposeResult

from cloudmc_tui.catalog import FieldType, OperationField
from cloudmc_tui.path import Path
from cloudmc_tui.tui import layout, themes
from cloudmc_tui.tui.actions import ACTIONS, BY_ID, Scope, keys_of
from cloudmc_tui.tui.history import History, Place
from cloudmc_tui.tui.panes.form import help_of
from cloudmc_tui.tui.terminal import LIMIT, notice, osc52
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.columns import lay_out

WIDE, NARROW, TALL, LOW = 120, 80, 40, 24


@pytest.mark.parametrize(
    ("size", "focused", "below", "zoomed", "expected"),
    [
        ((WIDE, TALL), "tree", "", False, {"tree", "list"}),
        ((WIDE, TALL), "entity", "entity", False, {"tree", "list", "entity"}),
        ((WIDE, TALL), "panel", "panel", False, {"tree", "list", "panel"}),
        ((WIDE, LOW), "list", "entity", False, {"tree", "list"}),
        ((WIDE, LOW), "entity", "entity", False, {"tree", "entity"}),
        ((NARROW, TALL), "tree", "entity", False, {"tree"}),
        ((NARROW, TALL), "list", "entity", False, {"list", "entity"}),
        ((NARROW, LOW), "list", "", False, {"list"}),
        ((NARROW, LOW), "panel", "panel", False, {"panel"}),
        ((WIDE, TALL), "list", "entity", True, {"list"}),
    ],
)
def test_the_panes_that_fit_are_shown(
    size: tuple[int, int], focused: str, below: str, zoomed: bool, expected: set[str]
) -> None:
    assert layout.visible_panes(*size, focused, below=below, zoomed=zoomed) == expected
    with_tasks = layout.visible_panes(*size, focused, below=below, zoomed=zoomed, tasks=True)
    assert with_tasks == expected | (set() if zoomed else {"tasks"})


def test_the_focused_pane_is_always_among_the_visible() -> None:
    for columns in range(60, 200, 10):
        for lines in range(15, 60, 5):
            for focused in ("tree", "list", "entity", "tasks"):
                shown = layout.visible_panes(columns, lines, focused, below="entity")
                assert focused in shown


def test_no_key_means_two_things_in_one_place() -> None:
    everywhere = (Scope.MOVE, Scope.PANES, Scope.GO, Scope.DO, Scope.APP)
    for scope in Scope:
        walking = {*everywhere, Scope.TREE, Scope.LIST, Scope.ENTITY, Scope.TASKS}
        around = everywhere if scope in walking else ()  # elsewhere, it may mean something closer at hand
        taken: dict[str, str] = {}
        for action in ACTIONS:
            if action.scope in (scope, *around):
                for key in filter(None, action.keys.split(",")):
                    assert taken.setdefault(key, action.id) == action.id, f"{key} in {scope}"


def test_every_action_has_an_id_of_its_own_a_label_and_help() -> None:
    assert len(BY_ID) == len(ACTIONS)
    assert all(a.label and a.help and a.help[0].isupper() for a in ACTIONS)


def test_keys_are_named_as_people_write_them_and_can_be_rebound() -> None:
    assert keys_of(BY_ID["app.help"]) == ["?"]
    assert keys_of(BY_ID["list.filter"], {"list.filter": "ctrl+s"}) == ["ctrl+s"]


def test_text_for_the_clipboard_goes_plain_and_through_tmux() -> None:
    encoded = base64.b64encode("é".encode()).decode()
    assert osc52("é", {}) == f"\x1b]52;c;{encoded}\x07"
    inside = osc52("é", {"TMUX": "/run/tmux"})
    assert inside.startswith(f"\x1b]52;c;{encoded}\x07")
    assert inside.endswith(f"\x1bPtmux;\x1b\x1b]52;c;{encoded}\x07\x1b\\")


def test_text_for_the_clipboard_goes_through_screen_in_chunks_it_takes() -> None:
    sent = osc52("x" * 300, {"STY": "1.pts"})
    chunks = sent.split("\x1bP")[1:]
    assert all(len(c.removesuffix("\x1b\\")) <= 76 for c in chunks)
    assert "".join(c.removesuffix("\x1b\\") for c in chunks) == osc52("x" * 300, {})


def test_text_that_terminals_would_not_take_is_refused() -> None:
    with pytest.raises(ValueError, match="more than terminals take"):
        osc52("x" * LIMIT, {})


def test_the_way_back_is_the_way_one_came() -> None:
    history = History()
    instances, vpcs = Path.parse("a/b/instances"), Path.parse("a/b/vpcs")
    history.go(Place(instances))
    history.go(Place(instances, instances.child("1")))
    history.go(Place(vpcs))
    history.go(Place(vpcs))
    assert history.back() == Place(instances, instances.child("1"))
    assert history.back() == Place(instances)
    assert history.back() == Place()
    assert history.back() is None


def test_columns_keep_the_first_and_drop_what_has_no_room() -> None:
    wanted = [("name", "Name", 10, False), ("state", "State", 8, False), ("memory", "Memory", 9, True)]
    columns, hidden = lay_out(wanted, 80)
    assert [(c.member, c.cells) for c in columns] == [("name", 10), ("state", 8), ("memory", 9)]
    assert hidden == 0
    columns, hidden = lay_out(wanted, 24)
    assert [c.member for c in columns] == ["name", "state"]
    assert hidden == 1
    columns, hidden = lay_out(wanted, 24, skip=1)
    assert [c.member for c in columns] == ["name", "memory"]
    assert hidden == 0


def test_columns_never_take_more_than_there_is() -> None:
    wanted = [(str(n), str(n), n * 7 % 60, False) for n in range(12)]
    for available in range(1, 200):
        for skip in (0, 3, 30):
            columns, _ = lay_out(wanted, available, skip)
            assert sum(c.cells for c in columns) + 2 * (len(columns) - 1) <= available


GOOD = (themes.own_folder() / "night.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('name = "night"', "name = ", "", "not valid TOML"),
        ("dark = true", 'dark = "yes"', "dark", "bool"),
        ('muted = "#93a1b1"', "", "roles", "muted"),
        ('muted = "#93a1b1"', 'muted = "grey-ish"', "roles.muted", "not a colour"),
        ("[roles]", '[roles]\nsparkle = "#ffffff"', "roles", "sparkle"),
    ],
)
def test_a_theme_that_cannot_be_used_is_refused_with_file_key_and_reason(
    tmp_path: FilePath, old: str, new: str, key: str, reason: str
) -> None:
    assert old in GOOD
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(themes.ThemeError) as caught:
        themes.load_theme(file)
    assert (caught.value.file, caught.value.key) == ("mine.toml", key)
    assert reason in str(caught.value)


def test_a_broken_theme_does_not_keep_the_others_from_loading(tmp_path: FilePath) -> None:
    (tmp_path / "broken.toml").write_text("name = [", encoding="utf-8")
    library = themes.load_themes([themes.own_folder(), tmp_path])
    assert {"night", "day"} <= set(library.themes)
    assert [e.file for e in library.errors] == ["broken.toml"]


def test_a_notice_rings_or_pops_up_and_goes_through_tmux() -> None:
    assert notice("done", (), {}) == ""
    assert notice("done", ("bell",), {}) == "\x07"
    assert notice("done", ("osc9",), {}) == "\x1b]9;done\x07"
    assert notice("done", ("bell", "osc9"), {"TMUX": "x"}) == "\x07\x1bPtmux;\x1b\x1b]9;done\x07\x1b\\"


async def test_a_key_without_room_for_what_it_does_is_left_out() -> None:
    class Footer(App[None]):
        def compose(self) -> ComposeResult:
            yield Bar()

    async with Footer().run_test(size=(20, 1)) as pilot:
        bar = pilot.app.query_one(Bar)
        bar.say(keys(("a", "Alpha"), ("b", "Beta")), keys(("q", "Quit")))
        shown = {}
        for cells in (20, 24, 25):
            await pilot.resize_terminal(cells, 1)
            await pilot.pause()
            shown[cells] = bar.render_line(0).text.split()
        assert shown == {
            20: ["a", "Alpha", "q", "Quit"],
            24: ["a", "Alpha", "q", "Quit"],
            25: ["a", "Alpha", "b", "Beta", "q", "Quit"],
        }


@pytest.mark.parametrize("field_type", FieldType)
@pytest.mark.parametrize("refers_to", [None, "networks"])
def test_a_field_that_the_catalog_says_nothing_of_has_a_line_of_help(
    field_type: FieldType, refers_to: str | None
) -> None:
    told = help_of(OperationField("Some field", type=field_type, refers_to=refers_to))
    assert len(told.split()) > 1
    assert "Some field" not in told
