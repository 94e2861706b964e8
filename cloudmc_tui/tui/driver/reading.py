"""Textual's output, brought onto cells: what a terminal would make of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudmc_tui.tui.driver.styles import PLAIN, NotUnderstood, Styles

if TYPE_CHECKING:
    from cloudmc_tui.tui.driver.cells import Cells

_TEXT = r"[^\x00-\x1f\x7f-\x9f]"

_TOKEN = re.compile(
    rf"\x1b\[([0-9;]*)m({_TEXT}*)"  # 1, 2: a style and the text in it
    r"|\x1b\[(\d*)(?:;(\d*))?H"  # 3, 4: the cursor's place
    rf"|({_TEXT}+)"  # 5: text
    r"|(\x1b\[[<=>?]?[\d;:]*[ -/]*[@-~])"  # 6: another control sequence
    r"|(\x1b\][^\x07\x1b]*(?:\x07|\x1b\\))"  # 7: an operating system command
    r"|(\x1bP[^\x1b]*(?:\x1b[^\\][^\x1b]*)*\x1b\\)"  # 8: a device control string
    r"|([\x07\r\n])"  # 9: a control character
)
"""What Textual's output is made of. No control sequence inside text: there it would be hidden."""

_CONTROL = re.compile(r"\x1b\[([<=>?]?)([\d;:]*)([ -/]*[@-~])")

_INPUT_MODES = ("1000", "1002", "1003", "1004", "1005", "1006", "1015", "1016", "2004", "2031", "2048")
_HARMLESS_MODES = frozenset((*_INPUT_MODES, "7", "25"))
"""Private modes that change no cell."""

_ALTERNATE = frozenset(("47", "1047", "1049"))

_UPDATE = "2026"
"""The mode of synchronized updates."""


class Reader:
    """Reads output as a terminal does, onto cells.

    Attributes:
        cells: what it writes to.
        style: the number of the style that text comes in.
        x, y: the cursor's place; none when it is not known.
        updating: whether a synchronized update has begun and not ended.
        synchronizes: whether updates have been synchronized at all.
    """

    def __init__(self, cells: Cells, styles: Styles) -> None:
        self.cells = cells
        self._styles = styles
        self.style = PLAIN
        self.x: int | None = None
        self.y: int | None = None
        self.updating = False
        self.synchronizes = False

    def settle(self) -> None:
        """Be between two frames: no style is on, no update under way."""
        self.style = PLAIN
        self.updating = False

    def forget(self) -> None:
        """The same, and the cursor's place is not known any more."""
        self.settle()
        self.x = self.y = None

    def read(self, data: str) -> list[str]:
        """Bring output onto the cells.

        Args:
            data: whole sequences, as Textual writes them.

        Returns:
            what has nothing to do with cells and is to be sent as it is.

        Raises:
            NotUnderstood: when the effect of something is not known. Part of the data may have been
                brought onto the cells by then.
        """
        passed: list[str] = []
        place = 0
        apply = self._styles.apply
        for match in _TOKEN.finditer(data):
            if match.start() != place:
                raise NotUnderstood(data[place : match.start()])
            place = match.end()
            kind = match.lastindex
            if kind == 2:
                parameters, text = match.group(1, 2)
                self.style = apply(self.style, parameters)
                if text:
                    self._write(text)
            elif kind == 5:
                self._write(match[5])
            elif kind == 6:
                self._control(match[6], passed)
            elif kind == 7:
                self._command(match[7], passed)
            elif kind == 8:
                if not match[8].startswith("\x1bPtmux;"):
                    raise NotUnderstood(match[8])  # perhaps a picture
                passed.append(match[8])
            elif kind == 9:
                self._character(match[9], passed)
            else:
                self._move(match[4], match[3])
        if place != len(data):
            raise NotUnderstood(data[place:])
        return passed

    def _write(self, text: str) -> None:
        if self.x is None or self.y is None:
            raise NotUnderstood("text at an unknown place")
        end = self.cells.write(self.x, self.y, text, self.style)
        # Behind the last column terminals disagree where the cursor is.
        self.x = end if end < self.cells.width else None

    def _move(self, column: str | None, row: str | None) -> None:
        self.x = min(max(int(column or 1), 1), self.cells.width) - 1
        self.y = min(max(int(row or 1), 1), self.cells.height) - 1

    def _character(self, character: str, passed: list[str]) -> None:
        if character == "\x07":
            passed.append(character)
        elif character == "\r":
            self.x = 0
        elif self.y is None or self.y + 1 >= self.cells.height:
            raise NotUnderstood("a line end that may scroll")
        else:
            self.y += 1
            self.x = None  # it depends on the terminal's modes whether it goes to the first column

    def _command(self, command: str, passed: list[str]) -> None:
        body = command[2:].removesuffix("\x07").removesuffix("\x1b\\")
        if body.startswith("8;"):
            parameters, _, address = body[2:].partition(";")
            self.style = self._styles.linked(self.style, f"{parameters};{address}" if address else "")
        else:
            passed.append(command)

    def _control(self, sequence: str, passed: list[str]) -> None:
        match = _CONTROL.fullmatch(sequence)
        assert match is not None
        private, parameters, final = match.groups()
        if private == "?" and final in "hl":
            if parameters == _UPDATE:
                self.updating = final == "h"
                self.synchronizes = True
                return
            if not _HARMLESS_MODES.issuperset(parameters.split(";")):
                raise NotUnderstood(sequence)
            passed.append(sequence)
        elif (private and final == "u") or final in ("$p", " q") or sequence in ("\x1b[c", "\x1b[>c"):
            passed.append(sequence)  # the keyboard's protocol, the cursor's shape, questions
        elif private or ":" in parameters or ";" in parameters:
            raise NotUnderstood(sequence)
        elif final in "JK":
            self._erase(final, int(parameters or 0))
        else:
            self._step(final, max(1, int(parameters or 1)), sequence)

    def _erase(self, what: str, how: int) -> None:
        cells = self.cells
        if self.x is None or self.y is None or how > 2:
            raise NotUnderstood("erasing at an unknown place")
        style = self._styles.blank(self.style)
        if not self._styles.is_plain_blank(style):
            raise NotUnderstood("erasing with attributes")
        first, end = (0 if how else self.x), (self.x + 1 if how == 1 else cells.width)
        cells.erase(first, self.y, end - first, style)
        if what == "J":
            above, below = range(self.y) if how else (), range(self.y + 1, cells.height) if how != 1 else ()
            for y in (*above, *below):
                cells.erase(0, y, cells.width, style)

    def _step(self, final: str, count: int, sequence: str) -> None:
        """Move the cursor along its row or column."""
        if final in "AB" and self.y is not None:
            self.y = max(0, min(self.y + (count if final == "B" else -count), self.cells.height - 1))
        elif final in "CD" and self.x is not None:
            self.x = max(0, min(self.x + (count if final == "C" else -count), self.cells.width - 1))
        elif final == "G":
            self.x = min(count, self.cells.width) - 1
        elif final == "d":
            self.y = min(count, self.cells.height) - 1
        else:
            raise NotUnderstood(sequence)


def changes_screen(data: str) -> bool | None:
    """Whether output goes to the alternate screen (true) or leaves it (false); none for neither."""
    found = None
    for mode, final in re.findall(r"\x1b\[\?(\d+)([hl])", data) if "\x1b[?" in data else ():
        if mode in _ALTERNATE:
            found = final == "h"
    return found
