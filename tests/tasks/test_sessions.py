"""Several sessions at once and one after the other: each task is polled by one, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cloudmc_tui.tasks import (
    AsyncLedger,
    CaughtUp,
    LedgerError,
    LedgerTrouble,
    Status,
    TaskEnded,
    TaskStarted,
)
from tests.tasks.harness import RECORD, Desk, Server, desk, ledger_at, new_watcher, not_found, task
from tests.tasks.virtual import loop_of_test, virtual

DONE = {"": [task(status="SUCCESS")]}
DONE_LATER = {"": [*[task()] * 5, task(status="SUCCESS")]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite3"


async def killed(path: Path, *task_ids: str, sending: int = 0) -> list[int]:
    """A session that began tasks and went away without a word; their keys."""
    async with ledger_at(path, gone=lambda _: False) as ledger:
        keys = []
        for task_id in task_ids:
            keys.append(await ledger.begin(RECORD, owner="dead"))
            await ledger.submitted(keys[-1], task_id)
        return keys + [await ledger.begin(RECORD, owner="dead") for _ in range(sending)]


@virtual
async def test_what_an_earlier_session_left_is_resumed_and_summed_up(path: Path) -> None:
    async with desk(path) as first:
        keys = await first.begin("a", "b", "c")
    answers = {
        "a": [task(status="SUCCESS")],
        "b": [task("b", "FAILED")],
        "c": [task(), task(status="SUCCESS")],
    }
    async with desk(path, answers=answers) as it:
        assert [(event.record.key, event.resumed) for event in it.told(TaskStarted)] == [
            (key, True) for key in keys
        ]
        records = await it.watcher.wait(keys)
        assert [record.status.value for record in records] == ["SUCCESS", "FAILED", "SUCCESS"]
        (summary,) = it.told(CaughtUp)
        assert {record.key for record in summary.ended} == set(keys[:2])
        assert {event.record.key: event.meanwhile for event in it.told(TaskEnded)} == dict(
            zip(keys, (True, True, False), strict=True)
        )
        assert [record.key for record in it.watcher.ended_meanwhile] == [r.key for r in summary.ended]


@virtual
async def test_ends_that_nobody_saw_are_told_at_once(path: Path) -> None:
    async with desk(path, answers=DONE) as first:
        seen, unseen = await first.end("a", "b")
        await first.ledger.mark_seen([seen.key])
    async with desk(path) as it:
        assert it.told(CaughtUp) == [CaughtUp((unseen,))]
        assert it.watcher.ended_meanwhile == [unseen]
        await it.ledger.mark_seen([unseen.key])
    async with desk(path) as it:
        assert it.heard == [] and it.watcher.ended_meanwhile == []


@virtual
async def test_a_dead_sessions_tasks_are_taken_over_when_its_lease_runs_out(path: Path) -> None:
    keys = await killed(path, "a", "b")
    async with ledger_at(path, gone=lambda _: False) as ledger, desk(ledger=ledger, answers=DONE) as it:
        assert [record.key for record in it.watcher.pending] == keys, "they are shown from the start"
        await asyncio.sleep(13)
        assert it.server.asked == []
        records = await it.watcher.wait(keys)
        assert all(record.status is Status.SUCCESS for record in records)
        assert it.server.asked[0][0] < 18


@virtual
async def test_what_a_dead_session_was_sending_becomes_unknown_with_its_target_read(path: Path) -> None:
    (key,) = await killed(path, sending=1)

    async def reread(record: object) -> Any:
        return {"state": "Stopping"}

    async with (
        ledger_at(path, gone=lambda owner: owner == "dead") as ledger,
        desk(ledger=ledger, reread=reread) as it,
    ):
        await asyncio.sleep(1)
        row = await it.row(key)
        assert row.status is Status.UNKNOWN
        assert row.error.startswith("outcome unknown") and row.error.endswith("its target is Stopping now")
        (ended,) = it.told(TaskEnded)
        assert ended.record == row and ended.target == {"state": "Stopping"}


@virtual
async def test_two_sessions_share_the_work_and_both_hear_of_the_end(path: Path) -> None:
    async with desk(path) as ours, desk(path) as theirs:
        for it in (ours, theirs):
            it.server.answers = {"": [task(), task(), task(status="SUCCESS", result={"password": "x" * 9})]}
        mine, yours = await ours.begin("a"), await theirs.begin("b")
        await ours.watcher.look()
        await theirs.watcher.look()
        keys = mine + yours
        for it, other in ((ours, "b"), (theirs, "a")):
            records = await it.watcher.wait(keys)
            assert [record.status for record in records] == [Status.SUCCESS] * 2
            assert it.server.times(other) == [], "each task is polled by its own session alone"
            ends = {event.record.task_id: event.task for event in it.told(TaskEnded)}
            assert ends.keys() == {"a", "b"}
            assert ends[other] is None, "the secret was for the session that heard it"
            assert it.watcher.pending == []


@virtual
async def test_a_session_that_waits_for_anothers_task_is_told_of_its_end(path: Path) -> None:
    async with (
        desk(path, answers=DONE_LATER) as ours,
        desk(path) as theirs,
    ):
        keys = await ours.begin("a")
        (record,) = await theirs.watcher.wait(keys)
        assert record.status is Status.SUCCESS and theirs.server.asked == []
        await loop_of_test().until_idle()


@virtual
async def test_waiting_for_a_task_of_another_connection(path: Path) -> None:
    async with desk(path, answers=DONE_LATER) as ours:
        keys = await ours.begin("a")
        async with desk(ledger=ours.ledger, profile="other") as theirs:
            (record,) = await theirs.watcher.wait(keys)
            assert record.status is Status.SUCCESS and theirs.server.asked == []


@virtual
async def test_a_session_that_was_stopped_for_long_gives_way(path: Path) -> None:
    async with desk(path) as ours, desk(path, answers=DONE) as theirs:
        keys = await ours.begin("a")
        async with ledger_at(path) as ledger:  # as if the lease had run out while we were suspended
            await ledger.release(ours.watcher.owner)
        await theirs.watcher.look()
        await theirs.watcher.wait(keys)
        (record,) = await ours.watcher.wait(keys)
        assert record.status is Status.SUCCESS
        assert len(ours.told(TaskEnded)) == 1


@virtual
async def test_a_task_that_was_not_handed_to_the_watcher_is_found(path: Path) -> None:
    async with desk(path) as it:
        await it.begin("a")
        key = await it.ledger.begin(RECORD, owner=it.watcher.owner)
        await it.ledger.submitted(key, "lost")
        await asyncio.sleep(12)
        assert it.server.times("lost")


@virtual
async def test_a_task_that_was_forgotten_by_a_person_is_dropped(path: Path) -> None:
    async with desk(path) as ours, desk(path) as theirs:
        (key,) = await ours.begin("a")
        await theirs.watcher.look()
        assert [record.key for record in theirs.watcher.pending] == [key]
        await ours.ledger.finish(key, Status.SUCCESS)
        await ours.ledger.forget()
        await asyncio.sleep(20)
        assert theirs.watcher.pending == [] == ours.watcher.pending
        await loop_of_test().until_idle()


@virtual
async def test_the_server_forgot_everything_while_we_were_away(path: Path) -> None:
    keys = await killed(path, *(f"t{i}" for i in range(20)))
    async with (
        ledger_at(path, gone=lambda _: True) as ledger,
        desk(ledger=ledger, answers={"": [not_found()]}) as it,
    ):
        records = await it.watcher.wait(keys)
        assert {record.status for record in records} == {Status.UNKNOWN}
        assert it.server.busiest() <= 5
        assert len(it.told(CaughtUp)) == 1


# The ledger in trouble


class Failing:
    """A ledger some of whose methods can be made to fail; and how often each was asked for."""

    def __init__(self, ledger: AsyncLedger, *methods: str) -> None:
        self.ledger = ledger
        self.methods = methods or ("finish", "renew_lease", "claim", "release", "goodbye")
        self.failing = False
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.asked[name] += 1
        method = getattr(self.ledger, name)
        if name not in self.methods or not self.failing:
            return method

        async def fail(*_: Any, **__: Any) -> None:
            raise LedgerError("the task ledger: disk is full")

        return fail


async def failing_desk(ledger: Failing, server: Server) -> Desk:
    made = Desk(ledger, server, new_watcher(ledger, server))  # type: ignore[arg-type]
    made.watcher.subscribe(made.heard.append)
    await made.watcher.start()
    return made


@virtual
async def test_an_end_that_cannot_be_written_is_told_and_written_later(path: Path) -> None:
    async with ledger_at(path) as opened:
        ledger = Failing(opened)
        it = await failing_desk(ledger, Server({"": [task(status="SUCCESS", result={"id": "i"})]}))
        keys = await it.begin("a")
        ledger.failing = True
        (record,) = await it.watcher.wait(keys)
        assert (record.status, record.result) == (Status.SUCCESS, '{"id":"i"}')
        assert it.told(LedgerTrouble) and len(it.told(TaskEnded)) == 1
        assert (await it.row(keys[0])).status is Status.PENDING
        await asyncio.sleep(11)
        ledger.failing = False
        await asyncio.sleep(6)
        row = await it.row(keys[0])
        assert (row.status, row.result) == (Status.SUCCESS, '{"id":"i"}')
        assert len(it.told(TaskEnded)) == 1 and len(it.server.asked) == 1
        await loop_of_test().until_idle()
        await it.watcher.aclose()


@virtual
async def test_what_has_ended_is_not_taken_up_again_while_its_end_cannot_be_written(path: Path) -> None:
    async with ledger_at(path) as opened:
        ledger = Failing(opened, "finish")
        it = await failing_desk(ledger, Server({"a": [task(status="SUCCESS")]}))
        await it.begin("a", "b")
        ledger.failing = True
        await asyncio.sleep(30)
        assert len(it.server.times("a")) == 1 and len(it.told(TaskEnded)) == 1
        await it.watcher.aclose()


@virtual
async def test_what_is_owed_is_written_at_the_end(path: Path) -> None:
    async with ledger_at(path) as opened:
        ledger = Failing(opened)
        it = await failing_desk(ledger, Server({"": [task(status="SUCCESS")]}))
        keys = await it.begin("a")
        ledger.failing = True
        await it.watcher.wait(keys)
        ledger.failing = False
        await it.watcher.aclose()
        assert (await it.row(keys[0])).status is Status.SUCCESS


@virtual
async def test_the_ledger_is_not_read_again_while_nothing_changes(path: Path) -> None:
    async with ledger_at(path, gone=lambda _: False) as opened:
        ledger = Failing(opened)
        await opened.begin(RECORD, owner="another session, sending")
        it = await failing_desk(ledger, Server())
        assert len(it.watcher.pending) == 1
        before = ledger.asked["pending"]
        await asyncio.sleep(100)
        assert ledger.asked["revision"] > 40 and ledger.asked["pending"] - before <= 1
        await it.watcher.aclose()


@virtual
async def test_what_this_session_is_sending_is_its_own_until_it_is_handed_over(path: Path) -> None:
    async with desk(path) as it:
        key = await it.ledger.begin(RECORD, owner=it.watcher.owner)
        await it.watcher.look()
        record = await it.ledger.submitted(key, "a")
        await it.watcher.look()
        assert it.watcher.pending == []
        it.watcher.add(record)
        assert it.told(TaskStarted) == [TaskStarted(record)]


@virtual
async def test_polling_goes_on_while_leases_cannot_be_renewed_and_closing_is_calm(path: Path) -> None:
    async with ledger_at(path) as opened:
        ledger = Failing(opened)
        it = await failing_desk(ledger, Server())
        await it.begin("a")
        ledger.failing = True
        await asyncio.sleep(30)
        assert len(it.server.asked) > 5
        assert len(it.told(LedgerTrouble)) == 1, "which is told once, not every five seconds"
        ledger.failing = False
        await asyncio.sleep(6)
        ledger.failing = True
        await asyncio.sleep(6)
        assert len(it.told(LedgerTrouble)) == 2
        await it.watcher.aclose()


@virtual
async def test_polls_that_could_not_be_written_are_written_later(path: Path) -> None:
    async with ledger_at(path) as opened:
        ledger = Failing(opened)
        it = await failing_desk(ledger, Server({"": [task(), task(), task(), 1000.0]}))
        (key,) = await it.begin("a")
        ledger.failing = True
        await asyncio.sleep(7)
        ledger.failing = False
        await asyncio.sleep(6)
        assert (await it.row(key)).polls == 3
        await it.watcher.aclose()


@virtual
async def test_a_ledger_that_cannot_be_read_stops_the_start(path: Path) -> None:
    async with ledger_at(path) as ledger:
        server = Server()
        await ledger.aclose()
        watcher = new_watcher(ledger, server)
        with pytest.raises(LedgerError):
            await watcher.start()
        await watcher.aclose()


# The ledger's thread


@virtual
async def test_what_was_asked_for_is_done_although_the_asker_was_cancelled(path: Path) -> None:
    async with ledger_at(path) as ledger:
        asking = asyncio.ensure_future(ledger.begin(replace(RECORD, title="cancelled")))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert [record.title for record in await ledger.recent()] == ["cancelled"]


@virtual
async def test_a_closed_ledger_says_so_and_may_be_closed_again(path: Path) -> None:
    async with ledger_at(path) as ledger:
        pass
    await ledger.aclose()
    with pytest.raises(LedgerError, match="closed"):
        await ledger.recent()


@virtual
async def test_every_method_of_the_ledger_can_be_awaited(path: Path) -> None:
    async with ledger_at(path) as ledger:
        assert ledger.path == path and ledger.notes == ()
        key = await ledger.begin(RECORD)
        await ledger.submitted(key, "t")
        found = await ledger.find("t")
        assert found is not None and found.key == key
        assert not await ledger.changed()
        assert await ledger.unseen() == []
        await ledger.unknown(key, "x")
        assert (await ledger.explain(key, "y")).error == "y"
        assert await ledger.counts() == {Status.UNKNOWN: 1}
        assert await ledger.forget([key]) == 1
        assert ledger.now() >= 1_750_000_000
