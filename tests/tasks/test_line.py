"""The way to the server: when it may be used, and when to try again."""

from __future__ import annotations

import random

import pytest

from cloudmc_tui.tasks.line import Line, Pace

NEVER = float("inf")


class NoJitter(random.Random):
    """Every delay in full."""

    def uniform(self, a: float, b: float) -> float:
        return b


@pytest.fixture
def line() -> Line:
    return Line(Pace(), NoJitter())


def broken(line: Line, now: float = 100.0) -> Line:
    assert line.lost("refused", now, probe=False)
    return line


def test_a_free_line_is_used_at_once(line: Line) -> None:
    assert line.free(5.0) and line.next(5.0) == 5.0 and line.reason == ""


def test_a_held_line_is_free_again_in_time(line: Line) -> None:
    line.hold(40, 100.0)
    line.hold(3, 101.0)
    assert line.next(102.0) == 140.0 and not line.free(139.9) and line.free(140.0)
    assert not line.broken and line.reason == ""


def test_a_hold_is_believed_up_to_a_quarter_of_an_hour(line: Line) -> None:
    line.hold(1e9, 100.0)
    assert line.next(100.0) == 1000.0


def test_what_fails_together_breaks_the_line_once(line: Line) -> None:
    broken(line)
    for _ in range(5):
        assert not line.lost("refused", 100.0, probe=False)
    assert line.next(100.0) == 101.0, "the backoff is that of one failure"
    assert line.free(101.0)


def test_one_probe_at_a_time_and_ever_more_slowly(line: Line) -> None:
    now, waits = 100.0, []
    broken(line, now)
    for _ in range(7):
        start = line.next(now)
        waits.append(start - now)
        now = start
        assert line.free(now)
        line.sent()
        assert not line.free(now) and line.next(now) == NEVER
        assert not line.lost("refused", now, probe=True), "no news"
    assert waits == [1, 2, 4, 8, 16, 30, 30]


def test_any_answer_repairs_it_and_the_next_break_starts_afresh(line: Line) -> None:
    broken(line)
    line.sent()
    assert line.answered() and not line.answered()
    assert line.free(100.0) and line.reason == ""
    broken(line, 200.0)
    assert line.next(200.0) == 201.0


def test_a_hold_outlasts_a_break(line: Line) -> None:
    broken(line)
    line.hold(60, 100.0)
    assert line.next(100.0) == 160.0


def test_silence_breaks_it_when_nobody_has_answered_for_long(line: Line) -> None:
    for _ in range(5):
        assert not line.silent("no answer", 100.0, probe=False)
    assert line.free(100.0)
    line.answered()
    for _ in range(5):
        assert not line.silent("no answer", 100.0, probe=False)
    assert line.silent("no answer", 100.0, probe=False)
    assert line.broken and line.reason == "no answer"
    line.sent()
    assert not line.silent("no answer", 101.0, probe=True)
    assert line.next(101.0) == 103.0


def test_a_refused_key_closes_it_until_somebody_says_otherwise(line: Line) -> None:
    assert line.refuse("401") and not line.refuse("401")
    assert line.next(100.0) == NEVER and not line.free(1e9) and not line.broken
    assert not line.lost("refused", 100.0, probe=True) and line.reason == "401"
    assert not line.answered() and line.needs_key
    assert line.reset() and not line.reset()
    assert line.free(100.0) and line.reason == ""
