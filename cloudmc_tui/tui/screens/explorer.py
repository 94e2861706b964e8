"""The explorer: browsing, operating and following tasks on one connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on

from cloudmc_tui.formats.dates import age
from cloudmc_tui.language import _
from cloudmc_tui.path import ROOT, Level, Path
from cloudmc_tui.profiles import Mode
from cloudmc_tui.tui import layout, reader
from cloudmc_tui.tui.panes.prompt import Kind
from cloudmc_tui.tui.panes.tasks import TasksPane
from cloudmc_tui.tui.reader import Reader
from cloudmc_tui.tui.screens.browser import Browser

if TYPE_CHECKING:
    from cloudmc_tui.execution import Submission
    from cloudmc_tui.session import Session
    from cloudmc_tui.tui.follower import Follower
    from cloudmc_tui.tui.memory import Memory
    from cloudmc_tui.tui.operator import Operator
    from cloudmc_tui.tui.panes.operations import Subject
    from cloudmc_tui.tui.panes.panel import Panel


TASKS_WAIT = 3.0
"""Seconds that the tasks wait at most for the first list, which comes before them."""


class Explorer(Browser):
    """The main screen."""

    def __init__(self, start: Path, memory: Memory) -> None:
        super().__init__(memory, layout.TREE if start.level < Level.ENTITY_TYPE else layout.LIST)
        self._start = start
        self._operator: Operator | None = None
        self._follower: Follower | None = None

    # Connecting

    def connected(self, session: Session) -> None:
        """The session is open: show what it has."""
        from cloudmc_tui.tui.follower import Follower

        self.session = session
        self._reader = Reader(self, session)
        self._follower = Follower(self, session)
        self.tree_pane.attach(session.inventory)
        self.prompt_pane.inventory = session.inventory
        self.refresh_bars()
        self._reader.start(self._start)
        self.set_timer(TASKS_WAIT, self._follower.start)

    def arrived(self) -> None:
        if self._follower is not None and not self._follower.is_started:
            self.call_after_refresh(self._follower.start)

    def failed(self, message: str) -> None:
        """The session could not be opened."""
        self.is_lost = True
        self.tree_pane.fail(ROOT, message)
        self.list_pane.say(message, "line--error")
        self.offer_again()
        self.refresh_bars()

    def connecting(self) -> None:
        """A session is being opened."""
        self.is_lost = False
        self.refresh_bars()

    @on(reader.Started)
    def _started(self) -> None:
        assert self.session is not None
        self.app.connections.warn()  # of the server's clock, now that there was a reply
        services = self.session.inventory.peek(ROOT)
        for service in services.entities if services else ():
            path = services.child_path(service) if services else None
            if path is not None:
                self.tree_pane.unfold(path)
        self.tree_pane.rebuild()
        if self._start.level is Level.ENTITY and self._reader is not None:
            self._reader.resolve(str(self._start))  # its last part may be a name
        else:
            self.open(self._start)

    # Operations and tasks

    async def _operate(self, name: str = "", *, collection: bool = False) -> None:
        if self.session is None:
            return
        if self._operator is None:
            from cloudmc_tui.tui.operator import Operator

            self._operator = Operator(self, self.session)
        await self._operator.open(name, collection=collection)

    async def action_do_operations(self) -> None:
        await self._operate()

    async def action_do_new(self) -> None:
        await self._operate("create", collection=True)

    async def action_do_update(self) -> None:
        await self._operate("update")

    async def action_do_delete(self) -> None:
        await self._operate("delete")

    def action_do_unlock(self) -> None:
        """Unlock writes on a protected profile for a while; or lock them again."""
        if self.session is None:
            self.app.say(_("connecting…"))
            return
        if self.session.profile.mode is not Mode.PROTECTED:
            self.app.say(_("There is nothing to unlock: this profile is not protected."))
            return
        from cloudmc_tui.operations.guard import UNLOCK_SECONDS

        guard = self.session.guard
        if guard.unlocked_for:
            guard.lock()
            self.app.say(_("Writes are locked again."))
        else:
            guard.unlock()
            self.app.say(_("Writes are unlocked for {age}.", age=age(UNLOCK_SECONDS)))
        self._count_down()

    def _count_down(self) -> None:
        """Show the time left, once a second while there is any."""
        self.refresh_bars()
        if self.session is not None and self.session.guard.unlocked_for:
            self.set_timer(1.0, self._count_down)

    async def open_panel(self, subject: Subject, name: str) -> None:
        """Show the operations of a subject, or go on to one of them."""
        panel = await self.make_panel()
        panel.session = self.session
        self._panel_open = True
        self._lay_out()
        panel.open(subject, name)
        self.focus_pane(layout.PANEL)

    def close_panel(self) -> None:
        """Close the operation panel."""
        self._panel_open = False
        self.focus_pane(layout.ENTITY if self.history.place.entity is not None else layout.LIST)

    def on_panel_closed(self) -> None:
        self.close_panel()

    def on_panel_planned(self, event: Panel.Planned) -> None:
        if self._operator is not None:
            self._operator.review(event.plan)

    def submitted(self, submission: Submission | None) -> None:
        """A mutation went out; none: it failed, which was told."""
        if self._follower is not None:
            self._follower.submitted(submission)

    async def tasks_shown(self) -> None:
        """Wait until the tasks on screen are those that there are."""
        if self._follower is not None:
            await self._follower.shown()

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
    async def _filter_tasks(self) -> None:
        await self.prompt_pane.ask(Kind.TASKS, self.tasks_pane.filter)

    def tasks_changed(self) -> None:
        """There are other tasks, or they have come further."""
        self._show_pending()
        self._lay_out()
        self.refresh_bars()

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
