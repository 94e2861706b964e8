"""The ledger's table, its versions, and how a row becomes a record."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from cloudmc_tui.catalog.schema import Danger
from cloudmc_tui.database import storable
from cloudmc_tui.path import Path, PathError
from cloudmc_tui.tasks.record import Status, TaskRecord

MIGRATIONS = (
    """
    CREATE TABLE tasks (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        task_id TEXT,
        profile TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        organization_id TEXT,
        path TEXT NOT NULL,
        title TEXT NOT NULL,
        entity_type TEXT NOT NULL,
        operation TEXT NOT NULL,
        label TEXT NOT NULL,
        danger TEXT NOT NULL,
        method TEXT NOT NULL,
        url TEXT NOT NULL,
        body TEXT,
        pending_word TEXT NOT NULL,
        to_state TEXT NOT NULL,
        stale TEXT NOT NULL,
        status TEXT NOT NULL,
        submitted_at REAL NOT NULL,
        finished_at REAL,
        error TEXT NOT NULL,
        code TEXT NOT NULL,
        result TEXT,
        polls INTEGER NOT NULL,
        next_poll_at REAL,
        poll_error TEXT NOT NULL,
        seen INTEGER NOT NULL,
        owner TEXT NOT NULL,
        lease_until REAL NOT NULL
    );
    CREATE INDEX tasks_by_status ON tasks (status, profile);
    CREATE INDEX tasks_by_id ON tasks (task_id);
    """,
)
"""What brings the ledger from each version to the next; its version is how many have been run."""

_TEXTS = (
    "profile", "endpoint", "title", "entity_type", "operation", "label", "method", "url",
    "pending_word", "to_state", "error", "code", "poll_error", "owner",
)  # fmt: skip
_AS_THEY_ARE = ("submitted_at", "finished_at", "polls", "next_poll_at")
_OPTIONAL_TEXTS = ("task_id", "organization_id", "body", "result")

COLUMNS = (*_TEXTS, *_OPTIONAL_TEXTS, *_AS_THEY_ARE, "path", "danger", "stale", "status", "seen")
"""All but the key and the lease, in the order of :func:`to_row`."""


def to_row(record: TaskRecord) -> list[Any]:
    """A record's values, by :data:`COLUMNS`."""
    return [
        *(storable(getattr(record, name)) for name in (*_TEXTS, *_OPTIONAL_TEXTS)),
        *(getattr(record, name) for name in _AS_THEY_ARE),
        storable(str(record.path)),
        record.danger.value,
        msgspec.json.encode(record.stale).decode(),
        record.status.value,
        int(record.seen),
    ]


def to_record(row: sqlite3.Row) -> TaskRecord:
    """A record from a row; what another version may have written there otherwise is survived."""
    return TaskRecord(
        key=row["key"],
        path=_path(row["path"]),
        danger=_danger(row["danger"]),
        stale=_stale(row["stale"]),
        status=status_of(row["status"]),
        seen=bool(row["seen"]),
        **{name: row[name] for name in (*_TEXTS, *_OPTIONAL_TEXTS, *_AS_THEY_ARE)},
    )


def _path(text: str) -> Path:
    try:
        return Path.parse(text)
    except PathError:
        return Path()


def status_of(text: str) -> Status:
    """A status from its word."""
    try:
        return Status(text)
    except ValueError:
        return Status.UNKNOWN


def _stale(text: str) -> tuple[str, ...]:
    try:
        return tuple(msgspec.json.decode(text, type=list[str]))
    except (ValueError, RecursionError):
        return ()


def _danger(text: str) -> Danger:
    try:
        return Danger(text)
    except ValueError:
        return Danger.DESTRUCTIVE  # the careful reading
