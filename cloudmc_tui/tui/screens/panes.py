"""The main screen's panes and bars: layout and focus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, messages
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Region
from textual.screen import Screen
from textual.widgets import Static

from cloudmc_tui.language import _
from cloudmc_tui.tui import bars, layout
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.colors import accent_style
from cloudmc_tui.tui.history import History
from cloudmc_tui.tui.looks import Colors
from cloudmc_tui.tui.panes.entity import EntityPane
from cloudmc_tui.tui.panes.list import ListPane
from cloudmc_tui.tui.panes.prompt import Prompt
from cloudmc_tui.tui.panes.tasks import TasksPane
from cloudmc_tui.tui.panes.tree import TreePane
from cloudmc_tui.tui.widgets.bar import Bar
from cloudmc_tui.tui.widgets.box import Clipped, Columns, Rows
from cloudmc_tui.tui.work import is_left

if TYPE_CHECKING:
    from typing_extensions import Self

    from cloudmc_tui.session import Session
    from cloudmc_tui.tui.app import ExplorerApp
    from cloudmc_tui.tui.panes.panel import Panel

_SCOPES = {
    layout.TREE: Scope.TREE,
    layout.LIST: Scope.LIST,
    layout.ENTITY: Scope.ENTITY,
    layout.PANEL: Scope.OPERATIONS,
    layout.TASKS: Scope.TASKS,
}

_PANES = ", ".join(f"#{name}" for name in _SCOPES)


class Panes(Screen[None], Clipped):
    """The panes and bars of the main screen: which are shown, which has the focus, what the bars say.

    Attributes:
        session: the open connection, or none while there is none.
        is_lost: there is no connection, and none is being made.
        history: where the person is, and the way back.
    """

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Scope.PANES, Scope.GO, Scope.LIST, Scope.ENTITY, Scope.DO
    )
    AUTO_FOCUS = "#tree.-active, #list.-active"

    def __init__(self, focused: str = layout.TREE) -> None:
        """Make the screen.

        Args:
            focused: the pane that has the focus at first: the tree or the list.
        """
        super().__init__()
        self._focused = focused
        self._zoomed = False
        self._panel_open = False
        self._is_new = True
        self._began = 0.0
        self._is_made = False
        self.history = History()
        self.session: Session | None = None
        self.is_lost = False

    def compose(self) -> ComposeResult:
        yield Bar(id="status")
        yield Bar(id="crumbs")
        with Columns(id="body"):
            yield TreePane(id=layout.TREE, classes=self._active(layout.TREE))
            with Rows(id="content"):
                yield ListPane(clock=self.app.clock, id=layout.LIST, classes=self._active(layout.LIST))
                yield EntityPane(clock=self.app.clock, id=layout.ENTITY)
        yield TasksPane(clock=self.app.clock, id=layout.TASKS)
        yield Prompt(id="prompt")
        yield Bar(id="footer")
        yield Static("", id="too-small", markup=False)

    def _active(self, name: str) -> str:
        return "-active" if name == self._focused else ""

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
        """The operation panel, which is there once it was opened."""
        return cast("Panel", self.query_one(f"#{layout.PANEL}"))

    async def make_panel(self) -> Panel:
        """The operation panel; the first time it is made, as most starts do without it."""
        if not self.query(f"#{layout.PANEL}"):
            from cloudmc_tui.tui.panes.panel import Panel

            panel = Panel(id=layout.PANEL)
            panel.display = False  # until all has its place: what is painted twice is sent twice
            await self.query_one("#content").mount(panel)
        return self.panel

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
        if self.prompt_pane.display:
            return Scope.PROMPT
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
        self._is_made = True
        color, colors = self.app.profile.color, self.app.appearance.look.colors
        if color and colors is not Colors.NONE:
            self.query_one("#status", Bar).accent = accent_style(color, sixteen=colors is Colors.SIXTEEN)
        self.list_pane.say(_("connecting…"))
        self._lay_out()
        self.refresh_bars()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Come up; at first everything has its styles from when it was made, a moment ago."""
        event.refresh_styles = not self._is_new
        if self._is_new:
            self._began = time.monotonic()
            self.call_next(self._came_up)  # Textual lays out and paints when this event is through

    def _came_up(self) -> None:
        self._is_new = False
        self.app.came_up()

    # As it comes up all is laid out and painted: not again for what asked for that before.

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        if self._is_new:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def on_layout(self, message: messages.Layout) -> None:
        if message.time < self._began:
            message.stop()
            message.prevent_default()

    def on_resize(self, event: events.Resize) -> None:
        if event.size == self.outer_size:  # so it is laid out: Textual tells the size again as it starts
            event.prevent_default()
        self._lay_out()

    def _lay_out(self) -> None:
        """Show the panes that there is room for."""
        columns, lines = self.app.size
        fits = layout.fits(columns, lines)
        self.set_class(not fits, "-too-small")
        if not fits:
            needs = "{} × {}".format(*layout.SMALLEST)
            self.query_one("#too-small", Static).update(
                _(
                    "The explorer needs {needs} cells; here are {columns} × {lines}.",
                    needs=needs,
                    columns=columns,
                    lines=lines,
                )
            )
            return
        tasks = len(self.tasks_pane.records)
        panes = layout.visible_panes(
            columns, lines, self._focused, below=self._below, zoomed=self._zoomed, tasks=bool(tasks)
        )
        for pane in self.query(_PANES):
            pane.display = pane.id in panes
            # No :focus in the styles: a terminal that loses the focus need not paint a pane's rule again.
            pane.set_class(pane.id == self._focused, "-active")
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

    def offer_again(self) -> None:
        """Nothing could be read: give the tree the focus, where Enter tries again."""
        if self._focused == layout.LIST and self.is_current:
            self.focus_pane(layout.TREE)

    @property
    def is_ending(self) -> bool:
        """Whether the program is ending, or this was left: the panes may be gone already."""
        return not self.app.is_running or is_left(self)

    @property
    def refresh_interval(self) -> int:
        """Seconds between two automatic refreshes; 0: off."""
        return 0

    def refresh_bars(self) -> None:
        """Say anew what is always on screen; what has not changed is not painted again."""
        if self.is_ending or not self._is_made:  # then all is said when it is
            return
        shown = self.entity_pane.details if self._focused == layout.ENTITY else self.list_pane.listing
        self.query_one("#status", Bar).say(
            *bars.status(
                self.app.profile,
                self.session,
                self.tasks_pane.pending,
                self.refresh_interval,
                len(self.app.problems),
                lost=self.is_lost,
            )
        )
        self.query_one("#crumbs", Bar).say(
            *bars.crumbs(self.history.place, self.session, shown, self.app.clock())
        )
        self.query_one("#footer", Bar).say(*bars.footer(self.scope, self.app.keymap_now, self.app.message))

    # Going from pane to pane

    def action_pane_tree(self) -> None:
        self.focus_pane(layout.TREE)

    def action_pane_list(self) -> None:
        self.focus_pane(layout.LIST)

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

    def action_pane_tasks(self) -> None:
        self.focus_pane(layout.TASKS)

    def action_pane_tasks_full(self) -> None:
        """The tasks over the whole screen, and back."""
        full = self._zoomed and self._focused == layout.TASKS
        self._zoomed = not full
        self.focus_pane(layout.LIST if full else layout.TASKS)
