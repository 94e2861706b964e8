"""Tasks in a line, for people; and what a record says of itself."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from cloudmc_tui.path import Path
from cloudmc_tui.tasks import FINISHED, Status
from cloudmc_tui.tasks.summary import change_of, name_of, outcome, progress, while_away
from tests.tasks.harness import RECORD

PENDING = replace(RECORD, status=Status.PENDING, task_id="t", submitted_at=100.0)


def test_done_is_whatever_nothing_follows() -> None:
    assert {status for status in Status if status.done} == FINISHED
    assert {Status.SUCCESS, Status.FAILED, Status.UNKNOWN} == FINISHED
    assert not RECORD.done and replace(RECORD, status=Status.UNKNOWN).done


def test_elapsed_is_until_now_or_the_end_and_never_negative() -> None:
    assert PENDING.elapsed(112.5) == 12.5
    assert replace(PENDING, finished_at=110.0).elapsed(999.0) == 10
    assert PENDING.elapsed(50.0) == 0


def test_what_it_does_to_what() -> None:
    assert name_of(RECORD) == "Stop web-01"
    collection = Path.parse("s/e/instances")
    assert name_of(replace(RECORD, label="", operation="create", title="", path=collection)) == (
        "create instances"
    )
    assert name_of(replace(RECORD, title="a\x1b[2J\nb")) == "Stop a\\x1b[2J\\nb"


def test_the_change_stands_beside_the_last_known_state() -> None:
    assert change_of(PENDING, "Running") == "Running → stopping…"
    assert change_of(PENDING) == "stopping…"
    assert change_of(replace(PENDING, pending_word=""), "Run\x1bning") == "Run\\x1bning → stop…"


def test_progress_is_time_and_trouble() -> None:
    assert progress(PENDING, 112.0, "Running") == "Running → stopping… 12s"
    assert progress(RECORD, 1.0) == "sending… 1s"
    troubled = replace(PENDING, poll_error="503: maintenance\x07")
    assert progress(troubled, 190.0) == "stopping… 1m (503: maintenance\\x07)"
    assert progress(replace(PENDING, status=Status.SUCCESS, finished_at=134.0), 999.0) == "done in 34s"


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (Status.SUCCESS, "", "done in 34s"),
        (Status.FAILED, "code 2012: no", "failed after 34s: code 2012: no"),
        (Status.FAILED, "", "failed after 34s"),
        (Status.UNKNOWN, "no longer known to the server", "outcome unknown: no longer known to the server"),
        (Status.UNKNOWN, "outcome unknown: no answer", "outcome unknown: no answer"),
        (Status.UNKNOWN, "", "outcome unknown"),
    ],
)
def test_how_it_ended(status: Status, error: str, words: str) -> None:
    assert outcome(replace(PENDING, status=status, error=error, finished_at=134.0)) == words


def test_what_ended_while_nobody_watched() -> None:
    done = replace(PENDING, status=Status.SUCCESS)
    failed, unknown = replace(done, status=Status.FAILED), replace(done, status=Status.UNKNOWN)
    assert while_away([]) == ""
    assert while_away([done]) == "1 task finished while you were away"
    assert while_away([done, failed, done, unknown]) == (
        "4 tasks finished while you were away (1 failed, 1 unknown)"
    )
