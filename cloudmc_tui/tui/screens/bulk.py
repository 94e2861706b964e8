"""A bulk run as it goes: each target with its outcome, retry of what failed, the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from cloudmc_tui.formats.system import reason
from cloudmc_tui.formats.text import fit, visible
from cloudmc_tui.language import _, number
from cloudmc_tui.operations.bulk import BulkRun, State, report
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.choice import Choice
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.box import Box
from cloudmc_tui.tui.widgets.lines import LineView, Piece
from cloudmc_tui.tui.work import is_left

if TYPE_CHECKING:
    from cloudmc_tui.tui.app import ExplorerApp
    from cloudmc_tui.tui.operator import Operator

REFRESH = 0.5
"""Seconds between looks at how far the run has come."""

MARKS: dict[State, Piece] = {
    State.WAITING: ("○", "tone--off"),
    State.RUNNING: ("◐", "tone--busy"),
    State.DONE: ("●", "tone--ok"),
    State.FAILED: ("✖", "tone--bad"),
    State.UNKNOWN: ("?", "tone--unknown"),
    State.REFUSED: ("–", "tone--off"),
    State.SKIPPED: ("–", "tone--warn"),
}


class OutcomeLines(LineView):
    """A target a line, with its outcome."""

    def __init__(self, run: BulkRun) -> None:
        super().__init__(id="bulk-lines")
        self._run = run
        self.set_rows(len(run.outcomes))

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        outcome = self._run.outcomes[row]
        mark, style = MARKS[outcome.state]
        return [
            (" ", ""),
            (mark, style),
            (f" {fit(outcome.state.word, 8)} ", style),
            (f"{fit(outcome.target.title, 28)}  ", ""),
            (outcome.message, "line--error" if outcome.state is State.FAILED else "line--muted"),
        ]


class BulkScreen(ModalScreen[None]):
    """Watch a bulk run. Closing the screen does not stop it."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.BULK)

    def __init__(self, run: BulkRun, operator: Operator) -> None:
        super().__init__()
        self._bulk = run
        self._operator = operator
        self._seen: list[State] = []

    def compose(self) -> ComposeResult:
        with Box(id="bulk") as box:
            box.border_title = _(
                "{label} · {count} targets",
                label=self._bulk.plan.operation.label,
                count=len(self._bulk.outcomes),
            )
            yield OutcomeLines(self._bulk)
            yield Bar(id="bulk-keys")

    def on_mount(self) -> None:
        self.set_interval(REFRESH, self._look)
        self._look()

    def _look(self) -> None:
        """Paint what has changed since the last look."""
        if is_left(self):
            return
        states = [o.state for o in self._bulk.outcomes]
        lines = self.query_one(OutcomeLines)
        for row, state in enumerate(states):
            if row >= len(self._seen) or self._seen[row] is not state:
                lines.refresh_row(row)
        self._seen = states
        counts = Counter(states)
        told = ", ".join(f"{number(counts[s])} {s.word}" for s in State if counts[s])
        can = [("E", _("export")), ("esc", _("close"))]
        if not self._bulk.done:
            can.insert(0, ("s", _("stop")))
        elif self._bulk.again() is not None:
            can.insert(0, ("r", _("retry the failed")))
        self.query_one(Bar).say([(f" {told}", "bar--strong")], keys(*can))

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_stop(self) -> None:
        self._bulk.stop()

    def action_retry(self) -> None:
        if self._bulk.done and self._bulk.again() is not None:
            self.dismiss(None)
            self._operator.again(self._bulk)

    def action_export(self) -> None:
        """Write the report to a file in the present folder."""
        choices = [Choice("csv", "CSV"), Choice("json", "JSON")]
        self.app.pick(_("Export the report as"), choices, self._export)

    def _export(self, kind: str) -> None:
        stamp = datetime.fromtimestamp(self.app.clock()).strftime("%Y%m%d-%H%M%S")
        file = FilePath.cwd() / f"cloudmc-{self._bulk.plan.name}-{stamp}.{kind}"
        try:
            file.touch(mode=0o600, exist_ok=False)
            file.write_text(report(self._bulk.outcomes, kind), encoding="utf-8")
        except OSError as error:
            self.app.say(
                _("Not exported: {file}: {strerror}.", file=visible(str(file)), strerror=reason(error))
            )
        else:
            self.app.say(_("Exported to {file}.", file=visible(str(file))))
