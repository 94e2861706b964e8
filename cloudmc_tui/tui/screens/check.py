"""Testing a profile: each step as it is taken, with its time, and what to try where one fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from cloudmc_tui.api.checks import Check, Outcome
from cloudmc_tui.formats.text import fit, visible
from cloudmc_tui.language import _, number
from cloudmc_tui.profiles.probe import check_profile
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.box import Box
from cloudmc_tui.tui.widgets.lines import LineView, Piece
from cloudmc_tui.tui.work import is_left

if TYPE_CHECKING:
    from cloudmc_tui.profiles import Profile
    from cloudmc_tui.tui.app import ExplorerApp

MARKS: dict[Outcome, Piece] = {
    Outcome.OK: ("●", "tone--ok"),
    Outcome.WARNING: ("▲", "tone--warn"),
    Outcome.FAILED: ("✖", "tone--bad"),
    Outcome.SKIPPED: ("–", "tone--off"),
}


class CheckLines(LineView):
    """A step a line; what to try below the one that failed."""

    def __init__(self) -> None:
        super().__init__(id="check-lines")
        self._check_lines: list[Sequence[Piece]] = []

    def add(self, check: Check) -> None:
        """Show one more step."""
        mark, style = MARKS[check.outcome]
        took = f"{number(round(check.elapsed * 1000))} ms".rjust(8)
        line = [(" ", ""), (mark, style), (f" {fit(check.label, 20)}", ""), (f"{took}  ", "line--muted")]
        self._check_lines.append(
            [*line, (check.detail, style if check.outcome is Outcome.FAILED else "line--text")]
        )
        if check.hint:
            self._check_lines.append([(" " * 32, ""), (visible(check.hint), "line--match")])
        self.set_rows(len(self._check_lines), len(self._check_lines) - 1)

    def placeholder(self) -> Sequence[Piece]:
        return [(_("testing…"), "line--muted")]

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        return self._check_lines[row]


class TestProfile(ModalScreen[bool]):
    """Tests a profile; gives whether it is to be kept (where that was to be decided)."""

    __test__ = False  # no test of ours, whatever its name
    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CHECK)

    def __init__(self, profile: Profile, *, keep: bool) -> None:
        """Make one.

        Args:
            profile: what is tested.
            keep: it is to be decided whether to keep the profile.
        """
        super().__init__()
        self._profile = profile
        self._keep = keep
        self._done = False
        self._good = False

    def compose(self) -> ComposeResult:
        with Box(id="check") as box:
            box.border_title = _("Testing {name}", name=visible(self._profile.name))
            yield CheckLines()
            yield Bar()

    def on_mount(self) -> None:
        self.query_one(Bar).say([(_(" testing…"), "bar--accent")], keys(("esc", _("leave"))))
        self.run_worker(self._test(), group="check", exclusive=True)

    async def _test(self) -> None:
        lines = self.query_one(CheckLines)
        checks: list[Check] = []
        async for check in check_profile(self._profile, self.app.connections.ask):
            if is_left(self):
                return
            checks.append(check)
            lines.add(check)
        if is_left(self):
            return
        self._done = True
        failed = any(c.outcome is Outcome.FAILED for c in checks)
        self._good = not failed and any(c.id in ("services", "api") for c in checks)
        told = _("all is well") if self._good else _("it does not work yet")
        if self._keep:
            can = [
                ("s", _("keep it") if self._good else _("keep it all the same")),
                ("esc", _("back, keeping what was typed")),
            ]
        else:
            can = [("esc", _("close"))]
        self.query_one(Bar).say([(f" {told}", "bar--strong" if self._good else "bar--error")], keys(*can))

    def action_keep(self) -> None:
        if self._keep and self._done:
            self.dismiss(True)
        elif self._done:
            self.dismiss(False)

    def action_leave(self) -> None:
        self.dismiss(False)
