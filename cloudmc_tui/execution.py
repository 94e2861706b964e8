"""From a plan to the end of its task: the write guard, the ledger, the watcher, and what becomes stale."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import msgspec
from msgspec import field
from msgspec.structs import replace

from cloudmc_tui.again import Changes
from cloudmc_tui.api import Client, CloudMCError, NotFound, OutcomeUnknown, Rejected, Reply
from cloudmc_tui.audit import AuditLog
from cloudmc_tui.formats.reticent import Reticent
from cloudmc_tui.formats.scrub import remember
from cloudmc_tui.formats.text import visible
from cloudmc_tui.formats.values import member, plain
from cloudmc_tui.inventory import Inventory, UnknownPath
from cloudmc_tui.language import N_, _, english
from cloudmc_tui.operations.secrets import hide, hide_in, hide_inside, secrets_of
from cloudmc_tui.path import Level, Path
from cloudmc_tui.tasks import (
    AsyncLedger,
    Event,
    LedgerError,
    RateLimiter,
    Redacted,
    Status,
    TaskEnded,
    TaskRecord,
    Watcher,
)
from cloudmc_tui.tasks.redact import redact

if TYPE_CHECKING:
    from cloudmc_tui.catalog import EntityType, Operation
    from cloudmc_tui.operations import Plan, Target, WriteGuard
    from cloudmc_tui.profiles import Profile

FAREWELL = 1.0
"""Seconds that the end of a session waits for the answers to what it has just sent."""

AGAIN = 2.0
"""Seconds until a task's id that could not be written down is tried again."""

NO_TASK = N_("the server took it, and named no task to follow")

T = TypeVar("T")


class Submission(Reticent, frozen=True):
    """A mutation that went out.

    Attributes:
        record: its task, as the ledger has it.
        secrets: name → value of the secrets in its result, where that was heard here; they are in
            memory only.
        result: what came of it, as the server said it, secrets and all; none where it did not, or said
            it to another session.
        reply: the mutation's own answer, as sent.
        note: why the ledger does not have all of this, or empty.
    """

    UNSAID: ClassVar = frozenset({"secrets", "result", "reply"})

    record: TaskRecord
    secrets: Mapping[str, str] = field(default_factory=dict)
    result: Any = None
    reply: Any = None
    note: str = ""


