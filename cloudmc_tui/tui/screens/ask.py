"""Ask for a secret: what is typed is not shown, and kept in memory only."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.box import Box
from cloudmc_tui.tui.widgets.entry import Entry


class Ask(ModalScreen["str | None"]):
    """Gives what was typed, or none."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CHOICE)

    def __init__(self, prompt: str) -> None:
        """Make one.

        Args:
            prompt: what is asked for.
        """
        super().__init__()
        self._prompt = prompt

    def compose(self) -> ComposeResult:
        with Box(id="ask"):
            yield Static(visible(self._prompt), markup=False)
            yield Entry(password=True, id="ask-input")
            yield Bar()

    def on_mount(self) -> None:
        field = self.query_one(Input)
        field.cursor_blink = False
        field.focus()
        self.query_one(Bar).say(keys(("enter", _("go on")), ("esc", _("leave"))))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value:
            self.dismiss(event.value)

    def action_leave(self) -> None:
        self.dismiss(None)
