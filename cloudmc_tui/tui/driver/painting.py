"""The difference of two screens as the shortest output that is easily found.

Cells that are to change are written, with the cursor moved between them, or the cells between written
again where that is shorter. Colours and attributes change by difference. Where a row ends in blanks, or
has many of them, they are erased instead of written.
"""

from __future__ import annotations

from collections.abc import Sequence

from cloudmc_tui.tui.driver.cells import TAIL, Cells, Cluster
from cloudmc_tui.tui.driver.styles import PLAIN, Styles

NEAR = 12
"""Unchanged cells between two changes that are looked at for being written again."""

FEW_BLANKS = 12
"""Blanks that are written; more are erased, which takes two sequences."""

FEW_LAST_BLANKS = 4
"""The same at a row's end, where erasing takes one."""


class Painter:
    """Makes a terminal's screen like another one.

    Attributes:
        sent: the terminal's cells, once it has had all output.
        style: the terminal's style; none when it is not known.
        x, y: the terminal's cursor; none when it is not known.
    """

    def __init__(self, sent: Cells, styles: Styles, *, erases_in_colour: bool = False) -> None:
        """Make a painter for a terminal of which nothing is known.

        Args:
            sent: will be what the terminal has.
            styles: the table that both screens' styles are numbers of.
            erases_in_colour: whether erased cells get the present background, and cells can be erased
                inside a row. Where not, only cells with the terminal's own background are erased, and
                only at a row's end.
        """
        self.sent = sent
        self._styles = styles
        self._erases_in_colour = erases_in_colour
        self._out: list[str] = []
        self.forget()

    def forget(self) -> None:
        """Know nothing of the terminal any more."""
        self.sent.forget()
        self.style: int | None = None
        self.x: int | None = None
        self.y: int | None = None

    def paint(self, wanted: Cells, rows: Sequence[int], x: int | None, y: int | None) -> str:
        """The output that makes rows of the terminal as wanted.

        Args:
            wanted: of the same size as ``sent``.
            rows: the rows that may differ.
            x: where the cursor is to be in the end; none for anywhere.
            y: the same.
        """
        self._out = []
        for row in rows:
            self._row(wanted, row)
        if x is not None and y is not None and (x, y) != (self.x, self.y):
            self._move(x, y)
        return "".join(self._out)

    def _row(self, wanted: Cells, y: int) -> None:
        """Make one row as wanted."""
        width = wanted.width
        characters, styles = wanted.characters[y], wanted.styles[y]
        had, had_styles = self.sent.characters[y], self.sent.styles[y]
        blank = self._styles.blank
        styles[:] = [blank(s) if c == " " else s for c, s in zip(characters, styles, strict=True)]
        if characters == had and styles == had_styles:
            return
        if Cluster in map(type, characters) or Cluster in map(type, had):
            # Wherever the terminal thinks that these end: everything anew is right.
            changed = [x for x in range(width) if characters[x] is not None]
        else:
            cells = zip(characters, had, styles, had_styles, strict=True)
            changed = [x for x, (a, b, s, t) in enumerate(cells) if (a != b or s != t) and a is not None]
        if not changed:
            return
        touched, end = changed, width
        tail = self._last_blanks(characters, styles)
        if sum(x >= tail for x in changed[-FEW_LAST_BLANKS - 1 :]) > FEW_LAST_BLANKS:
            end = next(x for x in changed if x >= tail)
            changed = [x for x in changed if x < end]
        for first, last in self._runs(changed, characters):
            self._bridge(first, y, characters, styles)
            self._write(characters, styles, first, last)
        if end < width:
            self._bridge(end, y, characters, styles)
            self._restyle_for_blank(styles[end])
            self._out.append("\x1b[K")
        if None in characters:
            for x in touched:
                had[x], had_styles[x] = characters[x], styles[x]
        else:
            had[:], had_styles[:] = characters, styles

    @staticmethod
    def _runs(changed: list[int], characters: list[str | None]) -> list[tuple[int, int]]:
        """Columns as stretches, first and end, that begin at no character's second half."""
        runs: list[tuple[int, int]] = []
        for x in changed:
            first = x
            while characters[first] == TAIL and first > 0:
                first -= 1
            if runs and runs[-1][1] >= first:
                runs[-1] = runs[-1][0], max(runs[-1][1], x + 1)
            else:
                runs.append((first, x + 1))
        return [(first, _whole(characters, end)) for first, end in runs]

    def _last_blanks(self, characters: list[str | None], styles: list[int]) -> int:
        """The column from which on there are blanks of one colour that can be erased; else the width."""
        x = width = len(characters)
        style = styles[-1]
        if characters[-1] != " " or not self._erasable(style):
            return width
        while x > 0 and characters[x - 1] == " " and styles[x - 1] == style:
            x -= 1
        return x

    def _erasable(self, style: int) -> bool:
        """Whether erased cells can have this style."""
        return style == PLAIN or (self._erases_in_colour and self._styles.is_plain_blank(style))

    # Writing cells

    def _write(self, characters: list[str | None], styles: list[int], x: int, end: int) -> None:
        """Write cells where the cursor is."""
        y = self.y
        assert y is not None
        width = len(characters)
        while x < end:
            character, style = characters[x], styles[x]
            if character == " ":
                stop = _same(characters, styles, x, end)
                if stop - x > FEW_BLANKS and self._erases_in_colour and self._erasable(style):
                    self._restyle_for_blank(style)
                    self._out.append(f"\x1b[{stop - x}X")
                    self.x = x
                    if stop < end:
                        self._move(stop, y)
                    x = stop
                    continue
                self._restyle_for_blank(style)
                self._out.append(" " * (stop - x))
            elif isinstance(character, Cluster):
                stop = _whole(characters, x + 1)
                self._restyle(style)
                # Blank first: should the terminal draw it narrower, nothing old remains beside it.
                self._out.append(" " * (stop - x))
                self.x = stop if stop < width else None
                self._move(x, y)
                self._out.append(character)
                self.x = None
                if stop < end:
                    self._move(stop, y)
                x = stop
                continue
            else:
                self._restyle(style)
                stop = x + 1
                while stop < end and styles[stop] == style and not isinstance(characters[stop], Cluster):
                    stop += 1
                self._out.append("".join(c for c in characters[x:stop] if c))
            x = stop
            self.x = x if x < width else None

    def _restyle(self, style: int) -> None:
        if style != self.style:
            self._out.append(self._styles.change(self.style, style))
            self.style = style

    def _restyle_for_blank(self, style: int) -> None:
        if style != self.style:
            sequence, self.style = self._styles.change_for_blank(self.style, style)
            self._out.append(sequence)

    # Moving the cursor

    def _bridge(self, x: int, y: int, characters: list[str | None], styles: list[int]) -> None:
        """Bring the cursor to a column, over cells that stay as they are by moving or by writing."""
        if self.y == y and self.x == x:
            return
        if self.y == y and self.x is not None and 0 < x - self.x <= NEAR:
            between = characters[self.x : x]
            if None not in between and Cluster not in map(type, between) and between[0] != TAIL:
                moving = self._trial(x, y, styles[x], None, styles)
                writing = self._trial(x, y, styles[x], characters, styles)
                if writing < moving:
                    self._write(characters, styles, self.x, x)
                    return
        self._move(x, y)

    def _trial(
        self, x: int, y: int, style: int, characters: list[str | None] | None, styles: list[int]
    ) -> int:
        """How much it takes to be at a column in a style: by writing characters, or by moving."""
        state = self._out, self.style, self.x, self.y
        self._out = []
        assert self.x is not None
        if characters is None:
            self._move(x, y)
        else:
            self._write(characters, styles, self.x, x)
        self._restyle(style)
        length = len("".join(self._out).encode())
        self._out, self.style, self.x, self.y = state
        return length

    def _move(self, x: int, y: int) -> None:
        """Bring the cursor to a place in the shortest way."""
        self._out.append(_shortest_move(self.x, self.y, x, y))
        self.x, self.y = x, y


