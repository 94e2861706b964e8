"""The list: what is below a path, as a table of which only the visible rows are formatted."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from msgspec import Struct, field
from textual import events
from textual.binding import BindingType

from cloudmc_tui.catalog import EntityField, Tone, ValueType
from cloudmc_tui.formats.text import fit, width
from cloudmc_tui.formats.values import BLANK, MARKS, cell, id_of, identity, member, title_of, tone_of
from cloudmc_tui.inventory.arrange import Sort, arrange, arranging, extra_members
from cloudmc_tui.inventory.changes import NOTHING, Changes
from cloudmc_tui.inventory.filters import Filter, FilterError, Words, compile_filter
from cloudmc_tui.inventory.infer import field_of
from cloudmc_tui.language import _, counted, number
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.choice import Choice
from cloudmc_tui.tui.widgets.columns import GAP, Column, lay_out
from cloudmc_tui.tui.widgets.lines import LineView, Piece
from cloudmc_tui.tui.work import at_once, begin, in_pieces

if TYPE_CHECKING:
    from cloudmc_tui.inventory import Listing
    from cloudmc_tui.inventory.listing import JsonObject
    from cloudmc_tui.path import Path

AT_ONCE = 1_000
"""As many entities are filtered and sorted at once; more in pieces, between which keys are answered."""

SAMPLE = 100
"""How many rows are measured, beside the visible ones, to find the columns' widths."""

_RIGHT = (ValueType.INTEGER, ValueType.SIZE)


class ViewState(Struct):
    """How a person left a list, to be restored when they come back.

    Attributes:
        cursor: the id of the entity under the cursor.
        top: the first visible row.
        skip: how many columns are scrolled out to the left.
        filter: the filter's text.
        sort: the order.
        columns: the chosen columns; empty: the catalog's.
        marks: the ids of the marked entities.
    """

    cursor: str = ""
    top: int = 0
    skip: int = 0
    filter: str = ""
    sort: Sort | None = None
    columns: list[str] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)


class Look(NamedTuple):
    """What is on screen.

    Attributes:
        frame: the heading, the first visible row, and how many there are.
        rows: each of them.
    """

    frame: tuple[object, ...]
    rows: Sequence[tuple[object, ...]]


