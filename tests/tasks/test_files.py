"""The ledger's file: private, sound, set aside when it is not, and never lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from cloudmc_tui.database import place as place_module
from cloudmc_tui.database.database import migrate
from cloudmc_tui.database.place import is_shared
from cloudmc_tui.tasks import Ledger, LedgerError, NoSuchTask, Status
from cloudmc_tui.tasks import schema as schema_module
from tests.tasks.harness import RECORD


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite3"


@pytest.fixture
def open_umask() -> Iterator[None]:
    """The least careful user there is."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fill(path: Path, count: int = 50) -> list[int]:
    """Write tasks down and close the file."""
    with Ledger(path) as ledger:
        keys = [ledger.begin(replace(RECORD, title=f"web-{i}" * 20)) for i in range(count)]
        for key in keys:
            ledger.submitted(key, f"t-{key}", Status.SUCCESS)
    return keys


def aside(path: Path) -> list[Path]:
    """What was set aside, companions left out."""
    return [
        each for each in sorted(path.parent.glob("*.broken-*")) if not each.name.endswith(("-wal", "-shm"))
    ]


# Private


@pytest.mark.usefixtures("open_umask")
def test_folder_and_files_are_private_whatever_the_umask(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.begin(RECORD)
        names = {each.name: mode(each) for each in path.parent.iterdir()}
        assert {"ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm"} <= set(names)
        assert set(names.values()) == {0o600}
        assert mode(path.parent) == 0o700
        assert ledger.notes == ()


@pytest.mark.usefixtures("open_umask")
def test_the_journal_of_a_filesystem_without_shared_memory_is_private_too(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place_module, "is_shared", lambda path: True)
    with Ledger(path) as ledger:
        with ledger._writing() as do:
            do("DELETE FROM tasks")
            do("INSERT INTO tasks SELECT * FROM tasks")
            do("PRAGMA user_version = 1")
            names = {each.name: mode(each) for each in path.parent.iterdir()}
        assert "ledger.sqlite3-journal" in names and "ledger.sqlite3-wal" not in names
        assert set(names.values()) == {0o600}


def test_what_is_open_to_others_is_closed_or_said(path: Path) -> None:
    fill(path, 1)
    path.chmod(0o644)
    path.parent.chmod(0o755)
    with Ledger(path) as ledger:
        assert mode(path) == 0o600
        folder, file = ledger.notes
        assert folder == f"{path.parent} is open to others: chmod 700 {path.parent}"
        assert str(path) in file
        assert mode(path.parent) == 0o755, "the folder may have others' reasons"
        assert len(ledger.recent()) == 1


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o500)
    with pytest.raises(LedgerError, match="Permission denied"):
        Ledger(path)


def test_a_place_that_cannot_be_is_said(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(LedgerError, match="directory"):
        Ledger(path)
    path.rmdir()
    path.write_text("not a folder")
    with pytest.raises(LedgerError, match=r"[Dd]irectory|exists"):
        Ledger(path / "ledger.sqlite3")


# Sound


def test_what_was_written_is_there_again(path: Path) -> None:
    keys = fill(path)
    with Ledger(path) as ledger:
        assert [record.key for record in ledger.recent()] == keys[::-1]


def test_two_open_ledgers_see_each_others_changes(path: Path) -> None:
    with Ledger(path) as one, Ledger(path) as other:
        assert not one.changed() and not other.changed()
        key = one.begin(RECORD)
        assert other.changed() and not other.changed()
        assert not one.changed(), "its own writing is no news"
        assert one.revision() != (one.revision()[0], 0)
        record = other.get(key)
        assert record is not None and record.status is Status.SENDING
        before = one.revision()
        other.submitted(key, "t")
        assert one.revision() != before and one.changed()


def test_a_writer_waits_for_another_and_gives_up_in_time(path: Path) -> None:
    with Ledger(path) as one, Ledger(path, busy=0.05) as other:
        with one._writing(), pytest.raises(LedgerError, match="locked"):
            other.begin(RECORD)
        assert other.recent() == []
        other.begin(RECORD)


def test_what_fails_half_way_leaves_nothing(path: Path) -> None:
    with Ledger(path) as ledger:
        keys = [ledger.begin(RECORD) for _ in range(3)]
        ledger.submitted(keys[0], "t", Status.SUCCESS)
        with pytest.raises(NoSuchTask), ledger._writing() as do:
            do("DELETE FROM tasks")
            raise NoSuchTask("after all")
        assert len(ledger.recent()) == 3
        ledger.begin(RECORD)


# Broken


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database, " * 500)


def half_overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(8192))


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("damage", [garbage, half_overwritten, cut_short])
def test_a_broken_ledger_is_set_aside_whole_and_a_new_one_begun(path: Path, damage: object) -> None:
    fill(path)
    assert callable(damage)
    damage(path)
    broken = path.read_bytes()
    with Ledger(path, clock=lambda: 1_750_000_000.0) as ledger:
        (kept,) = aside(path)
        assert kept.name == "ledger.sqlite3.broken-20250615T150640Z"
        assert kept.read_bytes() == broken and mode(kept) == 0o600
        (note,) = ledger.notes
        assert str(kept) in note and "broken" in note
        assert ledger.recent() == []
        ledger.begin(RECORD)
    with Ledger(path) as ledger:
        assert len(ledger.recent()) == 1 and ledger.notes == ()


