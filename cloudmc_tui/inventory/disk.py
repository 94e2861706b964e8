"""The cache on disk: listings as they were last read, for the next session to open on at once.

What it is given has no secrets in it any more; see :mod:`cloudmc_tui.inventory.sieve`.
"""

# ruff: noqa: S608 (statements are put together from constants of this file; values are always bound)

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path as FilePath
from typing import Any, ClassVar, TypeVar

import msgspec
from msgspec import Struct

from cloudmc_tui.database import Database, DatabaseError, Do, place, storable
from cloudmc_tui.inventory.listing import Kept
from cloudmc_tui.language import N_
from cloudmc_tui.path import Path, PathError

LIMIT = 200 * 1024 * 1024
"""How many bytes are kept in all; what was not used for longest goes first."""

LARGEST = 50 * 1024 * 1024
"""How many bytes of JSON a listing may have to be kept."""

KEEP_DAYS = 30.0
"""For how many days a listing is kept."""

BUSY = 1.0
"""Seconds to wait for another session that is writing: longer than that, the cache is not worth it."""

_USED = 3_600.0
"""Seconds in which a listing that is used again is not written down as used."""

T = TypeVar("T")


class Scope(Struct, frozen=True):
    """Whose listings they are.

    Attributes:
        profile: its name.
        endpoint: the API's base URL.
        organization: the id of the organization that is acted in; empty for the key's own.
    """

    profile: str
    endpoint: str
    organization: str = ""


class Entry(Struct, frozen=True):
    """A listing in the cache, for people; times are in seconds since the epoch, the size in bytes."""

    scope: Scope
    path: str
    entities: int
    size: int
    fetched_at: float
    used_at: float


