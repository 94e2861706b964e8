"""The plan of an operation: everything about it before it is sent, and what it takes to send it."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
from pathlib import Path as FilePath
from typing import Any

import pytest
from textual.widgets import Input

from cloudmc_tui.audit import AuditLog
from cloudmc_tui.profiles import Mode
from cloudmc_tui.tasks import LedgerError, Status
from cloudmc_tui.tui.screens.secret import SecretScreen
from cloudmc_tui.tui.widgets.wrapped import WrappedLines
from tests.odd_cloud import KEY, reply
from tests.task_cloud import INSTANCE, SENTINEL, WEB_URL, Cloud, accepted, json_reply, quick_pace
from tests.tui.operating import Stage, odd, sent, simulated
from tests.tui.test_explorer import text_of


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_pace(monkeypatch)


def plan_text(stage: Stage) -> str:
    """All of the plan's lines, also those that are scrolled away."""
    lines = stage.plan.query_one(WrappedLines)
    pieces = (lines.row_pieces(row, lines.size.width) for row in range(lines.rows))
    return "\n".join("".join(text for text, _ in row) for row in pieces)


def stopped(cloud: Cloud, **more: Any) -> Cloud:
    """A cloud whose instance is stopped."""
    row = {**INSTANCE, "state": "Stopped", **more}
    cloud.answers["/services/svc/env/instances"] = [row]
    cloud.answers[WEB_URL] = row
    return cloud


# What it shows


async def test_a_plan_says_what_is_sent_where_to_what_and_what_else_happens() -> None:
    async with odd(Cloud()) as stage:
        await stage.operate("stop")
        await stage.go_to("forceStop")
        await stage.press("space", "f10")
        shown = plan_text(stage)
        for text in (
            "disruptive: service is interrupted",
            "cuts the power: the guest does not shut down cleanly",
            "Ends as    Stopped",
            "POST http://odd.invalid/v1/services/svc/env/instances/i1?operation=stop",
            '"forceStop": true',
            "On         svc/env/instances/i1",
            "State      Running",
        ):
            assert text in shown
        assert "curl -sS -X POST" in shown
        assert "cloudmc-tui run svc/env/instances/i1 stop -f forceStop=true" in shown
        assert "on odd" in stage.text, "the profile is named"
        assert KEY not in stage.text


@pytest.mark.parametrize(("choice", "starts"), [("As curl", "curl -sS -X POST"), ("line", "cloudmc-tui run")])
async def test_a_plan_is_copied_as_a_command_without_the_key(choice: str, starts: str) -> None:
    async with odd(Cloud()) as stage:
        await stage.operate("reboot")
        await stage.press("y")
        await stage.press(*choice, "enter")
        (copied,) = stage.copied
        assert copied.startswith(starts)
        words = shlex.split(copied)
        assert "svc/env/instances/i1" in copied
        assert ("MC-Api-Key: $CLOUDMC_API_KEY" in words) == (starts[:4] == "curl")
        assert KEY not in copied
        assert stage.planning(), "copying sends nothing and closes nothing"


async def test_a_long_body_is_wrapped_and_not_cut() -> None:
    text = "x" * 300 + "-the-end"
    async with odd(Cloud()) as stage:
        await stage.press("e")
        await stage.type("name", text)
        await stage.press("f10")
        plan = re.sub(r"\s", "", plan_text(stage))
        assert plan.count(text) >= 2, "in the body and in the commands"


# What it takes to send it


async def test_what_is_safe_takes_one_key() -> None:
    cloud = stopped(Cloud())
    async with odd(cloud) as stage:
        await stage.operate("start")
        assert stage.focused == "plan-send"
        assert cloud.sent == []
        await stage.press("enter")
        assert [s.url for s in cloud.sent] == [f"{WEB_URL}?operation=start"]
        assert not stage.planning()


async def test_what_interrupts_has_cancel_focused() -> None:
    cloud = Cloud()
    async with odd(cloud) as stage:
        await stage.operate("reboot")
        assert stage.focused == "plan-cancel"
        await stage.press("enter")
        assert not stage.planning()
        assert cloud.sent == []
        await stage.choose("reboot")
        await stage.press("right")
        assert stage.focused == "plan-send"
        await stage.press("left")
        assert stage.focused == "plan-cancel"
        await stage.press("right", "enter")
        assert len(cloud.sent) == 1


