"""Find anywhere: results while one types, from everything that is known, and more as it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from cloudmc_tui.api.errors import CloudMCError
from cloudmc_tui.formats.text import fit, plural, visible
from cloudmc_tui.inventory import UnknownPath
from cloudmc_tui.inventory.search import Hit, Index
from cloudmc_tui.language import _, number
from cloudmc_tui.path import Path
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.box import Box
from cloudmc_tui.tui.widgets.lines import LineView, Piece

if TYPE_CHECKING:
    from cloudmc_tui.session import Session
    from cloudmc_tui.tui.app import ExplorerApp

AT_ONCE = 4
"""How many listings are read at once."""

MOST = 400
"""How many listings are read at most for one search; the rest can be read by opening them."""

SETTLE = 0.12
"""Seconds without a key until the search is done again."""


class Hits(LineView, can_focus=False):
    """The hits, under the path that they are in."""

    ALWAYS_FOCUSED = True

    def __init__(self) -> None:
        super().__init__(id="find-hits")
        self.hits: list[Hit | Path] = []
        self.message = ""

    def show(self, hits: Sequence[Hit]) -> None:
        """Show hits, a heading for each path."""
        before = self.hit
        rows: list[Hit | Path] = []
        for hit in hits:
            if not rows or _parent(rows[-1]) != hit.path.parent:
                rows.append(hit.path.parent)
            rows.append(hit)
        self.hits = rows
        places = [n for n, r in enumerate(rows) if isinstance(r, Hit)]
        same = next((n for n in places if before is not None and _path(rows[n]) == before.path), None)
        self.set_rows(len(rows), same if same is not None else places[0] if places else 0)

    @property
    def hit(self) -> Hit | None:
        """The hit under the cursor."""
        row = self.hits[self.cursor] if self.hits else None
        return row if isinstance(row, Hit) else None

    def step(self, by: int) -> None:
        """To another hit, over the headings."""
        row = self.cursor + by
        while 0 <= row < len(self.hits) and not isinstance(self.hits[row], Hit):
            row += 1 if by > 0 else -1
        if 0 <= row < len(self.hits):
            self.move_to(row)

    def placeholder(self) -> Sequence[Piece]:
        return [(self.message, "line--muted")]

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        item = self.hits[row]
        if isinstance(item, Path):
            return [(f" {visible(str(item))}", "line--heading")]
        note = f"{item.where}: {item.value}" if item.where else ""
        return [
            ("   ", ""),
            (fit(item.title, 30), ""),
            ("  ", ""),
            (fit(note, max(0, cells - 36)), "line--muted"),
        ]


def _path(row: Hit | Path) -> Path:
    return row.path if isinstance(row, Hit) else row


def _parent(row: Hit | Path) -> Path:
    return row.path.parent if isinstance(row, Hit) else row


class Find(ModalScreen["Path | None"]):
    """Find an entity; gives its path, or none."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.FIND)

    def __init__(self, session: Session, index: Index, text: str) -> None:
        """Make one.

        Args:
            session: what is searched.
            index: its texts, kept from search to search.
            text: what was searched for last; afterwards in ``searched``.
        """
        super().__init__()
        self._session = session
        self._index = index
        self.searched = text
        self._read = 0
        self._failed = 0
        self._to_read = 0

    @property
    def text(self) -> str:
        """What is searched for."""
        return self.query_one(Input).value

    def compose(self) -> ComposeResult:
        with Box(id="find") as box:
            box.border_title = _("Find anywhere")
            yield Input(self.searched, placeholder=_("name, id, address, anything"), id="find-input")
            yield Hits()
            yield Bar(id="find-bar")

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self._search()
        self.run_worker(self._read_the_rest(), group="find", exclusive=True)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._search()

    def _search(self) -> None:
        """Search what is known, and say how much that is."""
        pane = self.query_one(Hits)
        hits, total = self._index.search(self.text)
        listings = self._index.listings()
        entities = sum(len(listing.entities) for listing in listings)
        known = _(
            "{entities} in {listings}",
            entities=plural(entities, "entity", "entities"),
            listings=plural(len(listings), "listing"),
        )
        pane.message = (
            _("Nothing among {known}.", known=known)
            if self.text.strip()
            else _("Type to search {known}.", known=known)
        )
        pane.show(hits)
        told = (
            _(" {count} of {total} found, {known}", count=number(len(hits)), total=number(total), known=known)
            if self.text.strip()
            else f" {known}"
        )
        if self._read < self._to_read:
            told += _(" · reading {read}/{to_read}", read=self._read, to_read=self._to_read)
        if self._failed:
            told += _(" · {failed} could not be read", failed=self._failed)
        self.query_one(Bar).say([(told, "bar--muted")], keys(("enter", _("open")), ("esc", _("leave"))))

    async def _read_the_rest(self) -> None:
        """Read what is not known yet, in the background, so that it can be found as well."""
        inventory = self._session.inventory
        missing = self._index.missing()[:MOST]
        self._to_read = len(missing)
        gate = asyncio.Semaphore(AT_ONCE)

        async def read(path: Path) -> None:
            async with gate:
                try:
                    await inventory.refresh(path, background=True)
                except (CloudMCError, UnknownPath):
                    self._failed += 1
                self._read += 1
            self._soon()

        await asyncio.gather(*(read(path) for path in missing))
        self._search()

    _due = False

    def _soon(self) -> None:
        """Search again soon: not for every listing that arrives."""
        if not self._due:
            self._due = True
            self.set_timer(SETTLE, self._again)

    def _again(self) -> None:
        self._due = False
        self._search()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave_with_hit()

    @on(LineView.Opened)
    def _opened(self, event: LineView.Opened) -> None:
        event.stop()
        self._leave_with_hit()

    def _leave_with_hit(self) -> None:
        hit = self.query_one(Hits).hit
        if hit is not None:
            self.searched = self.text
            self.dismiss(hit.path)

    @on(LineView.Moved)
    def _moved(self, event: LineView.Moved) -> None:
        event.stop()

    def action_step(self, by: int) -> None:
        self.query_one(Hits).step(by)

    def action_leave(self) -> None:
        self.searched = self.text
        self.dismiss(None)
