"""A line of text that repaints only when it says something else."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from cloudmc_tui.formats.text import fit, width
from cloudmc_tui.tui.widgets.box import Clipped
from cloudmc_tui.tui.widgets.roles import Piece, Styled


def keys(*pairs: tuple[str, str]) -> list[Piece]:
    """Keys with what they do, as pieces of a bar.

    Args:
        pairs: a key, and a word or two.
    """
    return [piece for key, word in pairs for piece in ((f" {key}", "bar--key"), (f" {word} ", "bar--muted"))]


class Bar(Styled, Clipped):
    """One line: pieces from the left, and pieces that end at the right edge.

    Attributes:
        accent: the style of the profile's name, where the profile has a colour of its own.
    """

    DEFAULT_CSS = """
    Bar { height: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left: tuple[Piece, ...] = ()
        self._right: tuple[Piece, ...] = ()
        self.accent: Style | None = None

    def say(self, left: Sequence[Piece], right: Sequence[Piece] = ()) -> None:
        """Show these pieces; the right ones win where there is no room for both."""
        new = (tuple(left), tuple(right))
        if new != (self._left, self._right):
            self._left, self._right = new
            self.refresh()

    @property
    def text(self) -> str:
        """What it says, without styles."""
        return " ".join("".join(text for text, _ in side) for side in (self._left, self._right) if side)

    def render_line(self, y: int) -> Strip:
        cells = self.size.width
        base = self.rich_style
        right = self._cut(self._right, cells, base)
        room = cells - sum(s.cell_length for s in right)
        left = self._cut(self._left, room, base)
        gap = room - sum(s.cell_length for s in left)
        return Strip([*left, Segment(" " * gap, base), *right], cells)

    def _cut(self, pieces: Sequence[Piece], room: int, base: Style) -> list[Segment]:
        segments = []
        for index, (text, name) in enumerate(pieces):
            if room <= 0 or (name == "bar--key" and _with_word(pieces, index) > room):
                break
            if width(text) > room:
                text = fit(text, room)
            style = self.piece_style(name)
            if name == "bar--profile" and self.accent is not None:
                style = self.accent
            segments.append(Segment(text, style))
            room -= width(text)
        return segments


def _with_word(pieces: Sequence[Piece], index: int) -> int:
    """The cells of a key and of what it does: one without the other says nothing."""
    return sum(width(text) for text, _ in pieces[index : index + 2])
