"""The explorer: tree, list and entity, one place at a time, with the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from cloudmc_tui.formats.text import visible
from cloudmc_tui.path import ROOT, Level, Path
from cloudmc_tui.tui import bars, layout, reader
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.follower import Follower
from cloudmc_tui.tui.history import History, Place
from cloudmc_tui.tui.operator import Operator
from cloudmc_tui.tui.panes.entity import EntityPane
from cloudmc_tui.tui.panes.list import ListPane
from cloudmc_tui.tui.panes.operations import Subject
from cloudmc_tui.tui.panes.panel import Panel
from cloudmc_tui.tui.panes.prompt import Kind, Prompt
from cloudmc_tui.tui.panes.tasks import TasksPane
from cloudmc_tui.tui.panes.tree import TreePane
from cloudmc_tui.tui.reader import Reader, explain
from cloudmc_tui.tui.widgets.bar import Bar
from cloudmc_tui.tui.widgets.lines import LineView

if TYPE_CHECKING:
    from cloudmc_tui.execution import Submission
    from cloudmc_tui.session import Session
    from cloudmc_tui.tui.app import ExplorerApp

PREVIEW_DELAY = 0.15
"""Seconds that the list's cursor rests before the open entity pane follows it."""

_SCOPES = {
    layout.TREE: Scope.TREE,
    layout.LIST: Scope.LIST,
    layout.ENTITY: Scope.ENTITY,
    layout.PANEL: Scope.OPERATIONS,
    layout.TASKS: Scope.TASKS,
}