def test_a_second_broken_ledger_in_the_same_second_is_kept_as_well(path: Path) -> None:
    for _ in range(3):
        fill(path, 1)
        garbage(path)
        Ledger(path, clock=lambda: 1_750_000_000.0).close()
    assert len(aside(path)) == 3


def test_the_log_of_a_broken_ledger_goes_with_it(path: Path) -> None:
    fill(path)
    garbage(path)
    log = path.with_name(f"{path.name}-wal")
    log.write_bytes(b"what was not in the ledger yet")
    with Ledger(path):
        (kept,) = aside(path)
        assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"what was not in the ledger yet"


def test_an_empty_file_is_a_new_ledger(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    with Ledger(path) as ledger:
        assert ledger.notes == () and ledger.recent() == []


def test_a_locked_or_newer_ledger_is_not_broken(path: Path) -> None:
    fill(path, 1)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LedgerError, match="newer version"):
        Ledger(path)
    assert aside(path) == []
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM tasks").fetchone() == (1,)
    connection.close()


# Versions


def test_a_ledger_grows_with_the_program_step_by_step(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(path, 2)
    later = (*schema_module.MIGRATIONS, "ALTER TABLE tasks ADD COLUMN note TEXT NOT NULL DEFAULT 'none'")
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, later, "the task ledger")
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    assert connection.execute("SELECT note FROM tasks").fetchall() == [("none",)] * 2
    connection.close()


def test_a_step_that_fails_leaves_the_ledger_as_it_was(path: Path) -> None:
    fill(path, 2)
    broken = (*schema_module.MIGRATIONS, "ALTER TABLE tasks ADD COLUMN note TEXT; SELECT * FROM nowhere")
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, broken, "the task ledger")
    connection.close()
    with Ledger(path) as ledger:
        assert len(ledger.recent()) == 2


def test_words_of_another_version_are_survived(path: Path) -> None:
    fill(path, 1)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE tasks SET danger = 'apocalyptic', path = '//', status = 'LOST', stale = 'x'"
        )
    connection.close()
    with Ledger(path) as ledger:
        (record,) = ledger.recent()
        assert record.danger.value == "destructive" and record.status is Status.UNKNOWN
        assert ledger.counts() == {Status.UNKNOWN: 1}


# Where machines share a disk


@pytest.mark.parametrize(
    ("kind", "shared"),
    [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("9p", True), ("ext4", False), ("tmpfs", False)],
)
def test_a_filesystem_of_several_machines_is_known(tmp_path: Path, kind: str, shared: bool) -> None:
    home = tmp_path / "a home"
    home.mkdir()
    escaped = str(home).replace(" ", "\\040")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
        f"23 22 0:40 / {escaped} rw shared:7 - {kind} server:/home rw\n"
        "a line that is none\n"
    )
    assert is_shared(home / "state" / "ledger.sqlite3", mounts) is shared
    assert not is_shared(tmp_path / "ledger.sqlite3", mounts)
    assert not is_shared(home, tmp_path / "missing")


def test_the_write_ahead_log_is_used_where_it_can_be(path: Path, tmp_path: Path) -> None:
    with Ledger(path) as ledger, ledger._reading() as do:
        assert do("PRAGMA journal_mode").fetchone()[0] == "wal"
    shutil.rmtree(path.parent)


def test_a_log_left_by_another_machine_is_given_up_on_a_shared_filesystem(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path, 1)
    monkeypatch.setattr(place_module, "is_shared", lambda path: True)
    with Ledger(path) as ledger, ledger._reading() as do:
        assert do("PRAGMA journal_mode").fetchone()[0] != "wal"
        assert len(ledger.recent()) == 1
