"""Operations from the explorer: from what is under the cursor to a plan, and from the plan to its task."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cloudmc_tui.api.errors import CloudMCError, NotFound, OutcomeUnknown, Rejected
from cloudmc_tui.formats.text import plural, uncapitalized, visible
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.language import N_, _
from cloudmc_tui.operations.bulk import BulkRun, Outcome, State
from cloudmc_tui.path import Level, Path
from cloudmc_tui.profiles import Mode
from cloudmc_tui.tasks import LedgerError, Status
from cloudmc_tui.tui import layout
from cloudmc_tui.tui.panes.operations import Subject
from cloudmc_tui.tui.screens.plan import PlanScreen
from cloudmc_tui.tui.work import begin

if TYPE_CHECKING:
    from cloudmc_tui.execution import Submission
    from cloudmc_tui.operations import Plan, Target
    from cloudmc_tui.session import Session
    from cloudmc_tui.tui.screens.explorer import Explorer


class Operator:
    """Does operations on behalf of the explorer."""

    def __init__(self, explorer: Explorer, session: Session) -> None:
        """Make one.

        Args:
            explorer: whose panes tell what is meant, and show what comes of it.
            session: what is written to.
        """
        self._explorer = explorer
        self._session = session
        self.bulk: BulkRun | None = None

    # What is meant

    def subject(self, *, collection: bool = False) -> Subject | None:
        """What an operation would be run on now: what is marked, else what the cursor is on.

        Args:
            collection: the entity type itself is meant, as for creating one.
        """
        explorer = self._explorer
        path = self._pointed()
        if path is None or path.entity_type is None:
            return None
        kind = self._session.inventory.entity_type(path)
        if kind is None:
            return None
        listing_path = path.up_to(Level.ENTITY_TYPE)
        if collection or path.level is Level.ENTITY_TYPE:
            return Subject(kind, listing_path, (), kind.label)
        marked = explorer.list_pane.marked() if explorer.history.place.path == listing_path else []
        if marked and explorer.focused_pane != layout.ENTITY:
            hidden = frozenset(p for p, _entity in marked) - explorer.list_pane.shown_paths()
            title = (
                title_of(marked[0][1], kind)
                if len(marked) == 1
                else plural(len(marked), kind.singular, uncapitalized(kind.label))
            )
            return Subject(
                kind, marked[0][0] if len(marked) == 1 else listing_path, tuple(marked), title, hidden
            )
        details = self._session.inventory.peek_details(path)
        if details is None:
            return None
        return Subject(kind, path, ((path, details.entity),), title_of(details.entity, kind))

    def _pointed(self) -> Path | None:
        """The path that the focused pane points at."""
        explorer = self._explorer
        if explorer.focused_pane == layout.TREE:
            node = explorer.tree_pane.node
            return node.path if node is not None else None
        if explorer.focused_pane in (layout.ENTITY, layout.PANEL) and explorer.history.place.entity:
            return explorer.history.place.entity
        return explorer.list_pane.path or explorer.history.place.path

    async def open(self, name: str = "", *, collection: bool = False) -> None:
        """Open the panel for what is meant.

        Args:
            name: go on to this operation at once.
            collection: the entity type itself is meant.
        """
        explorer = self._explorer
        subject = self.subject(collection=collection)
        if subject is None:
            explorer.app.say(_("Operations are for entity types and entities that the catalog knows."))
            return
        if name and name not in subject.entity_type.operations:
            explorer.app.say(
                _(_IMPOSSIBLE.get(name, _IMPOSSIBLE[""]), label=subject.entity_type.label, name=name)
            )
            return
        await explorer.open_panel(subject, name)
        if len(subject.targets) == 1:
            path = subject.targets[0][0]
            begin(explorer, "subject", partial(self._reread, path))

    async def _reread(self, path: Path) -> None:
        """Read the target anew, so that what is offered fits its present state."""
        try:
            details = await self._session.inventory.refresh_details(path)
        except (CloudMCError, LookupError):
            return  # what was known is offered; sending will say what is wrong
        panel = self._explorer.panel
        if panel.subject is not None and panel.subject.path == path and not panel.shows_form:
            panel.refresh_subject(details.entity)

    # From the plan to its task

    def review(self, plan: Plan) -> None:
        """Show a plan, and send it if the person says so."""
        session = self._session
        locked = session.guard.mode is Mode.PROTECTED and bool(session.guard.why_not())

        def unlock() -> None:
            self._explorer.action_do_unlock()
            self._explorer.app.call_later(self.review, plan)

        screen = PlanScreen(
            plan,
            self.send,
            endpoint=session.client.endpoint,
            organization_id=session.profile.organization_id,
            profile=session.profile,
            blocked=session.guard.why_not(),
            unlock=unlock if locked and plan.possible else None,
        )

        def closed(sent: bool | None) -> None:
            if sent:
                self._explorer.panel.done(plan)
                self._explorer.close_panel()

        self._explorer.app.push_screen(screen, closed)

    async def send(self, plan: Plan, stop_on_failure: bool, reason: str = "") -> str:
        """Send a plan.

        Args:
            plan: with one target or several.
            stop_on_failure: of several, send no more once one has failed.
            reason: why, for the audit log.

        Returns:
            what went wrong, or an empty text; a bulk run tells that for each target on its own screen.
        """
        if len(plan.targets) > 1:
            self._run(plan, stop_on_failure, reason)
            return ""
        target = plan.possible[0]
        try:
            submission = await self._session.execution.submit(plan, target, reason)
        except CloudMCError as error:
            self._explorer.submitted(None)
            if isinstance(error, (NotFound, Rejected)):  # it may not be as it was when it was read
                self._explorer.stale([target.path.up_to(Level.ENTITY_TYPE)])
            hint = f" {error.hint}" if error.hint else ""
            return visible(f"{error}{hint}")
        except LedgerError as error:
            return visible(_("Not sent, as it could not be written down: {error}", error=error))
        self._explorer.submitted(submission)
        await self._explorer.tasks_shown()  # what the plan covers is painted once, as it is now
        return ""

    def _run(self, plan: Plan, stop_on_failure: bool, reason: str) -> None:
        from cloudmc_tui.tui.screens.bulk import BulkScreen

        execute = partial(self._execute, reason=reason)
        run = BulkRun(plan, execute, stop_on_failure=stop_on_failure)
        self.bulk = run
        self._explorer.app.call_later(self._explorer.app.push_screen, BulkScreen(run, self))
        self._explorer.run_worker(run.run(), group=f"bulk {id(run)}")

    def again(self, run: BulkRun) -> None:
        """Run what failed once more; its plan is shown first."""
        plan = run.again()
        if plan is not None:
            self.review(plan)

    async def _execute(self, plan: Plan, target: Target, *, reason: str) -> Outcome:
        """Send for one target of several, and follow its task to the end."""
        try:
            submission = await self._session.execution.submit(plan, target, reason)
        except CloudMCError as error:
            state = State.UNKNOWN if isinstance(error, OutcomeUnknown) else State.FAILED
            self._explorer.submitted(None)
            return Outcome(target, state, visible(_briefly(error)))
        except LedgerError as error:
            return Outcome(target, State.FAILED, visible(_("not sent: {error}", error=error)))
        self._explorer.submitted(submission)
        ended = await self._session.execution.wait(submission)
        return outcome_of(target, ended)


def _briefly(error: CloudMCError) -> str:
    """What an error says, without what was asked: the target stands beside it."""
    said = "; ".join(str(item) for item in error.errors) or error.message
    return f"{said} {error.hint}" if error.hint and not error.errors else said


def outcome_of(target: Target, submission: Submission) -> Outcome:
    """What came of a target, by how its task ended."""
    record = submission.record
    states = {Status.SUCCESS: State.DONE, Status.FAILED: State.FAILED}
    state = states.get(record.status, State.UNKNOWN)
    return Outcome(target, state, visible(_(record.error)), record.task_id)


_IMPOSSIBLE = {
    "create": N_("{label} cannot be created."),
    "update": N_("{label} cannot be updated."),
    "delete": N_("{label} cannot be deleted."),
    "": N_("{label} cannot be {name}."),
}
