"""Two screens, the wanted and the sent, and the output between them. No terminal is needed here."""

from __future__ import annotations

from collections.abc import Callable, Collection

from cloudmc_tui.tui.driver.cells import Cells
from cloudmc_tui.tui.driver.painting import Painter
from cloudmc_tui.tui.driver.reading import Reader, changes_screen
from cloudmc_tui.tui.driver.styles import PLAIN, NotUnderstood, Styles

ATOMIC = 512
"""Characters of output that reach the terminal at once, without saying that they belong together."""

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"


class Mirror:
    """Takes Textual's output, and gives what the terminal still needs of it.

    Output that is not understood is passed on as it is, after all that came before it, and nothing is
    taken for known afterwards.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        erases_in_colour: bool = False,
        reduce: Callable[[str], str] = str,
        unwanted: Collection[str] = (),
    ) -> None:
        """Make a mirror for a terminal of which nothing is known.

        Args:
            width: the terminal's, in cells.
            height: the same.
            erases_in_colour: whether the terminal gives erased cells the present background.
            reduce: gives a colour's SGR parameters as they are to be sent.
            unwanted: sequences that are not passed on.
        """
        self._styles = Styles(reduce)
        self._wanted = Cells(width, height)
        self._reader = Reader(self._wanted, self._styles)
        self._painter = Painter(Cells(width, height), self._styles, erases_in_colour=erases_in_colour)
        self._unwanted = frozenset(unwanted)
        self._on_screen = False
        self._passed: list[str] = []

    @property
    def size(self) -> tuple[int, int]:
        """The terminal's width and height."""
        return self._wanted.width, self._wanted.height

    def resize(self, width: int, height: int) -> None:
        """The terminal has another size: what it made of its cells is not known."""
        self._wanted.resize(width, height)
        self._painter.sent.resize(width, height)
        self._reader.forget()
        self._painter.forget()

    def repaint(self) -> None:
        """The terminal may have lost everything: send all that is wanted again."""
        self._painter.forget()
        self._wanted.dirty.update(range(self._wanted.height))

    # In

    def feed(self, data: str) -> None:
        """Take output: whole sequences, as Textual writes them."""
        if data in self._unwanted:
            return
        going = changes_screen(data)
        if going is not None:
            self._change_screen(data, going)
        elif not self._on_screen:
            self._passed.append(data)
        else:
            try:
                self._passed += self._reader.read(data)
            except NotUnderstood:
                self._pass_whole(data)

    def _change_screen(self, data: str, going: bool) -> None:
        """To or from the alternate screen; on leaving it, nobody would see the last frame any more."""
        self._passed.append(self._settle() + data)
        self._on_screen = going
        self._reader.settle()
        self.repaint()

    def _pass_whole(self, data: str) -> None:
        """Send what came before, and then output that is not understood.

        Some of it may have been read before that showed, and is sent twice then.
        """
        self._flush_frame()
        self._passed.append(self._settle() + data)
        self._reader.forget()
        self._wanted.forget()
        self._painter.forget()

    def _settle(self) -> str:
        """End the styles that are on, as Textual believes them to be."""
        if self._painter.style in (None, PLAIN):
            return ""
        change = self._styles.change(self._painter.style, PLAIN)
        self._painter.style = PLAIN
        return change

    # Out

    @property
    def passes(self) -> bool:
        """Whether there is output that does not wait for a frame."""
        return bool(self._passed)

    @property
    def pending(self) -> bool:
        """Whether there is anything to send, and no update under way."""
        if self._passed or not self._on_screen:
            return bool(self._passed)
        reader, painter = self._reader, self._painter
        moved = (
            reader.x is not None and reader.y is not None and (reader.x, reader.y) != (painter.x, painter.y)
        )
        return not reader.updating and bool(self._wanted.dirty or moved)

    def take_passed(self) -> str:
        """The output that does not wait for a frame; it counts as sent."""
        data = "".join(self._passed)
        self._passed.clear()
        return data

    def take(self) -> str:
        """The output that brings the terminal to what is wanted; it counts as sent."""
        if self._on_screen and not self._reader.updating:
            self._flush_frame()
        return self.take_passed()

    def _flush_frame(self) -> None:
        wanted = self._wanted
        frame = self._painter.paint(wanted, sorted(wanted.dirty), self._reader.x, self._reader.y)
        wanted.dirty.clear()
        if self._styles.full:
            self._renew_styles()
        if len(frame) > ATOMIC and self._reader.synchronizes:
            frame = _BEGIN + frame + _END
        if frame:
            self._passed.append(frame)

    def _renew_styles(self) -> None:
        """Forget the styles that are on no screen any more."""
        renew = self._styles.renew()
        for cells in (self._wanted, self._painter.sent):
            cells.styles = [[renew(style) for style in row] for row in cells.styles]
        self._reader.style = renew(self._reader.style)
        if self._painter.style is not None:
            self._painter.style = renew(self._painter.style)
