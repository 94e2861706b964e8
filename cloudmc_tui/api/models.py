"""What CloudMC's replies mean: services, environments, organizations, tasks, listings.

All of them are read tolerantly and keep the JSON that they were read from in ``raw``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from msgspec import field

from cloudmc_tui.api.envelope import Envelope, as_text, read_errors, read_stray_errors
from cloudmc_tui.api.large import Entities
from cloudmc_tui.formats.reticent import Reticent
from cloudmc_tui.language import _, number

if TYPE_CHECKING:
    from cloudmc_tui.api.errors import ErrorItem

PENDING = "PENDING"
SUCCESS = "SUCCESS"
FAILED = "FAILED"

T = TypeVar("T")


class Noted(list[T]):
    """A list, with notes on what of the reply could not be put into it.

    Attributes:
        notes: one line each, for people.
    """

    def __init__(self, items: Iterable[T] = (), notes: Iterable[str] = ()) -> None:
        super().__init__(items)
        self.notes = list(notes)


class Service(Reticent, frozen=True):
    """A service connection: a cloud that environments live in.

    Attributes:
        code: as URLs name it, such as ``compute-qc``.
        name: as people name it.
        type: the plugin behind it, such as ``CloudCA``.
        id: the service connection's id.
        reachable: whether CloudMC reaches it, if it says.
        raw: the JSON as sent.
    """

    UNSAID: ClassVar = frozenset({"raw"})

    code: str
    name: str
    type: str
    id: str
    reachable: bool | None
    raw: dict[str, Any]

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Service:
        """Read an element of ``/services/connections``."""
        code = as_text(raw.get("serviceCode"))
        reachable = _object(raw.get("status")).get("reachable")
        return cls(
            code=code,
            name=as_text(raw.get("name")) or code,
            type=as_text(raw.get("type")),
            id=as_text(raw.get("id")),
            reachable=reachable if isinstance(reachable, bool) else None,
            raw=raw,
        )


class Environment(Reticent, frozen=True):
    """An environment: the namespace that entities live in.

    Attributes:
        id, name, description: as sent; ``name`` is what URLs use.
        service_code: the service that it belongs to; none when nothing tells.
        organization_id, organization_name: whose it is; empty when nothing tells.
        raw: the JSON as sent.
    """

    UNSAID: ClassVar = frozenset({"raw"})

    id: str
    name: str
    service_code: str | None
    description: str
    organization_id: str
    organization_name: str
    raw: dict[str, Any]

    @classmethod
    def read(cls, raw: dict[str, Any], services: Iterable[Service] = ()) -> Environment:
        """Read an element of ``/environments``.

        Args:
            raw: the element.
            services: to find its service among, where ``serviceConnection`` has no ``serviceCode``:
                the reference has ``id`` and ``name`` in it, the Go SDK the code, too.
        """
        organization = _object(raw.get("organization"))
        return cls(
            id=as_text(raw.get("id")),
            name=as_text(raw.get("name")),
            service_code=_service_code(raw.get("serviceConnection"), list(services)),
            description=as_text(raw.get("description")),
            organization_id=as_text(organization.get("id")),
            organization_name=as_text(organization.get("name")),
            raw=raw,
        )


def _service_code(connection: Any, services: list[Service]) -> str | None:
    """By code, else by id, else by name: the first that leads to a service."""
    connection = _object(connection)
    if code := as_text(connection.get("serviceCode")):
        return code
    for name in ("id", "name"):
        wanted = as_text(connection.get(name))
        for service in services:
            if wanted and getattr(service, name) == wanted:
                return service.code
    return None


class Organization(Reticent, frozen=True):
    """An organization, or a sub-organization.

    Attributes:
        id, name, entry_point: as sent.
        parent_id: the organization above it; empty at the top.
        raw: the JSON as sent.
    """

    UNSAID: ClassVar = frozenset({"raw"})

    id: str
    name: str
    entry_point: str
    parent_id: str
    raw: dict[str, Any]

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Organization:
        """Read an element of ``/organizations``."""
        entry_point = as_text(raw.get("entryPoint"))
        return cls(
            id=as_text(raw.get("id")),
            name=as_text(raw.get("name")) or entry_point,
            entry_point=entry_point,
            parent_id=as_text(_object(raw.get("parent")).get("id")),
            raw=raw,
        )


class Task(Reticent, frozen=True):
    """A task as the server last told of it.

    Attributes:
        id: the task's id.
        status: as the API spells it: ``PENDING``, ``SUCCESS``, ``FAILED``, or another.
        created: when it was made, as sent; empty when unsaid.
        result: what came of it (may hold secrets), none until it is done.
        errors: what went wrong.
        raw: the JSON as sent.
    """

    UNSAID: ClassVar = frozenset({"result", "raw"})

    id: str
    status: str
    created: str
    result: Any
    errors: tuple[ErrorItem, ...]
    raw: Any

    @property
    def done(self) -> bool:
        """Whether it has ended: any status but PENDING is final (the Go SDK polls by that)."""
        return self.status.upper() != PENDING

    @property
    def failed(self) -> bool:
        """Whether it has ended, and not well: anything but SUCCESS, or a SUCCESS with errors."""
        return self.done and (self.status.upper() != SUCCESS or bool(self.errors))

    @classmethod
    def read(cls, envelope: Envelope, task_id: str = "") -> Task | None:
        """Read a task in either shape, or in both at once.

        ``{"taskId", "taskStatus", "result"}`` is one, ``{"data": {"id", "status", "created",
        "result"}}`` (the Go SDK and the JavaScript client) the other.

        Args:
            envelope: the reply.
            task_id: what was asked for, in case the reply does not say.

        Returns:
            none when there is no status in it.
        """
        inner = _object(envelope.data)
        outer = _object(envelope.raw)
        status = as_text(inner.get("status")) or envelope.task_status
        if not status:
            return None
        result = inner.get("result", outer.get("result"))
        errors = envelope.errors or read_errors(inner.get("errors"))
        task = cls(
            id=envelope.task_id or as_text(inner.get("id")) or task_id,
            status=status,
            created=as_text(inner.get("created")) or as_text(outer.get("created")),
            result=result,
            errors=errors,
            raw=envelope.raw,
        )
        if task.failed and not errors:  # what went wrong is in `errors`, else in `result`
            inside = read_errors(_object(result).get("errors")) or read_stray_errors(result)
            return cls(task.id, status, task.created, result, inside, task.raw)
        return task


class Collection(Reticent, frozen=True):
    """A listing, as far as it can be shown.

    Attributes:
        entities: the objects of the list, as sent.
        count: how many there are by ``metadata.recordCount``, if it says.
        notes: what was set aside and why; one line each, for people.
        raw: the whole JSON as sent.
    """

    UNSAID: ClassVar = frozenset({"raw"})

    entities: Sequence[dict[str, Any]]
    count: int | None = None
    notes: list[str] = field(default_factory=list)
    raw: Any = None

    @classmethod
    def read(cls, envelope: Envelope) -> Collection:
        """Read a list endpoint's reply; never fails."""
        data = envelope.data
        if not envelope.has_data and isinstance(envelope.raw, list):
            data = envelope.raw
        count = _count(envelope.metadata.get("recordCount"))
        if isinstance(data, Entities):
            entities: Sequence[dict[str, Any]] = data
        elif isinstance(data, list):
            entities = [item for item in data if isinstance(item, dict)]
        else:
            absent = envelope.raw is None or (isinstance(envelope.raw, dict) and not envelope.has_data)
            what = _("nothing") if absent else kind_of(data if envelope.has_data else envelope.raw)
            return cls([], count, [_("the server sent {what} instead of a list", what=what)], envelope.raw)
        notes = []
        if len(entities) < len(data):
            strays = [kind_of(item) for item in data if not isinstance(item, dict)]
            kinds = ", ".join(f"{strays.count(kind)} × {kind}" for kind in dict.fromkeys(strays))
            notes.append(_("set aside, not an entity: {kinds}", kinds=kinds))
        if count is not None and count > len(data):
            notes.append(
                _(
                    "the server counts {count} entities and sent {count2}",
                    count=number(count),
                    count2=number(len(data)),
                )
            )
        return cls(entities, count, notes, envelope.raw)


