"""A command line before it is run: what is started, and with what."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from cloudmc_tui.language import _
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.aside import line_of
from cloudmc_tui.tui.screens.text import TextLines
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.box import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudmc_tui.tui.app import ExplorerApp


class CommandScreen(ModalScreen[bool]):
    """Shows a command line; gives whether it is to be run."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.COMMAND)

    def __init__(self, title: str, command: Sequence[str], note: str = "") -> None:
        """Make one.

        Args:
            title: a safe line.
            command: the program, and its arguments.
            note: what else there is to say, a safe line.
        """
        super().__init__()
        self._title = title
        self._line = line_of(command)
        self._note = note

    def compose(self) -> ComposeResult:
        with Box(id="command") as box:
            box.border_title = self._title
            yield TextLines([self._line, *(["", self._note] if self._note else [])])
            yield Bar(id="command-keys")

    def on_mount(self) -> None:
        pairs = (("enter", _("run it")), ("y", _("copy")), ("esc", _("leave")))
        self.query_one(Bar).say(keys(*pairs))

    def on_line_view_opened(self) -> None:
        self.action_run()

    def action_run(self) -> None:
        self.dismiss(True)

    def action_leave(self) -> None:
        self.dismiss(False)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._line)