class Cache(Database):
    """The cache's file, for one thread. Every method may raise :class:`DatabaseError`; a file that turns
    out to be broken is set aside, and a new one begun."""

    WHAT: ClassVar[str] = N_("the cache of listings")
    DURABLE: ClassVar[bool] = False
    LOOKED_THROUGH: ClassVar[bool] = False  # it may be large, and every listing has a digest
    MIGRATIONS: ClassVar[tuple[str, ...]] = (
        """
        CREATE TABLE listings (
            key INTEGER PRIMARY KEY,
            profile TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            organization TEXT NOT NULL,
            path TEXT NOT NULL,
            entities INTEGER NOT NULL,
            count INTEGER NOT NULL,
            notes TEXT NOT NULL,
            fetched_at REAL NOT NULL,
            used_at REAL NOT NULL,
            size INTEGER NOT NULL,
            digest BLOB NOT NULL,
            UNIQUE (profile, endpoint, organization, path)
        );
        CREATE TABLE contents (
            key INTEGER PRIMARY KEY,
            lines BLOB NOT NULL
        );
        """,
        # A listing in parts: SQLite copies a value twice, and more than once the whole is a lot of memory.
        """
        DROP TABLE contents;
        DELETE FROM listings;
        CREATE TABLE contents (
            key INTEGER NOT NULL,
            part INTEGER NOT NULL,
            lines BLOB NOT NULL,
            PRIMARY KEY (key, part)
        );
        """,
    )

    def __init__(
        self,
        path: FilePath | None,
        *,
        clock: Callable[[], float] = time.time,
        limit: int = LIMIT,
        keep_days: float = KEEP_DAYS,
        busy: float = BUSY,
    ) -> None:
        """Open it.

        Args:
            path: the file; its folder and it are made private. None for one in memory.
            clock: gives seconds since the epoch.
            limit: how many bytes of JSON to keep.
            keep_days: for how many days to keep a listing.
            busy: seconds to wait for another session that is writing.

        Raises:
            DatabaseError: when there can be no cache there.
        """
        super().__init__(path, clock=clock, busy=busy)
        self._limit = limit
        self._keep_for = keep_days * 86_400
        for aside in place.asides(path)[:-1] if path else ():  # they are large, and only a cache
            with contextlib.suppress(OSError):
                place.remove(aside)
        self._sound(lambda: self._in_writing(self._prune))

    def __enter__(self) -> Cache:
        return self

    # Keeping and recalling

    def keep(
        self,
        scope: Scope,
        path: Path,
        parts: Sequence[bytes],
        *,
        entities: int,
        count: int,
        fetched_at: float,
        notes: Sequence[str] = (),
    ) -> None:
        """Keep a listing in place of an older one.

        Args:
            scope: whose it is.
            path: whose children these are.
            parts: lines of JSON, each an entity without its secrets; some of them in each part, which may be
                packed.
            entities: how many they are.
            count: how many there are by the server's count.
            fetched_at: seconds since the epoch.
            notes: what was odd about the reply.
        """
        values = {
            "entities": entities,
            "count": count,
            "notes": storable("\n".join(notes)),
            "fetched_at": fetched_at,
            "used_at": self._clock(),
            "size": sum(map(len, parts)),
            "digest": _digest(parts),
        }
        self._sound(lambda: self._in_writing(lambda do: self._keep(do, _address(scope, path), values, parts)))

    def _keep(self, do: Do, address: dict[str, Any], values: dict[str, Any], parts: Sequence[bytes]) -> None:
        before = do(f"SELECT key, fetched_at, digest FROM listings WHERE {_HERE}", address).fetchone()
        if before is not None and values["fetched_at"] < before["fetched_at"] <= values["used_at"]:
            return  # another session's is newer
        if before is None:
            row = address | values
            marks = ", ".join(f":{name}" for name in row)
            key = do(f"INSERT INTO listings ({', '.join(row)}) VALUES ({marks})", row).lastrowid
        else:
            key = before["key"]
            sets = ", ".join(f"{name} = :{name}" for name in values)
            do(f"UPDATE listings SET {sets} WHERE key = :key", values | {"key": key})
        if before is None or before["digest"] != values["digest"]:  # the same is not written again
            do("DELETE FROM contents WHERE key = ?", [key])
            for number, part in enumerate(parts):
                do("INSERT INTO contents (key, part, lines) VALUES (?, ?, ?)", [key, number, part])
        self._prune(do)

    def forget(self, scope: Scope, path: Path) -> None:
        """Keep a listing no longer."""
        address = _address(scope, path)
        self._sound(lambda: self._in_writing(lambda do: _drop(do, _HERE, address)))

    def recall(self, scope: Scope, path: Path) -> Kept | None:
        """A listing as it was last kept; none when it was not, or is no longer as it was written."""
        address = _address(scope, path)
        found = self._sound(lambda: self._select(_HERE, address))
        return found[0] if found else None

    def structure(self, scope: Scope) -> list[Kept]:
        """The services and environments as they were last kept."""
        address = _address(scope, Path())
        return self._sound(lambda: self._select(f"{_IN_SCOPE} AND instr(path, '/') = 0", address))

    def _select(self, where: str, address: dict[str, Any]) -> list[Kept]:
        with self._reading() as do:
            # One statement, so that no other session writes between a listing and its parts.
            parts = do(
                f"SELECT * FROM listings LEFT JOIN contents USING (key) WHERE {where} ORDER BY key, part",
                address,
            ).fetchall()
        listings = [list(rows) for _, rows in groupby(parts, key=itemgetter("key"))]
        read = [(rows[0], _read(rows)) for rows in listings]
        spoilt = [row["key"] for row, kept in read if kept is None]
        used = [row["key"] for row, _ in read if abs(self._clock() - row["used_at"]) > _USED]
        if spoilt or used:
            with contextlib.suppress(DatabaseError):  # another session is writing: the next one will do it
                self._in_writing(lambda do: self._note(do, spoilt, used))
        return [kept for _, kept in read if kept is not None]

    def _note(self, do: Do, spoilt: list[int], used: list[int]) -> None:
        for key in spoilt:
            _drop(do, "key = :key", {"key": key})
        for key in used:
            do("UPDATE listings SET used_at = ? WHERE key = ?", [self._clock(), key])

    # Tidying

    def entries(self) -> list[Entry]:
        """What is in the cache, of every scope, by path."""
        rows = self._sound(self._rows)
        return [
            Entry(
                Scope(row["profile"], row["endpoint"], row["organization"]),
                *(row[name] for name in ("path", "entities", "size", "fetched_at", "used_at")),
            )
            for row in rows
        ]

    def _rows(self) -> list[sqlite3.Row]:
        with self._reading() as do:
            return do("SELECT * FROM listings ORDER BY profile, endpoint, organization, path").fetchall()

    def clear(self) -> int:
        """Drop everything, with what was set aside; no byte of it stays in the files.

        Returns:
            how many listings were dropped.
        """
        with self._told():
            self._connection.execute("PRAGMA secure_delete = ON")
        count = self._sound(lambda: self._in_writing(lambda do: _drop(do, "1", {})))
        for aside in place.asides(self.path) if self.path else ():
            with contextlib.suppress(OSError):
                place.remove(aside)
        with contextlib.suppress(sqlite3.OperationalError):  # in use; what was deleted is overwritten anyway
            self._connection.execute("PRAGMA temp_store = MEMORY")
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    def _prune(self, do: Do) -> None:
        """Drop what is too old, then what is too much."""
        _drop(do, "fetched_at < :oldest", {"oldest": self._clock() - self._keep_for})
        (total,) = do("SELECT coalesce(sum(size), 0) FROM listings").fetchone()
        if total > self._limit:
            for key, size in do("SELECT key, size FROM listings ORDER BY used_at, key").fetchall():
                _drop(do, "key = :key", {"key": key})
                total -= size
                if total <= self._limit:
                    break

    def _in_writing(self, work: Callable[[Do], T]) -> T:
        with self._writing() as do:
            return work(do)

    def _sound(self, work: Callable[[], T]) -> T:
        """Do something, on a new file if this one turns out to be broken."""
        try:
            return work()
        except DatabaseError as error:
            if not self.renew(error):
                raise
        return work()


