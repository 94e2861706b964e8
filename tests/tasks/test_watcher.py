"""The watcher: quick, then patient; one poll never waits for another; idle when nothing is pending."""

from __future__ import annotations

import asyncio

import pytest

from cloudmc_tui.api import (
    BadReply,
    ConnectionFailed,
    ErrorItem,
    KeyRefused,
    NotFound,
    RateLimited,
    ServerFailed,
)
from cloudmc_tui.tasks import (
    Pace,
    PollFailed,
    Status,
    TaskEnded,
    TaskPolled,
    TaskStarted,
)
from tests.tasks.harness import RECORD, Answer, desk, gaps, not_found, task
from tests.tasks.virtual import loop_of_test, virtual


@virtual
async def test_a_task_is_followed_to_its_end() -> None:
    async with desk(answers={"t": [task(), task(status="SUCCESS", result={"id": "i-1"})]}) as it:
        (record,) = await it.end("t")
        assert (record.status, record.polls, record.result) == (Status.SUCCESS, 2, '{"id":"i-1"}')
        assert record == await it.row(record.key)
        assert [type(event) for event in it.heard] == [TaskStarted, TaskPolled, TaskEnded]


@virtual
async def test_the_first_poll_comes_soon_and_the_later_ones_ever_more_slowly() -> None:
    async with desk() as it:
        await it.begin("t")
        await asyncio.sleep(120)
        times = it.server.times("t")
        between = gaps(times)
        assert 0.7 <= times[0] <= 1.1
        assert min(between) >= 1 and max(between) <= 15.1
        assert between[-1] > 10 and len(set(between[-4:])) == 4, "jitter keeps tasks out of step"
        assert 12 <= len(times) <= 20


@virtual
async def test_no_task_is_asked_about_more_than_once_a_second() -> None:
    async with desk(pace=Pace(first=0.1, factor=1.0)) as it:
        await it.begin("t")
        await asyncio.sleep(30)
        times = it.server.times("t")
        assert len(times) > 20
        assert min(gaps(times)) >= 1


@virtual
async def test_never_more_than_five_polls_in_any_second() -> None:
    async with desk(latency=0.05) as it:
        await it.begin(*(f"t{i}" for i in range(60)))
        await asyncio.sleep(60)
        assert it.server.busiest() == 5
        assert {asked for _, asked in it.server.asked} == {f"t{i}" for i in range(60)}


@virtual
async def test_one_slow_poll_holds_up_no_other() -> None:
    async with desk(answers={"slow": [1000.0, task()]}) as it:
        await it.begin("slow", "a", "b", "c")
        await asyncio.sleep(14)
        for name in "abc":
            assert len(it.server.times(name)) >= 4
        assert len(it.server.times("slow")) == 1
        await asyncio.sleep(10)
        (failure,) = it.told(PollFailed)
        assert "no answer within 15 s" in failure.record.poll_error
        assert 16 < it.server.times("slow")[1] < 19, "and it is asked about again"


@virtual
async def test_no_more_polls_are_under_way_at_once_than_allowed() -> None:
    async with desk(answers={"": [8.0, task(status="SUCCESS")]}) as it:
        keys = await it.begin(*(f"t{i}" for i in range(20)))
        await asyncio.sleep(7)
        assert len(it.server.asked) == 6
        assert all(record.done for record in await it.watcher.wait(keys))


@pytest.mark.parametrize(
    "error",
    [
        ServerFailed("it broke", status=500),
        BadReply("the reply is an HTML page"),
        NotFound("an HTML page", status=404),
        ValueError("a bug in the client"),
    ],
)
@virtual
async def test_an_error_is_kept_on_the_record_told_and_retried(error: Exception) -> None:
    async with desk(answers={"t": [error, task(), task(status="SUCCESS")]}) as it:
        (key,) = await it.begin("t")
        await asyncio.sleep(1.5)
        assert it.watcher.pending[0].poll_error == str(error)
        assert it.told(PollFailed)[0].error is error
        await asyncio.sleep(5)
        assert not it.watcher.pending or it.watcher.pending[0].poll_error == ""
        (record,) = await it.watcher.wait([key])
        assert (record.status, record.poll_error, record.polls) == (Status.SUCCESS, "", 3)