def _whole(characters: list[str | None], end: int) -> int:
    """An end that divides no character."""
    while end < len(characters) and characters[end] == TAIL:
        end += 1
    return end


def _same(characters: list[str | None], styles: list[int], x: int, end: int) -> int:
    """The end of the cells that are like the one at a column."""
    character, style = characters[x], styles[x]
    while x < end and characters[x] == character and styles[x] == style:
        x += 1
    return x


def _shortest_move(x: int | None, y: int | None, to_x: int, to_y: int) -> str:
    """The shortest sequence that brings the cursor from one place to another."""
    ways = [f"\x1b[{to_y + 1 if to_y else ''}{f';{to_x + 1}' if to_x else ''}H"]
    if y is not None:
        down = to_y - y
        vertical = "" if not down else f"\x1b[{abs(down) if abs(down) > 1 else ''}{'B' if down > 0 else 'A'}"
        if to_x == 0:
            ways.append("\r" + vertical)
        if x is not None:
            right = to_x - x
            if right > 0:
                ways.append(vertical + f"\x1b[{right if right > 1 else ''}C")
            elif right < 0:
                ways.append(vertical + min("\b" * -right, f"\x1b[{-right}D", key=len))
            else:
                ways.append(vertical)
        ways.append(vertical + f"\x1b[{to_x + 1 if to_x else ''}G")
    return min(ways, key=len)
