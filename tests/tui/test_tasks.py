"""Tasks in the explorer: beside the last known state, as a strip, over the whole screen, to their end."""

from __future__ import annotations

from pathlib import Path as FilePath

import pytest

from cloudmc_tui.path import Path
from cloudmc_tui.tasks import Status
from cloudmc_tui.tui.screens.secret import SecretScreen
from cloudmc_tui.tui.screens.task import TaskScreen
from cloudmc_tui.tui.widgets.wrapped import WrappedLines
from tests.odd_cloud import failure, reply
from tests.task_cloud import INSTANCE, SENTINEL, WEB_URL, Cloud, accepted, found, quick_pace, task
from tests.tui.operating import Stage, odd, open_session, simulated
from tests.tui.test_explorer import text_of

INSTANCES = "/services/svc/env/instances"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_pace(monkeypatch)


async def reboot(stage: Stage) -> None:
    """Send a reboot of what the cursor is on."""
    await stage.operate("reboot")
    await stage.press("right", "enter")


def lines(stage: Stage) -> list[str]:
    """The tasks on screen."""
    return [line for line in text_of(stage.screen.tasks_pane) if line]


def listed(stage: Stage, name: str) -> str:
    """The line of an entity in the list, whatever marks stand before it."""
    (line,) = [x for x in text_of(stage.screen.list_pane) if x.lstrip(" ~+▌").startswith(f"{name} ")]
    return line


# While it runs


async def test_what_is_pending_stands_beside_the_last_known_state_and_never_for_it() -> None:
    async with simulated() as (cloud, stage):
        titles = [e["name"] for e in stage.screen.list_pane.entities]
        stage.screen.list_pane.move_to(titles.index("web-01"))
        await stage.operate("stop")
        await stage.press("f10", "right", "enter")
        row = listed(stage, "web-01")
        assert "Running → stopping…" in row
        await stage.press("enter")
        shown = "\n".join(text_of(stage.screen.entity_pane))
        assert "Running → stopping…" in shown
        assert "under way" in str(stage.screen.tasks_pane.border_title)
        (record,) = await stage.ended(lambda: cloud.clock.pass_(60))
        assert record.status is Status.SUCCESS
        shown = "\n".join(text_of(stage.screen.entity_pane))
        assert "Stopped" in shown
        assert "stopping" not in shown
        row = listed(stage, "web-01")
        assert "Stopped" in row
        assert "→" not in row


async def test_a_task_that_fails_says_so_and_why() -> None:
    cloud = Cloud(t1=[("PENDING",), ("FAILED", None, [{"code": 500, "message": "The host is full"}])])
    async with odd(cloud) as stage:
        await reboot(stage)
        (record,) = await stage.ended()
        assert record.status is Status.FAILED
        assert "Reboot web-01: failed: " in stage.footer
        assert "The host is full" in stage.footer
        (line,) = lines(stage)
        assert line.split()[:2] == ["✖", "FAILED"]
        assert "The host is full" in line
        assert "Running" in text_of(stage.screen.list_pane)[1]


async def test_trouble_while_polling_is_shown_beside_the_task_and_got_over() -> None:
    answers = [failure(500, 500, "the task service is down"), ("SUCCESS",)]
    cloud = Cloud(t1=[answers[0]])
    async with odd(cloud) as stage:
        await reboot(stage)
        await stage.until(lambda: "the task service is down" in stage.text)
        assert "PENDING" in lines(stage)[0]
        cloud.tasks["t1"] = [answers[1]]
        (record,) = await stage.ended()
        assert record.status is Status.SUCCESS
        assert "the task service is down" not in stage.text


