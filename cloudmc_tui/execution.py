"""From a plan to the end of its task: the write guard, the ledger, the watcher, and what becomes stale."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cloudmc_tui.api import Client, CloudMCError, OutcomeUnknown, Reply
from cloudmc_tui.catalog import Operation
from cloudmc_tui.formats.text import visible
from cloudmc_tui.formats.values import member, plain
from cloudmc_tui.inventory import Inventory, UnknownPath
from cloudmc_tui.operations import Plan, Target, WriteGuard
from cloudmc_tui.path import Level, Path
from cloudmc_tui.profiles import Profile
from cloudmc_tui.tasks import (
    AsyncLedger,
    Event,
    RateLimiter,
    Redacted,
    Status,
    TaskEnded,
    TaskRecord,
    Watcher,
    redact,
)


@dataclass(frozen=True)
class Submission:
    """A mutation that went out.

    Attributes:
        record: its task, as the ledger has it.
        secrets: name → value of the secrets in its result, where it was done at once; they are in
            memory only.
    """

    record: TaskRecord
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


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
        limiter: RateLimiter | None = None,
    ) -> None:
        """Make one; :meth:`start` it, :meth:`aclose` it.

        Args:
            profile: whose tasks these are.
            client: what is sent through.
            inventory: what becomes stale.
            guard: what lets mutations out.
            ledger: where tasks are written down.
            limiter: so many polls in a second, shared by the sessions of a program.
        """
        self._profile = profile
        self._client = client
        self._inventory = inventory
        self._guard = guard
        self._ledger = ledger
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
        """Leave what is pending to others."""
        await self.watcher.aclose()

    async def _fetch(self, task_id: str) -> Any:
        """One poll is one request: it is the watcher that tries again."""
        return await self._client.task(task_id, background=True, retries=0)

    # Sending

    async def submit(self, plan: Plan, target: Target) -> Submission:
        """Send a plan for one target. The ledger has it before it leaves, and again before this returns.

        Raises:
            WriteRefused: the guard did not let it out; nothing is written down.
            OutcomeUnknown: it may have been done; the target has been read again.
            CloudMCError: it was not done.
            LedgerError: it could not be written down, so it was not sent.
        """
        self._guard.check(plan, target)
        key = await self._ledger.begin(self._record(plan, target), owner=self.watcher.owner)
        # Once it has left, its outcome is written down whatever becomes of whoever asked.
        return await asyncio.shield(self._send(key, plan, target))

    async def _send(self, key: int, plan: Plan, target: Target) -> Submission:
        try:
            reply = await self._guard.send(self._client, plan, target)
        except OutcomeUnknown as error:
            record = await self._ledger.unknown(key, str(error))
            self._stale(plan.operation, target.path)
            said = await self._reread(record)
            if said:
                error.hint = f"{said}. Look at it before you do it again."
                await self._ledger.explain(key, f"{error}; {said}")
            raise
        except CloudMCError as error:
            await self._ledger.finish(key, Status.FAILED, error=str(error), code=error.code)
            raise
        return await self._replied(key, plan, target, reply)

    async def _replied(self, key: int, plan: Plan, target: Target, reply: Reply) -> Submission:
        if reply.pending and reply.task_id:
            record = await self._ledger.submitted(key, reply.task_id)
            self.watcher.add(record)
            return Submission(record)
        status = Status.FAILED if reply.failed else Status.SUCCESS
        if reply.task_id:
            await self._ledger.submitted(key, reply.task_id)
        error = "; ".join(str(item) for item in reply.errors)
        result = redact(reply.data, plan.operation.result_secrets, plan.entity_type)
        record = await self._ledger.finish(key, status, error=error, code=_code(reply), result=result)
        self._stale(plan.operation, target.path)
        return Submission(record, secrets_of(reply.data, plan.operation))

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
            label=operation.label,
            danger=plan.danger,
            method=request.method,
            url=request.url(self._profile.organization_id),
            body=None if body is None else msgspec.json.encode(body).decode(),
            pending_word=operation.pending,
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
        return Submission(record, self.secrets_in(heard[0]) if heard else {})

    def pending(self) -> dict[Path, TaskRecord]:
        """What is under way, by the path of what it works on."""
        return {record.path: record for record in self.watcher.pending}

    def secrets_in(self, event: TaskEnded) -> dict[str, str]:
        """The secrets in a task's result, to be shown once; they are in memory only."""
        operation = self._operation(event.record)
        if event.task is None or operation is None or event.record.status is not Status.SUCCESS:
            return {}
        return secrets_of(event.task.result, operation)

    def stale_paths(self, record: TaskRecord) -> list[Path]:
        """The listings that a task makes stale."""
        below = record.path.up_to(Level.ENVIRONMENT)
        return [below.child(name) for name in dict.fromkeys((*record.stale, record.entity_type)) if name]

    def _operation(self, record: TaskRecord) -> Operation | None:
        kind = self._inventory.entity_type(record.path)
        return kind.operations.get(record.operation) if kind else None

    def _hear(self, event: Event) -> None:
        """Before anyone else hears of a task's end, what it changed is known to be stale."""
        if isinstance(event, TaskEnded):
            for path in self.stale_paths(event.record):
                self._inventory.mark_stale(path)

    def _stale(self, operation: Operation, target: Path) -> None:
        below = target.up_to(Level.ENVIRONMENT)
        for name in (*operation.stale, target.entity_type):
            if name:
                self._inventory.mark_stale(below.child(name))

    def _redacted(self, record: TaskRecord, result: Any) -> Redacted:
        operation = self._operation(record)
        kind = self._inventory.entity_type(record.path)
        return redact(result, operation.result_secrets if operation else (), kind)

    async def _reread(self, record: TaskRecord) -> str | None:
        """What a task's target is now, when nobody can tell any more how the task ended."""
        if record.path.level is not Level.ENTITY:
            return None
        self._inventory.mark_stale(record.path)
        try:
            details = await self._inventory.refresh_details(record.path)
        except UnknownPath:
            return f"{visible(record.title)} is gone"
        except CloudMCError as error:
            return f"{visible(record.title)} could not be read: {error}"
        state = member(details.entity, details.entity_type.state) if details.entity_type.state else None
        return (
            f"{visible(record.title)} is {plain(state)} now" if state else f"{visible(record.title)} is there"
        )

    # The ledger

    async def records(self, limit: int = 200) -> list[TaskRecord]:
        """The tasks of this profile's endpoint, newest first."""
        records = await self._ledger.recent(limit=limit)
        return [r for r in records if (r.profile, r.endpoint) == (self._profile.name, self._client.endpoint)]

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


def secrets_of(result: Any, operation: Operation) -> dict[str, str]:
    """The secrets in an operation's result, by name."""
    if isinstance(result, Mapping):
        return {n: str(result[n]) for n in operation.result_secrets if result.get(n) not in (None, "")}
    if isinstance(result, str) and len(operation.result_secrets) == 1 and result:
        return {operation.result_secrets[0]: result}
    return {}


def _code(reply: Reply) -> str:
    return (reply.errors[0].code or "") if reply.errors else ""
