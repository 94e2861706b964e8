"""What a thin link is spared, wherever it is recognised or asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.benchmarks import measures
from tests.benchmarks.links import Link, Program
from tests.benchmarks.subjects import LIST, Subject, demo, environment

SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
MOUSE = (b"\x1b[?1000h", b"\x1b[?1003h", b"\x1b[?1006h")


def started(home: Path, environ: dict[str, str], *options: str) -> Program:
    """The explorer, ready and still."""
    ready = demo("cells").ready
    subject = Subject("explorer", ("-m", "cloudmc_tui", "--demo", *options, LIST), ready)
    program = Program(subject.command, link=Link(), environ=environment(home, {}) | environ)
    measures.until_ready(program, subject)
    return program


def written(program: Program, since: int = 0) -> bytes:
    return b"".join(arrival.data for arrival in program.arrivals[since:])


@pytest.mark.parametrize(
    ("environ", "options", "setting", "thin"),
    [
        ({}, [], "", False),
        (SSH, [], "", True),
        ({}, ["--low-bandwidth"], "", True),
        (SSH, ["--no-low-bandwidth"], "", False),
        ({}, [], "low_bandwidth = true", True),
        (SSH, [], "low_bandwidth = false", False),
        ({}, ["--no-low-bandwidth"], "low_bandwidth = true", False),
    ],
)
def test_no_mouse_and_few_colours_on_a_thin_link(
    tmp_path: Path, environ: dict[str, str], options: list[str], setting: str, thin: bool
) -> None:
    file = tmp_path / "config" / "cloudmc-tui" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f"[settings]\n{setting}\n")
    file.chmod(0o600)
    program = started(tmp_path, environ, *options)
    try:
        data = written(program)
        assert any(sequence in data for sequence in MOUSE) is not thin
        assert (b"38;5;" in data) is thin
        if not thin:
            assert b"38;2;" in data
    finally:
        program.end()


def test_a_thin_link_is_sent_a_few_frames_a_second_while_a_key_is_held(tmp_path: Path) -> None:
    program = started(tmp_path, SSH)
    try:
        before = len(program.arrivals)
        began = program.arrivals[-1].time
        measures.held_key(program)
        times = [arrival.time for arrival in program.arrivals[before:]]
        frames = [t for t, last in zip(times, [began, *times], strict=False) if t - last > 0.02]
        assert 0 < len(frames) <= 3.5 * 15
    finally:
        program.end()


def test_a_task_under_way_is_painted_at_most_once_a_second(tmp_path: Path) -> None:
    program = started(tmp_path, SSH)
    try:
        for key in ("\x1b[B", "o"):
            measures.press(program, key)
        for key in ("\x1b[B", "\x1b[B", "\r", "\x13", "\x1b[C"):
            measures.press(program, key)
        before = len(program.arrivals)
        began = program.press("\r")
        assert program.run_until(
            lambda: b"Stopped" in b"".join(a.data for a in program.arrivals[before:]), 40
        )
        took = program.arrivals[-1].time - began
        size = sum(len(arrival.data) for arrival in program.arrivals[before:])
        assert size <= 9_000 + 400 * took, "the plan gives way to the list, and then a line now and then"
    finally:
        program.end()


def test_nothing_blinks_while_a_filter_is_typed(tmp_path: Path) -> None:
    program = started(tmp_path, SSH)
    try:
        measures.press(program, "/")
        measures.press(program, "w")
        assert measures.idle(program, 3.0)[0] == 0
        assert not re.search(rb"\x1b\[5m", written(program))
    finally:
        program.end()
