"""The user's own commands: read with their mistakes, offered, shown, run without a shell."""

from __future__ import annotations

import sys
from pathlib import Path as FilePath

import pytest
from textual.pilot import Pilot

from cloudmc_tui.profiles.config import read_config
from cloudmc_tui.tui.app import ExplorerApp
from cloudmc_tui.tui.looks import Look
from cloudmc_tui.tui.preferences import Preferences, preferences
from cloudmc_tui.tui.screens.command import CommandScreen
from cloudmc_tui.tui.screens.help import Help
from cloudmc_tui.tui.screens.text import TextLines, TextScreen
from tests.demo import demo_app, settle
from tests.tui.test_explorer import text_of

INSTANCES = "compute-qc/production/instances"

SHOW = f"""
[[commands]]
name = "Inspect it"
run = ["{sys.executable}", "-c", "import os, sys; print(sys.argv[1:]); print('\\u001b[31mred'); \\
print('key' if 'CLOUDMC_API_KEY' in os.environ else 'no key'); sys.exit(int(sys.argv[-1]))", \\
"{{name}}", "{{path}}", "{{profile}}", "{{cpuCount}}", "0"]
types = ["instances"]
key = "ctrl+e"
confirm = false
"""


def wanted(text: str) -> Preferences:
    return preferences(read_config(text.replace("\\\n", ""), FilePath("config.toml")), Look())


def with_commands(text: str, path: str = INSTANCES) -> ExplorerApp:
    said = wanted(text)
    assert said.problems == ()
    return demo_app(path, preferences=said)


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def shown(app: ExplorerApp) -> list[str]:
    assert isinstance(app.screen, TextScreen)
    return [text for line in text_of(app.screen.query_one(TextLines)) if (text := line.strip())]


def command(**entries: str) -> str:
    """A command's table, with these entries as TOML; an empty one leaves it out."""
    usual = {"name": '"Ping"', "run": '["ping", "{ipAddress}"]', "types": '["instances"]', **entries}
    return "[[commands]]\n" + "".join(f"{name} = {value}\n" for name, value in usual.items() if value)


# Read


def test_a_command_has_what_its_table_says() -> None:
    said = wanted(command(key='["p", "F5"]', confirm="false", capture="false"))
    (one,) = said.commands.values()
    assert (one.id, one.name, one.types, one.confirm, one.capture) == (
        "own.ping",
        "Ping",
        ("instances",),
        False,
        False,
    )
    assert said.keymap.keys["own.ping"] == "p,f5"
    assert said.problems == ()


@pytest.mark.parametrize(
    ("entries", "line", "message"),
    [
        ({"name": ""}, 1, "has to have a name"),
        ({"name": '"--"'}, 2, "has to have a name"),
        ({"run": '"ping"'}, 3, "has to be a list"),
        ({"run": ""}, 1, "has to be a list"),
        ({"run": '["{name}"]'}, 3, "begin with the program"),
        ({"run": '["sh", "-c", "ping {ipAddress}"]'}, 3, "hands values to a shell"),
        ({"types": '"instances"'}, 4, "has to be a list"),
        ({"types": "[1]"}, 4, "has to be a list"),
        ({"confirm": '"no"'}, 5, "has to be true or false"),
        ({"captur": "true"}, 5, "did you mean 'capture'?"),
        ({"key": '"pagedwn"'}, 5, "did you mean 'pagedown'?"),
        ({"key": '"r"'}, 5, "r was the key of list.refresh, which is without a key now"),
        ({"key": '"ctrl+q"'}, 5, "ctrl+q is the only key of app.quit_now"),
    ],
)
def test_a_mistake_is_told_with_its_line(entries: dict[str, str], line: int, message: str) -> None:
    problems = wanted(command(**entries)).problems
    assert len(problems) == 1
    assert problems[0].startswith(f"config.toml: line {line}: commands")
    assert message in problems[0]


def test_two_commands_of_one_name_are_told_and_the_first_counts() -> None:
    said = wanted(command() + command(run='["other"]'))
    assert [c.template.program for c in said.commands.values()] == ["ping"]
    assert "line 6" in said.problems[0]


def test_keys_of_commands_are_changed_like_any_others() -> None:
    said = wanted(command(key='"p"') + '[keys]\n"own.ping" = "F5"\n')
    assert said.problems == ()
    assert said.keymap.keys["own.ping"] == "f5"


# Run


async def test_its_output_is_shown_with_control_sequences_visible_and_no_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLOUDMC_API_KEY", "open-sesame")
    app = with_commands(SHOW)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "down", "ctrl+e")
        lines = shown(app)
        assert lines[0].startswith("['web-01', 'compute-qc/production/instances/")
        assert "'demo', '2', '0']" in " ".join(lines[:2])
        assert "\\x1b[31mred" in lines
        assert "no key" in lines
        await press(pilot, "y")
        assert app.message.startswith("Sent to the terminal's clipboard")
        await press(pilot, "escape")
        assert app.screen is app.explorer


async def test_how_it_ended_is_told() -> None:
    run = f'["{sys.executable}", "-c", "raise SystemExit(3)"]'
    app = with_commands(command(run=run, confirm="false", key='"p"'))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "p")
        assert shown(app) == ["It wrote nothing."]
        assert "ended with status 3" in str(app.screen.query_one("#text").border_title)


async def test_it_is_shown_before_it_is_run(tmp_path: FilePath) -> None:
    touched = tmp_path / "touched"
    run = f'["{sys.executable}", "-c", "import sys; open(sys.argv[1], \'w\')", "{touched}"]'
    app = with_commands(command(run=run, key='"p"'))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "p")
        assert isinstance(app.screen, CommandScreen)
        await press(pilot, "escape")
        assert not touched.exists()
        await press(pilot, "p", "enter")
        assert touched.exists()


@pytest.mark.parametrize(
    ("entries", "path", "message"),
    [
        ({}, "compute-qc/production/volumes", "Ping is for instances: move to one first."),
        ({"types": ""}, "compute-qc/production", "Ping is for entities: move to one first."),
        ({"run": '["no-such-program-here"]'}, INSTANCES, "There is no program 'no-such-program-here'"),
        (
            {"run": f'["{sys.executable}", "{{nothing}}"]'},
            INSTANCES,
            "Ping was not run: there is no nothing.",
        ),
    ],
)
async def test_what_cannot_be_run_is_told(entries: dict[str, str], path: str, message: str) -> None:
    app = with_commands(command(key='"p"', **entries), path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "p")
        assert app.message.startswith(message)
        assert app.screen is app.explorer


async def test_a_secret_is_handed_to_no_program() -> None:
    run = f'["{sys.executable}", "-c", "print(1)", "{{ipSecPsk}}"]'
    app = with_commands(
        command(run=run, types="", key='"p"', confirm="false"), "compute-qc/production/sitetositevpns"
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        details = app.explorer.details_here()
        assert details is not None
        assert details.entity["ipSecPsk"]
        await press(pilot, "p")
        assert app.message == "Ping was not run: there is no ipSecPsk."


async def test_palette_and_help_show_it() -> None:
    app = with_commands(SHOW)
    async with app.run_test(size=(120, 240)) as pilot:
        await settle(pilot)
        await press(pilot, "question_mark")
        assert isinstance(app.screen, Help)
        lines = text_of(app.screen.query_one("HelpLines"))  # type: ignore[arg-type]
        at = next(i for i, line in enumerate(lines) if "Your own commands" in line)
        assert lines[at + 1].split()[0] == "ctrl+e"
        await press(pilot, "escape", "ctrl+p", *"inspect", "enter")
        assert isinstance(app.screen, TextScreen)
