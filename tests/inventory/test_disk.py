"""The cache's file: private, bounded, sound, set aside when it is not; and the sieve before it."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path as FilePath
from typing import Any

import msgspec
import pytest
from hypothesis import given

from cloudmc_tui.catalog import EntityType, load_catalog
from cloudmc_tui.database import DatabaseError
from cloudmc_tui.formats import scrub
from cloudmc_tui.formats.redact import MASK
from cloudmc_tui.inventory.disk import Cache, Scope
from cloudmc_tui.inventory.listing import Kept
from cloudmc_tui.inventory.sieve import Sieve
from cloudmc_tui.path import Path
from tests.inventory.fakes import INSTANCES, Clock
from tests.json_values import ENTITIES

SCOPE = Scope("work", "https://cloud.example/v1", "o-1")
VOLUMES = Path.parse("svc/env/volumes")


@pytest.fixture
def file(tmp_path: FilePath) -> FilePath:
    return tmp_path / "cache" / "listings.sqlite"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_umask() -> Iterator[None]:
    """The least careful user there is."""
    before = os.umask(0)
    yield
    os.umask(before)


def keep(
    cache: Cache, path: Path = INSTANCES, text: str = "web", *, scope: Scope = SCOPE, at: float | None = None
) -> None:
    """Keep a listing of one entity."""
    lines = [msgspec.json.encode({"id": f"i-{text}", "name": text})]
    at = cache.now() if at is None else at
    cache.keep(scope, path, lines, entities=1, count=1, fetched_at=at)


def names(cache: Cache, path: Path = INSTANCES, *, scope: Scope = SCOPE) -> list[str] | None:
    kept = cache.recall(scope, path)
    return None if kept is None else [entity["name"] for entity in kept.entities]


def modes(folder: FilePath) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}


def asides(folder: FilePath) -> list[FilePath]:
    """What was set aside, companions left out."""
    return [f for f in sorted(folder.glob("*.broken-*")) if not f.name.endswith(("-wal", "-shm"))]


# What is kept is recalled


def test_what_was_kept_is_there_in_the_next_session(file: FilePath, clock: Clock) -> None:
    entities: list[dict[str, Any]] = [
        {"id": "1", "name": 'a "quoted"\nname', "deep": {"list": [1, None, {"x": "ü"}]}},
        {"id": "2"},
    ]
    with Cache(file, clock=clock) as cache:
        lines = list(map(msgspec.json.encode, entities))
        cache.keep(
            SCOPE, INSTANCES, lines, entities=2, count=7, fetched_at=5.5 + clock.now, notes=["odd", "odder"]
        )
        cache.keep(SCOPE, VOLUMES, [], entities=0, count=0, fetched_at=clock.now)
    with Cache(file, clock=clock) as cache:
        assert cache.recall(SCOPE, INSTANCES) == Kept(
            INSTANCES, entities, 7, 5.5 + clock.now, ("odd", "odder")
        )
        assert cache.recall(SCOPE, VOLUMES) == Kept(VOLUMES, [], 0, clock.now)
        assert cache.recall(SCOPE, Path.parse("svc/env/vpcs")) is None
        assert cache.notes == ()


@pytest.mark.parametrize(
    "other",
    [
        Scope("home", SCOPE.endpoint, SCOPE.organization),
        Scope(SCOPE.profile, "https://other.example/v1", SCOPE.organization),
        Scope(SCOPE.profile, SCOPE.endpoint, "o-2"),
        Scope(SCOPE.profile, SCOPE.endpoint),
    ],
)
def test_connections_do_not_see_each_others_listings(file: FilePath, clock: Clock, other: Scope) -> None:
    with Cache(file, clock=clock) as cache:
        keep(cache)
        keep(cache, Path.parse(""), "services")
        assert names(cache, scope=other) is None and cache.structure(other) == []
        keep(cache, text="theirs", scope=other)
        assert (names(cache), names(cache, scope=other)) == (["web"], ["theirs"])


def test_services_and_environments_come_together(file: FilePath, clock: Clock) -> None:
    with Cache(file, clock=clock) as cache:
        for path in ("", "svc", "other", "svc/env/instances"):
            keep(cache, Path.parse(path))
        assert sorted(str(kept.path) for kept in cache.structure(SCOPE)) == ["", "other", "svc"]


def test_the_newest_reading_stays_whoever_writes_last(file: FilePath, clock: Clock) -> None:
    with Cache(file, clock=clock) as one, Cache(file, clock=clock) as other:
        keep(one, text="late", at=clock.now)
        keep(other, text="early", at=clock.now - 1)
        assert names(one) == names(other) == ["late"]
        keep(one, text="later", at=clock.now + 1)
        assert names(other) == ["later"]


def test_a_reading_from_the_future_does_not_stay_for_ever(file: FilePath, clock: Clock) -> None:
    with Cache(file, clock=clock) as cache:
        keep(cache, text="of a wrong clock", at=clock.now + 10**6)
        keep(cache, text="now")
        assert names(cache) == ["now"]


def test_the_same_again_is_not_written_again(file: FilePath, clock: Clock) -> None:
    with Cache(file, clock=clock) as cache:
        keep(cache)
        before = cache.revision()[1]
        clock.now += 60
        keep(cache)
        assert cache.revision()[1] - before == 1, "its time, and no more"
        kept = cache.recall(SCOPE, INSTANCES)
        assert kept is not None and kept.fetched_at == clock.now


# Private


@pytest.mark.usefixtures("open_umask")
def test_folder_and_files_are_private_whatever_the_umask(file: FilePath) -> None:
    with Cache(file) as cache:
        keep(cache)
        found = modes(file.parent)
        assert {"listings.sqlite", "listings.sqlite-wal"} <= set(found)
        assert set(found.values()) == {0o600}
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


# Bounded


def test_what_is_too_old_goes(file: FilePath, clock: Clock) -> None:
    with Cache(file, clock=clock, keep_days=30) as cache:
        keep(cache, at=clock.now)
        keep(cache, VOLUMES, at=clock.now + 86_400)
        clock.now += 30 * 86_400 + 1
    with Cache(file, clock=clock, keep_days=30) as cache:
        assert names(cache) is None
        assert names(cache, VOLUMES) == ["web"]


def test_what_was_not_used_for_longest_goes_when_it_is_too_much(file: FilePath, clock: Clock) -> None:
    paths = [Path.parse(f"svc/env/type{n}") for n in range(4)]
    with Cache(file, clock=clock, limit=6_000) as cache:
        for path in paths[:3]:
            keep(cache, path, "x" * 900 + path.name)
            clock.now += 7_200
        assert names(cache, paths[0]) is not None
        clock.now += 1
        keep(cache, paths[3], "x" * 900 + "type3")
        assert [names(cache, path) is not None for path in paths] == [True, False, True, True]
        assert sum(entry.size for entry in cache.entries()) <= 6_000


def test_the_file_does_not_grow_for_ever(file: FilePath, clock: Clock) -> None:
    with Cache(file, clock=clock, limit=400_000) as cache:
        for number in range(60):
            clock.now += 1
            keep(cache, Path.parse(f"svc/env/type{number}"), "x" * 50_000)
    assert file.stat().st_size < 1_000_000


# Sound


def garbage(file: FilePath) -> None:
    file.write_bytes(b"this is no database, " * 500)


def half_overwritten(file: FilePath) -> None:
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(os.urandom(file.stat().st_size - 4096))


def cut_short(file: FilePath) -> None:
    os.truncate(file, 4096)


@pytest.mark.parametrize("damage", [garbage, half_overwritten, cut_short])
def test_a_broken_cache_is_set_aside_and_a_new_one_begun(
    file: FilePath, damage: Callable[[FilePath], None]
) -> None:
    with Cache(file) as cache:
        for number in range(50):
            keep(cache, Path.parse(f"svc/env/type{number}"), "x" * 500)
    damage(file)
    broken = file.read_bytes()
    with Cache(file) as cache:
        keep(cache)
        assert names(cache) == ["web"] and len(cache.entries()) == 1
        (aside,) = asides(file.parent)
        assert aside.read_bytes() == broken and stat.S_IMODE(aside.stat().st_mode) == 0o600
        (note,) = cache.notes
        assert str(aside) in note and "broken" in note
    with Cache(file) as cache:
        assert names(cache) == ["web"] and cache.notes == ()


def test_of_what_was_set_aside_only_the_last_is_kept(file: FilePath, clock: Clock) -> None:
    for _ in range(4):
        with Cache(file, clock=clock) as cache:
            keep(cache)
        garbage(file)
        clock.now += 60
    with Cache(file, clock=clock):
        assert len(asides(file.parent)) == 1


def test_what_one_session_has_replaced_the_other_does_not_set_aside(file: FilePath, clock: Clock) -> None:
    broken = DatabaseError("broken")
    broken.__cause__ = sqlite3.DatabaseError("database disk image is malformed")
    with Cache(file, clock=clock) as one, Cache(file, clock=clock) as other:
        assert one.renew(broken)
        keep(one, text="in the new file")
        assert other.renew(broken)
        assert names(other) == ["in the new file"]
        assert len(asides(file.parent)) == 1
        assert not one.renew(DatabaseError("locked"))


def test_a_listing_that_is_not_what_was_written_is_not_recalled(file: FilePath) -> None:
    with Cache(file) as cache:
        keep(cache)
        keep(cache, VOLUMES)
        connection = sqlite3.connect(file, isolation_level=None)
        connection.execute(
            "UPDATE contents SET lines = CAST(replace(lines, 'web', 'wob') AS BLOB) WHERE key = 1"
        )
        connection.close()
        assert names(cache) is None
        assert [entry.path for entry in cache.entries()] == [str(VOLUMES)]
        keep(cache)
        assert names(cache) == ["web"]


def test_a_newer_cache_is_left_alone(file: FilePath) -> None:
    with Cache(file) as cache:
        keep(cache)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(DatabaseError, match="newer version"):
        Cache(file)
    assert asides(file.parent) == []


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said(file: FilePath) -> None:
    file.parent.mkdir(mode=0o500)
    with pytest.raises(DatabaseError, match="the cache of listings"):
        Cache(file)


def test_a_place_that_cannot_be_is_said(file: FilePath) -> None:
    file.mkdir(parents=True)
    with pytest.raises(DatabaseError, match="the cache of listings"):
        Cache(file)


# Several sessions


def test_who_writes_waits_for_another_but_not_for_long_and_readers_do_not_wait(file: FilePath) -> None:
    with Cache(file) as one, Cache(file, busy=0.05) as other:
        keep(one)
        with one._writing() as do:
            do("UPDATE listings SET count = 3")
            with pytest.raises(DatabaseError, match="locked"):
                keep(other)
            assert names(other) == ["web"]
        keep(other, text="db")
        assert names(one) == ["db"]


def test_a_file_of_the_first_version_is_emptied_and_used(file: FilePath, clock: Clock) -> None:
    Cache(file, clock=clock).close()
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(Cache.MIGRATIONS[0])
        connection.execute("PRAGMA user_version = 1")
        values = (1, "p", "e", "", "svc/env/instances", 1, 1, "", clock(), clock(), 2, b"")
        connection.execute(f"INSERT INTO listings VALUES ({', '.join('?' * len(values))})", values)
        connection.execute("INSERT INTO contents VALUES (1, '{}')")
        connection.commit()
    file.chmod(0o600)
    with Cache(file, clock=clock) as cache:
        assert (cache.entries(), cache.notes) == ([], ())
        keep(cache)
        assert names(cache) == ["web"]


PROCESS = """
import sys
from pathlib import Path as FilePath
from cloudmc_tui.inventory.disk import Cache, Scope
from cloudmc_tui.path import Path

