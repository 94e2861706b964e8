"""The ledger: every task that was begun, on disk, shared by all sessions on the machine.

A task is written before its request leaves, so that no crash loses it. Several sessions may have the
ledger open at once. Of those, one at a time polls a task: it holds a lease on it, which it renews as long
as it lives; when it has said goodbye, or the lease has run out, another session takes over.
"""

# ruff: noqa: S608 (statements are put together from constants of this file; values are always bound)

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path as FilePath
from typing import Any

from msgspec import Struct

from cloudmc_tui.database import Do, storable
from cloudmc_tui.formats.text import shorten, visible
from cloudmc_tui.language import N_
from cloudmc_tui.tasks.owner import is_gone
from cloudmc_tui.tasks.record import FINISHED, Status, TaskRecord
from cloudmc_tui.tasks.redact import Redacted, redact_text
from cloudmc_tui.tasks.schema import COLUMNS, status_of, to_row
from cloudmc_tui.tasks.store import Store

KEEP = 1_000
"""How many finished tasks are kept."""

KEEP_DAYS = 30.0
"""For how many days a finished task is kept."""

LEASE = 15.0
"""Seconds until others may take a task over from a session that does not renew its lease."""

SENDING_LEASE = 150.0
"""The same while its request is under way: longer than a call may take."""

LONGEST_LEASE = 3_600.0
"""No lease is longer, in seconds. One that seems to be was given before the clock was set back."""

LONGEST_LINE = 500
"""How many characters of an error are kept."""

_DONE = ", ".join(f"'{status.value}'" for status in sorted(FINISHED))
_OPEN = f"'{Status.SENDING.value}', '{Status.PENDING.value}'"
_EXPIRED = "(lease_until <= :now OR lease_until > :now + :longest OR gone(owner))"


CRASHED = N_("outcome unknown: the session that sent it ended before the answer came")
CLOSED = N_("outcome unknown: the session was closed before the answer came")

_END_UNKNOWN = (
    "UPDATE tasks SET status = 'UNKNOWN', finished_at = :now, error = :error, owner = '', lease_until = 0 "
    "WHERE key = :key"
)


class Claim(Struct, frozen=True):
    """What a session got.

    Attributes:
        claimed: the pending tasks that are its own from now on.
        unknown: those that a dead session was just sending: nobody knows whether it did.
    """

    claimed: tuple[TaskRecord, ...] = ()
    unknown: tuple[TaskRecord, ...] = ()


