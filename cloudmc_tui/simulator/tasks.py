"""Tasks, and a clock-driven agenda: what is due happens when the cloud is next looked at."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator
from itertools import count
from typing import Any

import msgspec
from msgspec import Struct, field

from cloudmc_tui.simulator import dates
from cloudmc_tui.simulator.errors import ApiError, Item, task_failed
from cloudmc_tui.simulator.store import Environment, Gone, Row, encode

Steps = Generator[None, None, Row]
"""How an operation goes: up to its only ``yield`` is done when it is asked for (and may refuse it),
what follows when its task ends. Its return value is the task's result. When the task fails, the
error is raised at the ``yield``."""

PENDING, SUCCESS, FAILED = "PENDING", "SUCCESS", "FAILED"


class Agenda:
    """Actions to be done at a time, in order of time, then of arrival."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[], object]]] = []
        self._number = count()
        self.moment: float = 0
        """The time of the action that is being done, in seconds since the epoch."""

    def at(self, when: float, action: Callable[[], object]) -> None:
        """Put an action on the agenda, for a time in seconds since the epoch."""
        heapq.heappush(self._heap, (when, next(self._number), action))

    def settle(self, now: float) -> None:
        """Do everything that is due."""
        while self._heap and self._heap[0][0] <= now:
            when, _, action = heapq.heappop(self._heap)
            self.moment = max(self.moment, when)
            action()
        self.moment = max(self.moment, now)


class Task(Struct):
    """An operation under way, or over.

    Attributes:
        id: its UUID.
        created: when it was asked for, in seconds since the epoch.
        environment: where.
        entity_type: what it works on.
        operation: such as ``create`` or ``resetPassword``.
        entity_id: the entity; empty for a collection's operation.
        steps: the operation, stopped at its ``yield``.
        failure: what it will fail with, or None.
        status: PENDING, SUCCESS or FAILED.
        result: encoded when it ended, so that later changes do not reach it.
        errors: of a failed task.
        locks: the entities that nothing else may change meanwhile.
        done: called when it has ended.
    """

    id: str
    created: float
    environment: Environment
    entity_type: str
    operation: str
    entity_id: str
    steps: Steps
    failure: ApiError | None = None
    status: str = PENDING
    result: msgspec.Raw | None = None
    errors: list[Item] = field(default_factory=list)
    locks: list[tuple[str, str]] = field(default_factory=list)
    done: Callable[[Task], None] = lambda _: None

    def finish(self) -> None:
        """Bring it to its end."""
        try:
            if self.failure is not None:
                self.steps.throw(self.failure)
            else:
                next(self.steps)
            raise AssertionError("an operation has only one yield")
        except StopIteration as end:
            self.status, self.result = SUCCESS, msgspec.Raw(encode(end.value))
        except (ApiError, Gone) as error:
            reason = error if isinstance(error, ApiError) else task_failed(self.operation)
            self.status, self.errors = FAILED, reason.items
            self.result = msgspec.Raw(encode({"errors": self.errors}))
        for lock in self.locks:
            if self.environment.busy.get(lock) == self.id:
                del self.environment.busy[lock]
        self.done(self)

    def reply(self) -> dict[str, Any]:
        """The task endpoint's reply: the reference's shape and the clients', both at once.

        What a task failed with stands in ``errors``, and in ``result`` for clients that only look
        there.
        """
        data: dict[str, Any] = {"id": self.id, "status": self.status, "created": dates.iso(self.created)}
        reply: dict[str, Any] = {"taskId": self.id, "taskStatus": self.status, "data": data}
        if self.result is not None:
            data["result"] = reply["result"] = self.result
        if self.errors:
            reply["errors"] = self.errors
        return reply

    def submission(self) -> dict[str, Any]:
        """The mutation's own reply: ``data`` only when it is done at once."""
        reply: dict[str, Any] = {"taskId": self.id, "taskStatus": self.status}
        if self.status == SUCCESS:
            reply["data"] = self.result
        elif self.status == FAILED:
            reply["errors"] = self.errors
        return reply
