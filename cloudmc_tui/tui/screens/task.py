"""One task: what was sent, what came of it, all without secrets."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from cloudmc_tui.formats.dates import age, day_and_time
from cloudmc_tui.formats.text import fit, visible, visible_lines
from cloudmc_tui.language import _
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.panes.tasks import MARKS
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.box import Box
from cloudmc_tui.tui.widgets.lines import Piece
from cloudmc_tui.tui.widgets.wrapped import WrappedLines

if TYPE_CHECKING:
    from cloudmc_tui.tasks import TaskRecord
    from cloudmc_tui.tui.app import ExplorerApp


class TaskScreen(ModalScreen[None]):
    """Shows a task."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.WINDOW)

    def __init__(self, record: TaskRecord) -> None:
        super().__init__()
        self._record = record

    def compose(self) -> ComposeResult:
        with Box(id="task") as box:
            box.border_title = f"{_(self._record.label)} {visible(self._record.title)}"
            yield WrappedLines(task_lines(self._record, self.app.clock()), id="task-lines")
            yield Bar(id="task-keys")

    def on_mount(self) -> None:
        self.query_one(Bar).say(keys(("y", _("copy the task id")), ("esc", _("close"))))

    def action_leave(self) -> None:
        self.dismiss()

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._record.task_id or str(self._record.key))


def task_lines(record: TaskRecord, now: float) -> list[list[Piece]]:
    """Everything that the ledger has of a task.

    Args:
        record: the task.
        now: seconds since the epoch.
    """
    mark, style = MARKS[record.status]
    lines = [
        _row(_("Status"), f"{mark} {record.status.value}", style),
        _row(_("Task"), visible(record.task_id or _("none was named"))),
        _row(_("Path"), visible(str(record.path))),
        _row(_("Profile"), visible(record.profile)),
        _row(_("Submitted"), _moment(record.submitted_at)),
        _row(_("Took"), age(record.elapsed(now))),
    ]
    if record.finished_at is not None:
        lines.insert(5, _row(_("Finished"), _moment(record.finished_at)))
    if record.error:
        code = _(" (code {code})", code=visible(record.code)) if record.code else ""
        lines.append(_row(_("Error"), visible(_(record.error)) + code, "line--error"))
    if record.poll_error:
        lines.append(_row(_("Last poll"), visible(record.poll_error), "line--error"))
    lines.append(_row(_("Sent"), f"{record.method} {visible(record.url)}"))
    for name, text in ((_("Body"), record.body), (_("Result"), record.result)):
        if text:
            formatted = msgspec.json.format(text.encode(), indent=2).decode()
            lines += [_row(name if n == 0 else "", line) for n, line in enumerate(visible_lines(formatted))]
    return lines


def _moment(when: float) -> str:
    return day_and_time(datetime.fromtimestamp(when), "%H:%M:%S")


def _row(label: str, text: str, style: str = "") -> list[Piece]:
    return [(f" {fit(label, 11)}", "line--muted"), (text, style)]