@pytest.mark.parametrize("name", ["web-01", "dry-yq-1", "yak", "42", "Q d"])
async def test_what_destroys_wants_the_targets_name_typed(name: str) -> None:
    cloud = Cloud()
    row = {**INSTANCE, "name": name}
    cloud.answers |= {"/services/svc/env/instances": [row], WEB_URL: row}
    async with odd(cloud) as stage:
        await stage.press("D", "f10")
        assert f"To confirm, type: {name}" in stage.message
        assert stage.focused == "plan-cancel"
        assert not stage.can_send()
        await stage.press("enter")
        assert not stage.planning(), "enter alone cancels"
        await stage.press("f10")
        await stage.press(*name[:-1])
        assert not stage.can_send()
        await stage.press("enter")
        assert f"That is not {name}: nothing was sent." in stage.message
        assert cloud.sent == []
        await stage.press(name[-1])
        assert stage.can_send()
        await stage.press("enter")
        assert [s.method for s in cloud.sent] == ["DELETE"]


async def test_the_send_button_works_once_the_name_is_right() -> None:
    cloud = Cloud()
    async with odd(cloud) as stage:
        await stage.press("D", "f10")
        await stage.press(*"web-01", "tab", "tab")
        assert stage.focused == "plan-send"
        await stage.press("enter")
        assert [s.method for s in cloud.sent] == ["DELETE"]


async def test_another_key_than_the_names_first_still_acts() -> None:
    cloud = Cloud()
    async with odd(cloud) as stage:
        await stage.press("D", "f10", "d")
        assert "Dry run: 1 request would be sent; nothing was." in stage.footer
        await stage.press("f10")
        await stage.press("w")
        assert stage.plan.query_one("#plan-word", Input).value == "w"
        assert stage.focused == "plan-word"
        await stage.press("escape")
        assert not stage.planning()
        assert cloud.sent == []


async def test_a_dry_run_sends_nothing() -> None:
    async with simulated() as (cloud, stage):
        before = cloud.app.requests.total
        await stage.press("n")
        form = stage.screen.panel.form_pane.form
        assert form is not None
        form.raw = '{"name": "x"}'
        await stage.press("f10", "d")
        assert "Dry run: 1 request would be sent; nothing was." in stage.footer
        assert stage.screen.panel.shows_form, "the form stays"
        assert sent(cloud) == []
        assert cloud.app.requests.total == before, "nor was anything asked"


async def test_a_protected_profile_wants_the_name_typed_and_writes_unlocked() -> None:
    cloud = Cloud()
    async with odd(cloud, mode=Mode.PROTECTED) as stage:
        await stage.operate("reboot")
        assert "Writes are locked" in stage.message and "U unlock" in stage.message
        assert not stage.can_send()
        await stage.press("U")
        assert stage.session.guard.unlocked_for > 0
        assert "To confirm, type: web-01" in stage.message
        await stage.press(*"web-01", "enter")
        assert len(cloud.sent) == 1


async def test_on_a_protected_profile_one_can_say_why(tmp_path: FilePath) -> None:
    cloud = Cloud()
    async with odd(cloud, mode=Mode.PROTECTED) as stage:
        audit = tmp_path / "audit.jsonl"
        stage.session.execution.audit = AuditLog(audit)
        await stage.press("U")
        await stage.operate("reboot")
        stage.plan.query_one("#plan-reason", Input).focus()
        await stage.press(*"disk full", "enter", *"web-01", "enter")
        assert len(cloud.sent) == 1
        noted = [json.loads(line) for line in audit.read_text().splitlines()]
        assert (noted[0]["event"], noted[0]["reason"]) == ("sent", "disk full")
    async with odd(Cloud()) as stage:
        await stage.operate("reboot")
        assert not stage.plan.query("#plan-reason"), "elsewhere nobody is asked"


async def test_enter_twice_sends_once() -> None:
    cloud = stopped(Cloud())
    async with odd(cloud) as stage:
        await stage.operate("start")
        await stage.press("enter", "enter", "enter")
        assert len(cloud.sent) == 1


# What comes of it


