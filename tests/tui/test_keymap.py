"""Keys: the presets, and what a person changes in them; nothing that locks anybody in."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from cloudmc_tui.profiles.config import read_config
from cloudmc_tui.tui.actions import ACTIONS, BY_ID, NO_KEY, Action, Scope, keys_of
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.keymap import PRESETS, Keymap, clash, key_of, read_keymap
from cloudmc_tui.tui.looks import Look
from cloudmc_tui.tui.preferences import Preferences, preferences
from cloudmc_tui.tui.screens.help import Help
from cloudmc_tui.tui.screens.plan import PlanScreen
from cloudmc_tui.tui.screens.text import TextScreen
from cloudmc_tui.tui.widgets.bar import Bar
from tests.demo import demo_app, explorer, settle

INSTANCES = "compute-qc/production/instances"


def wanted(text: str) -> Preferences:
    """What a config file says."""
    return preferences(read_config(text, Path("config.toml")), Look())


def told(text: str) -> list[str]:
    return [line.removeprefix("config.toml: ") for line in wanted(text).problems]


def keyed(text: str) -> ExplorerApp:
    return demo_app(INSTANCES, preferences=wanted(text))


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


# How they are written


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("x", "x"),
        ("?", "question_mark"),
        ("+", "plus"),
        ("shift+d", "D"),
        ("D", "D"),
        ("Ctrl+X", "ctrl+x"),
        ("PgDn", "pagedown"),
        ("esc", "escape"),
        ("F5", "f5"),
        ("ctrl+\\", "ctrl+backslash"),
        ("ctrl+i", "tab"),  # as a terminal sends it
        ("ctrl+m", "enter"),
        ("ctrl+[", "escape"),
        ("ctrl+h", "backspace"),
        ("alt+x", "alt+x"),
        ("question_mark", "question_mark"),
    ],
)
def test_keys_are_written_as_people_do(written: str, key: str) -> None:
    assert key_of(written) == key


@pytest.mark.parametrize(
    ("written", "hint"), [("pagedwn", "'pagedown'"), ("hyper+x", "write"), ("", "write")]
)
def test_what_is_no_key_is_told(written: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        key_of(written)


# What a person changes


def test_an_action_gets_other_keys() -> None:
    said = wanted('[keys]\n"list.refresh" = "ctrl+r, F5"\n"app.theme" = ["T"]\n"list.auto" = ""\n')
    assert said.problems == ()
    assert keys_of(BY_ID["list.refresh"], said.keymap.keys) == ["ctrl+r", "f5"]
    assert keys_of(BY_ID["app.theme"], said.keymap.keys) == ["T"]
    assert keys_of(BY_ID["list.auto"], said.keymap.keys) == []


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('"list.refesh" = "r"', "did you mean 'list.refresh'?"),
        ('"list.refresh" = "ctrl+pagedwn"', "did you mean 'ctrl+pagedown'?"),
        ('"list.refresh" = 5', "has to be a key in quotes"),
        ('"list.refresh" = "s"', "s was the key of list.sort, which is without a key now"),
        ('"list.refresh" = "g"', "g was the key of move.first, which has Home left"),
        ('"do.delete" = "ctrl+d"', "ctrl+d deletes nothing here"),
        ('"profiles.remove" = "x,ctrl+d"', "ctrl+d deletes nothing here"),
        ('"app.quit_now" = ""', "has to have a key"),
        ('"app.help_now" = "h"', "h is typed there"),
        ('"plan.copy" = "escape,q"', "esc and q is the only key of plan.cancel"),
        ('"form.raw" = "j"', "j is typed there"),
        ('"list.sort" = "ctrl+q"', "ctrl+q is the only key of app.quit_now"),
        ('"list.sort" = "N"\n"list.columns" = "N"', "N is the key of list.sort already"),
    ],
)
def test_what_is_wrong_with_a_key_is_told_with_its_line(entry: str, message: str) -> None:
    problems = told(f"[keys]\n# mine\n{entry}\n")
    assert len(problems) == 1
    assert problems[0].startswith(f"line {2 + len(entry.splitlines())}: keys.")
    assert message in problems[0]


def test_two_actions_change_their_keys_without_a_word() -> None:
    said = wanted('[keys]\n"list.refresh" = "s"\n"list.sort" = "r"\n')
    assert said.problems == ()
    assert keys_of(BY_ID["list.sort"], said.keymap.keys) == ["r"]


def test_a_preset_that_there_is_not_is_told() -> None:
    (problem,) = told('[settings]\nkeymap = "vi"\n')
    assert "line 2: settings.keymap" in problem
    assert "vim" in problem


# The presets


def unlike_default(keymap: Keymap, one: Action, other: Action) -> set[str]:
    """The keys that two actions share, other than those that they share on purpose by default."""
    both = set(keymap.keys_of(one)) & set(keymap.keys_of(other))
    return both - (set(one.keys.split(",")) & set(other.keys.split(",")))


@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_gives_a_key_twice_or_takes_a_key_that_is_needed(preset: str) -> None:
    keymap = read_keymap(preset, {}, lambda *_: pytest.fail())
    assert set(PRESETS[preset]) <= set(BY_ID)
    for one, other in itertools.combinations(ACTIONS, 2):
        if clash(one, other):
            assert not unlike_default(keymap, one, other), (one.id, other.id)
    for action in ACTIONS:
        assert keymap.keys_of(action) or not action.needed
        assert all(key == key_of(key) for key in keymap.keys_of(action)), action


@pytest.mark.parametrize("preset", PRESETS)
def test_in_no_preset_anything_is_lost_by_control_d(preset: str) -> None:
    keymap = read_keymap(preset, {}, lambda *_: pytest.fail())
    assert not [a.id for a in ACTIONS if a.loses and "ctrl+d" in keymap.keys_of(a)]
    assert {"do.delete", "tasks.forget", "profiles.remove"} <= {a.id for a in ACTIONS if a.loses}


@pytest.mark.parametrize("preset", PRESETS)
async def test_control_d_opens_no_plan(preset: str) -> None:
    app = keyed(f'[settings]\nkeymap = "{preset}"\n')
    async with app.run_test() as pilot:
        await settle(pilot)
        for pane in "1234":
            await press(pilot, pane, "ctrl+d")
            assert app.screen is app.explorer
            assert not app.explorer._panel_open
        assert app.explorer.tasks_pane.records == []


async def test_vim_pages_and_goes_back_by_its_keys() -> None:
    app = keyed('[settings]\nkeymap = "vim"\n')
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        rows = explorer(pilot).list_pane
        await press(pilot, "ctrl+d")
        assert rows.cursor > 10
        await press(pilot, "ctrl+u")
        assert rows.cursor == 0
        await press(pilot, "j", "v", "enter", "ctrl+o")
        assert rows.cursor == 2
        assert "1 marked" in str(rows.border_title)
        await press(pilot, "D")
        assert app.explorer._panel_open  # what it does not change is as it was


async def test_k9s_copies_describes_and_shows_what_the_api_sent_by_its_keys() -> None:
    app = keyed('[settings]\nkeymap = "k9s"\n')
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "y")
        assert "JSON" in str(explorer(pilot).entity_pane.border_title)
        await press(pilot, "d")
        assert "JSON" not in str(explorer(pilot).entity_pane.border_title)
        await press(pilot, "c")
        assert type(app.screen).__name__ == "Picker"
        await press(pilot, "escape", "left_square_bracket")
        assert explorer(pilot).focused_pane == "list"


# In the program


async def test_a_changed_key_works_and_the_old_one_does_not() -> None:
    app = keyed('[keys]\n"list.sort" = "N"\n"app.theme" = "T"\n')
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "s")
        assert app.screen is app.explorer
        for key, title in (("N", "Sort by"), ("T", "Theme")):
            await press(pilot, key)
            assert app.screen.query_one("#picker").border_title == title
            await press(pilot, "escape")
        await press(pilot, "r", "j", "space")  # those beside it are untouched
        assert "1 marked" in str(explorer(pilot).list_pane.border_title)


async def test_help_footer_and_palette_tell_the_changed_key() -> None:
    app = keyed('[keys]\n"list.sort" = "N"\n"app.help" = "H"\n')
    async with app.run_test(size=(110, 40)) as pilot:
        await settle(pilot)
        footer = explorer(pilot).query_one("#footer", Bar).text
        assert "N Sort" in footer
        assert "H Help" in footer
        await press(pilot, "H")
        assert isinstance(app.screen, Help)
        lines = [[text for text, _ in line] for line in app.screen.query_one("HelpLines")._lines]  # type: ignore[attr-defined]
        assert any(line[0].split() == ["N"] and line[1].startswith("Sort") for line in lines)
        await press(pilot, "H", "ctrl+p", *"sort by")
        choice = app.screen.query_one("Choices").shown[0]  # type: ignore[attr-defined]
        assert choice.note == "N"


async def test_letters_bound_to_actions_can_still_be_typed() -> None:
    app = keyed('[keys]\n"list.export" = "ctrl+e,e"\n"do.update" = "ctrl+u"\n"app.quit" = "ctrl+t,t"\n')
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "slash", *"teet")
        assert explorer(pilot).list_pane.state.filter == "teet"


async def test_problems_with_keys_are_told_on_screen() -> None:
    app = keyed('[keys]\n"list.srt" = "N"\n')
    async with app.run_test() as pilot:
        await settle(pilot)
        assert "1 problem" in explorer(pilot).query_one("#status", Bar).text
        await app.do("app.problems")
        await settle(pilot)
        assert isinstance(app.screen, TextScreen)


WINDOWS = {
    "plan": ("D", "ctrl+s"),
    "choice": ("s",),
    "find": ("f",),
    "profiles": ("P",),
    "profile form": ("P", "a"),
    "form": ("1", "2", "n"),
    "prompt": ("colon",),
    "filter": ("slash",),
    "palette": ("ctrl+p",),
    "help": ("question_mark",),
    "tasks": ("t",),
    "operations": ("o",),
}


@pytest.mark.parametrize("keys", WINDOWS.values(), ids=WINDOWS)
async def test_from_everywhere_one_gets_help_and_goes_back_and_quits(keys: tuple[str, ...]) -> None:
    app = keyed("")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, *keys)
        before = app.screen
        await press(pilot, "f1")
        if isinstance(before, Help):
            assert app.screen is app.explorer
        else:
            assert isinstance(app.screen, Help)
            await press(pilot, "f1")
            assert app.screen is before
        for _ in range(4):
            await press(pilot, "escape")
        assert app.screen is app.explorer
        assert not app.explorer.prompt_pane.display
        await press(pilot, *keys)
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert app._exit


@pytest.mark.parametrize("keys", [("D", "ctrl+s"), ("P",), ("L",), ("J", "S")], ids=str)
async def test_in_a_window_without_an_input_a_question_mark_helps_too(
    keys: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudmc_tui.tui.ssh.missing", lambda _program: "")
    app = keyed("")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "down", *keys)
        before = app.screen
        assert before is not app.explorer
        if isinstance(before.focused, Input):
            await press(pilot, "tab")
        await press(pilot, "question_mark")
        assert isinstance(app.screen, Help)
        assert app.screen._scopes[0] not in (Scope.LIST, Scope.ENTITY)
        await press(pilot, "question_mark")
        assert app.screen is before


async def test_a_message_that_was_cut_can_be_read_whole() -> None:
    app = keyed("")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        long = "a word and " * 12
        app.say(long)
        await settle(pilot)
        footer = explorer(pilot).query_one("#footer", Bar)
        shown = "".join(segment.text for segment in footer.render_line(0))
        assert shown.rstrip().endswith("…")
        await press(pilot, "M")
        assert isinstance(app.screen, TextScreen)
        assert long.strip() in app.screen._lines[0]


async def test_help_begins_with_the_keys_of_where_one_is() -> None:
    app = keyed("")
    expected = [
        ((), Scope.LIST),
        (("1",), Scope.TREE),
        (("2", "enter"), Scope.ENTITY),
        (("o",), Scope.OPERATIONS),
        (("escape", "4"), Scope.TASKS),
        (("2", "slash"), Scope.PROMPT),
        (("escape", "D", "ctrl+s"), Scope.PLAN),
    ]
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        for keys, scope in expected:
            await press(pilot, *keys, "f1")
            assert isinstance(app.screen, Help)
            assert app.screen._scopes[0] is scope
            await press(pilot, "f1")
        assert isinstance(app.screen, PlanScreen)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_can_be_bound(action: Action) -> None:
    said = wanted(f'[keys]\n"{action.id}" = "ctrl+f9"\n')
    assert said.problems == ()
    assert keys_of(action, said.keymap.keys) == ["ctrl+f9"]
    assert said.keymap.to_textual()[action.id] == "ctrl+f9"
    assert action.keys != NO_KEY
    assert action.help
    assert action.label
