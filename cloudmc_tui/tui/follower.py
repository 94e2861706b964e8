"""Tasks in the explorer: what was submitted is followed, and its end is shown where it matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from textual.worker import WorkerCancelled

from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _, counted
from cloudmc_tui.tasks import (
    CaughtUp,
    Event,
    LedgerError,
    LedgerTrouble,
    Paused,
    PollFailed,
    Resumed,
    Status,
    TaskEnded,
    TaskRecord,
)
from cloudmc_tui.tui.panes.tasks import TasksPane
from cloudmc_tui.tui.work import begin

if TYPE_CHECKING:
    from textual.timer import Timer
    from textual.worker import Worker

    from cloudmc_tui.execution import Submission
    from cloudmc_tui.session import Session
    from cloudmc_tui.tui.screens.explorer import Explorer

TICK, TICK_THIN = 1.0, 5.0
"""Seconds between two paints of how long what is under way has taken; the same over a thin link."""


class Follower:
    """Shows the tasks of a session.

    Attributes:
        is_started: whether it shows those that there are already; what becomes of them it hears at once.
    """

    def __init__(self, explorer: Explorer, session: Session) -> None:
        """Make one.

        Args:
            explorer: whose panes show them.
            session: whose tasks they are.
        """
        self._explorer = explorer
        self._session = session
        self._timer: Timer | None = None
        self._reading: Worker[None] | None = None
        self.is_started = False
        session.execution.subscribe(self._hear)

    def start(self) -> None:
        """Show the tasks that there are; once."""
        if not self.is_started:
            self.is_started = True
            begin(self._explorer, "follow", self._begin)

    async def _begin(self) -> None:
        """Take up what earlier sessions left, once it is known what the entity types are."""
        try:
            await self._session.execution.start()
        except LedgerError as error:
            self._explorer.app.say(_("The task ledger cannot be used: {error}", error=visible(str(error))))
        await self._load()

    @property
    def _shown(self) -> bool:
        """Whether there is still a pane to show anything in: when the program ends, tasks may end, too."""
        return bool(self._explorer.query(TasksPane))

    def _reload(self) -> None:
        self._reading = begin(self._explorer, "tasks", self._load)

    async def shown(self) -> None:
        """Wait until the tasks on screen are those that there are."""
        while self._reading is not None and not self._reading.is_finished:
            with suppress(WorkerCancelled):  # then they are read once more
                await self._reading.wait()

    async def _load(self) -> None:
        try:
            records = await self._session.execution.records()
        except LedgerError as error:
            self._explorer.app.say(_("The task ledger cannot be read: {error}", error=visible(str(error))))
            return
        if not self._shown:
            return
        self._explorer.tasks_pane.show(records)
        self._explorer.tasks_changed()
        self._tick_while_pending()

    def _tick_while_pending(self) -> None:
        """A clock runs only while something is under way: nothing is painted while nothing changes."""
        pending = self._explorer.tasks_pane.pending
        if pending and self._timer is None:
            tick = TICK_THIN if self._explorer.app.is_thin else TICK
            self._timer = self._explorer.set_interval(tick, self._explorer.tasks_pane.tick)
        elif not pending and self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _hear(self, event: Event) -> None:
        """What the session tells of its tasks; called on the event loop."""
        if not self._shown:
            return
        app = self._explorer.app
        pane = self._explorer.tasks_pane
        if isinstance(event, Paused):
            pane.paused = event.reason
            if event.needs_key:
                app.connections.refused()
                return
            app.say(_("Tasks are not asked about for now: {reason}.", reason=visible(event.reason)))
        elif isinstance(event, Resumed):
            pane.paused = ""
        elif isinstance(event, CaughtUp):
            if event.ended:
                app.say(_summary(event.ended))
                self._explorer.run_worker(self._session.execution.mark_seen(event.ended), group="seen")
        elif isinstance(event, LedgerTrouble):
            app.say(_("The task ledger could not be written: {error}.", error=visible(str(event.error))))
        elif isinstance(event, TaskEnded):
            self._ended(event)
        elif isinstance(event, PollFailed):
            pass  # the pane shows it beside the task
        self._reload()

    def _ended(self, event: TaskEnded) -> None:
        record = event.record
        if event.meanwhile:
            self._explorer.stale(self._session.execution.stale_paths(record))
        else:
            self._told(record)
            self._explorer.run_worker(self._session.execution.mark_seen([record]), group="seen")
        secrets = self._session.execution.secrets_in(event)
        if secrets:
            self._show_secrets(record, secrets)

    def _show_secrets(self, record: TaskRecord, secrets: Mapping[str, str]) -> None:
        from cloudmc_tui.tui.screens.secret import SecretScreen

        title = _(
            "{label} {title} · shown once, stored nowhere", label=_(record.label), title=visible(record.title)
        )
        app = self._explorer.app
        app.call_later(app.push_screen, SecretScreen(title, secrets))  # not below a plan that is being closed

    def submitted(self, submission: Submission | None) -> None:
        """A mutation went out: say so, and show its task; or show what it came to that was done at once.

        Args:
            submission: none for one that failed, which was told.
        """
        if submission is not None:
            record = submission.record
            if record.done:
                self._told(record)
                if submission.secrets:
                    self._show_secrets(record, submission.secrets)
            else:
                doing = _(record.pending_word) or _("sent")
                called = f"{_(record.label)} {visible(record.title)}"
                self._explorer.app.say(_("{text}: {told}", text=called, told=f"{doing}…"))
            if submission.note:
                self._explorer.app.say(visible(submission.note))
        self._reload()

    def _told(self, record: TaskRecord) -> None:
        """Say how a task has ended, and read again what it changed."""
        told = {Status.SUCCESS: _("done"), Status.FAILED: _("failed"), Status.UNKNOWN: _("outcome unknown")}
        called = f"{_(record.label)} {visible(record.title)}"
        text = _("{text}: {told}", text=called, told=told.get(record.status, record.status.value))
        if record.error:
            text = _("{text}: {told}", text=text, told=visible(_(record.error)))
        self._explorer.app.announce(text)
        self._explorer.stale(self._session.execution.stale_paths(record))

    def show(self, record: TaskRecord) -> None:
        """Show what was sent and what came of it."""
        from cloudmc_tui.tui.screens.task import TaskScreen

        self._explorer.app.push_screen(TaskScreen(record))

    def forget(self, keys: Sequence[int] | None) -> None:
        """Forget finished tasks: these, or all."""

        async def work() -> None:
            count = await self._session.execution.forget(keys)
            self._explorer.app.say(counted("{count} task forgotten.", "{count} tasks forgotten.", count))
            await self._load()

        begin(self._explorer, "forget", work)


def _summary(ended: Sequence[TaskRecord]) -> str:
    """``"3 finished while you were away: 1 of them failed"``."""
    failed = sum(r.status is Status.FAILED for r in ended)
    unknown = sum(r.status is Status.UNKNOWN for r in ended)
    text = counted("{count} finished while you were away", "{count} finished while you were away", len(ended))
    parts = [
        counted("{count} failed", "{count} failed", failed) if failed else "",
        counted("{count} with an unknown outcome", "{count} with an unknown outcome", unknown)
        if unknown
        else "",
    ]
    told = ", ".join(part for part in parts if part)
    return (_("{text}: {told}", text=text, told=told) if told else text) + _(". t shows them.")