@virtual
async def test_an_error_is_in_the_ledger_for_other_sessions_to_see() -> None:
    async with desk(answers={"t": [ServerFailed("it broke", status=500)]}) as it:
        (key,) = await it.begin("t")
        await asyncio.sleep(12)
        row = await it.row(key)
        assert row.poll_error == "500: it broke" and row.polls >= 2
        assert row.next_poll_at is not None and row.next_poll_at > row.submitted_at


@virtual
async def test_a_failed_task_says_why() -> None:
    failed = task("t", "FAILED", None, ErrorItem("2012", "no capacity"), ErrorItem(None, "in zone 1"))
    async with desk(answers={"t": [failed]}) as it:
        (record,) = await it.end("t")
        assert (record.status, record.code) == (Status.FAILED, "2012")
        assert record.error == "code 2012: no capacity; in zone 1"


@virtual
async def test_a_failed_task_that_says_nothing_says_so() -> None:
    async with desk(answers={"t": [task("t", "FAILURE")]}) as it:
        (record,) = await it.end("t")
        assert record.status is Status.FAILED and "FAILURE" in record.error


@virtual
async def test_the_raw_result_is_told_once_and_the_record_has_it_redacted() -> None:
    secret = {"id": "i-1", "password": "hunter2-hunter2"}
    async with desk(answers={"t": [task(status="SUCCESS", result=secret)]}) as it:
        (record,) = await it.end("t")
        (ended,) = it.told(TaskEnded)
        assert ended.task is not None and ended.task.result == secret
        assert "hunter2" not in repr(ended) + str(record)


# Retry-After


@pytest.mark.parametrize("status", [429, 503])
@virtual
async def test_retry_after_is_honoured_for_everything(status: int) -> None:
    error: Exception = RateLimited("slow down", status=429, retry_after=40)
    if status == 503:
        error = ServerFailed("maintenance", status=503, retry_after=40)
    async with desk(answers={"t0": [error, task()]}) as it:
        names = [f"t{i}" for i in range(12)]
        await it.begin(*names)
        await asyncio.sleep(1.5)
        refused = it.server.times("t0")[0]
        await asyncio.sleep(60)
        later = [(time, asked) for time, asked in it.server.asked if time > refused + 0.1]
        assert later[0][0] >= refused + 40, "those that waited for their turn are held as well"
        assert {asked for _, asked in later} == set(names)


@virtual
async def test_a_retry_after_of_a_year_is_not_believed() -> None:
    async with desk(answers={"t": [RateLimited("no", retry_after=31_536_000), task(status="SUCCESS")]}) as it:
        (record,) = await it.end("t")
        assert record.done and loop_of_test().now < 1000


@virtual
async def test_a_429_without_retry_after_holds_everything_for_a_moment() -> None:
    async with desk(answers={"t0": [RateLimited("no", status=429), task()]}) as it:
        await it.begin(*(f"t{i}" for i in range(12)))
        await asyncio.sleep(10)
        refused = it.server.times("t0")[0]
        assert min(time for time, _ in it.server.asked if time > refused + 0.1) >= refused + 1.5


# What the server does not know any more


@virtual
async def test_a_forgotten_task_becomes_unknown_and_its_target_is_read_again() -> None:
    async def reread(record: object) -> object:
        return {"id": "i-1", "state": "Stopped"}

    async with desk(answers={"t": [task(), not_found()]}, reread=reread) as it:
        (record,) = await it.end("t")
        assert record.status is Status.UNKNOWN
        assert record.error == "no longer known to the server; its target is Stopped now"
        (ended,) = it.told(TaskEnded)
        assert ended.task is None and ended.target == {"id": "i-1", "state": "Stopped"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("it is Running", "; it is Running"),
        (None, ""),
        ({"no": "state"}, ""),
        (NotFound("gone"), "; its target is not there (any more)"),
        (ServerFailed("broken"), "; its target could not be read: broken"),
        (RuntimeError("a bug"), ""),
        (1000.0, "; its target could not be read within 15 s"),
    ],
)
@virtual
async def test_whatever_rereading_says_the_task_becomes_unknown(said: object, words: str) -> None:
    async def reread(record: object) -> object:
        if isinstance(said, Exception):
            raise said
        if isinstance(said, float):
            await asyncio.sleep(said)
        return said

    async with desk(answers={"t": [not_found()]}, reread=reread) as it:
        (record,) = await it.end("t")
        assert record.status is Status.UNKNOWN
        assert record.error == f"no longer known to the server{words}"


