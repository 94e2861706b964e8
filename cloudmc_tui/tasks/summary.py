"""Tasks in a line, for people. Texts from the API are made safe to show here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cloudmc_tui.formats.dates import age
from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _, counted
from cloudmc_tui.tasks.record import Status, TaskRecord


def name_of(record: TaskRecord) -> str:
    """What a task does to what: ``"Stop web-01"``; a collection is called by its entity type."""
    return (
        f"{visible(_(record.label) or record.operation)} {visible(record.title or record.path.name)}".strip()
    )


def change_of(record: TaskRecord, state: str = "") -> str:
    """The change that is under way, beside the last known state: ``"Running → stopping…"``.

    Args:
        record: a task that has not ended.
        state: its entity's last known state; may be empty.
    """
    word = visible(_(record.pending_word) or _(record.label).lower() or record.operation)
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
        return _("sending… {elapsed}", elapsed=elapsed)
    trouble = f" ({visible(record.poll_error)})" if record.poll_error else ""
    return f"{change_of(record, state)} {elapsed}{trouble}"


def outcome(record: TaskRecord) -> str:
    """How a task ended: ``"done in 34s"``, ``"failed after 3s: …"``, ``"unknown: …"``."""
    elapsed = age(record.elapsed(record.submitted_at))
    error = visible(_(record.error))
    if record.status is Status.SUCCESS:
        return _("done in {elapsed}", elapsed=elapsed)
    if record.status is Status.FAILED:
        return _because(_("failed after {elapsed}", elapsed=elapsed), error)
    if error.startswith((_("outcome unknown"), "outcome unknown")):
        return error
    return _because(_("outcome unknown"), error)


def _because(text: str, error: str) -> str:
    return _("{text}: {told}", text=text, told=error) if error else text


def while_away(ended: Sequence[TaskRecord]) -> str:
    """What ended while nobody watched: ``"3 tasks finished while you were away (1 failed)"``.

    Returns:
        an empty text when nothing did.
    """
    if not ended:
        return ""
    counts = Counter(record.status for record in ended)
    bad = [
        told
        for status, told in (
            (Status.FAILED, counted("{count} failed", "{count} failed", counts[Status.FAILED])),
            (Status.UNKNOWN, counted("{count} unknown", "{count} unknown", counts[Status.UNKNOWN])),
        )
        if counts[status]
    ]
    note = f" ({', '.join(bad)})" if bad else ""
    finished = counted(
        "{count} task finished while you were away", "{count} tasks finished while you were away", len(ended)
    )
    return finished + note
