"""The entity pane: one entity's details with labels, or its JSON."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.message import Message

from cloudmc_tui.formats.text import fit, shorten, width
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.language import _
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.widgets.lines import LineView, Piece

if TYPE_CHECKING:
    from cloudmc_tui.inventory import Details
    from cloudmc_tui.inventory.describe import Line
    from cloudmc_tui.path import Path
    from cloudmc_tui.tui.app import ExplorerApp
    from cloudmc_tui.tui.copying import Offer

LABEL_CELLS = 22
"""The widest that the labels' column gets."""

_JSON_LINE = re.compile(r'^(\s*)("(?:[^"\\]|\\.)*")(: )(.*)$')


class View(str, Enum):
    """What of an entity is shown."""

    DETAILS = "details"
    JSON = "JSON"
    RELATIONS = "relations"
    CHANGES = "changes"

    @property
    def word(self) -> str:
        """What people read."""
        words = {"details": _("details"), "relations": _("relations"), "changes": _("changes")}
        return words.get(self.value, self.value)


class EntityPane(LineView):
    """One entity. A newer reading of the same entity keeps cursor, mode and scroll."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.ENTITY)

    class Followed(Message):
        """A reference was opened."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    class Wanted(Message):
        """A view is shown whose lines come from outside."""

        def __init__(self, view: View, details: Details) -> None:
            super().__init__()
            self.view = view
            self.details = details

    def __init__(self, *, clock: Callable[[], float] = time.time, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self.details: Details | None = None
        self.view = View.DETAILS
        self.revealed = False
        self._names: dict[str, str] = {}
        self._lines: list[Line] = []
        self._json: list[str] = []
        self._message: Piece = ("", "line--muted")
        self._pending = ""
        self._skip = 0

    @property
    def lines(self) -> Sequence[Line]:
        """The lines of the details."""
        return self._lines

    @property
    def line(self) -> Line | None:
        """The line of the details under the cursor."""
        return self._lines[self.cursor] if self._lines and self.view is not View.JSON else None

    def say(self, message: str, style: str = "line--muted") -> None:
        """Show a message in place of an entity."""
        self.details = None
        self.revealed = False
        self._lines, self._json = [], []
        self._message = (message, style)
        self.border_title = ""
        self.set_rows(0)

    def show(self, details: Details, names: dict[str, str] | None = None) -> None:
        """Show an entity.

        Args:
            details: as known.
            names: id → name of what it refers to; none keeps the names known so far.
        """
        same = self.details is not None and self.details.path == details.path
        if not same:
            self.revealed = False
            self._names = {}
            self._skip = 0
        if names:
            self._names = {**self._names, **names}
        self.details = details
        self._rebuild(None if same else 0)

    def fill(self, view: View, path: Path, lines: Sequence[Line]) -> None:
        """Give the lines of a view that come from outside.

        Args:
            view: whose lines they are.
            path: the entity's.
            lines: to be shown, if that is what is still looked at.
        """
        if self.view is view and self.details is not None and self.details.path == path:
            before = self._lines[self.cursor] if self._lines else None
            self._lines = list(lines)
            self.set_rows(len(self._lines), self._lines.index(before) if before in self._lines else None)

    def _rebuild(self, cursor: int | None = None) -> None:
        from cloudmc_tui.inventory.describe import Line, detail_lines, json_lines

        details = self.details
        if details is None:
            return
        singular = details.entity_type.singular
        called = title_of(details.entity, details.entity_type)
        note = "" if self.view is View.DETAILS else f" · {self.view.word}"
        self.border_title = f"{singular[:1].upper()}{singular[1:]} {called}{note}"
        if self.view is View.JSON:
            self._json = json_lines(details, reveal=self.revealed)
            self.set_rows(len(self._json), cursor)
        elif self.view is not View.DETAILS:
            if cursor is not None:
                self._lines = [Line("", _("reading…"))]
                self.set_rows(1, 0)
            self.post_message(self.Wanted(self.view, details))
        else:
            self._lines = detail_lines(details, self._names, self._clock(), reveal=self.revealed)
            self.set_rows(len(self._lines), cursor)

    def set_pending(self, word: str) -> None:
        """Show beside the last known state what is being done, such as ``"stopping"``; or nothing."""
        if word != self._pending:
            self._pending = word
            self.refresh()

    def placeholder(self) -> Sequence[Piece]:
        text, style = self._message
        return [(line, style) for line in text.split("\n")]

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        if self.view is View.JSON:
            return _json_pieces(self._json[row][self._skip :])
        line = self._lines[row]
        if line.heading:
            count = f" ({line.value})" if line.value else ""
            return [(f" {line.label}{count}", "line--heading")]
        labels = min(LABEL_CELLS, max(8, cells // 3))
        indent = " " * (1 + line.indent)
        label = fit(line.label, max(1, labels - line.indent))
        room = max(1, cells - width(indent) - width(label) - 2)
        value = line.value[self._skip :] if self._skip else line.value
        if line.tone is not None and self._pending:
            value += f" → {self._pending}…"
        if line.secret:
            value += _("  (V shows it)")
        return [(indent, ""), (label, "line--muted"), ("  ", ""), (fit(value, room), _style(line))]

    def action_move_left(self) -> None:
        self._shift(-8)

    def action_move_right(self) -> None:
        self._shift(8)

    def _shift(self, by: int) -> None:
        """Look at what a long line hides to its right."""
        texts = self._json if self.view is View.JSON else [line.value for line in self._lines]
        longest = max((width(t) for t in texts), default=0)
        room = self.size.width - (0 if self.view is View.JSON else LABEL_CELLS + 3)
        skip = max(0, min(self._skip + by, max(0, longest - room)))
        if skip != self._skip:
            self._skip = skip
            self.refresh()

    def action_entity_details(self) -> None:
        self._set_view(View.DETAILS)

    def action_entity_json(self) -> None:
        self._set_view(View.JSON)

    def action_entity_relations(self) -> None:
        self._set_view(View.RELATIONS)

    def action_entity_changes(self) -> None:
        self._set_view(View.CHANGES)

    def _set_view(self, view: View) -> None:
        """Show a view; the same again goes back to the details."""
        self.look(View.DETAILS if view is self.view else view)

    def look(self, view: View) -> None:
        """Show a view of the entity, if there is one."""
        if view is not self.view and self.details is not None:
            self.view = view
            self._skip = 0
            self._rebuild(0)

    def action_entity_reveal(self) -> None:
        self.revealed = not self.revealed
        self._rebuild()

    def copy_offers(self) -> list[Offer]:
        """What can be copied of this entity and its line under the cursor; secrets only while revealed."""
        from cloudmc_tui.tui.copying import offer, offers_of_entity

        if self.details is None:
            return []
        line = self.line
        label = _("Value of {label}", label=line.label) if line and line.label else _("Value of this line")
        value = (
            [offer("value", label, line.copy, shorten(line.value, 30))]
            if line is not None and line.copy
            else []
        )
        return [*value, *offers_of_entity(self.details, reveal=self.revealed)]

    def action_entity_copy(self) -> None:
        """Let the person choose what to copy."""
        from cloudmc_tui.tui.copying import choose

        choose(self.app, self.copy_offers())

    def action_go_open(self) -> None:
        line = self.line
        if line is not None and line.reference is not None:
            self.post_message(self.Followed(line.reference))


def _style(line: Line) -> str:
    if line.tone is not None:
        return f"tone--{line.tone.value}"
    return "line--reference" if line.reference else "line--muted" if line.secret else ""


def _json_pieces(text: str) -> list[Piece]:
    match = _JSON_LINE.match(text)
    if match is None:
        return [(" ", ""), (text, "")]
    indent, key, colon, value = match.groups()
    return [(f" {indent}", ""), (key, "line--key"), (colon, "line--muted"), (value, "")]
