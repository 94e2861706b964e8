"""The help: every key and what it does, made from the actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from cloudmc_tui.formats.text import fit
from cloudmc_tui.language import _
from cloudmc_tui.tui.actions import ACTIONS, Action, Scope, bindings, keys_of
from cloudmc_tui.tui.widgets.box import Box
from cloudmc_tui.tui.widgets.lines import LineView, Piece


class HelpLines(LineView):
    """The help's lines."""

    def __init__(self, lines: Sequence[Sequence[Piece]]) -> None:
        super().__init__()
        self._lines = lines
        self.set_rows(len(lines))

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        return self._lines[row]


class Help(ModalScreen[None]):
    """All keys, those of the focused pane first."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.WINDOW)

    def __init__(
        self, first: Scope | None, keymap: Mapping[str, str], actions: Sequence[Action] = ACTIONS
    ) -> None:
        """Make it.

        Args:
            first: whose keys come first.
            keymap: action id → keys, where they differ from the defaults.
            actions: all that there are.
        """
        super().__init__()
        self._actions = actions
        scopes = [s for s in Scope if s is not first]
        self._scopes = [first, *scopes] if first else scopes
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        with Box(id="help") as box:
            box.border_title = _("Keys")
            yield HelpLines(help_lines(self._scopes, self._keymap, self._actions))

    def action_leave(self) -> None:
        self.dismiss()


def help_lines(
    scopes: Sequence[Scope], keymap: Mapping[str, str], every: Sequence[Action] = ACTIONS
) -> list[list[Piece]]:
    """The help, a line for each action, under its scope's heading.

    Args:
        scopes: in the order wanted.
        keymap: action id → keys, where they differ from the defaults.
        every: all actions that there are.
    """
    lines: list[list[Piece]] = []
    for scope in scopes:
        actions = [a for a in every if a.scope is scope]
        if not actions:
            continue
        if lines:
            lines.append([("", "")])
        lines.append([(f" {scope.heading}", "line--heading")])
        for action in actions:
            keys = " ".join(keys_of(action, keymap)) or _("palette")
            lines.append([(f"  {fit(keys, 16)} ", "line--key"), (_(action.help), "")])
    return lines