async def test_an_unknown_outcome_is_said_with_what_to_look_at_and_not_sent_again() -> None:
    cloud = Cloud(json_reply(200, taskStatus="PENDING"))
    async with odd(cloud) as stage:
        await stage.operate("reboot")
        await stage.press("right", "enter")
        assert "named no task to follow" in stage.message
        assert "web-01 is Running now. Look at it before you do it again." in stage.message
        assert [r.status for r in await stage.records()] == [Status.UNKNOWN]
        await stage.press("escape")
        assert "? UNKNOWN" in stage.text, "the task is on record"
        assert len(cloud.sent) == 1


async def test_a_target_that_has_changed_is_read_again_behind_the_plan() -> None:
    cloud = Cloud(lambda: json_reply(400, errors=[{"code": 2012, "message": "It is not Running"}]))
    async with odd(cloud) as stage:
        await stage.operate("reboot")
        stopped(cloud)
        await stage.press("right", "enter")
        assert "It is not Running" in stage.message
        await stage.press("escape", "escape")
        assert "Stopped" in text_of(stage.screen.list_pane)[1]


async def test_a_ledger_that_cannot_be_written_is_said_and_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def full(*_args: Any, **_named: Any) -> Any:
        raise LedgerError("the disk is full")

    cloud = stopped(Cloud())
    async with odd(cloud) as stage:
        monkeypatch.setattr(stage.session.ledger, "begin", full)
        await stage.operate("start")
        await stage.press("enter")
        assert "Not sent, as it could not be written down: the disk is full" in stage.message
        assert cloud.sent == []


async def test_what_is_done_at_once_is_told_as_done_and_shown() -> None:
    cloud = stopped(Cloud(reply({"id": "i1", "state": "Running"})))
    async with odd(cloud) as stage:
        await stage.operate("start")
        cloud.answers["/services/svc/env/instances"] = [INSTANCE]
        await stage.press("enter")
        assert "Start web-01: done" in stage.footer
        assert "Running" in text_of(stage.screen.list_pane)[1]
        assert "● SUCCESS" in stage.text


# Secrets


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "by a task"])
async def test_a_secret_is_shown_once_copied_unseen_and_gone(at_once: bool) -> None:
    result = {"id": "i1", "password": SENTINEL}
    cloud = Cloud(reply(result) if at_once else accepted("t1"), t1=[("PENDING",), ("SUCCESS", result)])
    async with odd(cloud) as stage:
        await stage.operate("resetPassword")
        await stage.press("right", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, SecretScreen))
        assert "shown once" in stage.text
        assert SENTINEL in stage.text
        await stage.press("y")
        assert stage.copied == [SENTINEL]
        await stage.press("escape")
        assert SENTINEL not in stage.text
        assert "Sent to the terminal's clipboard: the secret" in stage.footer
        await stage.press("t", "enter")
        assert "SUCCESS" in stage.text
        assert SENTINEL not in stage.text, "nor in the task's result"
        (record,) = await stage.records()
        assert SENTINEL not in json.dumps([record.result, record.body, record.error])


async def test_a_secret_that_comes_up_over_a_plan_being_sent_is_not_closed_with_it() -> None:
    cloud = Cloud(accepted("t1"), t1=[("PENDING",)])
    async with odd(cloud) as stage:
        await stage.operate("resetPassword")
        await stage.press("right", "enter")
        answered = asyncio.Event()

        async def later() -> Any:
            await answered.wait()
            return reply({})

        cloud.mutation = later
        await stage.operate("reboot")
        await stage.pilot.press("right", "enter")
        await stage.until(lambda: len(cloud.sent) == 2)
        assert "sending…" in stage.message
        cloud.tasks["t1"] = [("SUCCESS", {"password": SENTINEL})]
        await stage.until(lambda: SENTINEL in stage.text)
        answered.set()
        await stage.until(lambda: "Reboot web-01: done" in stage.footer)
        assert SENTINEL in stage.text
        await stage.press("escape")
        assert not stage.planning()
        assert SENTINEL not in stage.text


@pytest.mark.parametrize("keys", [["q"], ["a", "b"], ["space"]])
async def test_what_is_typed_does_not_close_a_secret_by_mistake(keys: list[str]) -> None:
    async with odd(Cloud(reply({"password": SENTINEL}))) as stage:
        await stage.operate("resetPassword")
        await stage.press("right", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, SecretScreen))
        await stage.press(*keys)
        assert SENTINEL in stage.text