async def test_an_outcome_that_the_server_forgot_is_unknown_with_its_target_as_it_is_now() -> None:
    cloud = Cloud(t1=[failure(404, 404, "no such task")])
    async with odd(cloud) as stage:
        await stage.operate("reboot")
        cloud.answers[WEB_URL] = {**INSTANCE, "state": "Stopped"}
        await stage.press("right", "enter")
        (record,) = await stage.ended()
        assert record.status is Status.UNKNOWN
        assert "outcome unknown" in stage.footer
        (line,) = lines(stage)
        assert line.split()[:2] == ["?", "UNKNOWN"]
        await stage.press("t", "enter")
        assert "web-01 is Stopped now" in stage.text


# The pane


async def three_tasks(stage: Stage, cloud: Cloud) -> None:
    """A reboot that was done, one that failed, and one under way."""
    cloud.answers["/tasks/t9"] = lambda: task("t9", "PENDING")
    for answer in (reply({}), failure(400, 2012, "It does not want to"), accepted("t9")):
        cloud.mutation = answer
        await stage.operate("reboot")
        await stage.press("right", "enter")
        while stage.planning() or stage.shows("panel"):
            await stage.press("escape")


async def test_the_strip_shows_the_newest_and_t_all_of_them_over_the_whole_screen() -> None:
    cloud = Cloud()
    async with odd(cloud) as stage:
        assert not stage.shows("tasks"), "no task, no strip"
        await three_tasks(stage, cloud)
        assert [line.split()[1] for line in lines(stage)] == ["PENDING", "FAILED", "SUCCESS"]
        assert stage.screen.tasks_pane.region.height == 4
        assert stage.shows("list")
        await stage.press("t")
        assert not stage.shows("list")
        assert stage.screen.tasks_pane.region.height > 40
        assert stage.focused == "tasks"
        await stage.press("t")
        assert stage.shows("list")
        assert stage.focused == "list"
        await stage.press("4")
        assert stage.focused == "tasks"
        assert stage.shows("list")


async def test_nothing_of_a_request_or_an_error_is_cut_off() -> None:
    error = f"The instance cannot be started: {'no host has room for it, ' * 6}in this zone"
    cloud = Cloud(t1=[("FAILED", None, [{"code": 500, "message": error}])])
    async with odd(cloud) as stage:
        await reboot(stage)
        await stage.ended()
        await stage.press("t", "enter")
        lines = [line.rstrip() for line in text_of(stage.app.screen.query_one(WrappedLines))]
        assert error in " ".join(line[12:].strip() for line in lines)
        assert any(line.endswith("/services/svc/env/instances/i1?operation=reboot") for line in lines)


async def test_enter_shows_request_and_result_and_x_goes_to_the_target() -> None:
    cloud = Cloud(reply({"id": "i1", "token": SENTINEL, "state": "Running"}))
    async with odd(cloud) as stage:
        await stage.press("e")
        await stage.type("name", "web-99")
        await stage.press("f10", "enter", "t", "enter")
        assert isinstance(stage.app.screen, TaskScreen)
        shown = "\n".join(text_of(stage.app.screen.query_one(WrappedLines)))
        for text in ("SUCCESS", "svc/env/instances/i1", "PUT /services/svc/env/instances/i1", '"web-99"'):
            assert text in shown
        assert '"state": "Running"' in shown
        assert SENTINEL not in shown
        await stage.press("y", "escape")
        assert stage.copied == ["1"]
        await stage.press("x")
        assert stage.screen.history.place.entity == Path.parse("svc/env/instances/i1")
        assert "Instance web-01" in stage.text


async def test_the_tasks_are_filtered_as_one_types() -> None:
    cloud = Cloud()
    async with odd(cloud) as stage:
        await three_tasks(stage, cloud)
        await stage.press("t", "slash", *"fail")
        assert [line.split()[1] for line in lines(stage)] == ["FAILED"]
        await stage.press("enter")
        assert "/fail" in str(stage.screen.tasks_pane.border_title)
        await stage.press("slash", "ctrl+u", *"zzz", "enter")
        assert "No task matches /zzz" in lines(stage)[0]
        await stage.press("slash", "escape")
        await stage.press("slash", "ctrl+u", "enter")
        assert len(lines(stage)) == 3


