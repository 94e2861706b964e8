"""Tasks in a line, for people. Texts from the API are made safe to show here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cloudmc_tui.formats.dates import age
from cloudmc_tui.formats.text import plural, visible
from cloudmc_tui.tasks.record import Status, TaskRecord


def name_of(record: TaskRecord) -> str:
    """What a task does to what: ``"Stop web-01"``; a collection is called by its entity type."""
    return f"{visible(record.label or record.operation)} {visible(record.title or record.path.name)}".strip()


def change_of(record: TaskRecord, state: str = "") -> str:
    """The change that is under way, beside the last known state: ``"Running → stopping…"``.

    Args:
        record: a task that has not ended.
        state: its entity's last known state; may be empty.
    """
    word = visible(record.pending_word or record.label.lower() or record.operation)
    return f"{visible(state)} → {word}…" if state else f"{word}…"


def progress(record: TaskRecord, now: float, state: str = "") -> str:
    """How far a task is, honestly: how long it has taken, and what keeps it from being asked about.

    Args:
        record: any task.
        now: seconds since the epoch.
        state: its entity's last known state; may be empty.

    Returns:
        such as ``"Running → stopping… 12s"``, ``"sending… 1s"`` or ``"done in 34s"``.
    """
    if record.done:
        return outcome(record)
    elapsed = age(record.elapsed(now))
    if record.status is Status.SENDING:
        return f"sending… {elapsed}"
    trouble = f" ({visible(record.poll_error)})" if record.poll_error else ""
    return f"{change_of(record, state)} {elapsed}{trouble}"


def outcome(record: TaskRecord) -> str:
    """How a task ended: ``"done in 34s"``, ``"failed after 3s: …"``, ``"unknown: …"``."""
    elapsed = age(record.elapsed(record.submitted_at))
    error = visible(record.error)
    if record.status is Status.SUCCESS:
        return f"done in {elapsed}"
    if record.status is Status.FAILED:
        return f"failed after {elapsed}" + (f": {error}" if error else "")
    return (
        error if error.startswith("outcome unknown") else "outcome unknown" + (f": {error}" if error else "")
    )


def while_away(ended: Sequence[TaskRecord]) -> str:
    """What ended while nobody watched: ``"3 tasks finished while you were away (1 failed)"``.

    Returns:
        an empty text when nothing did.
    """
    if not ended:
        return ""
    counts = Counter(record.status for record in ended)
    bad = [
        f"{counts[status]:,} {word}"
        for status, word in ((Status.FAILED, "failed"), (Status.UNKNOWN, "unknown"))
        if counts[status]
    ]
    note = f" ({', '.join(bad)})" if bad else ""
    return f"{plural(len(ended), 'task')} finished while you were away{note}"
