"""What a person keeps and takes away: columns and views, bookmarks, exports, auto-refresh."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from cloudmc_tui.formats.system import reason
from cloudmc_tui.formats.text import plural, visible
from cloudmc_tui.inventory import Freshness
from cloudmc_tui.language import _, english
from cloudmc_tui.path import Level, Path
from cloudmc_tui.tui.choice import Choice
from cloudmc_tui.tui.panes.list import ViewState

if TYPE_CHECKING:
    from textual.timer import Timer

    from cloudmc_tui.tui.memory import Memory
    from cloudmc_tui.tui.screens.browser import Browser

INTERVALS = (5, 10, 30, 60, 300)
"""Seconds between two automatic refreshes that can be chosen."""

SLOWEST = 8
"""While refreshes fail, the interval grows up to so many times what was chosen."""


class Shelf:
    """Keeps views and bookmarks, exports, refreshes by itself; for the browser."""

    def __init__(self, browser: Browser, memory: Memory) -> None:
        """Make one.

        Args:
            browser: whose list it works on.
            memory: what is kept between sessions.
        """
        self._browser = browser
        self._memory = memory
        self._timer: Timer | None = None
        self._seconds = 0
        self._slower = 1
        self._skip = 0

    def begin(self, path: Path) -> ViewState:
        """The state that a path's list begins with."""
        return (
            self._memory.state(path.entity_type)
            if path.level is Level.ENTITY_TYPE and path.entity_type
            else ViewState()
        )

    def _save(self) -> None:
        async def save() -> None:
            await asyncio.to_thread(self._memory.save)
            if self._memory.problem:
                self._browser.app.say(visible(self._memory.problem))

        self._browser.run_worker(save(), group="memory", exclusive=True)

    @property
    def _kind(self) -> str | None:
        path = self._browser.history.place.path
        return path.entity_type if path.level is Level.ENTITY_TYPE else None

    # Views

    def keep_view(self) -> None:
        """Remember how the list is shown, for the next time and for the other environments."""
        if self._kind is not None:
            self._memory.keep(self._kind, self._browser.list_pane.state)
            self._save()

    def choose_columns(self) -> None:
        """Choose the columns of the list."""
        pane = self._browser.list_pane

        def use(columns: list[str]) -> None:
            kind = pane.listing.entity_type if pane.listing else None
            pane.set_columns([] if kind and columns == kind.columns else columns)
            self.keep_view()

        if choices := pane.column_choices():
            self._browser.app.pick_several(_("Columns"), choices, use, marked=pane.columns)

    def save_view(self, name: str) -> None:
        """Keep the view under a name."""
        if self._kind is not None and name.strip():
            self._memory.name(self._kind, name.strip(), self._browser.list_pane.state)
            self._save()
            self._browser.app.say(_("View {name!r} kept.", name=visible(name.strip())))

    def choose_view(self) -> None:
        """Choose a named view of the entity type."""
        kind, pane = self._kind, self._browser.list_pane
        views = self._memory.named(kind) if kind else {}
        if not views:
            self._browser.app.say(
                _("No view was kept for this type yet: Save view, in the palette, keeps one.")
            )
            return
        choices = [Choice(n, n, " ".join(filter(None, (v.filter, v.sort)))) for n, v in views.items()]

        def use(name: str) -> None:
            state = views[name].to_state()
            pane.state.columns, pane.state.sort = state.columns, state.sort
            pane.set_filter(state.filter)
            self.keep_view()

        self._browser.app.pick(_("Views"), choices, use)

    # Bookmarks

    def toggle_bookmark(self) -> None:
        """Bookmark the present place, or remove its bookmark."""
        path = self._browser.history.place.address
        session = self._browser.session
        if session is None or not path.parts:
            return
        details = session.inventory.peek_details(path) if path.level is Level.ENTITY else None
        from cloudmc_tui.formats.values import title_of

        title = title_of(details.entity, details.entity_type) if details else ""
        kept = self._memory.toggle_bookmark(session.profile.name, path, title)
        self._save()
        shown = visible(title or str(path))
        self._browser.app.say(
            _("{shown} bookmarked; B goes there.", shown=shown)
            if kept
            else _("The bookmark of {shown} is removed.", shown=shown)
        )

    def choose_bookmark(self) -> None:
        """Go to a bookmark."""
        session = self._browser.session
        marks = self._memory.bookmarks(session.profile.name) if session else []
        if not marks:
            self._browser.app.say(_("There are no bookmarks yet: b makes one of the present place."))
            return
        choices = [Choice(str(p), visible(title or p.name), visible(str(p.parent))) for p, title in marks]
        self._browser.app.pick(_("Bookmarks"), choices, lambda text: self._browser.open(Path.parse(text)))

    # Export

    def choose_export(self) -> None:
        """Export the list: as shown or whole, to a file or to the clipboard."""
        pane = self._browser.list_pane
        listing = pane.listing
        if listing is None:
            return
        shown, whole = plural(pane.shown_count, "row"), plural(len(listing.entities), "row")
        choices = [
            Choice(
                f"{kind} {what} {where}",
                f"{kind.upper()}, {told}",
                _("to a file") if where == "file" else _("to the clipboard"),
            )
            for where in ("file", "clipboard")
            for kind in ("csv", "json")
            for what, told in (
                ("shown", _("as shown: {shown}", shown=shown)),
                ("whole", _("whole: {whole}", whole=whole)),
            )
        ]
        self._browser.app.pick(_("Export"), choices, self._export)

    def _export(self, choice: str) -> None:
        from cloudmc_tui.inventory.export import export

        kind, what, where = choice.split()
        pane = self._browser.list_pane
        listing = pane.listing
        if listing is None:
            return
        entities = pane.entities if what == "shown" else listing.entities
        columns = pane.columns if what == "shown" else list(listing.entity_type.fields)
        text = export(entities, listing.entity_type, kind, columns)
        if where == "clipboard":
            self._browser.app.copy_to_clipboard(text)
            return
        stamp = datetime.fromtimestamp(self._browser.app.clock()).strftime("%Y%m%d-%H%M%S")
        name = listing.path.entity_type or english(listing.entity_type.label).lower().replace(" ", "-")
        self._browser.run_worker(
            self._write(FilePath.cwd() / f"cloudmc-{name}-{stamp}.{kind}", text), group="export"
        )

    async def _write(self, file: FilePath, text: str) -> None:
        def write() -> None:
            file.touch(mode=0o600, exist_ok=False)
            file.write_text(text, encoding="utf-8")

        try:
            await asyncio.to_thread(write)
        except OSError as error:
            self._browser.app.say(
                _("Not exported: {file}: {strerror}.", file=visible(str(file)), strerror=reason(error))
            )
        else:
            self._browser.app.say(_("Exported to {file}.", file=visible(str(file))))

    # Auto-refresh

    @property
    def interval(self) -> int:
        """Seconds between two automatic refreshes; 0: off."""
        return self._seconds

    def choose_interval(self) -> None:
        """Choose how often what is on screen is read again."""
        choices = [Choice("0", _("Off")), *(Choice(str(n), _("Every {n} s", n=n)) for n in INTERVALS)]
        self._browser.app.pick(_("Auto-refresh"), choices, self._set_interval, current=str(self._seconds))

    def _set_interval(self, text: str) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._seconds, self._slower, self._skip = int(text), 1, 0
        if self._seconds:
            self._timer = self._browser.set_interval(self._seconds, self._tick)
        self._browser.refresh_bars()

    def _tick(self) -> None:
        """Read again what is on screen; more rarely while that fails, not at all while nobody looks."""
        listing = self._browser.list_pane.listing
        failing = listing is not None and listing.freshness is Freshness.STALE and listing.error is not None
        if not failing:
            self._slower, self._skip = 1, 0
        if not self._browser.app.app_focus or self._skip > 0:
            self._skip = max(0, self._skip - 1)
            return
        if failing:
            self._slower = min(SLOWEST, self._slower * 2)
            self._skip = self._slower - 1
        self._browser.refresh_shown()