class Explorer(Screen[None]):
    """The main screen."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PANES, Scope.GO, Scope.LIST, Scope.DO)
    AUTO_FOCUS = "#tree"

    def __init__(self, start: Path) -> None:
        super().__init__()
        self._start = start
        self._reader: Reader | None = None
        self._operator: Operator | None = None
        self._follower: Follower | None = None
        self._focused = layout.TREE
        self._zoomed = False
        self._panel_open = False
        self._preview_timer: Timer | None = None
        self.history = History()
        self.session: Session | None = None

    def compose(self) -> ComposeResult:
        yield Bar(id="status")
        yield Bar(id="crumbs")
        with Horizontal(id="body"):
            yield TreePane(id=layout.TREE)
            with Vertical(id="content"):
                yield ListPane(clock=self.app.clock, id=layout.LIST)
                yield EntityPane(clock=self.app.clock, id=layout.ENTITY)
                yield Panel(id=layout.PANEL)
        yield TasksPane(clock=self.app.clock, id=layout.TASKS)
        yield Prompt(id="prompt")
        yield Bar(id="footer")
        yield Static("", id="too-small", markup=False)

    # The panes, their focus and their layout

    @property
    def tree_pane(self) -> TreePane:
        return self.query_one(TreePane)

    @property
    def list_pane(self) -> ListPane:
        return self.query_one(ListPane)

    @property
    def entity_pane(self) -> EntityPane:
        return self.query_one(EntityPane)

    @property
    def panel(self) -> Panel:
        return self.query_one(Panel)

    @property
    def tasks_pane(self) -> TasksPane:
        return self.query_one(TasksPane)

    @property
    def prompt_pane(self) -> Prompt:
        return self.query_one(Prompt)

    @property
    def focused_pane(self) -> str:
        """The pane that has the focus, or had it before a prompt took it."""
        return self._focused

    @property
    def scope(self) -> Scope:
        """The actions of the focused pane."""
        if self._focused == layout.PANEL and self.panel.shows_form:
            return Scope.FORM
        return _SCOPES[self._focused]

    @property
    def _below(self) -> str:
        """What is open below the list."""
        if self._panel_open:
            return layout.PANEL
        return layout.ENTITY if self.history.place.entity is not None else ""

    def on_mount(self) -> None:
        self.list_pane.say("connecting…")
        self._lay_out()
        self.refresh_bars()

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        """Show the panes that there is room for."""
        columns, lines = self.app.size
        fits = layout.fits(columns, lines)
        self.set_class(not fits, "-too-small")
        if not fits:
            needs = "{} × {}".format(*layout.SMALLEST)
            self.query_one("#too-small", Static).update(
                f"The explorer needs {needs} cells; here are {columns} × {lines}."
            )
            return
        tasks = len(self.tasks_pane.records)
        panes = layout.visible_panes(
            columns, lines, self._focused, below=self._below, zoomed=self._zoomed, tasks=bool(tasks)
        )
        for name in _SCOPES:
            self.query_one(f"#{name}").display = name in panes
        self.query_one("#content").display = bool(panes & {layout.LIST, layout.ENTITY, layout.PANEL})
        self.query_one("#body").display = bool(panes - {layout.TASKS})
        self.set_class(layout.TREE not in panes or len(panes - {layout.TASKS}) == 1, "-narrow")
        height = "1fr" if self._zoomed else layout.tasks_height(lines, self._focused, tasks)
        self.tasks_pane.styles.height = height

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        pane = next((w.id for w in event.widget.ancestors_with_self if w.id in _SCOPES), None)
        if pane is not None:
            self._focused = pane
            self.prompt_pane.close()
            self._lay_out()
            self.refresh_bars()

    def focus_pane(self, name: str) -> None:
        """Give a pane the focus, showing it first where it is hidden."""
        self._focused = name
        self._lay_out()
        if name == layout.PANEL:
            self.panel.give_focus()
        else:
            self.query_one(f"#{name}").focus()

    def refresh_bars(self) -> None:
        """Say anew what is always on screen; what has not changed is not painted again."""
        shown = self.entity_pane.details if self._focused == layout.ENTITY else self.list_pane.listing
        self.query_one("#status", Bar).say(*bars.status(self.app.profile, self.session))
        self.query_one("#crumbs", Bar).say(
            *bars.crumbs(self.history.place, self.session, shown, self.app.clock())
        )
        self.query_one("#footer", Bar).say(*bars.footer(self.scope, self.app.keymap_now, self.app.message))

    # Connecting

    def connected(self, session: Session) -> None:
        """The session is open: show what it has."""
        self.session = session
        self._reader = Reader(self, session)
        self._operator = Operator(self, session)
        self._follower = Follower(self, session)
        self.panel.session = session
        self.tree_pane.attach(session.inventory)
        self.prompt_pane.inventory = session.inventory
        self.refresh_bars()
        self._follower.start()
        self._reader.start()

    def failed(self, message: str) -> None:
        """The session could not be opened."""
        self.tree_pane.fail(ROOT, message)
        self.list_pane.say(message, "line--error")

    @on(reader.Started)
    def _started(self) -> None:
        assert self.session is not None
        services = self.session.inventory.peek(ROOT)
        for service in services.entities if services else ():
            path = services.child_path(service) if services else None
            if path is not None:
                self.tree_pane.unfold(path)
        self.tree_pane.rebuild()
        self.open(self._start)

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
        state = self.history.state(place.path)
        if place.entity is not None:
            state.cursor = place.entity.name
        known = self.session.inventory.peek(place.path)
        if known is not None:
            self.list_pane.show(known, state)
        else:
            self.list_pane.state = state
            self.list_pane.say(f"reading {visible(place.path.name) or 'services'}…")
        self._reader.list(place.path)
        if place.entity is not None:
            if self.entity_pane.details is None or self.entity_pane.details.path != place.entity:
                self.entity_pane.say(f"reading {visible(place.entity.name)}…")
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

    @on(reader.Listed)
    def _listed(self, event: reader.Listed) -> None:
        listing = event.listing
        self.tree_pane.clear_error(listing.path)
        self.tree_pane.rebuild()
        self.prompt_pane.recomplete()
        place = self.history.place.path
        if listing.path == place:
            self.list_pane.show(listing)
            if place.level is Level.ENVIRONMENT and self._reader is not None:
                self._reader.count(place)
        elif place.level is Level.ENVIRONMENT and listing.path.parent == place and self.session is not None:
            types = self.session.inventory.peek(place)
            if types is not None:
                self.list_pane.show(types)
        if listing.path.level is Level.ENVIRONMENT and self._reader is not None:
            self._reader.count(listing.path)
        self.refresh_bars()

    @on(reader.ListFailed)
    def _list_failed(self, event: reader.ListFailed) -> None:
        if type(event) is not reader.ListFailed:
            return
        self.tree_pane.fail(event.path, explain(event.error))
        if event.path == self.history.place.path:
            self.list_pane.say(explain(event.error), "line--error")
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
            self.app.say("This one has no id, so it cannot be opened.")

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
            self.prompt_pane.complain(error.reason if error else "")

    @on(Prompt.Submitted)
    def _prompt_submitted(self, event: Prompt.Submitted) -> None:
        if event.kind is not Kind.PATH:
            self._close_prompt()
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
        self.prompt_pane.complain(explain(event.error))

    def _close_prompt(self) -> None:
        self.prompt_pane.close()
        self.focus_pane(self._focused)

    # Actions on panes and places

    def action_pane_tree(self) -> None:
        self.focus_pane(layout.TREE)

    def action_pane_list(self) -> None:
        self.focus_pane(layout.LIST)

    def action_pane_entity(self) -> None:
        if self.history.place.entity is not None:
            self.focus_pane(layout.ENTITY)
        elif self.list_pane.path is not None and self.list_pane.path.level is Level.ENTITY:
            self._list_opened()

    def action_pane_next(self) -> None:
        self._step_pane(1)

    def action_pane_previous(self) -> None:
        self._step_pane(-1)

    def _step_pane(self, by: int) -> None:
        tasks = layout.TASKS if self.tasks_pane.records else ""
        names = [n for n in (layout.TREE, layout.LIST, self._below, tasks) if n]
        at = names.index(self._focused) if self._focused in names else 0
        self.focus_pane(names[(at + by) % len(names)])

    def action_pane_zoom(self) -> None:
        self._zoomed = not self._zoomed
        self._lay_out()

    def action_go_back(self) -> None:
        self.list_pane.remember()
        if self.history.back() is None:
            self.app.say("This is where you started.")
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
        elif self._focused == layout.LIST and self.list_pane.state.marks:
            self.list_pane.action_list_unmark()
        elif self._focused == layout.LIST:
            self.focus_pane(layout.TREE)
        self.refresh_bars()

    def action_go_path(self) -> None:
        address = self.history.place.path
        self.prompt_pane.ask(Kind.PATH, f"{address}/" if address.parts else "")

    # Actions on the list

    def action_list_filter(self) -> None:
        self.focus_pane(layout.LIST)
        self.prompt_pane.ask(Kind.FILTER, self.list_pane.state.filter)

    def action_list_sort(self) -> None:
        sort = self.list_pane.state.sort
        if choices := self.list_pane.sort_choices():
            self.app.pick("Sort by", choices, self.list_pane.set_sort, current=sort.member if sort else None)

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

    # Operations and tasks

    def _operate(self, name: str = "", *, collection: bool = False) -> None:
        if self._operator is not None:
            self._operator.open(name, collection=collection)

    def action_do_operations(self) -> None:
        self._operate()

    def action_do_new(self) -> None:
        self._operate("create", collection=True)

    def action_do_update(self) -> None:
        self._operate("update")

    def action_do_delete(self) -> None:
        self._operate("delete")

    def open_panel(self, subject: Subject, name: str) -> None:
        """Show the operations of a subject, or go on to one of them."""
        self._panel_open = True
        self._lay_out()
        self.panel.open(subject, name)
        self.focus_pane(layout.PANEL)

    def close_panel(self) -> None:
        """Close the operation panel."""
        self._panel_open = False
        self.focus_pane(layout.ENTITY if self.history.place.entity is not None else layout.LIST)

    @on(Panel.Closed)
    def _panel_closed(self) -> None:
        self.close_panel()

    @on(Panel.Planned)
    def _planned(self, event: Panel.Planned) -> None:
        if self._operator is not None:
            self._operator.review(event.plan)

    def submitted(self, submission: Submission) -> None:
        """A mutation went out."""
        if self._follower is not None:
            self._follower.submitted(submission)

    @on(TasksPane.Target)
    def _task_target(self, event: TasksPane.Target) -> None:
        self.open(event.record.path)

    @on(TasksPane.Result)
    def _task_result(self, event: TasksPane.Result) -> None:
        if type(event) is TasksPane.Result and self._follower is not None:
            self._follower.show(event.record)

    @on(TasksPane.Forget)
    def _forget(self, event: TasksPane.Forget) -> None:
        if self._follower is not None:
            self._follower.forget(event.keys)

    @on(TasksPane.FilterWanted)
    def _filter_tasks(self) -> None:
        self.prompt_pane.ask(Kind.TASKS, self.tasks_pane.filter)

    def action_pane_tasks(self) -> None:
        self.focus_pane(layout.TASKS)

    def action_pane_tasks_full(self) -> None:
        """The tasks over the whole screen, and back."""
        full = self._zoomed and self._focused == layout.TASKS
        self._zoomed = not full
        self.focus_pane(layout.LIST if full else layout.TASKS)

    def tasks_changed(self) -> None:
        """There are other tasks, or they have come further."""
        self._show_pending()
        self._lay_out()
        self.refresh_bars()

    def _show_pending(self) -> None:
        """Show beside the last known states what is being done."""
        if self.session is None:
            return
        pending = {p: r.pending_word for p, r in self.session.execution.pending().items() if p.entity}
        place = self.history.place
        self.list_pane.set_pending({p.name: w for p, w in pending.items() if p.parent == place.path and w})
        self.entity_pane.set_pending(pending.get(place.entity, "") if place.entity else "")
        self.tree_pane.set_pending(frozenset(pending))

    def stale(self, paths: Sequence[Path]) -> None:
        """Listings that an operation made stale: read again what is on screen, show the rest as it is."""
        self.tree_pane.rebuild()
        place = self.history.place
        if self._reader is not None and place.path in paths:
            self._reader.list(place.path, refresh=True)
            if place.entity is not None:
                self._reader.entity(place.entity, refresh=True)
        for path in paths:
            if self._reader is not None and path != place.path and self.tree_pane.is_unfolded(path):
                self._reader.branch(path, refresh=True)
