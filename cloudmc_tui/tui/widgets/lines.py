"""A view of one-line rows with a cursor, of which only the visible ones are ever formatted.

Everything with rows is made of this: tree, list, entity, help, pickers. A cursor key repaints two
lines, a page repaints the window, and ten thousand rows cost what fifty do.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from cloudmc_tui.formats.text import fit, width
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.widgets.box import Clipped
from cloudmc_tui.tui.widgets.roles import CURSOR, CURSOR_BLURRED, Styled
from cloudmc_tui.tui.widgets.roles import Piece as Piece


class LineView(ScrollView, Styled, Clipped, can_focus=True):
    """Rows of one line each, with a cursor. Subclasses give :meth:`row_pieces`."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.MOVE)

    DEFAULT_CSS = """
    LineView { scrollbar-size: 0 0; overflow: hidden; }
    """

    class Moved(Message):
        """The cursor is on another row."""

        def __init__(self, view: LineView, row: int) -> None:
            super().__init__()
            self.view = view
            self.row = row

        @property
        def control(self) -> LineView:
            return self.view

    class Opened(Moved):
        """Enter, or a second click, on a row."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._rows = 0
        self._cursor = 0

    # What subclasses say

    HEADING_ROWS: ClassVar[int] = 0
    """How many lines at the top stay where they are; see :meth:`heading_pieces`."""

    ALWAYS_FOCUSED: ClassVar[bool] = False
    """Whether the cursor looks focused even when the keys go elsewhere."""

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        """A row as pieces, cut or padded to the width by the view.

        Args:
            row: from 0.
            cells: the width of the view.
        """
        raise NotImplementedError

    def heading_pieces(self, cells: int) -> Sequence[Piece]:
        """The heading's line, where there is one."""
        raise NotImplementedError

    def placeholder(self) -> Sequence[Piece]:
        """What is shown in place of rows when there are none: paragraphs, wrapped by the view."""
        return ()

    def moved(self) -> None:
        """Called when the cursor is on another row."""
        self.post_message(self.Moved(self, self._cursor))

    # Rows and cursor

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self._rows

    @property
    def cursor(self) -> int:
        """The row that the cursor is on; 0 when there are none."""
        return self._cursor

    def set_rows(self, rows: int, cursor: int | None = None) -> None:
        """Say that the rows are others now.

        Args:
            rows: how many there are.
            cursor: where the cursor is to be; none leaves it on the row that it is on.
        """
        self.put_rows(rows, cursor)
        self.refresh()

    def put_rows(self, rows: int, cursor: int | None = None) -> None:
        """The same as :meth:`set_rows`, painting nothing: for those who know what looks different."""
        self._rows = rows
        self._cursor = max(0, min(self._cursor if cursor is None else cursor, rows - 1))
        self._resize_content()

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, scrolling as little as needed."""
        row = max(0, min(row, self._rows - 1))
        if row == self._cursor:
            return
        before, self._cursor = self._cursor, row
        self.refresh_row(before)
        self.refresh_row(row)
        self._show_cursor()
        self.moved()

    @property
    def window(self) -> int:
        """How many rows are visible at once."""
        return max(0, self.size.height - self.HEADING_ROWS)

    def scroll_to_row(self, top: int) -> None:
        """Make this the first visible row, as far as that can be."""
        self.scroll_to(y=max(0, min(top, self._rows - self.window)), animate=False, force=True)

    @property
    def allow_vertical_scroll(self) -> bool:
        """Whether it scrolls: by the wheel as well, although there is no bar."""
        return True

    def _resize_content(self) -> None:
        size = Size(self.size.width, self._rows + self.HEADING_ROWS)
        if size != self.virtual_size:
            self.virtual_size = size
            if self.styles.is_auto_height:
                self.refresh(layout=True)
        self._show_cursor()

    def _show_cursor(self) -> None:
        height, top = self.window, self.scroll_offset.y
        if height <= 0:
            return
        wanted = min(max(top, self._cursor - height + 1), self._cursor)
        wanted = max(0, min(wanted, self._rows - height))
        if wanted != top:
            self.scroll_to_row(wanted)

    # Rendering

    def refresh_row(self, row: int) -> None:
        """Paint one row again, if it is in sight."""
        if 0 <= row - self.scroll_offset.y < self.window:
            self.refresh_line(row + self.HEADING_ROWS)

    def render_line(self, y: int) -> Strip:
        cells = self.size.width
        if y < self.HEADING_ROWS:
            return self._strip(self.heading_pieces(cells), cells, None)
        line = y - self.HEADING_ROWS
        if not self._rows:
            lines = _wrapped(self.placeholder(), cells)
            return self._strip(lines[line] if line < len(lines) else (), cells, None)
        row = line + self.scroll_offset.y
        if row >= self._rows:
            return self._strip((), cells, None)
        focused = self.has_focus or self.ALWAYS_FOCUSED
        over = self.piece_style(CURSOR if focused else CURSOR_BLURRED) if row == self._cursor else None
        return self._strip(self.row_pieces(row, cells), cells, over)

    def _strip(self, pieces: Sequence[Piece], cells: int, over: Style | None) -> Strip:
        """Pieces as a line of exactly this width, all on the cursor's colours where it is there."""
        segments = []
        left = cells
        for text, name in pieces:
            if left <= 0:
                break
            length = width(text)
            if length > left:
                text, length = fit(text, left), left
            style = self.piece_style(name)
            if over is not None:
                style = Style(color=over.color, bgcolor=over.bgcolor, bold=style.bold) + over
            segments.append(Segment(text, style))
            left -= length
        if left > 0:
            segments.append(Segment(" " * left, self.piece_style("") if over is None else over))
        return Strip(segments, cells)

    # Keys and mouse

    def on_resize(self, _event: events.Resize) -> None:
        self._resize_content()

    def on_focus(self) -> None:
        self.refresh_row(self._cursor)

    def on_blur(self) -> None:
        self.refresh_row(self._cursor)

    def on_click(self, event: events.Click) -> None:
        row = int(event.y) - self.gutter.top - self.HEADING_ROWS + self.scroll_offset.y
        if self.scroll_offset.y <= row < self._rows:
            again = row == self._cursor
            self.move_to(row)
            if again and event.chain > 1:
                self.action_go_open()

    def action_move_up(self) -> None:
        self.move_to(self._cursor - 1)

    def action_move_down(self) -> None:
        self.move_to(self._cursor + 1)

    def action_move_left(self) -> None:
        """Nothing to the left; subclasses may know better."""

    def action_move_right(self) -> None:
        """Nothing to the right; subclasses may know better."""

    def action_move_page_up(self) -> None:
        self._page(-1)

    def action_move_page_down(self) -> None:
        self._page(1)

    def action_move_first(self) -> None:
        self.move_to(0)

    def action_move_last(self) -> None:
        self.move_to(self._rows - 1)

    def _page(self, direction: int) -> None:
        step = max(1, self.window - 1)
        self.scroll_to_row(self.scroll_offset.y + direction * step)
        self.move_to(self._cursor + direction * step)

    def action_go_open(self) -> None:
        if self._rows:
            self.post_message(self.Opened(self, self._cursor))


def _wrapped(paragraphs: Sequence[Piece], cells: int) -> list[list[Piece]]:
    """Paragraphs as lines with a blank cell to their left."""
    lines: list[list[Piece]] = []
    for text, style in paragraphs:
        wrapped = textwrap.wrap(text, max(1, cells - 2)) or [""]
        lines.extend([(" ", ""), (line, style)] for line in wrapped)
    return lines
