"""The ledger's file as SQLite has it: opened safely, written in whole transactions."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from types import TracebackType
from typing import Any

from cloudmc_tui.tasks import place
from cloudmc_tui.tasks.place import LedgerError, NoSuchTask
from cloudmc_tui.tasks.record import TaskRecord
from cloudmc_tui.tasks.schema import migrate, to_record

Do = Callable[..., sqlite3.Cursor]
"""Executes a statement inside a transaction."""

_LOG_LIMIT = 1024 * 1024
"""Bytes that the write-ahead log may keep after a checkpoint."""

_CORRUPT, _NOT_A_DATABASE = 11, 26
"""SQLite's codes, which Python names from 3.11 on."""


class Store:
    """An open ledger file, for one thread.

    Args:
        path: the file; None for one in memory.
        clock: gives seconds since the epoch.
        busy: seconds to wait for another process that is writing.

    Attributes:
        notes: what people should know about the file, one line each.

    Raises:
        LedgerError: when there can be no ledger there.
    """

    def __init__(self, path: FilePath | None, *, clock: Callable[[], float], busy: float) -> None:
        self.path = path
        self.notes: tuple[str, ...] = ()
        self._clock = clock
        self._busy = busy
        with _told():
            self._connection = self._connect(":memory:") if path is None else self._open(path)
        self._version = self.revision()[0]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing else may be called any more."""
        self._connection.close()

    def now(self) -> float:
        """The ledger's time, in seconds since the epoch."""
        return self._clock()

    def changed(self) -> bool:
        """Whether another session has written anything since this was last asked; cheap."""
        version = self.revision()[0]
        changed, self._version = version != self._version, version
        return changed

    def revision(self) -> tuple[int, int]:
        """Two numbers: the first changes when another session writes anything, the second when this one
        does. Cheap."""
        with _told():
            version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        assert isinstance(version, int)
        return version, self._connection.total_changes

    # Opening

    def _open(self, path: FilePath) -> sqlite3.Connection:
        notes = place.prepare(path)
        with place.alone(path):
            try:
                if place.is_foreign(path):  # before SQLite sees it: it would delete the log beside it
                    raise _Broken("not a database")
                connection = self._connect(str(path), place.is_shared(path))
            except sqlite3.DatabaseError as error:
                if not _is_broken(error):
                    raise
                aside = place.set_aside(path, self._clock())
                notes.append(f"the task ledger was broken: it is now {aside}, and a new one was begun")
                notes += place.prepare(path)
                connection = self._connect(str(path), place.is_shared(path))
        self.notes = tuple(notes)
        return connection

    def _connect(self, name: str, shared: bool = False) -> sqlite3.Connection:
        connection = sqlite3.connect(name, timeout=self._busy, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            for row in connection.execute("PRAGMA quick_check(1)"):
                if row[0] != "ok":
                    raise _Broken(row[0])
            with contextlib.suppress(sqlite3.OperationalError):  # SQLite stays with the journal that it had
                connection.execute(f"PRAGMA journal_mode = {'TRUNCATE' if shared else 'WAL'}")
            connection.execute(f"PRAGMA journal_size_limit = {_LOG_LIMIT}")
            connection.execute("PRAGMA synchronous = FULL")  # a mutation is on record before it is sent
            migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    # Reading and writing

    @contextmanager
    def _writing(self) -> Iterator[Do]:
        """A transaction that no other writer is in between of: whole, or not at all."""
        with _told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def _reading(self) -> Iterator[Do]:
        """Statements that write nothing."""
        with _told():
            yield self._connection.execute

    def _all(self, where: str, values: Any) -> list[TaskRecord]:
        with _told():
            rows = self._connection.execute(f"SELECT * FROM tasks WHERE {where}", values).fetchall()  # noqa: S608
            return [to_record(row) for row in rows]

    def _first(self, where: str, values: Any) -> TaskRecord | None:
        found = self._all(f"{where} ORDER BY key DESC LIMIT 1", values)
        return found[0] if found else None

    def _one(self, key: int) -> TaskRecord:
        found = self._first("key = ?", [key])
        if found is None:
            raise NoSuchTask(f"task {key} is not in the ledger (any more)")
        return found


class _Broken(sqlite3.DatabaseError):
    """SQLite found the file's pages in disorder."""


def _is_broken(error: sqlite3.DatabaseError) -> bool:
    """Whether it is the file that is at fault, not the disk, a lock or a right."""
    code = getattr(error, "sqlite_errorcode", None)  # from Python 3.11 on
    if isinstance(error, _Broken) or (code is not None and code & 0xFF in (_CORRUPT, _NOT_A_DATABASE)):
        return True
    return code is None and ("malformed" in str(error) or "not a database" in str(error))


@contextmanager
def _told() -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError(f"the task ledger: {error}") from error
