"""A database's file as SQLite has it: opened safely, written in whole transactions."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from types import TracebackType
from typing import ClassVar

from cloudmc_tui.database import place
from cloudmc_tui.database.place import DatabaseError
from cloudmc_tui.language import _

Do = Callable[..., sqlite3.Cursor]
"""Executes a statement inside a transaction."""

_LOG_LIMIT = 1024 * 1024
"""Bytes that the write-ahead log may keep after a checkpoint."""

_PAGES_KIB = 256
"""KiB of a file's pages that SQLite keeps in memory; it looks up few of them twice."""

_CORRUPT, _NOT_A_DATABASE = 11, 26
"""SQLite's codes, which Python names from 3.11 on."""


class Database:
    """An open database file, for one thread. Subclasses say what it is.

    Attributes:
        path: the file; None for one in memory.
        notes: what people should know about the file, one line each.
    """

    WHAT: ClassVar[str]
    """What people call it: ``"the task ledger"``."""

    MIGRATIONS: ClassVar[tuple[str, ...]]
    """What brings it from each version to the next; its version is how many have been run."""

    ERROR: ClassVar[type[DatabaseError]] = DatabaseError
    """What its methods raise."""

    DURABLE: ClassVar[bool] = True
    """Whether what was written is to outlast the machine's power."""

    LOOKED_THROUGH: ClassVar[bool] = True
    """Whether it is read whole when it is opened, to find what is broken; one that is not finds it later."""

    def __init__(self, path: FilePath | None, *, clock: Callable[[], float], busy: float) -> None:
        """Open it.

        Args:
            path: the file; its folder and it are made private. None for one in memory.
            clock: gives seconds since the epoch.
            busy: seconds to wait for another process that is writing.

        Raises:
            DatabaseError: of the kind ``ERROR``, when there can be no database there.
        """
        self.path = path
        self.notes: tuple[str, ...] = ()
        self._clock = clock
        self._busy = busy
        with self._told():
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
        """The database's time, in seconds since the epoch."""
        return self._clock()

    def changed(self) -> bool:
        """Whether another session has written anything since this was last asked; cheap."""
        version = self.revision()[0]
        changed, self._version = version != self._version, version
        return changed

    def revision(self) -> tuple[int, int]:
        """Two numbers: the first changes when another session writes anything, the second when this one
        does. Cheap."""
        with self._told():
            version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        assert isinstance(version, int)
        return version, self._connection.total_changes

    # Opening

    def renew(self, error: DatabaseError) -> bool:
        """Set the file aside and begin a new one, where what went wrong is that it is broken.

        Args:
            error: what a method raised.

        Returns:
            whether it was that; then the same may be tried again.

        Raises:
            DatabaseError: of the kind ``ERROR``, when there can be no new one.
        """
        if self.path is None or not is_broken(error.__cause__):
            return False
        self._connection.close()
        with self._told():
            self._connection = self._open(self.path, broken=self._file)
        return True

    def _open(self, path: FilePath, broken: tuple[int, int] | None = None) -> sqlite3.Connection:
        """Open the file, or a new one in its place.

        Args:
            path: where it is.
            broken: which file is known to be broken; another session may have replaced it already.
        """
        notes = place.prepare(path, _(self.WHAT))
        with place.alone(path, _(self.WHAT)):
            try:
                if broken is not None and place.which(path) == broken:
                    raise _Broken("broken")
                # Before SQLite sees it, which would delete the log beside it.
                if place.is_foreign(path, _(self.WHAT)):
                    raise _Broken("not a database")
                connection = self._connect(str(path), place.is_shared(path))
            except sqlite3.DatabaseError as error:
                if not is_broken(error):
                    raise
                aside = place.set_aside(path, _(self.WHAT), self._clock())
                notes.append(
                    _(
                        "{what} was broken: it is now {aside}, and a new one was begun",
                        what=_(self.WHAT),
                        aside=aside,
                    )
                )
                notes += place.prepare(path, _(self.WHAT))
                connection = self._connect(str(path), place.is_shared(path))
            self._file = place.which(path)
        self.notes = (*self.notes, *notes)
        return connection

    def _connect(self, name: str, shared: bool = False) -> sqlite3.Connection:
        # A statement that is kept for its next use keeps what was bound to it: megabytes, for a listing.
        connection = sqlite3.connect(name, timeout=self._busy, isolation_level=None, cached_statements=0)
        try:
            connection.row_factory = sqlite3.Row
            if self.LOOKED_THROUGH:
                for row in connection.execute("PRAGMA quick_check(1)"):
                    if row[0] != "ok":
                        raise _Broken(row[0])
            with contextlib.suppress(sqlite3.OperationalError):  # SQLite stays with the journal that it had
                connection.execute(f"PRAGMA journal_mode = {'TRUNCATE' if shared else 'WAL'}")
            connection.execute(f"PRAGMA journal_size_limit = {_LOG_LIMIT}")
            connection.execute(f"PRAGMA cache_size = -{_PAGES_KIB}")
            connection.execute(f"PRAGMA synchronous = {'FULL' if self.DURABLE else 'NORMAL'}")
            migrate(connection, self.MIGRATIONS, _(self.WHAT))
        except BaseException:
            connection.close()
            raise
        return connection

    # Reading and writing

    @contextmanager
    def _writing(self) -> Iterator[Do]:
        """A transaction that no other writer is in between of: whole, or not at all."""
        with self._told():
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
        with self._told():
            yield self._connection.execute

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise self.ERROR(_("{text}: {told}", text=_(self.WHAT), told=error)) from error
        except DatabaseError as error:
            if isinstance(error, self.ERROR):
                raise
            raise self.ERROR(str(error)) from error


def migrate(connection: sqlite3.Connection, migrations: tuple[str, ...], what: str) -> None:
    """Bring a database to the newest version, each step whole or not at all.

    Args:
        connection: to the database.
        migrations: what brings it from each version to the next: statements with semicolons between.
        what: what people call it.

    Raises:
        DatabaseError: when a newer program has written it.
    """
    while True:
        connection.execute("BEGIN IMMEDIATE")
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > len(migrations):
                raise DatabaseError(
                    _(
                        "{what} was written by a newer version of this program (its version is {version}, "
                        "this one knows up to {count})",
                        what=what,
                        version=version,
                        count=len(migrations),
                    )
                )
            if version == len(migrations):
                connection.execute("ROLLBACK")
                return
            for statement in migrations[version].split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def storable(text: str | None) -> str | None:
    """A text as SQLite takes it: half a surrogate pair, which has no bytes, becomes a question mark."""
    return None if text is None else text.encode("utf-8", "replace").decode()


class _Broken(sqlite3.DatabaseError):
    """SQLite found the file's pages in disorder."""


def is_broken(error: BaseException | None) -> bool:
    """Whether it is the file that is at fault, not the disk, a lock or a right."""
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    code = getattr(error, "sqlite_errorcode", None)  # from Python 3.11 on
    if isinstance(error, _Broken) or (code is not None and code & 0xFF in (_CORRUPT, _NOT_A_DATABASE)):
        return True
    return code is None and ("malformed" in str(error) or "not a database" in str(error))