async def test_finished_tasks_are_forgotten_and_those_under_way_are_not() -> None:
    cloud = Cloud()
    async with odd(cloud) as stage:
        await three_tasks(stage, cloud)
        await stage.press("t", "delete")
        assert "only finished tasks can be forgotten" in stage.footer
        await stage.press("down", "delete")
        assert "1 task forgotten." in stage.footer
        assert [line.split()[1] for line in lines(stage)] == ["PENDING", "SUCCESS"]
        await stage.press("F")
        assert [line.split()[1] for line in lines(stage)] == ["PENDING"]
        assert [r.status for r in await stage.records()] == [Status.PENDING]


async def test_the_cursor_stays_on_its_task_when_others_come() -> None:
    cloud = Cloud()
    async with odd(cloud) as stage:
        await three_tasks(stage, cloud)
        await stage.press("4", "down")
        under = stage.screen.tasks_pane.record
        assert under is not None
        await stage.press("2")
        cloud.mutation = reply({})
        await reboot(stage)
        assert len(lines(stage)) >= 3
        assert stage.screen.tasks_pane.record == under


# Earlier sessions


async def test_what_ended_meanwhile_is_summed_up_once(tmp_path: FilePath) -> None:
    file = tmp_path / "tasks.sqlite"
    ids = iter(("t1", "t2", "t3"))
    cloud = Cloud(
        lambda: accepted(next(ids)),
        t1=[("SUCCESS",)], t2=[("FAILED", None, [{"code": 1, "message": "no"}])], t3=[("PENDING",)],
    )  # fmt: skip
    earlier = await open_session(cloud.app, ledger=file)
    await begin(earlier, 3)
    async with odd(cloud, ledger=file) as stage:
        await stage.until(lambda: "finished while you were away" in stage.footer)
        assert "2 finished while you were away: 1 failed. t shows them." in stage.footer
        assert [line.split()[1] for line in lines(stage)] == ["PENDING", "FAILED", "SUCCESS"]
        cloud.tasks["t3"] = [("SUCCESS",)]
        await stage.ended()
        assert "Reboot web-01: done" in stage.footer
    async with odd(cloud, ledger=file) as stage:
        assert [line.split()[1] for line in lines(stage)] == ["SUCCESS", "FAILED", "SUCCESS"]
        assert "while you were away" not in stage.footer


async def begin(session: object, count: int) -> None:
    """Send reboots from a session that then ends."""
    from cloudmc_tui.operations import make_plan
    from cloudmc_tui.session import Session
    from tests.task_cloud import WEB

    assert isinstance(session, Session)
    await session.inventory.refresh(Path())
    kind = session.catalog.services["cloudstack"].types["instances"]
    for _ in range(count):
        plan = make_plan("reboot", kind, [(WEB, INSTANCE)], {})
        await session.execution.submit(plan, plan.targets[0])
    await session.aclose()


async def test_a_secret_of_a_task_that_ended_meanwhile_is_shown(tmp_path: FilePath) -> None:
    from cloudmc_tui.operations import make_plan
    from tests.task_cloud import WEB

    file = tmp_path / "tasks.sqlite"
    cloud = Cloud(t1=[("SUCCESS", {"id": "i1", "password": SENTINEL})])
    earlier = await open_session(cloud.app, ledger=file)
    kind = earlier.catalog.services["cloudstack"].types["instances"]
    plan = make_plan("resetPassword", kind, [(WEB, INSTANCE)], {})
    await earlier.execution.submit(plan, plan.targets[0])
    await earlier.aclose()
    async with odd(cloud, ledger=file) as stage:
        await stage.until(lambda: isinstance(stage.app.screen, SecretScreen))
        assert SENTINEL in stage.text
        assert "Reset password web-01" in stage.text
        await stage.press("escape")
        assert SENTINEL not in stage.text
    assert found(tmp_path) == []