class Ledger(Store):
    """The ledger, for one thread. Every method may raise :class:`LedgerError`.

    Args:
        path: the file; its folder and it are made private. None for one in memory, for a demo.
        clock: gives seconds since the epoch.
        keep: how many finished tasks to keep.
        keep_days: for how many days to keep a finished task.
        busy: seconds to wait for another process that is writing.
        gone: whether a session is certain to be no more, by its owner id.

    Attributes:
        notes: what people should know about the file, one line each: that a broken one was set aside,
            that the folder is open to others.

    Raises:
        LedgerError: when there can be no ledger there.
    """

    def __init__(
        self,
        path: FilePath | None,
        *,
        clock: Callable[[], float] = time.time,
        keep: int = KEEP,
        keep_days: float = KEEP_DAYS,
        busy: float = 5.0,
        gone: Callable[[str], bool] = is_gone,
    ) -> None:
        super().__init__(path, clock=clock, busy=busy)
        self._keep = keep
        self._keep_days = keep_days
        self._connection.create_function("folded", 1, str.casefold, deterministic=True)
        self._connection.create_function("gone", 1, gone)
        with self._writing() as do:
            self._prune(do)

    def __enter__(self) -> Ledger:
        return self

    # A task's life

    def begin(self, record: TaskRecord, *, owner: str = "", lease: float = SENDING_LEASE) -> int:
        """Write a task down before its request leaves.

        Secrets in its body that the caller missed and that are called so are taken out.

        Args:
            record: with status SENDING; its key and owner do not count.
            owner: the session that sends it.
            lease: seconds that sending may take at most.

        Returns:
            its key.
        """
        body = redact_text(record.body)
        columns = ", ".join(COLUMNS)
        marks = ", ".join("?" * len(COLUMNS))
        with self._writing() as do:
            cursor = do(f"INSERT INTO tasks ({columns}, lease_until) VALUES ({marks}, 0)", to_row(record))
            key = cursor.lastrowid
            assert key is not None
            now = self._clock()
            do(
                "UPDATE tasks SET owner = ?, lease_until = ?, body = ?, "
                "submitted_at = iif(submitted_at = 0, ?, submitted_at) WHERE key = ?",
                [owner, now + lease, storable(body.text) if body else None, now, key],
            )
        return key

    def submitted(
        self, key: int, task_id: str, status: Status = Status.PENDING, *, lease: float = LEASE
    ) -> TaskRecord:
        """Write down that the server took it, and under which id.

        Args:
            key: the task's.
            task_id: the server's id for it; empty for none, when it was done at once.
            status: how far it is: PENDING, or how it ended at once.
            lease: seconds until its owner has to renew.
        """
        if not task_id and not status.done:
            raise ValueError("a pending task has an id")
        with self._writing() as do:
            do(
                "UPDATE tasks SET task_id = ?, status = 'PENDING', finished_at = NULL, error = '', "
                f"lease_until = ? WHERE key = ? AND status IN ({_OPEN}, 'UNKNOWN')",
                [storable(task_id) or None, self._clock() + lease, key],
            )
            record = self._one(key)
        return self.finish(key, status) if status.done else record

    def finish(
        self,
        key: int,
        status: Status,
        *,
        error: str = "",
        code: str | None = "",
        result: Redacted | None = None,
        polls: int | None = None,
    ) -> TaskRecord:
        """Write down how a task ended. The first to say so is believed, except over an UNKNOWN.

        Args:
            key: the task's.
            status: SUCCESS, FAILED or UNKNOWN.
            error: what went wrong; made one line.
            code: CloudMC's code of it.
            result: what came of it, by :func:`cloudmc_tui.tasks.redact.redact`.
            polls: how often the server was asked.

        Returns:
            the record as it is now.

        Raises:
            TypeError: for a result whose secrets were not taken out.
        """
        if result is not None and not isinstance(result, Redacted):
            raise TypeError("the ledger takes no result that did not pass redact()")
        if not status.done:
            raise ValueError(f"{status.value} is no end")
        overruled = _OPEN if status is Status.UNKNOWN else f"{_OPEN}, 'UNKNOWN'"
        with self._writing() as do:
            do(
                "UPDATE tasks SET status = ?, finished_at = ?, error = ?, code = ?, result = ?, seen = 0, "
                "polls = max(polls, ?), next_poll_at = NULL, poll_error = '', owner = '', lease_until = 0 "
                f"WHERE key = ? AND status IN ({overruled})",
                [
                    status.value,
                    self._clock(),
                    one_line(error),
                    storable(code or ""),
                    None if result is None else storable(result.text),
                    polls or 0,
                    key,
                ],
            )
            self._prune(do)
            return self._one(key)

    def unknown(self, key: int, why: str) -> TaskRecord:
        """Write down that nobody knows how a task ended; :meth:`finish` with no more to tell."""
        return self.finish(key, Status.UNKNOWN, error=why)

    def explain(self, key: int, error: str) -> TaskRecord:
        """Say more about an UNKNOWN end, such as what its target looks like now."""
        with self._writing() as do:
            do("UPDATE tasks SET error = ? WHERE key = ? AND status = 'UNKNOWN'", [one_line(error), key])
            return self._one(key)

    # Reading

    def get(self, key: int) -> TaskRecord | None:
        """A task by its key."""
        return self._first("key = ?", [key])

    def find(self, task_id: str, *, endpoint: str | None = None) -> TaskRecord | None:
        """A task by the server's id for it; of several, the newest.

        Args:
            task_id: the server's.
            endpoint: the API's base URL, to look for it there alone.
        """
        where, values = _scope(None, endpoint)
        return self._first(f"task_id = :task_id{where}", values | {"task_id": storable(task_id)})

    def pending(self, *, profile: str | None = None, endpoint: str | None = None) -> list[TaskRecord]:
        """The tasks that have not ended, those being sent included; oldest first.

        Args:
            profile: only this profile's.
            endpoint: only those at this API base URL.
        """
        where, values = _scope(profile, endpoint)
        return self._all(f"status IN ({_OPEN}){where} ORDER BY key", values)

    def unseen(self, *, profile: str | None = None, endpoint: str | None = None) -> list[TaskRecord]:
        """The tasks whose end no person has been shown; oldest first. Arguments as in :meth:`pending`."""
        where, values = _scope(profile, endpoint)
        return self._all(f"seen = 0 AND status IN ({_DONE}){where} ORDER BY key", values)

    def recent(
        self,
        limit: int = 200,
        *,
        text: str = "",
        status: Status | None = None,
        profile: str | None = None,
    ) -> list[TaskRecord]:
        """The latest tasks, newest first.

        Args:
            limit: how many at most.
            text: words that all must be in the title, path, operation, profile, error, status or task
                id; in any case.
            status: only those with this status.
            profile: only this profile's.
        """
        where, values = _scope(profile, None)
        if status is not None:
            where, values["status"] = f"{where} AND status = :status", status.value
        for number, word in enumerate(text.split()):
            where += (
                " AND instr(folded(title || ' ' || path || ' ' || operation || ' ' || label || ' ' || profile"
                " || ' ' || error || ' ' || status || ' ' || coalesce(task_id, '')), "
                f":word{number}) > 0"
            )
            values[f"word{number}"] = storable(word.casefold())
        return self._all(f"1{where} ORDER BY key DESC LIMIT :limit", values | {"limit": max(0, limit)})

    def counts(self, *, profile: str | None = None) -> dict[Status, int]:
        """How many tasks there are of each status; a status with none is left out."""
        where, values = _scope(profile, None)
        with self._reading() as do:
            rows = do(f"SELECT status, count(*) FROM tasks WHERE 1{where} GROUP BY status", values).fetchall()
        counts: Counter[Status] = Counter()
        for status, count in rows:
            counts[status_of(status)] += count
        return dict(counts)

    # Tidying

    def mark_seen(self, keys: Iterable[int]) -> None:
        """Write down that a person has been shown the end of these tasks; those under way do not count."""
        with self._writing() as do:
            for key in keys:
                do(f"UPDATE tasks SET seen = 1 WHERE key = ? AND status IN ({_DONE})", [key])

    def forget(self, keys: Iterable[int] | None = None) -> int:
        """Drop finished tasks; one that has not ended is never dropped.

        Args:
            keys: which; None for all.

        Returns:
            how many were dropped.
        """
        with self._writing() as do:
            if keys is None:
                return do(f"DELETE FROM tasks WHERE status IN ({_DONE})").rowcount
            return sum(
                do(f"DELETE FROM tasks WHERE key = ? AND status IN ({_DONE})", [key]).rowcount for key in keys
            )

    def _prune(self, do: Do) -> None:
        oldest = self._clock() - self._keep_days * 86_400
        do(f"DELETE FROM tasks WHERE status IN ({_DONE}) AND finished_at < ?", [oldest])
        do(
            f"DELETE FROM tasks WHERE status IN ({_DONE}) AND key NOT IN "
            f"(SELECT key FROM tasks WHERE status IN ({_DONE}) ORDER BY finished_at DESC, key DESC LIMIT ?)",
            [self._keep],
        )

    # Who polls what

    def claim(
        self, owner: str, *, profile: str | None = None, endpoint: str | None = None, lease: float = LEASE
    ) -> Claim:
        """Take over the pending tasks that no living session polls.

        What a dead session was just sending, of any profile, becomes UNKNOWN on the way.

        Args:
            owner: the session.
            profile: only this profile's.
            endpoint: only those at this API base URL.
            lease: seconds until it has to renew.
        """
        now = self._clock()
        where, values = _scope(profile, endpoint)
        values |= {"owner": owner, "now": now, "longest": LONGEST_LEASE, "until": now + lease}
        lost = f"status = 'SENDING' AND {_EXPIRED}"
        free = (
            f"status = 'PENDING' AND task_id IS NOT NULL AND owner != :owner "
            f"AND (owner = '' OR {_EXPIRED}){where}"
        )
        if self._first(f"({lost}) OR ({free})", values) is None:
            return Claim()  # the usual case writes nothing, so that it wakes nobody
        with self._writing() as do:
            unknown = [record.key for record in self._all(lost, values)]
            claimed = [record.key for record in self._all(free, values)]
            for key in unknown:
                do(_END_UNKNOWN, {"key": key, "now": now, "error": CRASHED})
            for key in claimed:
                do(
                    "UPDATE tasks SET owner = :owner, lease_until = :until WHERE key = :key",
                    values | {"key": key},
                )
            return Claim(tuple(map(self._one, claimed)), tuple(map(self._one, unknown)))

    def renew_lease(
        self, owner: str, polled: Iterable[TaskRecord] = (), *, lease: float = LEASE
    ) -> frozenset[int]:
        """Hold on to a session's tasks, and write down how polling goes.

        Args:
            owner: the session.
            polled: those whose ``polls``, ``next_poll_at`` or ``poll_error`` are new.
            lease: seconds until the next renewal at the latest.

        Returns:
            the keys of the pending tasks that are still its own.
        """
        with self._writing() as do:
            self._note_polls(do, owner, polled)
            do(
                f"UPDATE tasks SET lease_until = max(lease_until, ?) WHERE owner = ? AND status IN ({_OPEN})",
                [self._clock() + lease, owner],
            )
            rows = do("SELECT key FROM tasks WHERE owner = ? AND status = 'PENDING'", [owner]).fetchall()
            return frozenset(row["key"] for row in rows)

    def release(self, owner: str, polled: Iterable[TaskRecord] = ()) -> None:
        """Leave a session's pending tasks to others. Arguments as in :meth:`renew_lease`."""
        with self._writing() as do:
            self._note_polls(do, owner, polled)
            do(
                "UPDATE tasks SET owner = '', lease_until = 0, next_poll_at = NULL "
                "WHERE owner = ? AND status = 'PENDING'",
                [owner],
            )

    def goodbye(self, owner: str, polled: Iterable[TaskRecord] = ()) -> None:
        """The same when the session ends: what it is still sending becomes UNKNOWN."""
        self.release(owner, polled)
        with self._writing() as do:
            for record in self._all("status = 'SENDING' AND owner = ?", [owner]):
                do(_END_UNKNOWN, {"key": record.key, "now": self._clock(), "error": CLOSED})

    def _note_polls(self, do: Do, owner: str, polled: Iterable[TaskRecord]) -> None:
        for record in polled:
            do(
                "UPDATE tasks SET polls = ?, next_poll_at = ?, poll_error = ? "
                "WHERE key = ? AND owner = ? AND status = 'PENDING'",
                [record.polls, record.next_poll_at, one_line(record.poll_error), record.key, owner],
            )


def one_line(text: str) -> str:
    """A text from outside as one safe line of bearable length."""
    return shorten(visible(text), LONGEST_LINE)


def _scope(profile: str | None, endpoint: str | None) -> tuple[str, dict[str, Any]]:
    """What narrows a query down to a connection: more SQL, and its values."""
    where, values = "", {}
    if profile is not None:
        where, values["profile"] = f"{where} AND profile = :profile", storable(profile)
    if endpoint is not None:
        where, values["endpoint"] = f"{where} AND endpoint = :endpoint", storable(endpoint)
    return where, values
