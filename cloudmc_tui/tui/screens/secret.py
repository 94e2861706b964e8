"""Secrets in a task's result: shown once, to be copied, stored nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from cloudmc_tui.formats.text import fit, visible
from cloudmc_tui.language import _
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.box import Box
from cloudmc_tui.tui.widgets.lines import LineView, Piece

if TYPE_CHECKING:
    from cloudmc_tui.tui.app import ExplorerApp


class SecretLines(LineView):
    """A secret a line."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        super().__init__(id="secret-lines")
        self._secrets = list(secrets.items())
        self.set_rows(len(self._secrets))

    @property
    def secret(self) -> str:
        """The secret under the cursor."""
        return self._secrets[self.cursor][1]

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        name, value = self._secrets[row]
        return [(f" {fit(name, 16)} ", "line--muted"), (visible(value), "line--match")]


class SecretScreen(ModalScreen[None]):
    """Shows secrets until it is closed; then they are gone."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.SECRET)

    def __init__(self, title: str, secrets: Mapping[str, str]) -> None:
        """Make one.

        Args:
            title: whose secrets they are; a safe line.
            secrets: name → value.
        """
        super().__init__()
        self._title = title
        self._secrets = dict(secrets)

    def compose(self) -> ComposeResult:
        with Box(id="secret") as box:
            box.border_title = self._title
            yield SecretLines(self._secrets)
            yield Bar(id="secret-keys")

    def on_mount(self) -> None:
        self.query_one("#secret").styles.height = len(self._secrets) + 4
        self.query_one(Bar).say(keys(("y", _("copy")), ("esc", _("close: it is not shown again"))))

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self.query_one(SecretLines).secret, secret=True)

    def action_leave(self) -> None:
        self._secrets.clear()
        self.dismiss(None)
