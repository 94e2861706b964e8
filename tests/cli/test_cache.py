"""Showing and clearing what is kept between sessions."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path as FilePath
from typing import Any

import pytest

from cloudmc_tui.api import Secret
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.inventory.disk import Cache, Scope
from cloudmc_tui.path import Path
from cloudmc_tui.profiles import HeldKey, Profile
from cloudmc_tui.session import CACHE_FILE, Session, cache_folder
from tests.cli.conftest import Command, Connect, served
from tests.odd_cloud import KEY, OddCloud

INSTANCES = Path.parse("svc/env/instances")


@pytest.fixture
def file() -> FilePath:
    return cache_folder() / CACHE_FILE


THEN = time.time() - 7_300
"""When what is kept was read."""


def fill(file: FilePath) -> None:
    with Cache(file, clock=lambda: THEN) as cache:
        scope = Scope("work", "https://cloud.example/v1", "o-1")
        lines = [b'{"id":"1","name":"left-behind"}'] * 1_500
        cache.keep(scope, INSTANCES, lines, entities=len(lines), count=1_500, fetched_at=cache.now())
        odd = Scope("\x1b[2J", "https://cloud.example/v1")
        cache.keep(odd, Path.parse(""), [], entities=0, count=0, fetched_at=cache.now() - 60)


def test_what_is_kept_is_listed(cloudmc: Command, file: FilePath) -> None:
    fill(file)
    shown = cloudmc("cache", "show")
    assert shown.status == Exit.DONE
    heading, odd, work = shown.lines
    assert heading.split() == ["PROFILE", "ENDPOINT", "ORGANIZATION", "PATH", "ENTITIES", "SIZE", "AGE"]
    assert work.split()[:5] == ["work", "https://cloud.example/v1", "o-1", "svc/env/instances", "1,500"]
    assert work.split()[-1] == "2h"
    assert "\\x1b[2J" in odd and "(services)" in odd and "\x1b" not in shown.out
    assert "2 listings, 45" in shown.err and str(file) in shown.err


def test_what_is_kept_is_listed_for_machines(cloudmc: Command, file: FilePath) -> None:
    fill(file)
    shown = cloudmc("cache", "show", "-o", "json")
    first, second = json.loads(shown.out)
    assert first["organizationId"] is None and first["path"] == ""
    assert second == {
        "profile": "work",
        "endpoint": "https://cloud.example/v1",
        "organizationId": "o-1",
        "path": "svc/env/instances",
        "entities": 1_500,
        "size": 1_500 * 31,
        "fetchedAt": THEN,
        "usedAt": THEN,
    }


def test_clearing_leaves_nothing(cloudmc: Command, file: FilePath) -> None:
    fill(file)
    cleared = cloudmc("cache", "clear")
    assert (cleared.status, cleared.out) == (Exit.DONE, "")
    assert "cleared: 2 listings" in cleared.err
    assert not any(b"left-behind" in each.read_bytes() for each in file.parent.iterdir())
    assert cloudmc("cache", "show", "-o", "json").out == "[]\n"
    assert "cleared: 0 listings" in cloudmc("cache", "clear").err


def test_where_nothing_is_kept_nothing_is_made(cloudmc: Command, file: FilePath) -> None:
    shown = cloudmc("cache", "show")
    assert (shown.status, shown.out) == (Exit.DONE, "")
    assert "0 listings" in shown.err
    assert cloudmc("cache", "clear").status == Exit.DONE
    assert not file.parent.exists()


def test_a_broken_cache_is_said_and_a_place_that_cannot_be_fails(cloudmc: Command, file: FilePath) -> None:
    fill(file)
    file.write_bytes(b"this is no database, " * 500)
    shown = cloudmc("cache", "show", "-o", "json")
    assert (shown.status, shown.out) == (Exit.DONE, "[]\n")
    assert "the cache of listings was broken" in shown.err
    for each in file.parent.iterdir():
        each.unlink()
    file.mkdir()
    failed = cloudmc("cache", "clear")
    assert failed.status == Exit.FAILED and "the cache of listings" in failed.err


def test_what_is_to_be_done_has_to_be_said(cloudmc: Command) -> None:
    assert cloudmc("cache").status == Exit.USAGE
    assert cloudmc("cache", "eat").status == Exit.USAGE


async def test_a_session_keeps_what_it_reads_in_private_files(file: FilePath) -> None:
    cloud = OddCloud({"/services/svc/env/instances": [{"id": "1", "password": "s3ntinel-1"}]})
    with served(cloud.app) as base:
        profile = Profile("odd", base, HeldKey(Secret(KEY), "a test"), organization_id="o1")
        for caching in (False, True):
            session = await Session.open(profile, caching=caching)
            await session.inventory.refresh(INSTANCES)
            assert (session.cache is not None) is caching
            await session.aclose()
            assert file.exists() is caching
    with Cache(file) as cache:
        kept = {entry.path: (entry.scope, entry.entities) for entry in cache.entries()}
    scope = Scope("odd", base, "o1")
    assert kept == dict.fromkeys(("", "svc", "svc/env/instances"), (scope, 1))
    for each in file.parent.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600
        assert not {KEY.encode(), b"s3ntinel"} & {
            s for s in (KEY.encode(), b"s3ntinel") if s in each.read_bytes()
        }


async def test_a_session_whose_cache_cannot_be_goes_on_without(file: FilePath) -> None:
    file.mkdir(parents=True)
    cloud = OddCloud({"/services/svc/env/instances": []})
    with served(cloud.app) as base:
        session = await Session.open(Profile("odd", base, HeldKey(Secret(KEY), "a test")))
        assert session.cache is None
        assert any("listings are not kept after this session" in note for note in session.notes)
        assert (await session.inventory.refresh(INSTANCES)).entities == []
        await session.aclose()


def test_subcommands_keep_nothing_and_ask_the_server(
    cloudmc: Command, connect: Connect, file: FilePath
) -> None:
    answers: dict[str, Any] = {"/services/svc/env/instances": [{"id": "1", "name": "web"}]}
    connect(OddCloud(answers).app)
    assert cloudmc("ls", str(INSTANCES)).status == Exit.DONE
    assert not file.exists()
