"""What the ledger keeps of a task: what was asked for, how it goes, and how it ended."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

from cloudmc_tui.catalog.schema import Danger

if TYPE_CHECKING:
    from cloudmc_tui.path import Path


class Status(str, Enum):
    """How far a task is. PENDING, SUCCESS and FAILED are the API's words, the other two ours."""

    SENDING = "SENDING"
    """Written before the request leaves. Found after a crash, it means that the outcome is unknown."""
    PENDING = "PENDING"
    """The server has it and works on it."""
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    """Nobody can tell any more how it ended, or whether it was ever begun."""

    @property
    def done(self) -> bool:
        """Whether nothing more is to come."""
        return self in FINISHED


FINISHED = frozenset({Status.SUCCESS, Status.FAILED, Status.UNKNOWN})
"""The statuses that nothing follows."""


class TaskRecord(Struct, frozen=True, kw_only=True):
    """One task, as the ledger has it. Texts from the API are as sent: data, to be made safe when shown.

    Attributes:
        key: the ledger's own number for it; 0 before the ledger has it.
        task_id: the server's id for it; none until the server has named one.
        profile: the name of the profile that it was sent with.
        endpoint: the API's base URL.
        organization_id: the organization that it was sent for; none for the key's own.
        path: the entity that it works on, or the collection (the entity type's path).
        title: what that entity is called; text from the API.
        entity_type: its type, such as ``instances``.
        operation: the operation's name in the catalog, such as ``stop``.
        label: the operation's name for people, such as ``Stop``.
        danger: what it may cost.
        method: the HTTP method that it was sent with.
        url: where it was sent to: the path below the endpoint, with the query.
        body: what was sent, as JSON with the secrets taken out; none for no body.
        pending_word: how its entity is described meanwhile, such as ``stopping``; may be empty.
        to_state: the state that it leads to, ``gone`` for none, or empty.
        stale: the entity types whose listings it makes stale.
        status: how far it is.
        submitted_at: when it was begun, in seconds since the epoch; 0 for when the ledger gets it.
        finished_at: when its end was learned, in seconds since the epoch; none before.
        error: what went wrong, in one line; empty when nothing did.
        code: CloudMC's code of that error, or empty.
        result: what came of it, as JSON with the secrets taken out; none without a result.
        polls: how often the server was asked about it.
        next_poll_at: when it will be asked next, in seconds since the epoch; none when it will not.
        poll_error: why the last poll failed, in one line; empty when it did not.
        seen: whether a person has been shown its end.
        owner: the session that polls it; empty for none.
    """

    profile: str
    endpoint: str
    path: Path
    entity_type: str
    operation: str
    label: str
    method: str
    url: str
    danger: Danger = Danger.SAFE
    organization_id: str | None = None
    title: str = ""
    body: str | None = None
    pending_word: str = ""
    to_state: str = ""
    stale: tuple[str, ...] = ()
    key: int = 0
    task_id: str | None = None
    status: Status = Status.SENDING
    submitted_at: float = 0.0
    finished_at: float | None = None
    error: str = ""
    code: str = ""
    result: str | None = None
    polls: int = 0
    next_poll_at: float | None = None
    poll_error: str = ""
    seen: bool = False
    owner: str = ""

    @property
    def done(self) -> bool:
        """Whether it has ended, or nobody can tell any more."""
        return self.status.done

    def elapsed(self, now: float) -> float:
        """How long it has taken so far, or took, in seconds; never negative.

        Args:
            now: seconds since the epoch.
        """
        end = now if self.finished_at is None else self.finished_at
        return max(0.0, end - self.submitted_at)
