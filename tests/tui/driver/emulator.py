"""pyte's terminal, put right where it is known to be wrong, and what one sees of its screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pyte
from rich.cells import cell_len

from cloudmc_tui.tui.driver.cells import clusters

TAIL = ""
"""What pyte has in the second cell of a wide character."""


class Emulator(pyte.Screen):
    """A terminal that takes wide characters and clusters as real ones do.

    pyte drops the rest of a text behind a joiner or a variation selector, divides clusters, leaves one
    half of a wide character standing when the other is overwritten, and lets a wide character at the
    right edge out of the row. Real terminals show clusters in the width that is measured for them
    here (or in another: see ``own_widths``), and empty what is left of a character.
    """

    own_widths = True
    """Whether clusters are as wide as Textual takes them for; else each is one cell wider."""

    def draw(self, data: str) -> None:
        for text, cells in clusters(data):
            if cells == 0:
                self._combine(text)
                continue
            if len(text) > 1 and not self.own_widths:
                cells = min(cells + 1, max(cells, self.columns - self.cursor.x))
            # Without automatic wrapping the last column is written over and over.
            x = min(self.cursor.x, self.columns - cells)
            for column in range(x, x + cells):
                self._part(column)
            self._part(x + cells)
            line = self.buffer[self.cursor.y]
            line[x] = self.cursor.attrs._replace(data=text)
            for column in range(x + 1, x + cells):
                line[column] = self.cursor.attrs._replace(data=TAIL)
            self.cursor.x = min(x + cells, self.columns)

    def erase_characters(self, count: int | None = None) -> None:
        self._part(self.cursor.x)
        self._part(min(self.cursor.x + (count or 1), self.columns))
        super().erase_characters(count)

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        self._part(self.cursor.x)
        super().erase_in_line(how, private)

    def _combine(self, text: str) -> None:
        """Put a mark onto the character before."""
        line = self.buffer[self.cursor.y]
        x = self.cursor.x - 1
        while x > 0 and line[x].data == TAIL:
            x -= 1
        if x >= 0:
            line[x] = line[x]._replace(data=line[x].data + text)

    def _part(self, x: int) -> None:
        """Empty both halves of a wide character that lies on both sides of a column."""
        line = self.buffer[self.cursor.y]
        if not 0 < x < self.columns or line[x].data != TAIL:
            return
        first = x
        while first > 0 and line[first].data == TAIL:
            first -= 1
        end = x
        while end < self.columns and line[end].data == TAIL:
            end += 1
        for column in range(first, end):
            line[column] = line[column]._replace(data=" ")


class Shown(NamedTuple):
    """What one sees of a cell."""

    text: str
    foreground: str
    background: str
    attributes: frozenset[str]


ATTRIBUTES = ("bold", "italics", "underscore", "strikethrough", "reverse", "blink")
_ON_BLANKS = frozenset(("underscore", "strikethrough", "reverse"))


def shown(char: Any) -> Shown:
    """What one sees of a pyte cell: of a space without lines, only the background."""
    attributes = frozenset(name for name in ATTRIBUTES if getattr(char, name))
    if char.data == " " and attributes.isdisjoint(_ON_BLANKS):
        return Shown(" ", "", char.bg, frozenset())
    return Shown(char.data, char.fg, char.bg, attributes)


def cells(screen: pyte.Screen) -> list[list[Shown]]:
    """What one sees of a whole screen, cell by cell."""
    return [[shown(screen.buffer[y][x]) for x in range(screen.columns)] for y in range(screen.lines)]


def cursor(screen: pyte.Screen) -> tuple[int, int]:
    """The cursor's column and row; behind the last column counts as in it."""
    return min(screen.cursor.x, screen.columns - 1), screen.cursor.y


def differences(one: pyte.Screen, other: pyte.Screen, rows: Sequence[int] = ()) -> list[str]:
    """Where two screens do not look the same."""
    found = []
    for y, (line, same) in enumerate(zip(cells(one), cells(other), strict=True)):
        if not rows or y in rows:
            found += [f"{x},{y}: {a} {b}" for x, (a, b) in enumerate(zip(line, same, strict=True)) if a != b]
    return found


class Terminal:
    """An emulator with its stream."""

    def __init__(self, columns: int, lines: int, screen: type[pyte.Screen] = Emulator) -> None:
        self.screen = screen(columns, lines)
        self.stream = pyte.Stream(self.screen)
        self.stream.feed("\x1b[?7l")
        self.size = 0

    def feed(self, data: str) -> None:
        """Take output, with a count of its bytes."""
        self.size += len(data.encode())
        self.stream.feed(data)

    def resize(self, columns: int, lines: int) -> None:
        """Take another size."""
        self.screen.resize(lines, columns)


def fits(text: str, room: int) -> str:
    """As much of a text as there is room for, in whole clusters."""
    taken = ""
    for piece, _ in clusters(text):
        if cell_len(taken + piece) > room:
            break
        taken += piece
    return taken
