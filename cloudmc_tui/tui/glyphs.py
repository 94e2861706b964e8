"""Everything that is drawn and is not ASCII, with what stands for it on a terminal that has no more.

Panes draw as if every terminal had all of Unicode. Where one has not, :class:`AsciiOnly` sees every line
last, and gives each mark its one-cell stand-in.
"""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from cloudmc_tui.formats.values import ASCII_MARKS, MARKS

STAND_INS: dict[str, str] = {
    **{MARKS[tone]: ASCII_MARKS[tone] for tone in MARKS},
    "◌": ".",  # being sent
    "–": "_",  # skipped
    "▌": "#",  # marked
    "▸": "+",  # folded
    "▾": "-",  # unfolded
    "›": ">",  # more columns to the right
    "◂": "<",  # what is wrong with the field to the left
    "…": "~",
    "·": "|",
    "•": "*",
    "×": "x",
    "→": ">",
    "←": "<",
    "↑": "^",
    "↓": "v",
    "’": "'",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "\N{NO-BREAK SPACE}": " ",
    "\N{NARROW NO-BREAK SPACE}": " ",
    # letters of the languages that the program speaks
    **dict(zip("àâçéèêëîïôùûüÀÂÇÉÈÊËÎÏÔÙÛÜ", "aaceeeeiiouuuAACEEEEIIOUUU", strict=True)),
    # borders: solid, heavy, round
    "─": "-",
    "│": "|",
    "┌": "+",
    "┐": "+",
    "└": "+",
    "┘": "+",
    "━": "=",
    "┃": "|",
    "┏": "+",
    "┓": "+",
    "┗": "+",
    "┛": "+",
    "╭": "+",
    "╮": "+",
    "╰": "+",
    "╯": "+",
}
"""One cell for one cell. Two marks that may stand in the same place differ here, too."""

UNKNOWN = "?"
"""What stands for each cell of what somebody else wrote: names, notes."""


_NOT_ASCII = re.compile(rf"[{re.escape(''.join(STAND_INS))}]|[^\x00-\x7f{re.escape(''.join(STAND_INS))}]+")


def to_ascii(text: str) -> str:
    """A text of the same width in ASCII."""
    return text if text.isascii() else _NOT_ASCII.sub(_stand_in, text)


def _stand_in(match: re.Match[str]) -> str:
    found = match.group()
    return STAND_INS.get(found) or UNKNOWN * cell_len(found)


class AsciiOnly(LineFilter):
    """Draws lines in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same lines in ASCII, cell by cell.

        Args:
            segments: a line.
            background: what is behind it.
        """
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]