_IN_SCOPE = "profile = :profile AND endpoint = :endpoint AND organization = :organization"
_HERE = f"{_IN_SCOPE} AND path = :path"


def _address(scope: Scope, path: Path) -> dict[str, str | None]:
    named = {"profile": scope.profile, "endpoint": scope.endpoint, "organization": scope.organization}
    return {name: storable(text) for name, text in (named | {"path": str(path)}).items()}


def _drop(do: Do, where: str, values: dict[str, Any]) -> int:
    do(f"DELETE FROM contents WHERE key IN (SELECT key FROM listings WHERE {where})", values)
    return do(f"DELETE FROM listings WHERE {where}", values).rowcount


def _digest(parts: Iterable[bytes]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part)
        digest.update(b"\n")
    return digest.digest()


def packed(part: bytes) -> bytes:
    """A part as it is kept of a listing that has many: an eighth of its size, in memory and on disk."""
    return zlib.compress(part, 1)


def unpacked(part: bytes) -> bytes:
    """A part as lines of JSON: they begin with a brace, and what is packed with an ``x``."""
    return zlib.decompress(part) if part[:1] == b"x" else part


_decode = msgspec.json.Decoder(dict[str, Any]).decode


def _read(rows: Sequence[sqlite3.Row]) -> Kept | None:
    """A listing of the rows of its parts; none when it is not what was written. An entity at a time, so that
    a large one does not hold the interpreter for long."""
    row = rows[0]
    parts = [each["lines"] for each in rows if each["lines"] is not None]
    if _digest(parts) != row["digest"]:
        return None
    try:
        entities = [_decode(line) for part in parts for line in unpacked(part).split(b"\n")]
        path = Path.parse(row["path"])
    except (ValueError, PathError, zlib.error):
        return None
    return Kept(
        path, entities, row["count"], row["fetched_at"], tuple(filter(None, row["notes"].split("\n")))
    )
