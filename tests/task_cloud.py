"""An odd cloud that takes mutations and has tasks; what tests of operations send to it and look for."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from cloudmc_tui.path import Path
from cloudmc_tui.tasks import Pace, watcher
from tests.odd_cloud import OddCloud

ENV = Path.parse("svc/env")
INSTANCES = ENV.child("instances")
WEB = INSTANCES.child("i1")
WEB_URL = "/services/svc/env/instances/i1"
INSTANCE = {"id": "i1", "name": "web-01", "state": "Running"}

SENTINEL = "sentinel-Pw-7c2e91"
"""A password that is to be found in no file."""


def quick_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tasks be asked about at once, and again at once."""
    monkeypatch.setattr(watcher, "Pace", lambda: Pace(first=0.001, shortest=0.001, longest=0.01, look=0.01))


@dataclass
class Sent:
    """A mutation as it arrived."""

    method: str
    url: str
    body: Any


class Cloud(OddCloud):
    """An odd cloud that also takes mutations.

    Attributes:
        sent: every request that was not a GET.
        mutation: answers them all; a function gets the request's parts.
        tasks: task id → its replies, one after the other; the last one repeats.
    """

    def __init__(self, mutation: Any = None, **tasks: list[Any]) -> None:
        super().__init__({"/services/svc/env/instances": [INSTANCE], WEB_URL: INSTANCE})
        self.sent: list[Sent] = []
        self.mutation: Any = mutation if mutation is not None else accepted("t1")
        self.tasks = tasks

    async def _answer(self, request: Request) -> Response:
        if request.method != "GET":
            body = await request.body()
            url = request.url.path.removeprefix("/v1") + (
                f"?{request.url.query}" if request.url.query else ""
            )
            self.sent.append(Sent(request.method, url, json.loads(body) if body else None))
            answer = self.mutation if isinstance(self.mutation, Response) else self.mutation()
            if asyncio.iscoroutine(answer):
                answer = await answer
            assert isinstance(answer, Response)
            return answer
        task_id = request.url.path.rpartition("/tasks/")[2]
        if task_id in self.tasks:
            self.requests.append(request.url.path.removeprefix("/v1"))
            answers = self.tasks[task_id]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            return answer if isinstance(answer, Response) else task(task_id, *answer)
        return await super()._answer(request)

    @property
    def polls(self) -> int:
        return sum(path.startswith("/tasks/") for path in self.requests)


def json_reply(status: int, **body: Any) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")


def accepted(task_id: str, status: str = "PENDING", **more: Any) -> Response:
    return json_reply(200, taskId=task_id, taskStatus=status, **more)


def task(task_id: str, status: str, result: Any = None, errors: Any = None) -> Response:
    more = {k: v for k, v in (("result", result), ("errors", errors)) if v is not None}
    return json_reply(200, taskId=task_id, taskStatus=status, **more)


def found(folder: FilePath, text: str = SENTINEL) -> list[str]:
    """The files below a folder that a text is in, in any of its bytes."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert files
    return [str(file) for file in files if text.encode() in file.read_bytes()]
