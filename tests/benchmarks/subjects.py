"""The programs that are measured, and the cloud that they look at."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

LIST = "compute-qc/production/instances"
KEY = "demo-key"

UP, DOWN, PAGE_DOWN, PAGE_UP = "\x1b[A", "\x1b[B", "\x1b[6~", "\x1b[5~"


@dataclass(frozen=True)
class Subject:
    """A program.

    Attributes:
        name: for the table.
        arguments: the command, without the interpreter.
        ready: whether a screen shows that it is ready.
        environ: added to the environment.
        filter_key: opens the filter; empty where there is none.
        rows: how many rows its list has; 0 for no list.
    """

    name: str
    arguments: tuple[str, ...]
    ready: Callable[[str], bool]
    environ: Mapping[str, str] = field(default_factory=dict)
    filter_key: str = ""
    rows: int = 0

    @property
    def command(self) -> list[str]:
        return [sys.executable, *self.arguments]


def environment(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    """A modern terminal's environment, nobody's folders, and no SSH."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("SSH", "CLOUDMC", "TMUX"))
    }
    # Installers compile what they install: the checkout is to have its bytecode, too.
    for name in ("COLUMNS", "LINES", "NO_COLOR", "STY", "TMUX", "PYTHONDONTWRITEBYTECODE"):
        kept.pop(name, None)
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "CACHE", "STATE", "DATA")}
    return {
        **kept,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "HOME": str(home),
        **folders,
        **more,
    }


def bare() -> Subject:
    return Subject("bare Textual app", ("-m", "tests.benchmarks.apps", "bare"), lambda text: "ready" in text)


def table(rows: int) -> Subject:
    return Subject(
        f"tree and DataTable, {rows:,} rows",
        ("-m", "tests.benchmarks.apps", "table", str(rows)),
        lambda text: f"ready {rows}" in text and "web-00000" in text,
        rows=rows,
    )


def explorer(rows: int, endpoint: str, driver: str) -> Subject:
    """The explorer on a list of a served cloud.

    Args:
        rows: how many instances there are.
        endpoint: the cloud's base URL.
        driver: ``cells`` or ``plain``.
    """
    return Subject(
        f"explorer, {rows:,} instances" + ("" if driver == "cells" else ", plain driver"),
        ("-m", "cloudmc_tui", LIST),
        lambda text: f"Instances · {rows}" in text.replace(",", "").replace("\u202f", ""),
        {"CLOUDMC_ENDPOINT": endpoint, "CLOUDMC_API_KEY": KEY, "CLOUDMC_TUI_DRIVER": driver},
        filter_key="/",
        rows=rows,
    )


def demo(driver: str) -> Subject:
    """The explorer on its own demo cloud, as a person first sees it."""
    return Subject(
        "explorer, demo cloud" + ("" if driver == "cells" else ", plain driver"),
        ("-m", "cloudmc_tui", "--demo", LIST),
        lambda text: "Instances · " in text and "bastion" in text,
        {"CLOUDMC_TUI_DRIVER": driver},
        filter_key="/",
        rows=16,
    )


@contextmanager
def cloud(rows: int) -> Iterator[str]:
    """A served cloud with so many instances in each environment; gives its base URL."""
    command = [sys.executable, "-m", "cloudmc_tui", "simulate", "--port", "0", "--scale", str(rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            base = process.stdout.readline().strip()
            reply_seconds(base)  # the seed's cloud is made with the first request
            yield base
        finally:
            process.terminate()


def reply_seconds(base: str) -> float:
    """How long the reply with the list takes, for a client that does nothing with it."""
    service, environment_name, entity_type = LIST.split("/")
    url = f"{base}/services/{service}/{environment_name}/{entity_type}"
    request = urllib.request.Request(url, headers={"MC-Api-Key": KEY})
    began = time.perf_counter()
    with urllib.request.urlopen(request) as reply:
        reply.read()
    return time.perf_counter() - began
