"""One operation on what is marked: the plan as a table, the run, retry and report."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path as FilePath
from typing import Any

import pytest

from cloudmc_tui.operations.bulk import State
from cloudmc_tui.tui.screens.bulk import BulkScreen, OutcomeLines
from cloudmc_tui.tui.widgets.bar import Bar
from cloudmc_tui.tui.widgets.wrapped import WrappedLines
from tests.odd_cloud import failure
from tests.task_cloud import Cloud, accepted, quick_pace, task
from tests.tui.operating import Stage, odd
from tests.tui.test_explorer import text_of

INSTANCES = "/services/svc/env/instances"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_pace(monkeypatch)


class Fleet(Cloud):
    """Six instances, of which two are stopped; what is sent to those in ``failing`` fails."""

    def __init__(self) -> None:
        super().__init__(self._accept)
        states = ["Running", "Running", "Stopped", "Running", "Stopped", "Running"]
        self.rows = [{"id": f"i{n}", "name": f"web-{n}", "state": s} for n, s in enumerate(states)]
        self.answers[INSTANCES] = self.rows
        self.answers |= {f"{INSTANCES}/{row['id']}": row for row in self.rows}
        self.failing: set[str] = set()
        self.number = 0

    def _accept(self) -> Any:
        self.number += 1
        identity = self.sent[-1].url.partition("?")[0].rpartition("/")[2]
        if identity in self.failing:
            return failure(400, 2012, f"{identity} does not want to")
        task_id = f"t{self.number}"
        self.answers[f"/tasks/{task_id}"] = task(task_id, "SUCCESS")
        return accepted(task_id)

    @property
    def stopped(self) -> list[str]:
        """The ids that a stop was sent for, in order."""
        return [s.url.partition("?")[0].rpartition("/")[2] for s in self.sent]


async def mark(stage: Stage, *names: str) -> None:
    for name in names:
        titles = [e["name"] for e in stage.screen.list_pane.entities]
        stage.screen.list_pane.move_to(titles.index(name))
        await stage.press("space")


async def send(stage: Stage, word: str = "") -> None:
    """Confirm the plan, and wait until the run has an outcome for each target."""
    await (stage.press(*word, "enter") if word else stage.press("right", "enter"))
    assert isinstance(stage.app.screen, BulkScreen), stage.text
    run = stage.app.screen._bulk
    await stage.until(lambda: run.done)
    stage.app.screen._look()
    await stage.pilot.pause()


def outcomes(stage: Stage) -> dict[str, str]:
    """Target → outcome, as they are on screen."""
    assert isinstance(stage.app.screen, BulkScreen), stage.text
    lines = [line.split() for line in text_of(stage.app.screen.query_one(OutcomeLines)) if line]
    return {line[2]: line[1] for line in lines}


async def test_the_plan_is_a_table_with_what_is_not_possible_and_what_the_filter_hides() -> None:
    cloud = Fleet()
    async with odd(cloud) as stage:
        await mark(stage, "web-0", "web-1", "web-2", "web-3")
        await stage.press("slash", *"name!=web-3", "enter")
        await stage.operate("reboot")
        lines = text_of(stage.plan.query_one(WrappedLines))
        table = [line for line in lines if line.strip().startswith(("●", "–"))]
        assert " 4 targets, 0 not possible, 1 of them hidden by the filter" in lines
        assert [line.split()[1] for line in table] == ["web-0", "web-1", "web-2", "web-3"]
        assert table[3].endswith("hidden by the filter")
        await stage.press("escape")
        await stage.choose("stop")
        await stage.press("f10")
        lines = text_of(stage.plan.query_one(WrappedLines))
        assert " 4 targets, 1 not possible, 1 of them hidden by the filter" in lines
        (refused,) = [line for line in lines if line.strip().startswith("–")]
        assert refused.split()[1:3] == ["web-2", "Stopped"]
        assert refused.endswith("needs Running, is Stopped")
        assert "Stop 3" in stage.text
        assert cloud.sent == []


async def test_each_target_gets_its_outcome_and_what_is_not_possible_is_not_sent() -> None:
    cloud = Fleet()
    async with odd(cloud) as stage:
        await stage.press("a")
        await stage.operate("stop")
        await stage.press("f10")
        await send(stage)
        assert outcomes(stage) == {
            "web-0": "done", "web-1": "done", "web-2": "refused",
            "web-3": "done", "web-4": "refused", "web-5": "done",
        }  # fmt: skip
        assert sorted(cloud.stopped) == ["i0", "i1", "i3", "i5"]
        assert "4 done, 2 refused" in stage.app.screen.query_one("#bulk-keys", Bar).text


async def test_only_what_failed_is_retried_and_its_plan_is_shown_first() -> None:
    cloud = Fleet()
    cloud.failing = {"i1", "i5"}
    async with odd(cloud) as stage:
        await stage.press("a")
        await stage.operate("stop")
        await stage.press("f10", "f")
        await send(stage)
        assert outcomes(stage)["web-1"] == outcomes(stage)["web-5"] == "failed"
        assert "i1 does not want to" in stage.text
        cloud.failing.clear()
        cloud.sent.clear()
        await stage.press("r")
        assert stage.planning()
        assert "2 targets, 0 not possible" in stage.text
        assert cloud.sent == []
        await send(stage)
        assert outcomes(stage) == {"web-1": "done", "web-5": "done"}
        assert sorted(cloud.stopped) == ["i1", "i5"]


async def test_the_first_failure_stops_what_was_not_sent_yet_unless_one_carries_on() -> None:
    for carry_on in (False, True):
        cloud = Fleet()
        cloud.failing = {f"i{n}" for n in range(6)}
        cloud.answers[INSTANCES] = [
            {"id": f"i{n}", "name": f"web-{n}", "state": "Running"} for n in range(6)
        ] + [{"id": f"j{n}", "name": f"db-{n}", "state": "Running"} for n in range(6)]
        async with odd(cloud) as stage:
            await stage.press("a")
            await stage.operate("reboot")
            assert "stops at the first failure" in stage.message
            if carry_on:
                await stage.press("f")
                assert "carries on after failures" in stage.message
            await send(stage)
            told = outcomes(stage)
            assert told["web-0"] == "failed"
            assert ("skipped" in told.values()) != carry_on
            assert (len(cloud.sent) == 12) == carry_on


async def test_what_destroys_several_wants_their_number_typed() -> None:
    cloud = Fleet()
    async with odd(cloud) as stage:
        await mark(stage, "web-0", "web-2")
        await stage.press("D", "f10")
        assert "To confirm, type: 2" in stage.message
        await stage.press("enter")
        assert cloud.sent == []
        await stage.press("f10")
        await send(stage, "2")
        assert sorted(cloud.stopped) == ["i0", "i2"]


async def test_a_dry_run_of_several_sends_nothing() -> None:
    cloud = Fleet()
    async with odd(cloud) as stage:
        await stage.press("a")
        await stage.operate("reboot")
        await stage.press("d")
        assert "Dry run: 6 requests would be sent; nothing was." in stage.footer
        assert cloud.sent == []


@pytest.mark.parametrize("kind", ["csv", "json"])
async def test_the_report_is_exported(kind: str, tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cloud = Fleet()
    cloud.failing = {"i1"}
    async with odd(cloud) as stage:
        await mark(stage, "web-0", "web-1")
        await stage.operate("reboot")
        await stage.press("f")
        await send(stage)
        await stage.press("E")
        await stage.press(*kind, "enter")
        (file,) = tmp_path.iterdir()
        assert file.stat().st_mode & 0o077 == 0
        assert str(file) in stage.footer.replace("\n", "")
        text = file.read_text("utf-8")
        rows = json.loads(text) if kind == "json" else list(csv.DictReader(io.StringIO(text)))
        assert [(r["name"], r["outcome"]) for r in rows] == [("web-0", "done"), ("web-1", "failed")]
        assert "does not want to" in rows[1]["message"]
        assert rows[0]["task"]


async def test_a_run_goes_on_when_its_screen_is_closed() -> None:
    cloud = Fleet()
    async with odd(cloud) as stage:
        await stage.press("a")
        await stage.operate("reboot")
        await stage.press("right", "enter")
        assert isinstance(stage.app.screen, BulkScreen)
        run = stage.app.screen._bulk
        await stage.press("escape")
        await stage.until(lambda: run.done)
        assert {o.state for o in run.outcomes} == {State.DONE}
        assert len(cloud.sent) == 6