class Execution:
    """Sends plans and follows their tasks, for one session."""

    def __init__(
        self,
        profile: Profile,
        client: Client,
        inventory: Inventory,
        guard: WriteGuard,
        ledger: AsyncLedger,
        *,
        audit: AuditLog | None = None,
        limiter: RateLimiter | None = None,
    ) -> None:
        """Make one; :meth:`start` it, :meth:`aclose` it.

        Args:
            profile: whose tasks these are.
            client: what is sent through.
            inventory: what becomes stale.
            guard: what lets mutations out.
            ledger: where tasks are written down.
            audit: where changes are noted for good.
            limiter: so many polls in a second, shared by the sessions of a program.
        """
        self._profile = profile
        self._client = client
        self._inventory = inventory
        self._guard = guard
        self._ledger = ledger
        self.changes = Changes(profile, client.endpoint)
        self.audit = audit or AuditLog(None)
        self._sending: set[asyncio.Task[Submission]] = set()
        self._owed: set[asyncio.Task[None]] = set()
        self.watcher = Watcher(
            ledger,
            self._fetch,
            self._redacted,
            profile=profile.name,
            endpoint=client.endpoint,
            reread=self._reread,
            limiter=limiter,
        )
        self.watcher.subscribe(self._hear)

    async def start(self) -> None:
        """Take up what earlier sessions left pending.

        Raises:
            LedgerError: when the ledger cannot be read or written.
        """
        await self.watcher.start()

    async def aclose(self) -> None:
        """Leave what is pending to others. What was just sent may still be answered, for a moment; what
        is not has an unknown outcome."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=FAREWELL)
        left = (*self._sending, *self._owed)
        for work in left:
            work.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self.watcher.aclose()
        await self.audit.aclose()

    async def _fetch(self, task_id: str) -> Any:
        """One poll is one request: it is the watcher that tries again."""
        return await self._client.task(task_id, background=True, retries=0)

    # Sending

    async def submit(self, plan: Plan, target: Target, reason: str = "") -> Submission:
        """Send a plan for one target. The ledger has it before it leaves, and again before this returns.

        Args:
            plan: what.
            target: for which of its targets.
            reason: why, for the audit log, where the person says.

        Raises:
            WriteRefused: the guard did not let it out; nothing is written down.
            OutcomeUnknown: it may have been done; the target has been read again.
            CloudMCError: it was not done.
            LedgerError: it could not be written down, so it was not sent.
        """
        self._guard.check(plan, target)
        remember(plan.secrets)
        record = self._record(plan, target)
        record = replace(record, key=await self._ledger.begin(record, owner=self.watcher.owner))
        # Once it has left, its outcome is written down whatever becomes of whoever asked.
        sending = asyncio.ensure_future(self._send(record, plan, target, reason))
        self._sending.add(sending)
        sending.add_done_callback(self._sent)
        try:
            submission = await asyncio.shield(sending)
        except CloudMCError:
            await self._written(self._ledger.mark_seen([record.key]))  # whoever asked is told now
            raise
        if submission.record.done:
            await self._written(self._ledger.mark_seen([record.key]))
        return submission

    def _sent(self, sending: asyncio.Task[Submission]) -> None:
        self._sending.discard(sending)
        if not sending.cancelled():
            sending.exception()  # it is told to whoever asked, if they are still there

    async def _send(self, record: TaskRecord, plan: Plan, target: Target, reason: str) -> Submission:
        await self.audit.write("sent", record, reason)
        try:
            try:
                reply = await self._guard.send(self._client, plan, target)
            except CloudMCError as error:
                hide_in(error, plan.secrets)  # a server may repeat what it was sent
                raise
            if reply.task_status.upper() == Status.PENDING.value and not reply.task_id:
                raise OutcomeUnknown(
                    _(NO_TASK), method=record.method, path=record.url, endpoint=record.endpoint
                )
        except OutcomeUnknown as error:
            self.changes.note(plan, target, known=False)
            await self._written(self._ledger.unknown(record.key, str(error)))
            await self._ended(record, Status.UNKNOWN, str(error))
            self._stale(plan.operation, target.path)
            said = await self._reread(record)
            if said:
                error.hint = _("{said}. Look at it before you do it again.", said=said)
                await self._written(self._ledger.explain(record.key, f"{error}; {said}"))
            raise
        except CloudMCError as error:
            await self._written(
                self._ledger.finish(record.key, Status.FAILED, error=str(error), code=error.code)
            )
            await self._ended(record, Status.FAILED, str(error))
            if isinstance(error, (NotFound, Rejected)):  # it may not be as it was when it was read
                self._inventory.mark_stale(target.path.up_to(Level.ENTITY_TYPE))
            raise
        self.changes.note(plan, target)
        return await self._replied(record, plan, target, reply)

    async def _replied(self, begun: TaskRecord, plan: Plan, target: Target, reply: Reply) -> Submission:
        """Write down what the server said; what it did is done, whether that can be written or not."""
        note = ""
        if reply.pending and reply.task_id:
            await self.audit.write("accepted", replace(begun, task_id=reply.task_id))
            record, note = await self._written(self._ledger.submitted(begun.key, reply.task_id))
            if record is not None:
                self.watcher.add(record)
                return Submission(record, reply=reply.raw)
            owed = asyncio.ensure_future(self._submitted_later(begun.key, reply.task_id))
            self._owed.add(owed)
            owed.add_done_callback(self._owed.discard)
            record = replace(begun, task_id=reply.task_id, status=Status.PENDING, owner=self.watcher.owner)
            return Submission(
                record,
                reply=reply.raw,
                note=_("task {task_id}: {note}", task_id=visible(reply.task_id), note=note),
            )
        status = Status.FAILED if reply.failed else Status.SUCCESS
        if reply.task_id:
            _unchanged, note = await self._written(self._ledger.submitted(begun.key, reply.task_id))
        error = hide("; ".join(str(item) for item in reply.errors), plan.secrets)
        if reply.failed and not error:
            error = _("the server says {task_status}, and no more", task_status=reply.task_status)
        data = hide_inside(reply.data, [*plan.secrets, *self._key()])
        result = redact(data, plan.operation.result_secrets, plan.entity_type)
        finished = self._ledger.finish(begun.key, status, error=error, code=_code(reply), result=result)
        record, trouble = await self._written(finished)
        if record is None:
            now = self._ledger.now()
            record = replace(
                begun, task_id=reply.task_id or None, status=status, error=error, finished_at=now
            )
        await self.audit.write("ended", record)
        self._stale(plan.operation, target.path)
        secrets = secrets_of(reply.data, plan.operation) if status is Status.SUCCESS else {}
        remember(secrets.values())
        return Submission(record, secrets, reply.data, reply.raw, note or trouble)

    async def _ended(self, record: TaskRecord, status: Status, error: str) -> None:
        """Note the end of what never became a task."""
        await self.audit.write("ended", replace(record, status=status, error=error))

    async def _submitted_later(self, key: int, task_id: str) -> None:
        """Write down a task's id as soon as that can be done; only then can it be followed."""
        while True:
            await asyncio.sleep(AGAIN)
            record, _note = await self._written(self._ledger.submitted(key, task_id))
            if record is not None:
                self.watcher.add(record)
                return

    async def _written(self, writing: Awaitable[T]) -> tuple[T | None, str]:
        """Write to the ledger what has happened already.

        Returns:
            what the ledger gave, or none with the reason.
        """
        try:
            return await writing, ""
        except LedgerError as error:
            return None, _("not written down: {error}", error=error)

    def _record(self, plan: Plan, target: Target) -> TaskRecord:
        request = plan.request(target)
        operation = plan.operation
        body = plan.shown_body()
        return TaskRecord(
            profile=self._profile.name,
            endpoint=self._client.endpoint,
            organization_id=self._profile.organization_id,
            path=target.path,
            title=target.title,
            entity_type=target.path.entity_type or "",
            operation=plan.name,
            label=english(operation.label),
            danger=plan.danger,
            method=request.method,
            url=request.url(self._profile.organization_id),
            body=None if body is None else msgspec.json.encode(body).decode(),
            pending_word=english(operation.pending),
            to_state=operation.to_state,
            stale=tuple(operation.stale),
        )

    # Following

    async def wait(self, submission: Submission, timeout: float | None = None) -> Submission:
        """Wait for a submission's task to end.

        Args:
            submission: what was sent.
            timeout: seconds to wait at most.

        Returns:
            the same with its record as it is in the end (or at the time limit), and its secrets.
        """
        if submission.record.done:
            return submission
        heard: list[TaskEnded] = []

        def hear(event: Event) -> None:
            if isinstance(event, TaskEnded) and event.record.key == submission.record.key:
                heard.append(event)

        end = self.watcher.subscribe(hear)
        try:
            records = await self.watcher.wait([submission.record.key], timeout)
        finally:
            end()
        record = records[0] if records else submission.record
        return self.ended(record, heard[0] if heard else None, submission)

    def ended(
        self, record: TaskRecord, event: TaskEnded | None = None, submission: Submission | None = None
    ) -> Submission:
        """A task as it is in the end.

        Args:
            record: from the ledger.
            event: what was heard of its end, if anything was.
            submission: as it was sent, if that was here.
        """
        begun = submission or Submission(record)
        if event is None:
            return replace(begun, record=record)
        result = event.task.result if event.task is not None else None
        return replace(begun, record=record, secrets=self.secrets_in(event), result=result)

    def pending(self) -> dict[Path, TaskRecord]:
        """What is under way, by the path of what it works on."""
        return {record.path: record for record in self.watcher.pending}

    def secrets_in(self, event: TaskEnded) -> dict[str, str]:
        """The secrets in a task's result, to be shown once; they are in memory only."""
        if event.task is None or event.record.status is not Status.SUCCESS:
            return {}
        result, operations = event.task.result, [o for _, o in self._operations(event.record)]
        secrets = {name: value for o in operations for name, value in secrets_of(result, o).items()}
        remember(secrets.values())
        return secrets

    def stale_paths(self, record: TaskRecord) -> list[Path]:
        """The listings that a task makes stale."""
        below = record.path.up_to(Level.ENVIRONMENT)
        return [below.child(name) for name in dict.fromkeys((*record.stale, record.entity_type)) if name]

    def _operations(self, record: TaskRecord) -> list[tuple[EntityType, Operation]]:
        """What a task does, by the catalog: one operation; several may be meant as long as the service's
        type is not known, as when the services could not be read yet."""
        known = self._inventory.entity_type(record.path)
        services = self._inventory.catalog.services.values()
        kinds = [known] if known else [s.types.get(record.entity_type) for s in services]
        return [(k, o) for k in kinds if k and (o := k.operations.get(record.operation)) is not None]

    def _hear(self, event: Event) -> None:
        """Before anyone else hears of a task's end, what it changed is known to be stale."""
        if isinstance(event, TaskEnded):
            for path in self.stale_paths(event.record):
                self._inventory.mark_stale(path)
            if event.task is not None or event.record.status is Status.UNKNOWN:  # heard by this session
                self.audit.write_soon("ended", event.record)

    def _stale(self, operation: Operation, target: Path) -> None:
        below = target.up_to(Level.ENVIRONMENT)
        for name in (*operation.stale, target.entity_type):
            if name:
                self._inventory.mark_stale(below.child(name))

    def _redacted(self, record: TaskRecord, result: Any) -> Redacted:
        known = self._operations(record)
        secrets = [name for _, operation in known for name in operation.result_secrets]
        return redact(hide_inside(result, self._key()), secrets, known[0][0] if known else None)

    def _key(self) -> list[str]:
        """The API key, to be kept out of what a server repeats."""
        return [self._client.settings.key.reveal()]

    async def _reread(self, record: TaskRecord) -> str | None:
        """What a task's target is now, when nobody can tell any more how the task ended."""
        if record.path.level is not Level.ENTITY:
            return None
        self._inventory.mark_stale(record.path)
        try:
            details = await self._inventory.refresh_details(record.path)
            if details.error is not None:  # what was known before says nothing about now
                raise details.error
        except (UnknownPath, NotFound):
            return _("{title} is not there (any more)", title=visible(record.title))
        except CloudMCError as error:
            return _("{title} could not be read: {error}", title=visible(record.title), error=error)
        state = member(details.entity, details.entity_type.state) if details.entity_type.state else None
        return (
            _("{title} is {state} now", title=visible(record.title), state=plain(state))
            if state
            else _("{title} is there", title=visible(record.title))
        )

    # The ledger

    async def records(self, limit: int = 200) -> list[TaskRecord]:
        """The tasks of this profile's endpoint, newest first."""
        records = await self._ledger.recent(limit=limit, profile=self._profile.name)
        return [r for r in records if r.endpoint == self._client.endpoint]

    async def mark_seen(self, records: Iterable[TaskRecord]) -> None:
        """A person has been shown how these ended."""
        await self._ledger.mark_seen([r.key for r in records])

    async def forget(self, keys: Iterable[int] | None) -> int:
        """Forget finished tasks: these, or all.

        Returns:
            how many were forgotten.
        """
        return await self._ledger.forget(keys)

    def subscribe(self, listener: Callable[[Event], object]) -> Callable[[], None]:
        """Hear of every event of the tasks, until the returned function is called."""
        return self.watcher.subscribe(listener)


def _code(reply: Reply) -> str:
    return (reply.errors[0].code or "") if reply.errors else ""
