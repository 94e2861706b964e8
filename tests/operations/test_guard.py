"""The write guard: the one place that any request other than a GET passes."""

from __future__ import annotations

import ast
from pathlib import Path as FilePath
from typing import Any

import httpx
import pytest

import cloudmc_tui
from cloudmc_tui.api import Client, ConnectionSettings, OutcomeUnknown, Secret, WriteRefused
from cloudmc_tui.operations import WriteGuard
from cloudmc_tui.operations.guard import UNLOCK_SECONDS
from cloudmc_tui.path import Path
from cloudmc_tui.profiles import Mode
from tests.operations.test_plan import plan

PACKAGE = FilePath(cloudmc_tui.__file__).parent


class Time:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Wire:
    """A client with a guard, and what went out through it."""

    def __init__(self, mode: Mode = Mode.NORMAL) -> None:
        self.sent: list[str] = []
        self.time = Time()
        self.guard = WriteGuard(mode, clock=self.time)
        settings = ConnectionSettings("http://demo/v1", Secret("k"), organization_id="org 1/2")
        self.client = Client(settings, transport=httpx.MockTransport(self._answer), write_guard=self.guard)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(f"{request.method} {request.url.raw_path.decode()}")
        return httpx.Response(200, json={"taskId": "t", "taskStatus": "PENDING"})

    async def send(self, operation: str, fields: dict[str, Any] | None = None) -> None:
        made = plan(operation, fields)
        await self.guard.send(self.client, made, made.targets[0])


async def test_a_planned_mutation_goes_out_once() -> None:
    wire = Wire()
    async with wire.client:
        await wire.send("stop")
        assert wire.sent == ["POST /v1/services/svc/env/instances/id-web-0?operation=stop&org_id=org%201%2F2"]
        with pytest.raises(WriteRefused, match="did not come through the write guard"):
            await wire.client.send("POST", Path.parse("svc/env/instances/id-web-0"), operation="stop")
    assert len(wire.sent) == 1


@pytest.mark.parametrize("operation", ["start", "stop", "delete"])
async def test_a_read_only_profile_sends_nothing(operation: str) -> None:
    wire = Wire(Mode.READ_ONLY)
    async with wire.client:
        wire.guard.unlock()
        with pytest.raises(WriteRefused, match="read-only"):
            await wire.send(operation)
    assert wire.sent == []


@pytest.mark.parametrize(("operation", "body"), [("start", {}), ("stop", {}), ("update", {"hostname": "x"})])
async def test_a_protected_profile_sends_something_only_while_unlocked(
    operation: str, body: dict[str, str]
) -> None:
    wire = Wire(Mode.PROTECTED)
    async with wire.client:
        with pytest.raises(WriteRefused, match="protected"):
            await wire.send(operation, body)
        wire.guard.unlock()
        wire.time.now += UNLOCK_SECONDS - 1
        await wire.send(operation, body)
        wire.time.now += 1
        with pytest.raises(WriteRefused, match="protected"):
            await wire.send(operation, body)
        wire.guard.unlock()
        wire.guard.lock()
        with pytest.raises(WriteRefused, match="protected"):
            await wire.send(operation, body)
    assert len(wire.sent) == 1


async def test_an_approval_does_not_outlive_a_failed_request() -> None:
    guard = WriteGuard()
    settings = ConnectionSettings("http://demo/v1", Secret("k"))

    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down", request=request)

    async with Client(settings, transport=httpx.MockTransport(broken), write_guard=guard) as client:
        made = plan("stop")
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                await guard.send(client, made, made.targets[0])
        with pytest.raises(WriteRefused):
            await client.send("POST", made.targets[0].path, operation="stop")


def test_no_other_code_calls_what_sends_a_mutation() -> None:
    """The client's ``send`` is called by the guard alone, and HTTP's writing methods by nobody."""
    callers = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value)
                if node.func.attr == "send" and "client" in owner.lower():
                    callers.add(file.relative_to(PACKAGE).as_posix())
                if "simulator" not in file.parts and "httpx" in owner:
                    assert node.func.attr not in ("post", "put", "patch", "delete", "request", "stream"), file
    assert callers == {"operations/guard.py"}


def test_every_session_is_opened_with_the_guard() -> None:
    """Wherever a client is made for a session, the write guard goes in with it."""
    text = (PACKAGE / "session.py").read_text("utf-8")
    made = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)
            and ast.unparse(node.func) in ("Client", "open_client")]  # fmt: skip
    assert made
    assert all("write_guard" in [k.arg for k in node.keywords] for node in made)
