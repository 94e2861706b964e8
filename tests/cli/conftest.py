"""The command line in process and as a program, and clouds on real sockets for it to ask."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn

from cloudmc_tui.api import retry
from cloudmc_tui.cli import main as cli
from tests.odd_cloud import KEY

TIMEOUT = 60
"""Seconds that a program may take on a busy machine before a test gives up."""


@dataclass
class Outcome:
    """What came of a command: its exit status, and what it wrote where."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Command = Callable[..., Outcome]


@pytest.fixture
def cloudmc(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process: ``cloudmc("ls", "--demo")``."""

    def run(*arguments: str) -> Outcome:
        capsys.readouterr()
        try:
            status = cli.run(cli.parse(arguments))
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else 1
        out, err = capsys.readouterr()
        return Outcome(int(status), out, err)

    return run


def program(*arguments: str, **environ: str) -> Outcome:
    """Run a command as a program of its own, without a terminal."""
    ran = subprocess.run(
        [sys.executable, "-m", "cloudmc_tui", *arguments],
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        stdin=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C", **environ},
        timeout=TIMEOUT,
    )
    return Outcome(ran.returncode, ran.stdout, ran.stderr)


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an ASGI application on loopback; its base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        finally:
            server.should_exit = True
            thread.join(TIMEOUT)


Connect = Callable[..., str]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Serve an application and let the environment lead to it: ``connect(app)`` gives its base URL."""
    with ExitStack() as running:

        def serve(app: Any, *, key: str = KEY) -> str:
            base = running.enter_context(served(app))
            monkeypatch.setenv("CLOUDMC_ENDPOINT", base)
            monkeypatch.setenv("CLOUDMC_API_KEY", key)
            return base

        yield serve


@pytest.fixture(autouse=True)
def _no_waiting_and_no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once, and the machine's own proxies are not part of a test."""
    monkeypatch.setattr(retry, "BASE", 0.0)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
