"""Runs over many targets."""

from __future__ import annotations

import asyncio
import csv
import io

import msgspec

from cloudmc_tui.operations.bulk import AT_ONCE, BulkRun, Outcome, State, report
from cloudmc_tui.operations.plan import Plan, Target
from tests.operations.test_plan import plan


async def test_all_run_a_few_at_a_time_and_each_gets_its_outcome() -> None:
    running, most = 0, 0

    async def execute(_plan: Plan, target: Target) -> Outcome:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return Outcome(target, State.DONE, task_id="t")

    changes: list[int] = []
    run = BulkRun(
        plan("stop", {}, *["Running"] * 20, "Stopped"),
        execute,
        stop_on_failure=True,
        changed=lambda: changes.append(1),
    )
    await run.run()
    assert most == AT_ONCE
    assert [o.state for o in run.outcomes] == [State.DONE] * 20 + [State.REFUSED]
    assert run.done and len(changes) == 40
    assert run.again() is None


async def test_the_first_failure_stops_what_was_not_sent_yet_if_wanted() -> None:
    async def execute(_plan: Plan, target: Target) -> Outcome:
        return Outcome(target, State.FAILED if target.title == "web-2" else State.DONE, "boom")

    stopping = BulkRun(plan("stop", {}, *["Running"] * 6), execute, stop_on_failure=True, at_once=1)
    await stopping.run()
    assert [o.state.value for o in stopping.outcomes] == [
        "done",
        "done",
        "failed",
        "skipped",
        "skipped",
        "skipped",
    ]
    assert "web-2 failed" in stopping.outcomes[3].message
    carrying_on = BulkRun(plan("stop", {}, *["Running"] * 6), execute, stop_on_failure=False, at_once=1)
    await carrying_on.run()
    assert [o.state.value for o in carrying_on.outcomes] == ["done", "done", "failed", "done", "done", "done"]


async def test_only_what_failed_or_was_skipped_is_retried_and_never_what_is_unknown() -> None:
    states = {"web-0": State.DONE, "web-1": State.UNKNOWN, "web-2": State.FAILED}

    async def execute(_plan: Plan, target: Target) -> Outcome:
        return Outcome(target, states[target.title])

    run = BulkRun(plan("stop", {}, *["Running"] * 3), execute, stop_on_failure=False)
    await run.run()
    again = run.again()
    assert again is not None and [t.title for t in again.targets] == ["web-2"]


def test_the_report_can_be_read_back() -> None:
    target = plan("stop").targets[0]
    outcomes = [Outcome(target, State.FAILED, 'quota, "exceeded"', "t-1")]
    rows = list(csv.DictReader(io.StringIO(report(outcomes, "csv"))))
    assert rows == msgspec.json.decode(report(outcomes, "json"))
    assert rows[0]["message"] == 'quota, "exceeded"'
