"""Browsing: from place to place, with what is read and shown on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.timer import Timer

from cloudmc_tui.api.errors import KeyRefused
from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _
from cloudmc_tui.path import ROOT, Level, Path
from cloudmc_tui.tui import layout, reader
from cloudmc_tui.tui.history import History, Place
from cloudmc_tui.tui.panes.entity import EntityPane, View
from cloudmc_tui.tui.panes.prompt import Kind, Prompt
from cloudmc_tui.tui.panes.tree import TreePane
from cloudmc_tui.tui.reader import Reader, explain
from cloudmc_tui.tui.screens.panes import Panes
from cloudmc_tui.tui.shelf import Shelf
from cloudmc_tui.tui.widgets.lines import LineView

if TYPE_CHECKING:
    from cloudmc_tui.inventory import Details, Listing
    from cloudmc_tui.inventory.search import Index
    from cloudmc_tui.tui.memory import Memory
    from cloudmc_tui.tui.panes.list import ViewState

PREVIEW_DELAY = 0.15
"""Seconds that the list's cursor rests before the open entity pane follows it."""


_CURSORS = (layout.TREE, layout.LIST)
"""The panes whose cursor is on an entity; from others, such as a half-filled form, nothing is opened."""


class Browser(Panes):
    """The main screen as far as it reads."""

    def __init__(self, memory: Memory, focused: str) -> None:
        super().__init__(focused)
        self.shelf = Shelf(self, memory)
        self.history = History(self.shelf.begin)
        self._index: Index | None = None
        self._found = ""
        self._told = ""
        self._found_in: tuple[str, ...] = ()
        self._reader: Reader | None = None
        self._shown = ROOT
        self._preview_timer: Timer | None = None

    @property
    def refresh_interval(self) -> int:
        return self.shelf.interval

    # Going places

    def open(self, path: Path) -> None:
        """Go to a path: a level's children in the list, or an entity."""
        self.list_pane.remember()
        self._panel_open = False
        self.history.go(Place(path.parent, path) if path.level is Level.ENTITY else Place(path))
        self._arrive()

    def _arrive(self) -> None:
        """Show the present place."""
        place = self.history.place
        if self._reader is None or self.session is None:
            return
        if place.path != self._shown:
            self.session.inventory.mark_seen(self._shown)  # as it is left
            self._shown = place.path
        state = self.history.state(place.path)
        if place.entity is not None:
            state.cursor = place.entity.name
        known = self.session.inventory.peek(place.path)
        if known is not None:
            self._show_list(known, state)
        else:
            self.list_pane.state = state
            self.list_pane.say(_("reading {name}…", name=visible(place.path.name) or _("services")))
        self._reader.list(place.path)
        if place.entity is not None:
            shown = self.entity_pane.details
            if shown is None or shown.path != place.entity:
                details = self.session.inventory.peek_details(place.entity)
                if details is not None:
                    self.entity_pane.show(details)
                else:
                    self.entity_pane.say(_("reading {name}…", name=visible(place.entity.name)))
            self._reader.entity(place.entity)
        else:
            self.entity_pane.say("")
        self.tree_pane.reveal(place.address)
        above = place.path.level < Level.ENTITY_TYPE
        if place.entity is not None:
            self.focus_pane(layout.ENTITY)
        elif not (self._focused == layout.TREE and above):
            self.focus_pane(layout.LIST)
        self._show_pending()
        self._lay_out()
        self.refresh_bars()

    def _show_list(self, listing: Listing, state: ViewState | None = None) -> None:
        if self.session is not None:
            self.list_pane.show(listing, state, self.session.inventory.changes(listing.path))

    def arrived(self) -> None:
        """The first that was asked for has come, or could not be had."""

    @on(reader.Listed)
    def _listed(self, event: reader.Listed) -> None:
        self.arrived()
        listing = event.listing
        self.tree_pane.clear_error(listing.path)
        self.tree_pane.rebuild()
        self.prompt_pane.recomplete()
        place = self.history.place.path
        if listing.path == place:
            self._show_list(listing)
            if place.level is Level.ENVIRONMENT and self._reader is not None:
                self._reader.count(place)
        elif place.level is Level.ENVIRONMENT and listing.path.parent == place and self.session is not None:
            types = self.session.inventory.peek(place)
            if types is not None:
                self._show_list(types)
        if isinstance(listing.error, KeyRefused):
            self.app.connections.refused()
        elif listing.path == place:
            self._tell(listing.error)
        self.refresh_bars()

    def _tell(self, error: Exception | None) -> None:
        """Say why what is shown could not be renewed; once, although it is tried again every few seconds."""
        told, self._told = self._told, explain(error).replace("\n", " ") if error else ""
        if self._told and self._told != told:
            self.app.say(_("Not renewed: {error}", error=self._told))

    @on(reader.ListFailed)
    def _list_failed(self, event: reader.ListFailed) -> None:
        if type(event) is not reader.ListFailed:
            return
        self.arrived()
        self.tree_pane.fail(event.path, explain(event.error))
        if event.path == self.history.place.path:
            self.list_pane.say(explain(event.error), "line--error")
        if self.session is not None and self.session.inventory.peek(ROOT) is None:
            self.offer_again()
        if isinstance(event.error, KeyRefused) and self.session is not None:
            self.app.connections.refused()
        self.refresh_bars()

    @on(reader.EntityRead)
    def _entity_read(self, event: reader.EntityRead) -> None:
        if event.details.path == self.history.place.entity:
            self.entity_pane.show(event.details, event.names)
            self.refresh_bars()

    @on(reader.EntityFailed)
    def _entity_failed(self, event: reader.EntityFailed) -> None:
        if event.path == self.history.place.entity:
            self.entity_pane.say(explain(event.error), "line--error")
            self.refresh_bars()

    # Messages from the panes

    @on(TreePane.Wanted)
    def _tree_wants(self, event: TreePane.Wanted) -> None:
        if self._reader is None:
            self.app.connect()
        elif event.path.parts:
            self._reader.branch(event.path)
        else:
            self._reader.start()

    @on(TreePane.Chosen)
    def _tree_chose(self, event: TreePane.Chosen) -> None:
        self.open(event.path)

    @on(LineView.Opened, "#list")
    def _list_opened(self) -> None:
        path = self.list_pane.path
        if path is not None:
            self.open(path)
        elif self.list_pane.entity is not None:
            self.app.say(_("This one has no id, so it cannot be opened."))

    @on(LineView.Moved, "#list")
    def _list_moved(self) -> None:
        if self._preview_timer is not None:
            self._preview_timer.stop()
            self._preview_timer = None
        if self.history.place.entity is not None and self._focused == layout.LIST:
            self._preview_timer = self.set_timer(PREVIEW_DELAY, self._preview)

    def _preview(self) -> None:
        """Let the open entity pane follow the list's cursor, from what the list knows."""
        path = self.list_pane.path
        if self.session is None or path is None or not self.entity_pane.display:
            return
        details = self.session.inventory.peek_details(path)
        if details is not None and path.level is Level.ENTITY:
            self.history.place = Place(path.parent, path)
            self.entity_pane.show(details)
            self.refresh_bars()

    @on(EntityPane.Wanted)
    def _view_wanted(self, event: EntityPane.Wanted) -> None:
        if self._reader is not None and event.view is View.RELATIONS:
            self._reader.relations(event.details)
        if self.session is not None and event.view is View.CHANGES:
            from cloudmc_tui.inventory.describe import change_lines

            path = event.details.path
            changes = self.session.inventory.changes(path.parent)
            self.entity_pane.fill(View.CHANGES, path, change_lines(event.details, changes, self.app.clock()))

    @on(reader.Related)
    def _related(self, event: reader.Related) -> None:
        self.entity_pane.fill(View.RELATIONS, event.path, event.lines)

    @on(EntityPane.Followed)
    def _followed(self, event: EntityPane.Followed) -> None:
        self.open(event.path)

    # The prompt

    @on(Prompt.Wanted)
    def _prompt_wants(self, event: Prompt.Wanted) -> None:
        if self._reader is not None:
            self._reader.branch(event.path)

    @on(Prompt.Edited)
    def _prompt_edited(self, event: Prompt.Edited) -> None:
        if event.kind is Kind.TASKS:
            self.tasks_pane.set_filter(event.text)
        elif event.kind is Kind.FILTER:
            self.list_pane.set_filter(event.text)
            error = self.list_pane.filter_error
            self.prompt_pane.complain(error.pointed(event.text) if error else "")

    @on(Prompt.Submitted)
    def _prompt_submitted(self, event: Prompt.Submitted) -> None:
        if event.kind is Kind.NAME:
            self.shelf.save_view(event.text)
        if event.kind is not Kind.PATH:
            self._close_prompt()
            if event.kind is Kind.FILTER:
                self.shelf.keep_view()
        elif self._reader is not None:
            self._reader.resolve(event.text)

    @on(Prompt.Cancelled)
    def _prompt_cancelled(self, event: Prompt.Cancelled) -> None:
        if event.kind is Kind.FILTER:
            self.list_pane.set_filter(event.text)
        elif event.kind is Kind.TASKS:
            self.tasks_pane.set_filter(event.text)
        self._close_prompt()

    @on(reader.Resolved)
    def _resolved(self, event: reader.Resolved) -> None:
        self._close_prompt()
        self.open(event.path)

    @on(reader.Unresolved)
    def _unresolved(self, event: reader.Unresolved) -> None:
        if self.prompt_pane.display:
            self.prompt_pane.complain(explain(event.error))
        else:  # where the program was told to start
            self.open(ROOT)
            self.app.say(explain(event.error).replace("\n", " "))

    def _close_prompt(self) -> None:
        self.prompt_pane.close()
        self.focus_pane(self._focused)

    # Actions on places

    def action_pane_entity(self) -> None:
        if self.history.place.entity is not None:
            self.focus_pane(layout.ENTITY)
        elif self.list_pane.path is not None and self.list_pane.path.level is Level.ENTITY:
            self._list_opened()

    def action_go_back(self) -> None:
        self.list_pane.remember()
        if self.history.back() is None:
            self.app.say(_("This is where you started."))
        else:
            self._arrive()

    def action_go_cancel(self) -> None:
        """One step back, whatever that is now."""
        if self._zoomed:
            self.action_pane_zoom()
        elif self._focused == layout.TASKS:
            self.tasks_pane.set_filter("")
            self.focus_pane(layout.LIST)
        elif self._focused == layout.ENTITY:
            self.history.go(Place(self.history.place.path))
            self.entity_pane.say("")
            self.focus_pane(layout.LIST)
        elif self._focused == layout.LIST and self.list_pane.state.filter:
            self.list_pane.set_filter("")
            self.shelf.keep_view()
        elif self._focused == layout.LIST and self.list_pane.state.marks:
            self.list_pane.action_list_unmark()
        elif self._focused == layout.LIST:
            self.focus_pane(layout.TREE)
        self.refresh_bars()

    def action_go_find(self) -> None:
        """Find anywhere."""
        from cloudmc_tui.inventory.search import Index
        from cloudmc_tui.tui.screens.find import Find, Target

        if self.session is None:
            return
        if self._index is None:
            self._index = Index(self.session.inventory)
        screen = Find(self.session, self._index, self._found, self._found_in)

        def found(target: Target | None) -> None:
            self._found, self._found_in = screen.searched, screen.others
            if target is not None and target.profile is not None:
                self.app.connections.switch(target.profile, target.path)
                return
            self.app.connections.forget_answers()
            self.tree_pane.rebuild()
            if target is not None:
                self.open(target.path)

        self.app.push_screen(screen, found)

    def action_go_bookmark(self) -> None:
        self.shelf.toggle_bookmark()

    def action_go_bookmarks(self) -> None:
        self.shelf.choose_bookmark()

    async def action_go_path(self) -> None:
        address = self.history.place.path
        await self.prompt_pane.ask(Kind.PATH, f"{address}/" if address.parts else "")

    # Actions on the list

    def action_list_columns(self) -> None:
        self.shelf.choose_columns()

    def action_list_auto(self) -> None:
        self.shelf.choose_interval()

    def action_list_export(self) -> None:
        self.shelf.choose_export()

    async def action_list_save_view(self) -> None:
        await self.prompt_pane.ask(Kind.NAME, "")

    def action_list_views(self) -> None:
        self.shelf.choose_view()

    def refresh_shown(self) -> None:
        """Read again what is on screen."""
        place = self.history.place
        if self._reader is not None:
            self._reader.list(place.path, refresh=True)
            if place.entity is not None and self.entity_pane.display:
                self._reader.entity(place.entity, refresh=True)

    async def action_list_filter(self) -> None:
        self.focus_pane(layout.LIST)
        self.prompt_pane.listing = self.list_pane.listing
        await self.prompt_pane.ask(Kind.FILTER, self.list_pane.state.filter)
        self.list_pane.prepare_filter()

    def action_list_sort(self) -> None:
        sort = self.list_pane.state.sort
        if choices := self.list_pane.sort_choices():
            self.app.pick(_("Sort by"), choices, self._sort, current=sort.member if sort else None)

    def _sort(self, by: str) -> None:
        self.list_pane.set_sort(by)
        self.shelf.keep_view()

    def action_list_refresh(self) -> None:
        if self._reader is None:
            return
        place = self.history.place
        node = self.tree_pane.node
        path = node.path if self._focused == layout.TREE and node is not None else place.path
        if not self.session or self.session.inventory.peek(ROOT) is None:
            self._reader.start()
        elif path == place.path:
            self._reader.list(path, refresh=True)
        elif path.level < Level.ENTITY:
            self._reader.branch(path, refresh=True)
        if path.level is Level.ENVIRONMENT:
            self._reader.count(path, again=True)
        if place.entity is not None and self._focused != layout.TREE:
            self._reader.entity(place.entity, refresh=True)

    # What the entity pane does, from the list and the tree

    def _under_cursor(self) -> Path | None:
        """What the cursor of the tree or the list is on."""
        if self._focused == layout.TREE:
            node = self.tree_pane.node
            return node.path if node is not None and node.path.parts else None
        return self.list_pane.path

    def _look(self, view: View) -> None:
        """Open the entity under the cursor in a view."""
        if self._focused not in _CURSORS:
            return
        path = self._under_cursor()
        if path is None or path.level is not Level.ENTITY:
            self.app.say(_("Move to an entity first."))
            return
        self.open(path)
        self.entity_pane.look(view)

    def action_entity_details(self) -> None:
        self._look(View.DETAILS)

    def action_entity_json(self) -> None:
        self._look(View.JSON)

    def action_entity_relations(self) -> None:
        self._look(View.RELATIONS)

    def action_entity_changes(self) -> None:
        self._look(View.CHANGES)

    def action_entity_reveal(self) -> None:
        if self._focused in _CURSORS:
            self.app.say(_("Open the entity first: secrets are shown there."))

    def action_entity_copy(self) -> None:
        if self._focused not in _CURSORS:
            return
        path = self._under_cursor()
        if path is None or self.session is None:
            self.app.say(_("There is nothing under the cursor to copy."))
            return
        details = self.session.inventory.peek_details(path) if path.level is Level.ENTITY else None
        from cloudmc_tui.tui.copying import choose, offers_of_entity, offers_of_path

        choose(self.app, offers_of_entity(details) if details else offers_of_path(path))

    def details_here(self) -> Details | None:
        """The entity that is open and focused, or that the cursor is on; as far as it is known."""
        if self._focused == layout.ENTITY:
            return self.entity_pane.details
        path = self._under_cursor() if self._focused in _CURSORS else None
        if self.session is None or path is None or path.level is not Level.ENTITY:
            return None
        return self.session.inventory.peek_details(path)

    def action_entity_ssh(self) -> None:
        """Go to the instance that the cursor is on, or that is open."""
        details = self.details_here()
        if details is None or self.session is None:
            self.app.say(_("Move to an instance first."))
            return
        from cloudmc_tui.tui.ssh import connect

        connect(self.app, details, self.session.inventory, self.app.preferences.ssh)

    # What is pending

    def _show_pending(self) -> None:
        """Show beside the last known states what is being done."""
        if self.session is None:
            return
        pending = {p: _(r.pending_word) for p, r in self.session.execution.pending().items() if p.entity}
        place = self.history.place
        self.list_pane.set_pending({p.name: w for p, w in pending.items() if p.parent == place.path and w})
        self.entity_pane.set_pending(pending.get(place.entity, "") if place.entity else "")
        self.tree_pane.set_pending(frozenset(pending))
