"""Lines of text to look at: problems, a command's output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from cloudmc_tui.formats.text import wrapped
from cloudmc_tui.language import _
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.box import Box
from cloudmc_tui.tui.widgets.lines import LineView, Piece

if TYPE_CHECKING:
    from cloudmc_tui.tui.app import ExplorerApp


class TextLines(LineView):
    """The lines; those that are longer than there is room for go on in the next."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(id="text-lines")
        self._whole = list(lines)
        self._parts: list[str] = []

    def on_resize(self, event: events.Resize) -> None:
        self._parts = [part for line in self._whole for part in wrapped(line, max(10, self.size.width - 2))]
        self.set_rows(len(self._parts))

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        return [(" ", ""), (self._parts[row], "")]


class TextScreen(ModalScreen[None]):
    """Shows lines; they can be copied as a whole."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.WINDOW)

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        """Make one.

        Args:
            title: a safe line.
            lines: safe lines.
        """
        super().__init__()
        self._title = title
        self._lines = list(lines)

    def compose(self) -> ComposeResult:
        with Box(id="text") as box:
            box.border_title = self._title
            yield TextLines(self._lines)
            yield Bar(id="text-keys")

    def on_mount(self) -> None:
        self.query_one(Bar).say(keys(("y", _("copy all")), ("esc", _("close"))))

    def action_leave(self) -> None:
        self.dismiss()

    def action_copy(self) -> None:
        self.app.copy_to_clipboard("\n".join(self._lines))
