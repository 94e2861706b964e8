"""The program as a process: pipes, encodings, signals, the simulator end to end, the explorer's door."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudmc_tui import __main__ as entry
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.tui import run as tui_run
from tests.cli.conftest import TIMEOUT, Command, program

FULL = Path("/dev/full")

PROGRAM = [sys.executable, "-m", "cloudmc_tui"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["catalog", "-o", "json"],
        ["ls", "--demo", "compute-qc/production/instances", "--scale", "1500"],
        ["show", "--demo", "compute-qc"],
    ],
)
def test_a_reader_that_goes_away_is_no_error(arguments: list[str]) -> None:
    """It goes before the first word, so that it is the same however much a pipe holds."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ran = subprocess.run([*PROGRAM, *arguments], stdout=writing, stderr=subprocess.PIPE, timeout=TIMEOUT)
    finally:
        os.close(writing)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.parametrize("environ", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}])
def test_what_an_encoding_cannot_say_is_escaped(environ: dict[str, str]) -> None:
    outcome = program("ls", "--demo", **environ)
    assert outcome.status == 0
    assert "compute-qc" in outcome.out
    assert outcome.err == ""


def test_colours_are_not_for_pipes() -> None:
    outcome = program("ls", "--demo", "compute-qc", FORCE_COLOR="1", TERM="xterm-256color")
    assert outcome.status == 0
    assert "\x1b" not in outcome.out + outcome.err


def test_the_catalog_as_json(cloudmc: Command) -> None:
    found = json.loads(cloudmc("catalog", "-o", "json").out)
    assert len({(op["entity_type"], op["operation"]) for op in found}) == len(found) >= 118
    assert all(op["danger"] for op in found if op["method"] != "GET")
    table = cloudmc("catalog")
    assert table.lines[0].split() == [
        "SERVICE",
        "TYPE",
        "ENTITY",
        "TYPE",
        "OPERATION",
        "DANGER",
        "METHOD",
        "FIELDS",
    ]
    assert len(table.lines) == len(found) + 1


def test_a_broken_catalog_file_is_named(cloudmc: Command) -> None:
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "cloudmc-tui" / "catalog"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("service_type = 5", "utf-8")
    outcome = cloudmc("catalog")
    assert (outcome.status, outcome.out) == (Exit.USAGE, "")
    assert "mine.toml" in outcome.err


def test_the_simulator_end_to_end() -> None:
    server = subprocess.Popen(
        [*PROGRAM, "simulate", "--key", "my-own-key", "--scale", "4"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout
    try:
        base = server.stdout.readline().strip()
        assert base.startswith("http://127.0.0.1:")
        assert base.endswith("/v1")
        connection = {"CLOUDMC_ENDPOINT": base, "CLOUDMC_API_KEY": "my-own-key"}
        outcome = program("ls", "compute-qc/production/instances", **connection)
        assert (outcome.status, len(outcome.lines)) == (0, 5)
        name = outcome.lines[1].split()[0]
        assert program("show", f"compute-qc/production/instances/{name}", **connection).lines[0] == name
        assert program("ls", **{**connection, "CLOUDMC_API_KEY": "demo-key"}).status == Exit.NOT_ALLOWED
    finally:
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=TIMEOUT)
    assert server.returncode in (0, Exit.INTERRUPTED)
    assert out == "", "only the base URL goes to stdout"
    assert f"export CLOUDMC_ENDPOINT={base}" in err
    assert "export CLOUDMC_API_KEY=" in err
    assert "my-own-key" not in err
    assert "Traceback" not in err


def test_a_port_that_is_taken() -> None:
    first = subprocess.Popen(
        [*PROGRAM, "simulate"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert first.stdout
    try:
        port = first.stdout.readline().strip().removesuffix("/v1").rpartition(":")[2]
        outcome = program("simulate", "--port", port)
        assert (outcome.status, outcome.out) == (Exit.FAILED, "")
        assert f"Cannot listen on 127.0.0.1 port {port}" in outcome.err
    finally:
        first.kill()
        first.communicate()


@pytest.mark.skipif(not FULL.exists(), reason="there is no full device here")
def test_a_full_disk_is_said() -> None:
    with FULL.open("w") as full:
        ran = subprocess.run(
            [*PROGRAM, "ls", "--demo"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT
        )
    assert ran.returncode == Exit.FAILED
    assert ran.stderr.startswith("cloudmc-tui: ")
    assert "Traceback" not in ran.stderr


def test_an_interrupted_listing_says_nothing_and_exits_130() -> None:
    """The endpoint takes the connection and never answers."""
    code = (
        "import os, signal, socket, sys, threading\n"
        "listener = socket.create_server(('127.0.0.1', 0))\n"
        "os.environ['CLOUDMC_ENDPOINT'] = f'http://127.0.0.1:{listener.getsockname()[1]}/v1'\n"
        "os.environ['CLOUDMC_API_KEY'] = 'some-key'\n"
        "def interrupt():\n"
        "    connection, _ = listener.accept()\n"
        "    connection.recv(1)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "threading.Thread(target=interrupt, daemon=True).start()\n"
        "sys.argv = ['cloudmc-tui', 'ls']\n"
        "from cloudmc_tui.__main__ import main\n"
        "sys.exit(main())\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT)
    assert (ran.returncode, ran.stdout, ran.stderr) == (Exit.INTERRUPTED, "", "")


# The explorer's door


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "There is no CloudMC connection to open yet"),
        (["--demo"], "the explorer needs a terminal"),
        (["--demo", "a//b"], "the environment is empty"),
        (["--demo", "--endpoint", "x"], "exclude each other"),
    ],
)
def test_the_explorer_without_a_terminal(arguments: list[str], said: str) -> None:
    outcome = program(*arguments)
    assert (outcome.status, outcome.out) == (Exit.USAGE, "")
    assert said in outcome.err
    assert "Open the demo" not in outcome.err, "nobody could answer"


class Terminal(io.StringIO):
    """Someone at a terminal."""

    def isatty(self) -> bool:
        return True


Enter = Callable[..., tuple[int, str, list[tuple[Any, ...]]]]


@pytest.fixture
def enter(monkeypatch: pytest.MonkeyPatch) -> Enter:
    """Start the explorer at a terminal; gives status, stderr, and what would have been explored: profile,
    path, theme, and whether the first run is guided."""

    def start(*arguments: str) -> tuple[int, str, list[tuple[Any, ...]]]:
        explored: list[tuple[Any, ...]] = []

        def explore(profile: Any, path: Any, **more: Any) -> int:
            explored.append((profile.name, str(path), more["theme"], more["first_run"]))
            return 0

        monkeypatch.setattr(tui_run, "explore", explore)
        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr(sys, "stderr", screen := Terminal())
        monkeypatch.setattr(sys, "argv", ["cloudmc-tui", *arguments])
        return entry.main(), screen.getvalue(), explored

    return start


def test_the_explorer_opens_at_a_path(enter: Enter) -> None:
    assert enter("--demo", "compute-qc/production", "--theme", "day") == (
        0, "", [("demo", "compute-qc/production", "day", False)],
    )  # fmt: skip
    assert enter("--demo", "/ls")[2] == [("demo", "ls", None, False)]


def test_without_a_connection_the_first_run_is_guided(enter: Enter) -> None:
    assert enter() == (0, "", [("demo", "", None, True)])


def test_a_contradiction_is_no_first_run(enter: Enter) -> None:
    status, said, explored = enter("--demo", "--endpoint", "x")
    assert (status, explored) == (Exit.USAGE, [])
    assert "exclude each other" in said
