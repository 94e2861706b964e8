"""How far ahead of the terminal output runs."""

from __future__ import annotations

from cloudmc_tui.tui.driver.pace import ASK_EVERY, BURST, PATIENCE, WINDOW, Pace


def test_without_a_highest_rate_and_without_answers_nothing_waits() -> None:
    pace = Pace()
    for now in range(5):
        pace.count(10 * WINDOW)
        pace.framed(now)
        if pace.asks():
            pace.asked(now)
        assert pace.delay(now) == 0


def test_frames_keep_to_the_highest_rate_after_a_burst() -> None:
    pace, now, times = Pace(frames=10), 100.0, []
    for _ in range(int(BURST) + 21):
        now += pace.delay(now)
        times.append(now)
        pace.framed(now)
    assert times[int(BURST)] == 100.0
    assert abs((times[-1] - times[int(BURST)]) - 2.0) < 0.01


def test_after_a_rest_the_first_frame_goes_at_once() -> None:
    pace = Pace(frames=10)
    for _ in range(10):
        pace.framed(1.0)
    assert pace.delay(1.0) > 0
    assert pace.delay(60.0) == 0


def test_a_terminal_that_answers_is_waited_for() -> None:
    pace = Pace()
    pace.count(ASK_EVERY)
    assert pace.asks()
    pace.asked(0.0)
    assert not pace.asks()
    assert pace.answered()
    pace.count(WINDOW + 1)
    pace.asked(1.0)
    assert pace.delay(1.5) > 0
    assert pace.answered()
    assert pace.delay(1.5) == 0


def test_what_is_on_its_way_may_be_some() -> None:
    pace = Pace()
    pace.asked(0.0)
    pace.answered()
    pace.count(WINDOW)
    pace.asked(0.0)
    assert pace.delay(0.0) == 0


def test_a_terminal_that_stops_answering_is_given_up_and_may_come_back() -> None:
    pace = Pace()
    pace.asked(0.0)
    pace.answered()
    pace.count(2 * WINDOW)
    pace.asked(1.0)
    assert 0 < pace.delay(2.0) <= PATIENCE
    assert pace.delay(2.0 + PATIENCE) == 0
    assert not pace.answered()
    pace.asked(20.0)
    assert pace.delay(20.0) == 0
    assert pace.answered()


def test_an_answer_without_a_question_is_not_taken_for_one() -> None:
    assert not Pace().answered()


def test_after_the_end_nothing_is_asked() -> None:
    pace = Pace()
    pace.count(ASK_EVERY)
    pace.end()
    assert not pace.asks()
