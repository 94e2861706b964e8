"""The audit log: a line for what was sent and one for how it ended, for good, readable by the user alone."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path as FilePath
from typing import Any

import pytest
from starlette.responses import Response

from cloudmc_tui.api import CloudMCError, OutcomeUnknown, WriteRefused
from cloudmc_tui.audit import AuditLog
from cloudmc_tui.operations import Plan, make_plan
from cloudmc_tui.path import ROOT
from cloudmc_tui.profiles import Mode, demo_profile
from cloudmc_tui.session import DemoOptions, Session
from cloudmc_tui.tasks import TaskRecord
from tests.odd_cloud import KEY, failure, reply
from tests.task_cloud import ENV, INSTANCE, SENTINEL, WEB, Cloud, quick_pace

PATIENCE = 30.0

NOW = 1_781_515_800.25


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_pace(monkeypatch)


@pytest.fixture
def file(tmp_path: FilePath) -> FilePath:
    return tmp_path / "state" / "audit.jsonl"


@asynccontextmanager
async def opened(cloud: Cloud, file: FilePath, **more: Any) -> AsyncIterator[Session]:
    """A session whose changes are noted in a file."""
    session = await cloud.session()
    session.execution.audit = AuditLog(file, clock=lambda: NOW, **more)
    try:
        await session.inventory.refresh(ROOT)
        await session.inventory.refresh(ENV.parent)
        await session.execution.start()
        yield session
    finally:
        await session.aclose()


def plan(session: Session, operation: str = "stop", fields: dict[str, Any] | None = None) -> Plan:
    kind = session.inventory.entity_type(WEB)
    assert kind is not None
    return make_plan(operation, kind, [(WEB, INSTANCE)], fields or {})


async def submit(session: Session, *of_plan: Any, reason: str = "") -> None:
    """Send a plan and wait for its task's end."""
    planned = plan(session, *of_plan)
    submission = await session.execution.submit(planned, planned.targets[0], reason)
    await asyncio.wait_for(session.execution.wait(submission), PATIENCE)


def entries(file: FilePath) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


async def test_a_change_from_its_request_to_its_end(file: FilePath) -> None:
    async with opened(Cloud(t1=[("PENDING",), ("SUCCESS", {"id": "i1"})]), file) as session:
        await submit(session, reason="maintenance")
    sent, accepted, ended = entries(file)
    common = {
        "time": "2026-06-15T09:30:00.250Z",
        "user": sent["user"],
        "profile": "odd",
        "endpoint": "http://odd.invalid/v1",
        "path": str(WEB),
        "title": "web-01",
        "operation": "stop",
        "danger": "disruptive",
        "record": sent["record"],
    }
    assert sent == {**common, "event": "sent", "reason": "maintenance"}
    assert accepted == {**common, "event": "accepted", "task": "t1"}
    assert ended == {**common, "event": "ended", "task": "t1", "outcome": "SUCCESS"}
    assert sent["user"]


async def test_it_is_noted_before_it_leaves(file: FilePath) -> None:
    seen: list[dict[str, Any]] = []

    def answer() -> Any:
        seen.extend(entries(file))
        return reply({"id": "i1"})

    async with opened(Cloud(answer), file) as session:
        await submit(session)
    assert [entry["event"] for entry in seen] == ["sent"]
    assert [(e["event"], e.get("outcome")) for e in entries(file)] == [("sent", None), ("ended", "SUCCESS")]


async def test_failures_and_what_nobody_knows(file: FilePath) -> None:
    async with opened(Cloud(failure(409, 2012, "It is busy.")), file) as session:
        with pytest.raises(CloudMCError):
            await submit(session)
    assert [e.get("outcome") for e in entries(file)] == [None, "FAILED"]
    assert "It is busy." in entries(file)[1]["error"]
    async with opened(Cloud(Response("", 502)), file) as session:
        with pytest.raises(OutcomeUnknown):
            await submit(session)
    assert entries(file)[-1]["outcome"] == "UNKNOWN"
    ending = ("FAILED", None, [{"code": 5, "message": "The host is full"}])
    async with opened(Cloud(t1=[ending]), file) as session:
        await submit(session)
    assert entries(file)[-1]["outcome"] == "FAILED"
    assert "The host is full" in entries(file)[-1]["error"]
    async with opened(Cloud(t1=[failure(404, 404, "no such task")]), file) as session:
        await submit(session)
    assert entries(file)[-1]["outcome"] == "UNKNOWN"


