"""A screen's cells: characters with their styles, as a terminal has them after some output."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size

from cloudmc_tui.tui.driver.styles import PLAIN, NotUnderstood

TAIL = ""
"""What stands in the second cell of a wide character."""

_JOINER = "\u200d"
_EMOJI = "\ufe0f"


class Cluster(str):
    """Characters that are shown together, and of which terminals disagree how wide they are."""

    __slots__ = ()


class Cells:
    """The cells of a screen, row by row: what is in them, and in which style.

    Attributes:
        characters: for each row the characters; ``TAIL`` after a wide one; none where it is not known.
        styles: for each row the styles' numbers.
        dirty: the rows that something was written to since someone emptied this.
    """

    def __init__(self, width: int, height: int) -> None:
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        """Take another size; nothing is known of the cells afterwards."""
        self.width = width
        self.height = height
        self.characters: list[list[str | None]] = [[None] * width for _ in range(height)]
        self.styles: list[list[int]] = [[PLAIN] * width for _ in range(height)]
        self.dirty: set[int] = set()

    def forget(self) -> None:
        """Know nothing any more."""
        self.resize(self.width, self.height)

    def write(self, x: int, y: int, text: str, style: int) -> int:
        """Write over what is there.

        Args:
            x: the column, from 0.
            y: the row, from 0.
            text: without control characters.
            style: its number.

        Returns:
            the column after the text.

        Raises:
            NotUnderstood: when it does not fit in the row: what then is where, terminals know best.
        """
        simple = text.isascii()
        cells = len(text) if simple else cell_len(text)
        end = x + cells
        if end > self.width:
            raise NotUnderstood("text beyond the right edge")
        self.dirty.add(y)
        row, styles = self.characters[y], self.styles[y]
        self._part(row, x)
        self._part(row, end)
        if simple or (cells == len(text) and _all_simple(text)):
            row[x:end] = text
        else:
            self._write_clusters(row, x, text, cells)
        styles[x:end] = [style] * cells
        return end

    def erase(self, x: int, y: int, count: int, style: int) -> None:
        """Empty cells of a row.

        Args:
            x: the first one's column.
            y: the row.
            count: how many; those beyond the right edge are let alone.
            style: what they get.
        """
        self.write(x, y, " " * min(count, self.width - x), style)

    @staticmethod
    def _part(row: list[str | None], x: int) -> None:
        """Empty both halves of the wide character that lies on both sides of a column."""
        if x < len(row) and row[x] == TAIL:
            end = x
            while end < len(row) and row[end] == TAIL:
                row[end] = " "
                end += 1
            while x > 0:
                x -= 1
                was, row[x] = row[x], " "
                if was != TAIL:
                    break

    @staticmethod
    def _write_clusters(row: list[str | None], x: int, text: str, cells: int) -> None:
        found = list(clusters(text))
        if sum(size for _, size in found) != cells:
            found = [(Cluster(text), cells)]  # measured otherwise than piece by piece: one piece, then
        for cluster, size in found:
            if size:
                row[x : x + size] = [cluster, *[TAIL] * (size - 1)]
                x += size
            elif x > 0:
                base = x - 1
                while base > 0 and row[base] == TAIL:
                    base -= 1
                if (before := row[base]) is not None:
                    row[base] = Cluster(before + cluster)


def clusters(text: str) -> Iterator[tuple[str, int]]:
    """Divide a text into what is shown together, with the cells that it takes as Textual measures it.

    Characters without a width go with the one before; at the text's begin they come alone, with 0.
    """
    start = 0
    while start < len(text):
        end = start + 1
        joined = flag = _is_flag_half(text[start])
        while end < len(text) and (_goes_on(text[end]) or (joined and _is_flag_half(text[end]) == flag)):
            joined, flag = text[end] == _JOINER, False
            end += 1
        piece = text[start:end]
        if len(piece) == 1 and is_certain(piece):
            yield piece, get_character_cell_size(piece)
        else:
            yield Cluster(piece), cell_len(piece)
        start = end


def _goes_on(character: str) -> bool:
    return character in (_JOINER, _EMOJI) or get_character_cell_size(character) == 0


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


@lru_cache(maxsize=4096)
def is_certain(character: str) -> bool:
    """Whether every terminal can be expected to give a character as many cells as Textual does.

    It is so where two tables of different age agree. Halves of flags and skin tones are shown as parts
    of others by some terminals.
    """
    if _is_flag_half(character) or "\U0001f3fb" <= character <= "\U0001f3ff":
        return False
    if unicodedata.category(character) == "Cn":
        return False
    wide = unicodedata.east_asian_width(character) in "WF"
    return get_character_cell_size(character) == (2 if wide else 1)


@lru_cache(maxsize=4096)
def _all_simple(text: str) -> bool:
    """Whether each character takes one cell, for certain."""
    return all(get_character_cell_size(c) == 1 and is_certain(c) for c in text)