@virtual
async def test_a_single_404_is_not_believed() -> None:
    async with desk(answers={"t": [not_found(), task(), not_found(), task(status="SUCCESS")]}) as it:
        (record,) = await it.end("t")
        assert record.status is Status.SUCCESS


@virtual
async def test_a_gateways_404_pages_are_not_believed_for_long_either() -> None:
    page = NotFound("not found", status=404)
    async with desk(answers={"a": [page] * 4 + [task(status="SUCCESS")], "b": [page]}) as it:
        first, second = await it.end("a", "b")
        assert (first.status, second.status) == (Status.SUCCESS, Status.UNKNOWN)


# The connection


@virtual
async def test_without_a_connection_one_probe_at_a_time_is_made_and_then_all_goes_on() -> None:
    down = ConnectionFailed("connection refused", kind="refused")
    async with desk(answers={"": [down]}, latency=0.2) as it:
        keys = await it.begin(*(f"t{i}" for i in range(10)))
        await asyncio.sleep(3)
        assert it.watcher.paused == "connection refused"
        already = len(it.server.asked)
        await asyncio.sleep(300)
        probes = [time for time, _ in it.server.asked[already:]]
        assert 8 <= len(probes) <= 20 and min(gaps(probes)) >= 1, "one at a time, ever more slowly"
        assert max(gaps(probes)) <= 31
        it.server.answers = {"": [task(status="SUCCESS")]}
        ended = await it.watcher.wait(keys)
        assert all(record.status is Status.SUCCESS for record in ended)
        assert [type(e).__name__ for e in it.heard if type(e).__name__ in ("Paused", "Resumed")] == [
            "Paused",
            "Resumed",
        ]
        assert it.watcher.paused == ""


@virtual
async def test_an_error_from_the_server_means_that_the_connection_is_back() -> None:
    answers: dict[str, list[Answer]] = {
        "t": [ConnectionFailed("down"), ServerFailed("broken"), task(status="SUCCESS")]
    }
    async with desk(answers=answers) as it:
        await it.end("t")
        assert [type(e).__name__ for e in it.heard][1:] == [
            "Paused",
            "PollFailed",
            "Resumed",
            "PollFailed",
            "TaskEnded",
        ]


@virtual
async def test_silence_everywhere_is_a_lost_connection_too() -> None:
    async with desk(answers={"": [1000.0]}) as it:
        await it.begin(*(f"t{i}" for i in range(12)))
        await asyncio.sleep(60)
        assert "no answer" in it.watcher.paused
        already = len(it.server.asked)
        await asyncio.sleep(120)
        assert len(it.server.asked) - already <= 8, "one probe at a time"


# The key


@virtual
async def test_a_refused_key_pauses_until_it_is_given_again() -> None:
    async with desk(answers={"": [KeyRefused("the API key was refused", status=401)]}) as it:
        keys = await it.begin("a", "b", "c")
        await asyncio.sleep(5)
        asked = len(it.server.asked)
        assert asked <= 3
        assert it.watcher.needs_key and "refused" in it.watcher.paused
        await asyncio.sleep(600)
        assert len(it.server.asked) == asked
        assert [record.key for record in it.watcher.pending] == keys

        async def fetch(task_id: str) -> object:
            return task(task_id, "SUCCESS")

        it.watcher.resume(fetch)  # type: ignore[arg-type]
        assert all(record.done for record in await it.watcher.wait(keys))
        assert it.watcher.paused == ""


@virtual
async def test_with_a_refused_key_another_session_takes_over() -> None:
    async with desk(answers={"": [KeyRefused("no", status=401)]}) as ours:
        keys = await ours.begin("a", "b")
        await asyncio.sleep(3)
        async with desk(ledger=ours.ledger, answers={"": [task(status="SUCCESS")]}) as theirs:
            await theirs.watcher.wait(keys)
            records = await ours.watcher.wait(keys)
            assert all(record.status is Status.SUCCESS for record in records)
            assert not ours.watcher.pending