async def test_what_the_guard_refused_was_no_change(file: FilePath) -> None:
    async with opened(Cloud(), file) as session:
        session.guard.mode = Mode.READ_ONLY
        with pytest.raises(WriteRefused):
            await submit(session)
    assert not file.exists()


async def test_lines_are_only_added_and_only_the_user_can_read_them(file: FilePath) -> None:
    for _ in range(2):
        async with opened(Cloud(reply({"id": "i1"})), file) as session:
            await submit(session)
    assert len(entries(file)) == 4
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


async def test_no_secret_is_in_it(file: FilePath) -> None:
    async with opened(Cloud(failure(400, 1, f"{KEY} and {SENTINEL}")), file) as session:
        from cloudmc_tui.formats.scrub import remember

        remember([KEY, SENTINEL])
        with pytest.raises(CloudMCError):
            await submit(session, "stop", None)
    assert KEY not in file.read_text()
    assert SENTINEL not in file.read_text()


async def test_text_from_outside_is_text(file: FilePath) -> None:
    async with opened(Cloud(failure(400, 1, "\x1b[2J\nline\u202e é")), file) as session:
        with pytest.raises(CloudMCError):
            await submit(session)
    assert len(entries(file)) == 2
    assert file.read_text().isascii()
    assert "\x1b" not in file.read_text()


async def test_who_became_the_user_is_noted(file: FilePath) -> None:
    async with opened(Cloud(reply({})), file, environ={"SUDO_USER": "ann"}) as session:
        await submit(session)
    assert {entry["sudo_user"] for entry in entries(file)} == {"ann"}


async def test_a_log_that_cannot_be_written_is_said_and_holds_nothing_up(tmp_path: FilePath) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    async with opened(Cloud(reply({"id": "i1"})), tmp_path / "audit.jsonl") as session:
        await submit(session)
        assert "cannot be written: Is a directory" in session.execution.audit.problem


async def test_the_demo_cloud_leaves_nothing(tmp_path: FilePath) -> None:
    session = await Session.open(demo_profile(), demo=DemoOptions(), state=tmp_path)
    record = TaskRecord(
        profile="demo", endpoint="", path=WEB, entity_type="instances", operation="stop", label="Stop",
        method="POST", url="",
    )  # fmt: skip
    await session.execution.audit.write("sent", record)
    session.execution.audit.write_soon("ended", record)
    await session.aclose()
    assert list(tmp_path.iterdir()) == []


WRITE_MANY = """
import asyncio, sys
from pathlib import Path
from cloudmc_tui.audit import AuditLog
from cloudmc_tui.path import Path as Address
from cloudmc_tui.tasks import TaskRecord
async def main():
    log = AuditLog(Path(sys.argv[1]))
    record = TaskRecord(profile=sys.argv[2], endpoint="", path=Address.parse("a/b/c/d"), entity_type="c",
        operation="stop", label="Stop", method="POST", url="", title="x" * 500)
    sys.stdin.read(1)
    for _ in range(50):
        log.write_soon("sent", record)
    await log.aclose()
asyncio.run(main())
"""


def test_sessions_that_write_at_once_do_not_mix_their_lines(file: FilePath) -> None:
    command = [sys.executable, "-c", WRITE_MANY, str(file)]
    sessions = [subprocess.Popen([*command, name], stdin=subprocess.PIPE) for name in "ab"]
    for session in sessions:
        session.communicate(b"go", timeout=120)
    assert sorted(entry["profile"] for entry in entries(file)) == ["a"] * 50 + ["b"] * 50


def test_a_link_in_its_place_is_not_followed(tmp_path: FilePath) -> None:
    (tmp_path / "audit.jsonl").symlink_to(tmp_path / "elsewhere")
    log = AuditLog(tmp_path / "audit.jsonl")
    record = TaskRecord(
        profile="p", endpoint="", path=WEB, entity_type="instances", operation="stop", label="Stop",
        method="POST", url="",
    )  # fmt: skip
    asyncio.run(log.write("sent", record))
    assert log.problem
    assert not (tmp_path / "elsewhere").exists()


def test_a_user_that_the_system_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    def unknown(_uid: int) -> Any:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    from cloudmc_tui.audit import _user

    user: Callable[[], str] = _user
    assert user() == str(os.getuid())