file, me = FilePath(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
with Cache(file, busy=60) as cache:
    for number in range(20):
        mine = Path.parse(f"svc/env/{me}{number}")
        lines = [b'{"id": "1", "name": "%s"}' % me.encode()] * 50
        shared = Path.parse("svc/env/shared")
        for path in (mine, shared):
            cache.keep(Scope("p", "e"), path, lines, entities=50, count=50, fetched_at=cache.now())
        kept = cache.recall(Scope("p", "e"), mine)
        assert kept is not None and len(kept.entities) == 50
        kept = cache.recall(Scope("p", "e"), shared)
        assert kept is not None and len({entity["name"] for entity in kept.entities}) == 1
    assert cache.notes == (), cache.notes
"""


def test_several_processes_may_write_at_once(file: FilePath) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(file), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in "abc"
    ]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:  # all of them first make the file, at once
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        _, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
    with Cache(file) as cache:
        assert len(cache.entries()) == 61
        assert asides(file.parent) == []


# Clearing


def test_clearing_leaves_no_byte_and_does_not_harm_who_has_it_open(file: FilePath, clock: Clock) -> None:
    mark = "left-behind-5c1d"
    with Cache(file, clock=clock) as cache:
        keep(cache, text=mark)
    aside = file.with_name(f"{file.name}.broken-20250615T150640Z")
    aside.write_bytes(mark.encode())
    with Cache(file, clock=clock) as other, Cache(file, clock=clock) as cache:
        for number in range(30):
            keep(cache, Path.parse(f"svc/env/type{number}"), f"{mark}{number}" * 1000)
        assert names(other) == [mark]
        assert cache.clear() == 31
        assert [f.name for f in file.parent.iterdir() if mark.encode() in f.read_bytes()] == []
        assert names(other) is None and not aside.exists()
        assert sum(each.stat().st_size for each in file.parent.iterdir()) < 100_000
        keep(other)
        assert names(cache) == ["web"]


# The sieve


def kind(name: str = "instances") -> EntityType:
    return load_catalog().services["cloudstack"].types[name]


SECRET = "s3ntinel-4a7e"


@pytest.mark.parametrize(
    ("name", "entity", "kept"),
    [
        ("sitetositevpns", {"id": "1", "ipSecPsk": SECRET}, {"id": "1"}),
        ("instances", {"password": SECRET, "state": "Running"}, {"state": "Running"}),
        ("instances", {"adminPassword": {"deep": [SECRET]}, "id": "1"}, {"id": "1"}),
        ("instances", {"config": {"psk": SECRET, "mtu": 1500}}, {"config": {"mtu": 1500}}),
        ("instances", {"users": [{"name": "a", "apiKey": SECRET}]}, {"users": [{"name": "a"}]}),
        ("instances", {"passwordEnabled": True, "hasPassword": False}, None),
        (
            "instances",
            {"password": SECRET, "note": f"it is {SECRET}!", "tags": [SECRET, "x"]},
            {"tags": ["x"]},
        ),
        ("instances", {"password": SECRET, SECRET: 1, "id": "1"}, {"id": "1"}),
        ("instances", {"token": "on", "state": "on"}, {"state": "on"}),
        ("instances", {"id": "1", "nics": [{"ip": "10.0.0.1"}], "none": None}, None),
    ],
)
def test_secrets_are_left_out_and_nothing_else(
    name: str, entity: dict[str, Any], kept: dict[str, Any] | None
) -> None:
    sieve = Sieve(kind(name))
    expected = entity if kept is None else kept
    assert sieve.clean(entity) == expected
    assert msgspec.json.decode(sieve.encode(entity)) == expected
    assert MASK.encode() not in sieve.encode(entity)


def test_what_the_program_got_to_know_as_a_secret_is_left_out_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrub, "_known", {'key-with-"quotes"-ü'})
    entity = {"id": "1", "echo": 'the key-with-"quotes"-ü you sent', "state": "Running"}
    assert Sieve(kind()).clean(entity) == {"id": "1", "state": "Running"}


@given(ENTITIES)
def test_no_secret_gets_through_wherever_it_is(entity: dict[str, Any]) -> None:
    sieve = Sieve(kind())
    planted = {
        **entity,
        "inner": [entity, {"password": SECRET, **entity}],
        "secret": SECRET,
        "copy": [SECRET],
    }
    line = sieve.encode(planted)
    assert SECRET.encode() not in line and b"\n" not in line
    assert sieve.clean(sieve.clean(planted)) == sieve.clean(planted)
