"""The explorer: tree, list and entity, one place at a time, with the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from cloudmc_tui.api.errors import CloudMCError
from cloudmc_tui.formats.text import visible
from cloudmc_tui.inventory import UnknownPath
from cloudmc_tui.path import ROOT, Level, Path, PathError
from cloudmc_tui.tui import bars
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.history import History, Place
from cloudmc_tui.tui.panes.entity import EntityPane
from cloudmc_tui.tui.panes.list import ListPane
from cloudmc_tui.tui.panes.prompt import Kind, Prompt
from cloudmc_tui.tui.panes.tree import TreePane
from cloudmc_tui.tui.screens.help import Help
from cloudmc_tui.tui.screens.picker import Choice, Picker
from cloudmc_tui.tui.widgets.bar import Bar
from cloudmc_tui.tui.widgets.lines import LineView

if TYPE_CHECKING:
    from cloudmc_tui.session import Session
    from cloudmc_tui.tui.app import ExplorerApp

NARROW = 100
"""Below so many columns, tree and content are shown one at a time."""

LOW = 30
"""Below so many lines, list and entity are shown one at a time."""

SMALLEST = (60, 15)
"""The smallest terminal that is drawn on."""

COUNTERS = 3
"""How many listings are read at once to count an environment's entities."""

PREVIEW_DELAY = 0.15
"""Seconds that the list's cursor rests before the open entity pane follows it."""