class ListPane(LineView):
    """The list of one path's children. Refreshes keep cursor, filter, sort and scroll by id."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)
    HEADING_ROWS: ClassVar[int] = 1

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._clock = clock
        self.listing: Listing | None = None
        self.changes = NOTHING
        self.state = ViewState()
        self.filter_error: FilterError | None = None
        self._shown: Sequence[JsonObject] = []
        self._columns: list[Column] = []
        self._cells: list[int] = []
        self._hidden = 0
        self._filter = Filter("", (), ())
        self._message: tuple[str, str] | None = ("", "line--muted")
        self._pending: dict[str, str] = {}
        self._words: tuple[object, Words] | None = None
        self._titled = ""

    # What it shows

    @property
    def entity(self) -> JsonObject | None:
        """The entity under the cursor."""
        return self._shown[self.cursor] if self._shown else None

    @property
    def entities(self) -> Sequence[JsonObject]:
        """The entities that pass the filter, in order."""
        return self._shown

    @property
    def path(self) -> Path | None:
        """The path of the entity under the cursor."""
        entity = self.entity
        return self.listing.child_path(entity) if self.listing and entity is not None else None

    @property
    def shown_count(self) -> int:
        """How many entities pass the filter."""
        return len(self._shown)

    @property
    def columns(self) -> list[str]:
        """The members shown as columns."""
        if self.state.columns:
            return self.state.columns
        return self.listing.entity_type.columns if self.listing else []

    def say(self, message: str, style: str = "line--muted") -> None:
        """Show a message in place of rows: loading, an error."""
        self.listing = None
        self._shown = []
        self._message = (message, style)
        self._retitle()
        self.set_rows(0)

    def show(self, listing: Listing, state: ViewState | None = None, changes: Changes = NOTHING) -> None:
        """Show a listing.

        Args:
            listing: what to show.
            state: how it was left; none keeps the present filter, sort, cursor and scroll.
            changes: what of it is to be marked as changed.
        """
        refreshed = state is None and self.listing is not None and self.listing.path == listing.path
        before = self._look() if refreshed else None
        if state is not None:
            self.state = state
        elif self.listing is not None and self.entity is not None:
            self.remember()
        if self.listing is not None and self.listing.path != listing.path:
            self._shown = []
        self.listing = listing
        self.changes = changes
        self._message = None
        self._compile(self.state.filter)
        self._arrange(self.state.top, before)

    def remember(self) -> ViewState:
        """The present state, for when this list is shown again."""
        if self.listing is not None and self.entity is not None:
            self.state.cursor = id_of(self.entity, self.listing.entity_type)
        self.state.top = self.scroll_offset.y
        return self.state

    def set_filter(self, text: str) -> None:
        """Filter as typed; a filter that cannot be read keeps the last one that could."""
        self.remember()
        self.state.filter = text
        if self._compile(text):
            self._arrange()
        else:
            self._retitle()

    def set_sort(self, by: str) -> None:
        """Sort by a column; by the same one again turns the order round."""
        self.remember()
        old = self.state.sort
        self.state.sort = Sort(by, reverse=bool(old and old.member == by and not old.reverse))
        self._arrange()

    def set_columns(self, columns: list[str]) -> None:
        """Show these columns; none: the catalog's."""
        self.remember()
        self.state.columns = columns
        self.state.skip = 0
        self._compile(self.state.filter)
        self._arrange()

    def column_choices(self) -> list[Choice]:
        """What can be shown as a column: the present ones first."""
        if self.listing is None:
            return []
        kind = self.listing.entity_type
        extra = extra_members(self.listing.entities, kind)
        names = [*kind.fields, *extra]
        rest = [n for n in names if n not in self.columns]
        labels = {n: f.label for n, f in kind.fields.items()}
        return [Choice(n, labels.get(n, n), n) for n in (*self.columns, *rest)]

    def sort_choices(self) -> list[Choice]:
        """What it can be sorted by: the columns first, then every other member."""
        if self.listing is None:
            return []
        labels = {n: f.label for n, f in self.listing.entity_type.fields.items()}
        sort = self.state.sort
        choices = []
        for name in [*self.columns, *(n for n in labels if n not in self.columns)]:
            note = (
                ""
                if sort is None or sort.member != name
                else (_("downwards") if sort.reverse else _("upwards"))
            )
            choices.append(Choice(name, labels.get(name, name), note))
        return choices

    def set_pending(self, pending: dict[str, str]) -> None:
        """Show beside the last known state what is being done; never as if it were done.

        Args:
            pending: entity id → what its entity is being put through, such as ``"stopping"``.
        """
        if pending != self._pending:
            changed = pending.keys() ^ self._pending.keys()
            self._pending = pending
            if self.listing is not None:
                before = self._columns
                self._lay_out()
                if before != self._columns:
                    self.refresh()
                    return
                for row, entity in enumerate(self._shown):
                    if id_of(entity, self.listing.entity_type) in changed:
                        self.refresh_row(row)

    def _state_text(self, entity: JsonObject, text: str) -> str:
        """A state with what is being done beside it: ``"Running → stopping…"``."""
        if not self._pending or self.listing is None:
            return text
        word = self._pending.get(id_of(entity, self.listing.entity_type))
        return f"{text} → {word}…" if word else text

    def marked(self) -> list[tuple[Path, JsonObject]]:
        """The marked entities with their paths, in the server's order, those that the filter hides
        among them."""
        listing = self.listing
        if listing is None or not self.state.marks:
            return []
        kind = listing.entity_type
        marked = (e for e in listing.entities if id_of(e, kind) in self.state.marks)
        return [(path, e) for e in marked if (path := listing.child_path(e)) is not None]

    def shown_paths(self) -> set[Path]:
        """The paths of what passes the filter."""
        listing = self.listing
        return {p for e in self._shown if listing and (p := listing.child_path(e)) is not None}

    def action_list_mark(self) -> None:
        entity, listing = self.entity, self.listing
        if entity is not None and listing is not None and (identity := id_of(entity, listing.entity_type)):
            self.state.marks ^= {identity}
            self.refresh_row(self.cursor)
            self._retitle()
            self.action_move_down()

    def action_list_mark_all(self) -> None:
        if self.listing is not None:
            kind = self.listing.entity_type
            self.state.marks |= {i for e in self._shown if (i := id_of(e, kind))}
            self._retitle()
            self.refresh()

    def action_list_unmark(self) -> None:
        self.state.marks.clear()
        self._retitle()
        self.refresh()

    def _compile(self, text: str) -> bool:
        listing = self.listing
        if listing is None:
            return False
        try:
            extra = extra_members(listing.entities, listing.entity_type)
            searched, now = self._searched(), self._clock()
            words = self._words_of(listing, searched, now, extra)
            self._filter = compile_filter(text, listing.entity_type, searched, now, extra, words)
        except FilterError as error:
            self.filter_error = error
            return False
        self.filter_error = None
        return True

    def _words_of(self, listing: Listing, searched: list[str], now: float, extra: list[str]) -> Words:
        """The texts that bare words look at; ages in them are as of this minute."""
        key = (id(listing.entities), searched, now // 60)
        if self._words is None or self._words[0] != key:
            self._words = (key, Words(listing.entity_type, searched, now, extra))
        return self._words[1]

    def prepare_filter(self) -> None:
        """Make what a filter looks at, before the first word of it is typed."""
        listing = self.listing
        if listing is not None and self._compile(self.state.filter) and self._words is not None:
            begin(self, "prepare", partial(in_pieces, _read(listing, self._words[1])))

    def _searched(self) -> list[str]:
        """What bare words look at: the columns and what an entity is called and addressed by."""
        listing = self.listing
        assert listing is not None
        more = (listing.entity_type.title, listing.entity_type.id)
        return [*self.columns, *(m for m in more if m not in self.columns and "{" not in m)]

    def _arrange(self, top: int | None = None, before: Look | None = None) -> None:
        """Filter and sort.

        Args:
            top: the row to scroll to; none scrolls as little as needed.
            before: what is on screen, where only what looks different is to be painted.
        """
        listing = self.listing
        if listing is None:
            return
        self.workers.cancel_group(self, "arrange")
        if len(listing.entities) <= AT_ONCE or not (self._filter or self.state.sort):
            self._arranged(arrange(listing, self._filter, self.state.sort), top, before)
            return
        work = arranging(listing, self._filter, self.state.sort)
        shown = at_once(work)  # mostly that is all, and painted in the frame of the key that asked for it
        if shown is not None:
            self._arranged(shown, top, before)
        else:
            begin(self, "arrange", partial(self._arrange_by_and_by, work, top, before))

    async def _arrange_by_and_by(
        self, work: Generator[None, None, Sequence[JsonObject]], top: int | None, before: Look | None
    ) -> None:
        """Filter and sort in pieces, so that no key waits for all of it; until then the old rows stay."""
        shown = await in_pieces(work)
        if self._shown:
            self.remember()
        self._arranged(shown, top, before)

    def _arranged(self, shown: Sequence[JsonObject], top: int | None, before: Look | None) -> None:
        listing = self.listing
        if listing is None:
            return
        self._shown = shown
        wanted = self.state.cursor
        kind = listing.entity_type
        cursor = (
            next((n for n, e in enumerate(self._shown) if id_of(e, kind) == wanted), None) if wanted else 0
        )
        if cursor is None:
            cursor = min(self.cursor, max(0, len(self._shown) - 1))
        self._lay_out()
        self._retitle()
        if top is not None and self.size.height and top != self.scroll_offset.y:
            self.scroll_to_row(top)
        self.put_rows(len(self._shown), cursor)
        after = self._look() if before is not None else None
        if before is None or after is None or before.frame != after.frame:
            self.refresh()
        else:
            for row, (old, new) in enumerate(zip(before.rows, after.rows, strict=True), self.scroll_offset.y):
                if old != new:
                    self.refresh_row(row)
        self.moved()

    def _look(self) -> Look | None:
        """What is on screen; none where that is no rows."""
        if self.listing is None or not self._shown:
            return None
        top = self.scroll_offset.y
        visible_rows = range(top, min(top + self.window, len(self._shown)))
        rows = [(row == self.cursor, self.row_pieces(row, self.size.width)) for row in visible_rows]
        return Look((self._heading(), top, len(rows)), rows)

    def _retitle(self) -> None:
        title = self._title()
        if title != self._titled:  # to set it paints everything
            self._titled = title
            self.border_title = title

    def _title(self) -> str:
        listing = self.listing
        if listing is None:
            return ""
        parts = [listing.entity_type.label]
        total = number(listing.count)
        if self.filter_error is not None:
            parts.append(self.filter_error.reason)
        elif self._filter:
            parts += [
                _("{count} of {total}", count=number(len(self._shown)), total=total),
                f"/{self.state.filter}",
            ]
        else:
            parts.append(total)
        parts += self.changes.told()
        if self.state.marks:
            parts.append(counted("{count} marked", "{count} marked", len(self.state.marks)))
        return " · ".join(parts)

    def _gutter(self, entity: JsonObject, is_marked: bool) -> Piece:
        """What stands left of a row: its mark, or else that it is new or has changed."""
        if is_marked:
            return ("▌", "line--mark")
        if self.changes and self.listing is not None:
            part = identity(entity, self.listing.entity_type)
            if part in self.changes.new:
                return ("+", "tone--ok")
            if part in self.changes.changed:
                return ("~", "tone--busy")
        return (" ", "")

    # Columns

    def _field(self, name: str) -> EntityField | None:
        """What is known of a member; of one that the catalog does not know, what its name tells."""
        return (self.listing.entity_type.fields.get(name) or field_of(name, None)) if self.listing else None

    def _lay_out(self) -> None:
        top = max(0, self.scroll_offset.y)
        self._cells = self._measure(
            [*self._shown[:SAMPLE], *self._shown[max(SAMPLE, top) : top + self.size.height]]
        )
        self._fit()

    def _measure(self, rows: Sequence[JsonObject]) -> list[int]:
        """How many cells each column's widest value has in these rows."""
        now = self._clock()
        cells = []
        for index, name in enumerate(self.columns):
            described = self._field(name)
            extra = 2 if described and described.type is ValueType.STATE else 0
            values = (self._text(entity, name, described, now, first=index == 0) for entity in rows)
            cells.append(max((width(value) + extra for value in values), default=0))
        return cells

    def _fit(self) -> None:
        """Give the columns as many cells as their values have, as far as there is room."""
        wanted = []
        for name, cells in zip(self.columns, self._cells, strict=True):
            described = self._field(name)
            heading = ((described.heading or described.label) if described else name) + self._arrow(name)
            right = bool(described and described.type in _RIGHT)
            wanted.append((name, heading, max(width(heading), cells), right))
        self._columns, self._hidden = lay_out(wanted, self.size.width - 3, self.state.skip)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._widen(round(old_value), round(new_value))

    def _widen(self, before: int, top: int) -> None:
        """Widen columns for the rows that come into sight; none gets narrower while one scrolls."""
        window, shown = self.window, self._shown
        if top > before:
            rows = shown[max(top, before + window) : top + window]
        else:
            rows = shown[top : min(before, top + window)]
        if len(self._cells) != len(self.columns) or not rows:
            return
        cells = list(map(max, self._cells, self._measure(rows)))
        if cells != self._cells:
            columns, self._cells = self._columns, cells
            self._fit()
            if self._columns != columns:
                self.refresh()

    def _arrow(self, name: str) -> str:
        sort = self.state.sort
        return "" if sort is None or sort.member != name else (" ↓" if sort.reverse else " ↑")

    def _text(
        self, entity: JsonObject, name: str, described: EntityField | None, now: float, *, first: bool = False
    ) -> str:
        text = cell(member(entity, name), described, now)
        if described is not None and described.type is ValueType.STATE:
            text = self._state_text(entity, text)
        if not text and first and self.listing is not None:
            return title_of(entity, self.listing.entity_type)
        return text

    # Rendering

    def heading_pieces(self, cells: int) -> Sequence[Piece]:
        return [(self._heading(), "line--heading")] if self.listing else []

    def placeholder(self) -> Sequence[Piece]:
        text, style = self._message or ("\n".join(self._empty()), "line--muted")
        return [(line, style) for line in text.split("\n")]

    def _heading(self) -> str:
        parts = [fit(c.heading, c.cells, right=c.right) for c in self._columns]
        return " " + (" " * GAP).join(parts) + (" ›" if self._hidden else "")

    def _empty(self) -> list[str]:
        assert self.listing is not None
        kind = self.listing.entity_type
        if self._filter and self.listing.entities:
            return [
                _("No {label} match /{filter}", label=kind.label.lower(), filter=self.state.filter),
                _("esc clears the filter."),
            ]
        lines = [_("There are no {label} here.", label=kind.label.lower()), kind.hint, _("r reads again.")]
        return [line for line in (*lines, *self.listing.notes) if line]

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        entity = self._shown[row]
        listing = self.listing
        assert listing is not None
        now = self._clock()
        is_marked = bool(self.state.marks) and id_of(entity, listing.entity_type) in self.state.marks
        pieces: list[Piece] = [self._gutter(entity, is_marked)]
        for index, column in enumerate(self._columns):
            if index:
                pieces.append((" " * GAP, ""))
            described = self._field(column.member)
            text = self._text(entity, column.member, described, now, first=index == 0)
            if text != BLANK and described is not None and described.type is ValueType.STATE:
                tone = tone_of(member(entity, column.member), listing.service_type)
                if " → " in text:
                    tone = Tone.BUSY
                pieces.append((fit(f"{MARKS[tone]} {text}", column.cells), f"tone--{tone.value}"))
            else:
                style = "line--mark" if is_marked and index == 0 else "" if index == 0 else "line--text"
                pieces.append((fit(text, column.cells, right=column.right), style))
        return pieces

    def on_resize(self, event: events.Resize) -> None:
        before = self._columns
        self._lay_out()
        if self._columns != before:  # what was painted before this was told has those
            self.refresh()

    def action_move_left(self) -> None:
        self._scroll_columns(-1)

    def action_move_right(self) -> None:
        self._scroll_columns(1)

    def _scroll_columns(self, by: int) -> None:
        skip = self.state.skip + by
        if skip >= 0 and not (by > 0 and not self._hidden):
            self.state.skip = skip
            self._lay_out()
            self.refresh()


def _read(listing: Listing, words: Words) -> Generator[None, None, None]:
    for index, entity in enumerate(listing.entities):
        words(entity)
        if index % 100 == 99:
            yield
