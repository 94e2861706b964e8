"""What every test stands on."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from cloudmc_tui import language
from cloudmc_tui.formats import scrub
from tests.demo import use_utc

use_utc()

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")


def pytest_xdist_auto_num_workers() -> int:
    """Two for each processor: the tests of the explorer wait for it to be idle about half of their time."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the configuration, keys or caches of whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "CACHE", "STATE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    for name in (
        "CLOUDMC_ENDPOINT",
        "CLOUDMC_API_KEY",
        "CLOUDMC_ORG_ID",
        "CLOUDMC_PROFILE",
        "TMUX",
        "STY",
        "TEXTUAL_COLOR_SYSTEM",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tests read English, whatever whoever runs them reads."""
    for name in language.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    language.use(language.ENGLISH)
    yield
    language.use(language.ENGLISH)


@pytest.fixture(autouse=True)
def _no_secrets_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test masks what another one called a secret."""
    monkeypatch.setattr(scrub, "_known", set())