class Explorer(Screen[None]):
    """The main screen."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PANES, Scope.GO, Scope.APP)
    AUTO_FOCUS = "#tree"

    def __init__(self, start: Path) -> None:
        super().__init__()
        self._start = start
        self.history = History()
        self.session: Session | None = None
        self._zoomed = False
        self._narrow_content = False
        self._counted: set[Path] = set()

    def compose(self) -> ComposeResult:
        clock = self.app.clock
        yield Bar(id="status")
        yield Bar(id="crumbs")
        with Horizontal(id="body"):
            yield TreePane(id="tree")
            with Vertical(id="content"):
                yield ListPane(clock=clock, id="list")
                yield EntityPane(clock=clock, id="entity")
        yield Prompt(id="prompt")
        yield Bar(id="footer")
        yield Static("", id="too-small", markup=False)

    # The panes

    @property
    def tree(self) -> TreePane:
        return self.query_one("#tree", TreePane)

    @property
    def list(self) -> ListPane:
        return self.query_one("#list", ListPane)

    @property
    def entity(self) -> EntityPane:
        return self.query_one("#entity", EntityPane)

    @property
    def prompt(self) -> Prompt:
        return self.query_one("#prompt", Prompt)

    def on_mount(self) -> None:
        self.list.say("connecting…")
        self.entity.display = False
        self._arrange_panes()
        self.refresh_bars()

    # Layout

    def on_resize(self, event: events.Resize) -> None:
        self._arrange_panes(event.size.width, event.size.height)

    def _arrange_panes(self, columns: int | None = None, lines: int | None = None) -> None:
        columns, lines = columns or self.size.width, lines or self.size.height
        too_small = columns < SMALLEST[0] or lines < SMALLEST[1]
        self.set_class(too_small, "-too-small")
        if too_small:
            needs = "{} × {}".format(*SMALLEST)
            self.query_one("#too-small", Static).update(f"The explorer needs {needs} cells; here are {columns} × {lines}.")
            return
        narrow, low = columns < NARROW, lines < LOW
        focused = self._focused_pane()
        has_entity = self.history.place.entity is not None
        alone = focused if self._zoomed else None
        show_tree = alone is self.tree if alone else (not narrow or focused is self.tree)
        show_content = alone is not self.tree if alone else (not narrow or focused is not self.tree)
        show_entity = has_entity and (alone is self.entity if alone else (not low or focused is self.entity))
        show_list = alone is self.list if alone else (not (low and show_entity))
        self.tree.display = show_tree
        self.query_one("#content").display = show_content
        self.list.display = show_list
        self.entity.display = show_entity
        self.set_class(narrow, "-narrow")

    def _focused_pane(self) -> LineView:
        focused = self.focused
        return focused if focused in (self.list, self.entity) else self._last_pane()  # type: ignore[return-value]

    def _last_pane(self) -> LineView:
        if self.focused is self.tree or self._pane is None:
            return self.tree
        return self._pane

    _pane: LineView | None = None

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if isinstance(event.widget, (TreePane, ListPane, EntityPane)):
            self._pane = event.widget
            self._arrange_panes()
        self.refresh_bars()

    def focus_pane(self, pane: LineView) -> None:
        """Give a pane the focus, showing it if it is hidden."""
        if pane is self.entity and self.history.place.entity is None:
            return
        self._pane = pane
        for widget in (pane, pane.parent):
            if isinstance(widget, Widget):
                widget.display = True
        pane.focus()
        self._arrange_panes()

    # Connecting

    def connected(self, session: Session) -> None:
        """The session is open: show what it has."""
        self.session = session
        self.tree.attach(session.inventory)
        self.prompt.inventory = session.inventory
        self.refresh_bars()
        self._work("start", self._load_start())

    async def _load_start(self) -> None:
        assert self.session is not None
        inventory = self.session.inventory
        try:
            services = await inventory.refresh(ROOT)
            for service in services.entities:
                path = services.child_path(service)
                if path is not None:
                    await inventory.refresh(path) if inventory.peek(path) is None else None
                    self.tree.unfold(path)
        except CloudMCError as error:
            self.tree.fail(ROOT, "not connected; enter tries again")
            self.list.say(explain(error), "line--error")
            return
        self.tree.rebuild()
        self.open(self._start)

    def failed(self, message: str) -> None:
        """The session could not be opened."""
        self.tree.fail(ROOT, "not connected")
        self.list.say(message, "line--error")

    def _work(self, group: str, work: Awaitable[None]) -> None:
        self.run_worker(work, group=group, exclusive=True, exit_on_error=True)

    # Going places

    def open(self, path: Path, *, refresh: bool = False) -> None:
        """Go to a path: a level's children in the list, or an entity."""
        place = Place(path.parent, path) if path.level is Level.ENTITY else Place(path)
        self._leave()
        self.history.go(place)
        self._arrive(refresh=refresh)

    def _leave(self) -> None:
        self.list.remember()

    def _arrive(self, *, refresh: bool = False) -> None:
        place = self.history.place
        if place.entity is not None:
            self.history.state(place.path).cursor = place.entity.name
        self._work("list", self._load_list(place.path, refresh=refresh))
        if place.entity is not None:
            self._work("entity", self._load_entity(place.entity, refresh=refresh))
        else:
            self.entity.say("")
        self.tree.reveal(place.address)
        if self.focused is not self.tree or place.entity is not None or place.path.level is Level.ENTITY_TYPE:
            self.focus_pane(self.entity if place.entity else self.list)
        self._arrange_panes()
        self.refresh_bars()

    async def _load_list(self, path: Path, *, refresh: bool = False) -> None:
        if self.session is None:
            return
        state = self.history.state(path)
        if self.session.inventory.peek(path) is None:
            self.list.say(f"reading {visible(path.name) or 'services'}…")
        first = True
        try:
            async for listing in self.session.inventory.list(path, refresh=refresh):
                self.tree.clear_error(path)
                self.list.show(listing, state if first else None)
                first = False
                self.tree.rebuild()
                self.refresh_bars()
        except (CloudMCError, UnknownPath) as error:
            self.list.say(explain(error), "line--error")
            self.tree.fail(path, "could not be read")
        self.refresh_bars()
        if path.level is Level.ENVIRONMENT:
            self._count(path)

    async def _load_entity(self, path: Path, *, refresh: bool = False) -> None:
        if self.session is None:
            return
        if self.session.inventory.peek_details(path) is None:
            self.entity.say(f"reading {visible(path.name)}…")
        try:
            async for details in self.session.inventory.details(path, refresh=refresh):
                self.entity.show(details)
                self.refresh_bars()
            self.entity.show(details, await self.session.reference_names(details))
        except (CloudMCError, UnknownPath) as error:
            self.entity.say(explain(error), "line--error")
        self.refresh_bars()

    def _count(self, path: Path) -> None:
        """Read an environment's listings in the background, so that the tree can say how many."""
        if path not in self._counted:
            self._counted.add(path)
            self.run_worker(self._count_all(path), group=f"count {path}", exclusive=True)

    async def _count_all(self, path: Path) -> None:
        assert self.session is not None
        inventory = self.session.inventory
        types = inventory.peek(path)
        if types is None:
            return
        gate = asyncio.Semaphore(COUNTERS)

        async def count(child: Path) -> None:
            async with gate:
                try:
                    await inventory.refresh(child)
                except (CloudMCError, UnknownPath):
                    return  # the tree shows no count; opening the type says why
            self.tree.rebuild()
            if self.history.place.path == path and (listing := inventory.peek(path)) is not None:
                self.list.show(listing)

        children = [c for e in types.entities if (c := types.child_path(e)) and inventory.peek(c) is None]
        await asyncio.gather(*(count(c) for c in children))

    # Messages from the panes

    @on(TreePane.Wanted)
    def _tree_wants(self, event: TreePane.Wanted) -> None:
        if self.session is None:
            return
        if not event.path.parts:
            self._work("start", self._load_start())
        else:
            self.run_worker(self._load_branch(event.path), group=f"branch {event.path}", exclusive=True)

    async def _load_branch(self, path: Path) -> None:
        assert self.session is not None
        try:
            await self.session.inventory.refresh(path)
        except (CloudMCError, UnknownPath) as error:
            self.tree.fail(path, visible(str(error)))
            return
        self.tree.rebuild()
        if path.level is Level.ENVIRONMENT:
            self._count(path)

    @on(TreePane.Chosen)
    def _tree_chose(self, event: TreePane.Chosen) -> None:
        self.open(event.path)

    @on(LineView.Opened, "#list")
    def _list_opened(self) -> None:
        path = self.list.path
        if path is not None:
            self.open(path)
        elif self.list.entity is not None:
            self.app.say("This one has no id, so it cannot be opened.")

    @on(LineView.Moved, "#list")
    def _list_moved(self) -> None:
        self.refresh_bars()
        if self.history.place.entity is not None and self.entity.display:
            self.set_timer(PREVIEW_DELAY, self._preview)

    def _preview(self) -> None:
        """Let the open entity pane follow the list's cursor, from what the list knows."""
        path = self.list.path
        if self.session is None or path is None or not self.entity.display or path == self.history.place.entity:
            return
        details = self.session.inventory.peek_details(path)
        if details is not None and self.focused is self.list and path.level is Level.ENTITY:
            self.history.place = Place(path.parent, path)
            self.entity.show(details)
            self.refresh_bars()

    @on(EntityPane.Followed)
    def _followed(self, event: EntityPane.Followed) -> None:
        self.open(event.path)

    @on(Prompt.Wanted)
    def _prompt_wants(self, event: Prompt.Wanted) -> None:
        async def read(path: Path) -> None:
            assert self.session is not None
            try:
                await self.session.inventory.refresh(path)
            except (CloudMCError, UnknownPath) as error:
                self.prompt.complain(visible(str(error)))
                return
            self.prompt.recomplete()

        if self.session is not None:
            self._work("completion", read(event.path))

    @on(Prompt.Edited)
    def _prompt_edited(self, event: Prompt.Edited) -> None:
        if event.kind is Kind.FILTER and type(event) is Prompt.Edited:
            self.list.set_filter(event.text)
            self.prompt.complain(self.list.filter_error.reason if self.list.filter_error else "")
            self.refresh_bars()

    @on(Prompt.Submitted)
    def _prompt_submitted(self, event: Prompt.Submitted) -> None:
        if event.kind is Kind.FILTER:
            self._close_prompt()
            return
        self._work("go", self._go(event.text))

    async def _go(self, text: str) -> None:
        """Go to a path as typed, if it leads somewhere; otherwise say where it goes wrong."""
        try:
            path = Path.parse(text)
            if self.session is not None:
                await self.session.inventory.resolve(path)
                if path.level is Level.ENTITY:
                    path = (await self.session.find(path)).path
                elif path.level is Level.ENTITY_TYPE:
                    await self.session.inventory.refresh(path)
        except (PathError, UnknownPath, CloudMCError) as error:
            self.prompt.complain(explain(error))
            return
        self._close_prompt()
        self.open(path)

    @on(Prompt.Cancelled)
    def _prompt_cancelled(self, event: Prompt.Cancelled) -> None:
        if event.kind is Kind.FILTER:
            self.list.set_filter(event.text)
        self._close_prompt()

    def _close_prompt(self) -> None:
        self.prompt.close()
        self.focus_pane(self._pane or self.tree)
        self.refresh_bars()

    # Bars

    def refresh_bars(self) -> None:
        """Say anew what is always on screen; what has not changed is not painted again."""
        status, crumbs, footer = (self.query_one(f"#{name}", Bar) for name in ("status", "crumbs", "footer"))
        shown = self.entity.details if self._last_pane() is self.entity else self.list.listing
        status.say(*bars.status(self.app.profile, self.session))
        crumbs.say(*bars.crumbs(self.history.place, self.session, shown, self.app.clock()))
        footer.say(*bars.footer(self._scope(), self.app.keymap_now, self.app.message))

    def _scope(self) -> Scope:
        return {"tree": Scope.TREE, "list": Scope.LIST, "entity": Scope.ENTITY}[self._last_pane().id or ""]

    # Actions

    def action_pane_tree(self) -> None:
        self.focus_pane(self.tree)

    def action_pane_list(self) -> None:
        self.focus_pane(self.list)

    def action_pane_entity(self) -> None:
        if self.history.place.entity is None and self.list.path is not None:
            self._list_opened()
        self.focus_pane(self.entity)

    def action_pane_next(self) -> None:
        self._step_pane(1)

    def action_pane_previous(self) -> None:
        self._step_pane(-1)

    def _step_pane(self, by: int) -> None:
        panes: list[LineView] = [self.tree, self.list]
        if self.history.place.entity is not None:
            panes.append(self.entity)
        index = panes.index(self._last_pane()) if self._last_pane() in panes else 0
        self.focus_pane(panes[(index + by) % len(panes)])

    def action_pane_zoom(self) -> None:
        self._zoomed = not self._zoomed
        self._arrange_panes()

    def action_go_back(self) -> None:
        self._leave()
        if self.history.back() is None:
            self.app.say("This is where you started.")
            return
        self._arrive()

    def action_go_cancel(self) -> None:
        """One step back, whatever that is now."""
        if self._zoomed:
            self.action_pane_zoom()
        elif self.focused is self.entity:
            self._close_entity()
        elif self.focused is self.list and self.list.state.filter:
            self.list.set_filter("")
        elif self.focused is self.list:
            self.focus_pane(self.tree)
        self.refresh_bars()

    def _close_entity(self) -> None:
        self.history.place = Place(self.history.place.path)
        self.focus_pane(self.list)
        self.entity.say("")
        self._arrange_panes()

    def action_go_path(self) -> None:
        address = self.history.place.path
        self.prompt.ask(Kind.PATH, f"{address}/" if address.parts else "")

    def action_list_filter(self) -> None:
        self.focus_pane(self.list)
        self.prompt.ask(Kind.FILTER, self.list.state.filter)

    def action_list_sort(self) -> None:
        listing = self.list.listing
        if listing is None:
            return
        labels = {n: f.label for n, f in listing.entity_type.fields.items()}
        sort = self.list.state.sort
        names = [*self.list.columns, *(n for n in labels if n not in self.list.columns)]
        choices = []
        for name in names:
            note = "" if sort is None or sort.member != name else ("downwards" if sort.reverse else "upwards")
            choices.append(Choice(name, labels.get(name, name), note))
        self._pick("Sort by", choices, self.list.set_sort, current=sort.member if sort else None)

    def _pick(
        self,
        title: str,
        choices: list[Choice],
        use: Callable[[str], None],
        *,
        current: str | None = None,
        preview: Callable[[str], None] | None = None,
    ) -> None:
        def chosen(value: str | None) -> None:
            if value is not None:
                use(value)
            elif preview is not None and current is not None:
                preview(current)

        self.app.push_screen(Picker(title, choices, current=current, preview=preview), chosen)

    def action_list_refresh(self) -> None:
        if self.focused is self.tree and (node := self.tree.node) and node.path.level < Level.ENTITY:
            self._counted.discard(node.path)
            self.run_worker(self._load_branch(node.path), group=f"branch {node.path}", exclusive=True)
            return
        place = self.history.place
        self._counted.discard(place.path)
        self._work("list", self._load_list(place.path, refresh=True))
        if place.entity is not None:
            self._work("entity", self._load_entity(place.entity, refresh=True))

    def action_app_help(self) -> None:
        self.app.push_screen(Help(self._scope(), self.app.keymap_now))


def explain(error: Exception) -> str:
    """An error for a pane: what happened, to what, and what to try."""
    hint = getattr(error, "hint", "")
    text = visible(str(error))
    return f"{text}\n{visible(hint)}" if hint else text
