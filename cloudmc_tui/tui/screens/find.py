"""Find anywhere: results while one types, from everything that is known, and more as it is read; on other
profiles as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

from cloudmc_tui.api.errors import CloudMCError
from cloudmc_tui.catalog import CatalogError
from cloudmc_tui.formats.text import plural, visible
from cloudmc_tui.inventory import UnknownPath
from cloudmc_tui.inventory.search import Hit, Index
from cloudmc_tui.language import _, number
from cloudmc_tui.path import Path
from cloudmc_tui.profiles import Profile, ProfileError
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.choice import Choice
from cloudmc_tui.tui.panes.hits import Hits, Source
from cloudmc_tui.tui.reader import explain
from cloudmc_tui.tui.widgets.bar import Bar, keys
from cloudmc_tui.tui.widgets.box import Box
from cloudmc_tui.tui.widgets.entry import Entry
from cloudmc_tui.tui.widgets.lines import LineView
from cloudmc_tui.tui.work import is_left

if TYPE_CHECKING:
    from cloudmc_tui.session import Session
    from cloudmc_tui.tui.app import ExplorerApp

SETTLE = 0.12
"""Seconds without a key until the search is done again."""


class Target(NamedTuple):
    """Where to go.

    Attributes:
        profile: the one to switch to; none for that which the explorer is on.
        path: the entity's.
    """

    profile: Profile | None
    path: Path


class Find(ModalScreen["Target | None"]):
    """Find an entity; gives where it is, or none."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.FIND)

    def __init__(self, session: Session, index: Index, text: str, others: Sequence[str] = ()) -> None:
        """Make one.

        Args:
            session: what is searched.
            index: its texts, kept from search to search.
            text: what was searched for last; afterwards in ``searched``.
            others: the profiles that were searched last as well, to be offered first; afterwards the
                same.
        """
        super().__init__()
        own = Source(session.profile.name)
        own.opened(session, index)
        self.sources = [own]
        self.searched = text
        self.others = tuple(others)

    @property
    def text(self) -> str:
        """What is searched for."""
        return self.query_one(Input).value

    def compose(self) -> ComposeResult:
        with Box(id="find") as box:
            box.border_title = _("Find anywhere")
            yield Entry(self.searched, placeholder=_("name, id, address, anything"), id="find-input")
            yield Hits()
            yield Bar(id="find-bar")

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self._search()
        self._sweep(self.sources[0])

    # Searching

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._search()

    def _search(self) -> None:
        """Search what is known, and say how much that is."""
        if is_left(self):
            return
        found: list[tuple[Source, list[Hit]]] = []
        total = listed = entities = 0
        for source in self.sources:
            hits, count = source.index.search(self.text) if source.index is not None else ([], 0)
            found.append((source, hits))
            listings = source.index.listings() if source.index is not None else []
            total += count
            listed += len(listings)
            entities += sum(len(listing.entities) for listing in listings)
        known = _(
            "{entities} in {listings}",
            entities=plural(entities, "entity", "entities"),
            listings=plural(listed, "listing"),
        )
        pane = self.query_one(Hits)
        pane.message = (
            _("Nothing among {known}.", known=known)
            if self.text.strip()
            else _("Type to search {known}.", known=known)
        )
        pane.show(found)
        shown = sum(len(hits) for _source, hits in found)
        self.query_one(Bar).say(
            [(self._told(shown, total, known), "bar--muted")],
            keys(("ctrl+o", _("profiles")), ("enter", _("open")), ("esc", _("leave"))),
        )

    def _told(self, shown: int, total: int, known: str) -> str:
        told = (
            _(" {count} of {total} found, {known}", count=number(shown), total=number(total), known=known)
            if self.text.strip()
            else f" {known}"
        )
        sweeps = [source.sweep for source in self.sources if source.sweep is not None]
        read, to_read, failed = (
            sum(sweep.read for sweep in sweeps),
            sum(sweep.to_read for sweep in sweeps),
            sum(sweep.failed for sweep in sweeps),
        )
        progress = ""  # it comes first: it is not what is cut where there is little room
        if read < to_read:
            progress += _(" · reading {read}/{to_read}", read=read, to_read=to_read)
        if failed:
            progress += _(" · {failed} could not be read", failed=failed)
        return f"{progress.removeprefix(' ·')} ·{told}" if progress else told

    def _sweep(self, source: Source) -> None:
        """Read what a source does not know yet, in the background, so that it can be found as well."""
        self.run_worker(self._read_the_rest(source), group=f"sweep {source.name}")

    async def _read_the_rest(self, source: Source) -> None:
        assert source.sweep is not None
        try:
            await source.sweep.run(self._soon)
        except (CloudMCError, UnknownPath) as error:
            source.error = _line(error)
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

    # Other profiles

    def action_profiles(self) -> None:
        """Choose which other profiles to search too."""
        config = self.app.connections.config()
        own = self.sources[0].name
        searched = [source.name for source in self.sources[1:]] or list(self.others)
        choices = []
        for name in config.names:
            if name != own:
                profile = config.profiles.get(name)
                note = visible(profile.endpoint) if profile is not None else _("has mistakes")
                choices.append(Choice(name, visible(name), note))

        def search(names: list[str]) -> None:
            self.others = tuple(names)
            for source in [s for s in self.sources[1:] if s.name not in names]:
                self.sources.remove(source)
                self._give_back(source)
            there = {source.name for source in self.sources}
            for name in names:
                if name not in there:
                    self._add(name)
            self._search()

        if choices:
            self.app.pick_several(_("Search these profiles too"), choices, search, marked=searched)
        else:
            self.app.say(_("There are no other profiles."))

    def _add(self, name: str) -> None:
        """Search a profile too, once it is connected."""
        try:
            profile = self.app.connections.config().profile(name)
        except ProfileError as error:
            self.sources.append(Source(name, error=_line(error)))
            return
        source = Source(name, profile)
        self.sources.append(source)
        # Of the program, not of this window: what is given up half-way would stay open.
        self.app.run_worker(self._open(source, profile), group=f"find {name}")

    async def _open(self, source: Source, profile: Profile) -> None:
        connections = self.app.connections
        try:
            session = await connections.borrow(profile, lambda: source.wanted)
        except (CloudMCError, CatalogError, ProfileError, ValueError) as error:
            source.error = _line(error)
        else:
            source.opened(session)
            if source.wanted:
                self._sweep(source)
            else:
                self._give_back(source)
        if source.wanted:
            self._search()

    def _give_back(self, source: Source) -> None:
        """A profile is not searched any more."""
        source.wanted = False
        self.workers.cancel_group(self, f"sweep {source.name}")
        if source.session is not None:
            self.app.run_worker(self.app.connections.give_back(source.session), group="leave")

    # Leaving

    def _leave(self, target: Target | None) -> None:
        self.searched = self.text
        for source in self.sources[1:]:
            self._give_back(source)
        self.dismiss(target)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave_with_hit()

    @on(LineView.Opened)
    def _opened(self, event: LineView.Opened) -> None:
        event.stop()
        self._leave_with_hit()

    def _leave_with_hit(self) -> None:
        found = self.query_one(Hits).found
        if found is not None:
            self._leave(Target(found.source.profile, found.hit.path))

    @on(LineView.Moved)
    def _moved(self, event: LineView.Moved) -> None:
        event.stop()

    def action_step(self, by: int) -> None:
        self.query_one(Hits).step(by)

    def action_leave(self) -> None:
        self._leave(None)


def _line(error: Exception) -> str:
    """What went wrong, in one line."""
    return " ".join(explain(error).split())
