"""The task pane: what was started, how it goes, how it ended. Newest first."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.message import Message

from cloudmc_tui.formats.dates import age, clock_time
from cloudmc_tui.formats.text import fit, plural, visible, width
from cloudmc_tui.language import _
from cloudmc_tui.tasks import Status, TaskRecord
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.widgets.lines import LineView, Piece

if TYPE_CHECKING:
    from cloudmc_tui.tui.app import ExplorerApp

MARKS: dict[Status, Piece] = {
    Status.SENDING: ("◌", "tone--busy"),
    Status.PENDING: ("◐", "tone--busy"),
    Status.SUCCESS: ("●", "tone--ok"),
    Status.FAILED: ("✖", "tone--bad"),
    Status.UNKNOWN: ("?", "tone--unknown"),
}
"""A task's status as a mark: it is never told by colour alone."""


class TasksPane(LineView):
    """The tasks of this profile, those of earlier and other sessions among them."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TASKS)

    class Result(Message):
        """A task's request and result are to be shown."""

        def __init__(self, record: TaskRecord) -> None:
            super().__init__()
            self.record = record

    class Target(Result):
        """A task's target is to be opened."""

    class Forget(Message):
        """Finished tasks are to be forgotten: these, or all."""

        def __init__(self, keys: Sequence[int] | None) -> None:
            super().__init__()
            self.keys = keys

    class FilterWanted(Message):
        """The tasks are to be filtered."""

    def __init__(self, *, clock: Callable[[], float] = time.time, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._all: list[TaskRecord] = []
        self._shown: list[TaskRecord] = []
        self.filter = ""
        self.paused = ""
        self._retitle()

    @property
    def record(self) -> TaskRecord | None:
        """The task under the cursor."""
        return self._shown[self.cursor] if self._shown else None

    @property
    def records(self) -> Sequence[TaskRecord]:
        """Every task, newest first."""
        return self._all

    @property
    def pending(self) -> int:
        """How many are under way."""
        return sum(1 for r in self._all if not r.done)

    def show(self, records: Sequence[TaskRecord]) -> None:
        """Show these tasks, newest first; the cursor stays on its task, or on the newest."""
        old, top = self.record, self.cursor == 0
        self._all = list(records)
        self._narrow(None if top or old is None else old.key)

    def set_filter(self, text: str) -> None:
        """Show only the tasks in whose line every word is."""
        self.filter = text
        self._narrow(None)

    def _narrow(self, key: int | None) -> None:
        words = self.filter.casefold().split()
        self._shown = [r for r in self._all if all(w in _line(r).casefold() for w in words)]
        cursor = next((n for n, r in enumerate(self._shown) if r.key == key), 0)
        self._retitle()
        self.set_rows(len(self._shown), cursor)

    def _retitle(self) -> None:
        pending = self.pending
        title = (
            _("Tasks · {pending} under way", pending=pending)
            if pending
            else _("Tasks · {whole}", whole=plural(len(self._all), "task"))
        )
        title += f" · /{self.filter}" if self.filter else ""
        title += _(" · paused: {paused}", paused=self.paused) if self.paused else ""
        self.border_title = title

    def tick(self) -> None:
        """Time has passed: what is under way has taken longer."""
        for row, record in enumerate(self._shown):
            if not record.done:
                self.refresh_row(row)

    def placeholder(self) -> Sequence[Piece]:
        if self._all:
            return [(_("No task matches /{filter}", filter=self.filter), "line--muted")]
        return [(_("Nothing was started yet. o on an instance, say, offers its operations."), "line--muted")]

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        record = self._shown[row]
        now = self._clock()
        mark, style = MARKS[record.status]
        took = age(record.elapsed(now)).rjust(5)
        when = clock_time(record.finished_at, now) if record.done and record.finished_at is not None else ""
        said = _(record.error or record.poll_error)
        word = _(record.pending_word) if record.status is Status.PENDING else ""
        left: list[Piece] = [
            (" ", ""),
            (mark, style),
            (f" {fit(record.status.value, 8)}", style),
            (f" {took}  ", "line--muted"),
            (fit(_(record.label), 18), ""),
            (f" {fit(visible(record.title), 24)} ", "line--text"),
        ]
        used = sum(width(text) for text, _ in left)
        note = visible(said) if said else word + ("…" if word else "")
        where = visible(str(record.path.parent if record.path.entity else record.path))
        rest = max(0, cells - used - width(when) - 2)
        return [
            *left,
            (fit(note or where, rest), "line--error" if said else "line--muted"),
            (f" {when}", "line--muted"),
        ]

    def action_go_open(self) -> None:
        if self.record is not None:
            self.post_message(self.Result(self.record))

    def action_tasks_target(self) -> None:
        if self.record is not None:
            self.post_message(self.Target(self.record))

    def action_tasks_filter(self) -> None:
        self.post_message(self.FilterWanted())

    def action_tasks_forget(self) -> None:
        record = self.record
        if record is None:
            return
        if record.done:
            self.post_message(self.Forget([record.key]))
        else:
            self.app.say(_("It has not ended yet: only finished tasks can be forgotten."))

    def action_tasks_forget_all(self) -> None:
        self.post_message(self.Forget(None))


def _line(record: TaskRecord) -> str:
    return f"{record.status.value} {_(record.label)} {record.title} {record.path} {_(record.error)}"
