"""One operation on many targets: a few at a time, each to its end, with an outcome for each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from enum import Enum

from msgspec import Struct

from cloudmc_tui.formats.tables import csv_text, json_text
from cloudmc_tui.language import _
from cloudmc_tui.operations.plan import Plan, Target

AT_ONCE = 5
"""How many targets are worked on at once, each until its task has ended."""


class State(str, Enum):
    """How far a target has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    """Not possible on it as it was, so not sent."""
    SKIPPED = "skipped"
    """Not sent, as another one failed or the run was stopped."""

    @property
    def word(self) -> str:
        """What people read."""
        words = {
            "waiting": _("waiting"),
            "running": _("running"),
            "done": _("done"),
            "failed": _("failed"),
            "unknown": _("unknown"),
            "refused": _("refused"),
            "skipped": _("skipped"),
        }
        return words[self.value]


class Outcome(Struct, frozen=True):
    """What came of one target.

    Attributes:
        target: which one.
        state: how far it has come.
        message: why it failed or was not sent, or empty.
        task_id: the server's task, where there is one.
    """

    target: Target
    state: State
    message: str = ""
    task_id: str | None = None


Execute = Callable[[Plan, Target], Awaitable[Outcome]]
"""Sends a plan for one target and follows the task to its end; never raises for what the server says."""


class BulkRun:
    """A run over a plan's targets.

    Attributes:
        plan: what is run.
        outcomes: one for each target, in the plan's order, kept up to date.
    """

    def __init__(
        self,
        plan: Plan,
        execute: Execute,
        *,
        stop_on_failure: bool,
        changed: Callable[[], None] = lambda: None,
        at_once: int = AT_ONCE,
    ) -> None:
        """Prepare a run.

        Args:
            plan: with its targets; those refused are not sent.
            execute: sends it for one target.
            stop_on_failure: send no more once one has failed.
            changed: called whenever an outcome changes.
            at_once: how many targets are worked on at once.
        """
        self.plan = plan
        self.outcomes = [
            Outcome(t, State.REFUSED, t.refusal) if t.refusal else Outcome(t, State.WAITING)
            for t in plan.targets
        ]
        self._execute = execute
        self._stop_on_failure = stop_on_failure
        self._changed = changed
        self._gate = asyncio.Semaphore(at_once)
        self._stopped = ""

    def stop(self, why: str = "") -> None:
        """Send no more; what was sent is followed to its end."""
        self._stopped = self._stopped or why or _("stopped by you")

    async def run(self) -> None:
        """Work through the targets; ends when each has an outcome."""
        waiting = [n for n, o in enumerate(self.outcomes) if o.state is State.WAITING]
        await asyncio.gather(*(self._one(n) for n in waiting))

    async def _one(self, number: int) -> None:
        async with self._gate:
            target = self.outcomes[number].target
            if self._stopped:
                self._set(number, Outcome(target, State.SKIPPED, self._stopped))
                return
            self._set(number, Outcome(target, State.RUNNING))
            outcome = await self._execute(self.plan, target)
            if outcome.state in (State.FAILED, State.UNKNOWN) and self._stop_on_failure:
                self.stop(f"{target.title} {outcome.state.value}")
            self._set(number, outcome)

    def _set(self, number: int, outcome: Outcome) -> None:
        self.outcomes[number] = outcome
        self._changed()

    @property
    def done(self) -> bool:
        """Whether every target has its outcome."""
        return not any(o.state in (State.WAITING, State.RUNNING) for o in self.outcomes)

    def again(self) -> Plan | None:
        """The plan for what failed or was skipped; none when there is nothing to retry.

        An unknown outcome is not among it: it may have been done, and is never sent again unasked.
        """
        targets = [o.target for o in self.outcomes if o.state in (State.FAILED, State.SKIPPED)]
        return self.plan.only(replace(t, refusal="") for t in targets) if targets else None


def report(outcomes: Sequence[Outcome], kind: str) -> str:
    """The outcomes as ``"csv"`` or ``"json"``."""
    rows = [
        {"path": str(o.target.path), "name": o.target.title, "outcome": o.state.value, "message": o.message,
         "task": o.task_id or ""}
        for o in outcomes
    ]  # fmt: skip
    if kind == "json":
        return json_text(rows)
    headings = ["path", "name", "outcome", "message", "task"]
    return csv_text(headings, ([row[h] for h in headings] for row in rows))
