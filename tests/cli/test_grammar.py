"""What is understood on the command line, and what is said of what is not."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys

import pytest

from cloudmc_tui import __version__
from cloudmc_tui.cli import main as cli
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.cli.main import COMMANDS, CONNECTION, EXPLORER
from tests.cli.conftest import Command


@pytest.mark.parametrize(
    "arguments",
    [
        ["--demo", "ls", "compute-qc", "-o", "csv"],
        ["ls", "--demo", "compute-qc", "-o", "csv"],
        ["ls", "compute-qc", "-o", "csv", "--demo"],
        ["--demo", "ls", "-o", "csv", "compute-qc"],
        ["--seed", "3", "--demo", "ls", "compute-qc", "--output=csv"],
        ["--endpoint", "ls", "--demo", "ls", "compute-qc", "-o", "csv"],
    ],
)
def test_options_may_stand_anywhere(arguments: list[str]) -> None:
    options = cli.parse(arguments)
    assert (options.command, options.path, options.demo, options.output) == ("ls", "compute-qc", True, "csv")


@pytest.mark.parametrize("name", [n for n, how in (CONNECTION | EXPLORER).items() if "action" not in how])
def test_an_options_value_is_not_taken_for_a_subcommand(name: str) -> None:
    value = "5" if name in ("--seed", "--scale", "--latency") else "show"
    options = cli.parse([name, value, "compute-qc"])
    assert (options.command, options.path) == (cli.EXPLORE, "compute-qc")


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ([], ""),
        (["compute-qc/production"], "compute-qc/production"),
        (["/ls"], "/ls"),
        (["--", "ls"], "ls"),
        (["--demo", "--", "show"], "show"),
        (["--theme", "day", "compute-qc"], "compute-qc"),
        (["lss"], "lss"),
    ],
)
def test_without_a_subcommand_it_is_the_explorer(arguments: list[str], path: str) -> None:
    options = cli.parse(arguments)
    assert (options.command, options.path) == (cli.EXPLORE, path)


def test_a_path_below_a_subcommand_may_look_like_one() -> None:
    assert cli.parse(["ls", "show"]).path == "show"
    assert cli.parse(["show", "ls"]).path == "ls"


@pytest.mark.parametrize("arguments", [["--sort", "-age"], ["--sort=-age"], ["--sort", "-o"]])
def test_a_sort_may_begin_with_a_dash(arguments: list[str]) -> None:
    assert cli.parse(["ls", *arguments]).sort == arguments[-1].removeprefix("--sort=")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["ls", "a", "b"], "unrecognized arguments: b"),
        (["ls", "-o", "xml"], "invalid choice: 'xml'"),
        (["ls", "--filt", "x"], "unrecognized arguments: --filt"),
        (["show"], "PATH"),
        (["ls", "\x1b[31m", "\x1b[2J"], r"\x1b[2J"),
        (["ls", "--api-key", "x"], "unrecognized arguments: --api-key"),
        (["ls", "--scale", "-1"], "'-1' is not a number: 0, 1, 2"),
        (["simulate", "--fail", "1.5"], "'1.5' is not a share from 0 to 1"),
        (["simulate", "--fail", "nan"], "is not a share"),
        (["simulate", "--port", "70000"], "'70000' is not a port"),
        (["simulate", "--task-seconds", "-1"], "'-1' is not a number of seconds"),
        (["simulate", "--latency", "soon"], "'soon' is not a number of seconds"),
    ],
)
def test_what_cannot_be_read(cloudmc: Command, arguments: list[str], said: str) -> None:
    outcome = cloudmc(*arguments)
    assert outcome.status == 2
    assert outcome.out == ""
    assert said in outcome.err
    assert "\x1b" not in outcome.err


def test_help_names_every_subcommand_with_what_it_does(cloudmc: Command) -> None:
    outcome = cloudmc("--help")
    assert (outcome.status, outcome.err) == (0, "")
    lines = [line.split() for line in outcome.lines]
    for name, what in COMMANDS.items():
        assert [name, *what.split()] in lines
    assert {str(int(status)) for status in Exit} <= set(outcome.out.partition("exit status:")[2].split())


@pytest.mark.parametrize("name", COMMANDS)
def test_each_subcommand_helps_itself(cloudmc: Command, name: str) -> None:
    module = importlib.import_module(f"cloudmc_tui.cli.{name}")
    outcome = cloudmc(name, "--help")
    assert outcome.status == 0
    assert outcome.out.startswith(f"usage: cloudmc-tui {name} ")
    assert module.__doc__ and " ".join(module.__doc__.split()) in " ".join(outcome.out.split())
    module.add_arguments(argparse.ArgumentParser())


def test_version(cloudmc: Command) -> None:
    assert cloudmc("--version").out == f"cloudmc-tui {__version__}\n"


def loaded(code: str, *modules: str) -> set[str]:
    """Which of these modules a fresh interpreter has loaded after running some code."""
    code += f"\nimport sys; sys.stderr.write(' '.join(m for m in {modules!r} if m in sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=60)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stderr.split())


def test_the_grammar_is_light() -> None:
    heavy = ("asyncio", "httpx", "msgspec", "rich", "ssl", "starlette", "textual", "uvicorn")
    assert loaded("import cloudmc_tui.cli.main", *heavy) == set()
    assert loaded("from cloudmc_tui.cli.main import parse; parse(['compute-qc'])", *heavy) == set()


@pytest.mark.parametrize(
    "arguments", [["ls", "compute-qc/production/instances"], ["show", "compute-qc/production"]]
)
def test_listing_and_showing_never_load_textual(arguments: list[str]) -> None:
    code = (
        f"import sys; sys.argv = ['x', '--demo', *{arguments!r}]\n"
        "from cloudmc_tui.__main__ import main; assert main() == 0"
    )
    assert loaded(code, "textual", "cloudmc_tui.tui", "cloudmc_tui.cli.simulate", "msgspec") == {"msgspec"}


def test_everything_can_be_read_at_once(cloudmc: Command) -> None:
    shown = cloudmc("--help-all")
    assert shown.status == Exit.DONE
    for name in COMMANDS:
        assert f"usage: cloudmc-tui {name}" in shown.out