# Idle


@virtual
async def test_with_nothing_pending_no_timer_runs() -> None:
    async with desk(answers={"": [task(status="SUCCESS")]}) as it:
        await loop_of_test().until_idle()  # which would never come with a timer that starts again
        await it.end("a", "b")
        await loop_of_test().until_idle()
        assert loop_of_test().now < 60


@virtual
async def test_with_a_refused_key_and_nothing_pending_no_timer_runs() -> None:
    async with desk() as it:
        it.watcher.resume()
        await loop_of_test().until_idle()


# Waiting, closing, listening


@virtual
async def test_waiting_ends_at_its_time_limit_with_what_there_is() -> None:
    async with desk(answers={"a": [task(status="SUCCESS")]}) as it:
        keys = await it.begin("a", "b")
        first, second = await it.watcher.wait(keys, timeout=30)
        assert (first.done, second.done) == (True, False)
        assert second.polls > 3 and loop_of_test().now == pytest.approx(30, abs=1)


@virtual
async def test_waiting_for_what_has_ended_or_is_not_there_takes_no_time() -> None:
    async with desk(answers={"": [task(status="SUCCESS")]}) as it:
        (record,) = await it.end("a")
        now = loop_of_test().now
        assert await it.watcher.wait([record.key, 999, record.key]) == [record]
        assert await it.watcher.wait([]) == []
        assert loop_of_test().now == now


@virtual
async def test_closing_ends_the_wait_and_leaves_the_tasks_to_others() -> None:
    async with desk(answers={"": [1000.0, task()]}) as it:
        keys = await it.begin("a", "b")
        waiting = asyncio.ensure_future(it.watcher.wait(keys))
        await asyncio.sleep(2)
        before = loop_of_test().now
        await it.watcher.aclose()
        assert loop_of_test().now - before <= 1
        assert [record.done for record in await waiting] == [False, False]
        assert [(await it.row(key)).owner for key in keys] == ["", ""]
        await it.watcher.aclose()


@virtual
async def test_an_answer_that_is_there_at_the_end_is_still_written_down() -> None:
    async with desk(answers={"t": [task(status="SUCCESS")]}) as it:
        (key,) = await it.begin("t")
        while not it.server.asked:
            await asyncio.sleep(0.01)
        await it.watcher.aclose()
        assert (await it.row(key)).status is Status.SUCCESS
        assert len(it.told(TaskEnded)) == 1, "with a secret that nobody will tell again"


@virtual
async def test_the_end_of_the_session_waits_for_nothing_that_takes_long() -> None:
    async def reread(_: object) -> None:
        await asyncio.sleep(10)

    async with desk(answers={"t": [not_found()], "u": [1000.0]}, reread=reread) as it:
        keys = await it.begin("t", "u")
        while len(it.server.times("t")) < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(1)
        before = loop_of_test().now
        await it.watcher.aclose()
        assert loop_of_test().now - before <= 1
        assert [(await it.row(key)).owner for key in keys] == ["", ""], "and the next session goes on"


@virtual
async def test_events_can_be_iterated_over_until_the_end() -> None:
    async with desk(answers={"t": [task(status="SUCCESS")]}) as it:
        with it.watcher.events() as events:
            await it.end("t")
            await it.watcher.aclose()
            assert [type(event) async for event in events] == [TaskStarted, TaskEnded]
        with it.watcher.events() as late:
            assert [event async for event in late] == []


@virtual
async def test_a_listener_that_fails_harms_nobody_else() -> None:
    async with desk(answers={"t": [task(status="SUCCESS")]}) as it:
        it.heard.clear()

        def fail(_: object) -> None:
            raise RuntimeError("a bug in a pane")

        end = it.watcher.subscribe(fail)
        (record,) = await it.end("t")
        assert record.done and it.told(TaskEnded)
        end()
        end()


@virtual
async def test_there_is_nothing_to_follow_in_a_task_without_an_id_or_with_an_end() -> None:
    async with desk() as it:
        for record in (RECORD, await it.ledger.unknown(await it.ledger.begin(RECORD), "why")):
            with pytest.raises(ValueError, match=record.status.value):
                it.watcher.add(record)
