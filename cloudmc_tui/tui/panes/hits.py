"""What was found: by profile, where there are several, and by path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cloudmc_tui.formats.text import fit, visible
from cloudmc_tui.inventory.search import Hit, Index
from cloudmc_tui.inventory.sweep import Sweep
from cloudmc_tui.language import _
from cloudmc_tui.path import Path
from cloudmc_tui.tui.widgets.lines import LineView, Piece

if TYPE_CHECKING:
    from cloudmc_tui.profiles import Profile
    from cloudmc_tui.session import Session

TITLE_CELLS = 30
"""How wide the column of names is."""


class Source:
    """A connection that is searched.

    Attributes:
        name: of its profile.
        profile: itself; none for the connection that the explorer is on, or when it cannot be used.
        session: once it is open.
        index: the texts of what it knows.
        sweep: the reading of what it does not.
        error: why it cannot be searched, or not wholly; a safe line, or empty.
        wanted: whether anybody is still there to see what it has.
    """

    def __init__(self, name: str, profile: Profile | None = None, error: str = "") -> None:
        self.name = name
        self.profile = profile
        self.session: Session | None = None
        self.index: Index | None = None
        self.sweep: Sweep | None = None
        self.error = error
        self.wanted = True

    def opened(self, session: Session, index: Index | None = None) -> None:
        """It can be searched."""
        self.session = session
        self.index = index or Index(session.inventory)
        self.sweep = Sweep(session.inventory)

    @property
    def state(self) -> str:
        """How far it is, in words; empty when there is nothing to say."""
        if self.error:
            return self.error
        if self.sweep is None:
            return _("connecting…")
        if self.sweep.read < self.sweep.to_read:
            return _("reading {read}/{to_read}", read=self.sweep.read, to_read=self.sweep.to_read)
        return ""


class Group(NamedTuple):
    """The heading over the hits of a path."""

    source: Source
    path: Path


class Found(NamedTuple):
    """A hit, and where it is from."""

    source: Source
    hit: Hit

    @property
    def place(self) -> tuple[str, Path]:
        """What it is known by from search to search."""
        return self.source.name, self.hit.path


class Hits(LineView, can_focus=False):
    """The hits, under the path that they are in, under the profile where several are searched."""

    ALWAYS_FOCUSED = True

    def __init__(self) -> None:
        super().__init__(id="find-hits")
        self.items: list[Source | Group | Found] = []
        self.message = ""

    def show(self, found: Sequence[tuple[Source, Sequence[Hit]]]) -> None:
        """Show hits, with a heading for each path; and one for each source, where there are several."""
        before = self.found
        rows: list[Source | Group | Found] = []
        for source, hits in found:
            if len(found) > 1:
                rows.append(source)
            group: Group | None = None
            for hit in hits:
                if group is None or group.path != hit.path.parent:
                    group = Group(source, hit.path.parent)
                    rows.append(group)
                rows.append(Found(source, hit))
        self.items = rows
        places = {row.place: n for n, row in enumerate(rows) if isinstance(row, Found)}
        first = next(iter(places.values()), 0)
        self.set_rows(len(rows), places.get(before.place, first) if before is not None else first)

    @property
    def found(self) -> Found | None:
        """The hit under the cursor."""
        row = self.items[self.cursor] if self.items else None
        return row if isinstance(row, Found) else None

    def step(self, by: int) -> None:
        """To another hit, over the headings."""
        row = self.cursor + by
        while 0 <= row < len(self.items) and not isinstance(self.items[row], Found):
            row += 1 if by > 0 else -1
        if 0 <= row < len(self.items):
            self.move_to(row)

    def placeholder(self) -> Sequence[Piece]:
        return [(self.message, "line--muted")]

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        item = self.items[row]
        if isinstance(item, Source):
            role = "line--error" if item.error else "line--muted"
            return [(f" ■ {visible(item.name)}", "line--key"), (f"  {item.state}", role)]
        if isinstance(item, Group):
            return [(f" {visible(str(item.path))}", "line--heading")]
        hit = item.hit
        note = f"{hit.where}: {hit.value}" if hit.where else ""
        return [
            ("   ", ""),
            (fit(hit.title, TITLE_CELLS), ""),
            ("  ", ""),
            (fit(note, max(0, cells - TITLE_CELLS - 6)), "line--muted"),
        ]
