"""What the explorer may send to its terminal, in bytes, and load before its first paint: 120×40, the demo."""

from __future__ import annotations

import re
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks import measures
from tests.benchmarks.links import Link, Program
from tests.benchmarks.subjects import LIST, demo, environment

_IMPORT = re.compile(rb"import time:\s*\d+ \|\s*\d+ \|\s*([\w.]+)")
_PAINT = re.compile(b"connecting|Services")

LATE = ("httpx", "httpcore", "markdown_it", "pygments", "sqlite3", "starlette")
"""Packages that nothing on the first screen needs."""


@pytest.fixture
def explorer(tmp_path: Path) -> Iterator[Program]:
    """The explorer on the demo's instances, ready and still."""
    program = measures.launch(demo("cells"), Link(), tmp_path)
    try:
        measures.until_ready(program, demo("cells"))
        yield program
    finally:
        program.end()


def median_size(keys: list[measures.Key]) -> float:
    return statistics.median(key.size for key in keys)


def test_starting_sends_at_most_16000_bytes(explorer: Program) -> None:
    assert 2_000 < explorer.size <= 16_000


def test_a_cursor_key_sends_at_most_300_bytes(explorer: Program) -> None:
    assert 0 < median_size(measures.cursor_keys(explorer, 15)) <= 300


def test_a_page_sends_at_most_3000_bytes(explorer: Program) -> None:
    assert 0 < median_size(measures.page_keys(explorer, 6)) <= 3_000


def test_the_focus_lost_or_gained_sends_at_most_300_bytes(explorer: Program) -> None:
    assert 0 < max(key.size for key in measures.focus(explorer)) <= 300


def test_ten_idle_seconds_send_nothing(explorer: Program) -> None:
    assert measures.idle(explorer, 10.0)[0] == 0


def test_a_held_key_sends_at_most_700_bytes_a_key(explorer: Program) -> None:
    assert 0 < measures.held_key(explorer).size <= 700


def test_what_the_first_paint_does_not_need_is_not_imported_before_it(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "cloudmc_tui", "--demo", LIST]
    program = Program(command, link=Link(), environ=environment(tmp_path, {"CLOUDMC_TUI_DRIVER": "cells"}))
    try:

        def written() -> bytes:
            return b"".join(arrival.data for arrival in program.arrivals)

        assert program.run_until(lambda: b"bastion" in written(), 60.0)
        program.settle(0.5)
    finally:
        program.end()
    data = written()
    painted = _PAINT.search(data)
    assert painted is not None
    before = {name.decode() for name in _IMPORT.findall(data[: painted.start()])}
    after = {name.decode() for name in _IMPORT.findall(data[painted.end() :])}
    assert "textual.app" in before
    assert not [name for name in before if name.split(".")[0] in LATE]
    assert not [name for name in before if name.startswith(("cloudmc_tui.simulator", "cloudmc_tui.session"))]
    # Some lines of the report are torn by what is painted meanwhile, but not all of a package's.
    for package in ("starlette", "cloudmc_tui.simulator", "cloudmc_tui.api"):
        assert any(name.startswith(package) for name in after), package
    # The demo cloud is in this process: nothing of HTTP's client is needed for it.
    assert not [name for name in after if name.split(".")[0] in ("click", "httpx", "markdown_it")]
