"""Labelled lines of which nothing is cut off."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from cloudmc_tui.formats.text import width, wrapped
from cloudmc_tui.tui.widgets.lines import LineView, Piece

NARROWEST = 20
"""Below so many cells, wrapping helps nobody."""


class WrappedLines(LineView):
    """Lines of a label and a text, the text wrapped to the width, below itself."""

    def __init__(self, lines: Sequence[Sequence[Piece]], *, id: str) -> None:
        """Make one.

        Args:
            lines: those of two pieces, a label and a text, are wrapped.
            id: the widget's.
        """
        super().__init__(id=id)
        self._whole = list(lines)
        self._parts: list[Sequence[Piece]] = []

    def on_resize(self, _event: events.Resize) -> None:
        self._parts = [part for line in self._whole for part in _wrapped(line, self.size.width)]
        self.set_rows(len(self._parts))

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        return self._parts[row]


def _wrapped(line: Sequence[Piece], cells: int) -> list[Sequence[Piece]]:
    if len(line) != 2 or cells < NARROWEST:
        return [line]
    (label, label_style), (text, style) = line
    room = cells - width(label) - 1
    return [
        [(label if n == 0 else " " * width(label), label_style), (part, style)]
        for n, part in enumerate(wrapped(text, room))
    ]
