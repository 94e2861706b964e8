"""A text of several lines, edited here when there is no ``$EDITOR``."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import TextArea

from cloudmc_tui.language import _
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.box import Box


class Editor(ModalScreen[str | None]):
    """Gives the edited text, or none when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.EDITOR)

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        with Box(id="editor") as box:
            box.border_title = self._title
            yield TextArea(self._text, id="editor-text")
            yield Bar(id="editor-keys")

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.cursor_blink = False
        self.query_one(Bar).say(keys(("ctrl+s", _("keep")), ("esc", _("leave it as it was"))))
        area.focus()

    def action_save(self) -> None:
        self.dismiss(self.query_one(TextArea).text)

    def action_leave(self) -> None:
        self.dismiss(None)