def _count(value: Any) -> int | None:
    text = as_text(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def kind_of(value: Any) -> str:
    """What a JSON value is, for people."""
    if value is None:
        return "null"
    names = {
        bool: _("a boolean"),
        int: _("a number"),
        float: _("a number"),
        str: _("a text"),
        list: _("a list"),
    }
    return names.get(type(value), _("an object"))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


class Reply(Reticent, frozen=True):
    """A mutation's answer, in whichever form it came: a task, a finished task, plain data, nothing.

    Attributes:
        status: the HTTP status.
        data: its ``data`` (may hold secrets); none when there is none.
        metadata: its ``metadata``.
        task_id: the task to follow; empty when there is none.
        task_status: ``PENDING``, or how a task ended that ended at once; empty without a task.
        errors: what went wrong in a task that failed at once.
        raw: the JSON as sent; none for an empty reply.
        elapsed: seconds from the call to its reply.
        size: the reply's bytes, unpacked.
    """

    UNSAID: ClassVar = frozenset({"data", "raw"})

    status: int
    data: Any
    metadata: dict[str, Any]
    task_id: str
    task_status: str
    errors: tuple[ErrorItem, ...]
    raw: Any
    elapsed: float
    size: int

    @property
    def pending(self) -> bool:
        """Whether there is a task to follow."""
        return bool(self.task_id) and self.task_status.upper() in (PENDING, "")

    @property
    def failed(self) -> bool:
        """Whether its task failed at once (the server may say so with HTTP 200)."""
        return bool(self.errors) or (bool(self.task_status) and not self.pending and not self.succeeded)

    @property
    def succeeded(self) -> bool:
        """Whether it is done and done well."""
        return not self.errors and not self.pending and self.task_status.upper() in (SUCCESS, "")
