"""The client: CloudMC's calls, with time limits, retries, slots and one kind of error.

httpx is not imported here but by :mod:`cloudmc_tui.api.wire`, in a thread, when the first call is made.
"""

from __future__ import annotations

import asyncio
import random as random_module
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from cloudmc_tui.api.caller import Caller, WriteGuard, no_writes, utc_now
from cloudmc_tui.api.errors import BadReply
from cloudmc_tui.api.models import (
    Collection,
    Environment,
    Noted,
    Organization,
    Reply,
    Service,
    Task,
    kind_of,
)
from cloudmc_tui.api.retry import RETRIES
from cloudmc_tui.language import _
from cloudmc_tui.path import Level, Path

if TYPE_CHECKING:
    from cloudmc_tui.api.envelope import Envelope
    from cloudmc_tui.api.log import RequestRecord
    from cloudmc_tui.api.settings import ConnectionSettings, Secret

MUTATIONS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Client:
    """One connection to a CloudMC endpoint. Nothing is connected before the first call.

    Args:
        settings: where, as whom, within which limits.
        app: an ASGI application to serve the calls in process, instead of the network.
        on_request: called with a :class:`RequestRecord` after every attempt.
        write_guard: asked before any mutation is sent; without one, none is.
        clock: seconds that only go forward.
        sleep: waits for so many seconds.
        random: where the jitter of retries comes from.
        now: the local time, with its zone; the server's is compared to it.
        transport: an ``httpx.AsyncBaseTransport`` instead of the network, for tests.

    Every call may raise any :class:`CloudMCError`. GETs take a ``background`` argument: those wait for
    a slot behind all others, and never take the last ones.

    Raises:
        BadSettings: when the endpoint or the key cannot be used.
    """

    def __init__(
        self,
        settings: ConnectionSettings,
        *,
        app: Any = None,
        on_request: Callable[[RequestRecord], object] | None = None,
        write_guard: WriteGuard = no_writes,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        random: random_module.Random | None = None,
        now: Callable[[], datetime] = utc_now,
        transport: Any = None,
    ) -> None:
        self.settings = settings
        self._caller = Caller(
            settings,
            app=app,
            transport=transport,
            on_request=on_request,
            write_guard=write_guard,
            clock=clock,
            sleep=sleep,
            random=random or random_module.Random(),
            now=now,
        )
        self._services: list[Service] | None = None

    @property
    def endpoint(self) -> str:
        """The API's base URL, without a slash at its end."""
        return self._caller.endpoint

    @property
    def clock_skew(self) -> timedelta | None:
        """How far the server's clock is ahead of ours, by the last reply's ``Date``, to about a second.

        None before the first reply.
        """
        return self._caller.clock_skew

    def prepare(self) -> None:
        """Begin to make the HTTP client, where calls are to come soon: that takes a while, and no network."""
        self._caller.prepare()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; calls under way fail, later ones are refused."""
        await self._caller.aclose()

    def change_key(self, key: Secret) -> None:
        """Go on with another key; calls that are under way end with the old one.

        Raises:
            BadSettings: when the key cannot be sent; the old one stays.
        """
        self._caller.change_key(key)
        self.settings = replace(self.settings, key=key)

    async def services(self, *, background: bool = False) -> Noted[Service]:
        """List the services, from ``/services/connections``."""
        listing = Collection.read(await self._platform("/services/connections", background))
        services = [Service.read(raw) for raw in listing.entities]
        usable = [service for service in services if _addressable(service.code)]
        self._services = usable
        return Noted(usable, listing.notes + _set_aside(_("service"), _("code"), len(services) - len(usable)))

    async def environments(
        self, services: Sequence[Service] | None = None, *, background: bool = False
    ) -> Noted[Environment]:
        """List the environments of every service, from ``/environments``.

        Args:
            services: to find an environment's service among, where the reply has no ``serviceCode``;
                by default those listed last, or fetched where there are none and they are needed.
        """
        listing = Collection.read(await self._platform("/environments", background))
        known = services if services is not None else self._services or ()
        read = [Environment.read(raw, known) for raw in listing.entities]
        if services is None and self._services is None and any(each.service_code is None for each in read):
            known = await self.services(background=background)
            read = [Environment.read(raw, known) for raw in listing.entities]
        usable = [environment for environment in read if _addressable(environment.name)]
        return Noted(usable, listing.notes + _set_aside(_("environment"), _("name"), len(read) - len(usable)))

    async def organizations(self, *, background: bool = False) -> Noted[Organization]:
        """List every organization that the key sees, from ``/organizations``."""
        listing = Collection.read(await self.get("/organizations", background=background))
        return Noted([Organization.read(raw) for raw in listing.entities], listing.notes)

    async def list_entities(
        self, path: Path, filters: Mapping[str, str] | None = None, *, background: bool = False
    ) -> Collection:
        """List the entities of a type.

        Args:
            path: down to the entity type.
            filters: the API's own, such as ``{"vpc_id": "…"}``.
        """
        _expect(path, Level.ENTITY_TYPE)
        query = {**(filters or {}), **self._organization("org_id")}
        url_path = f"/services/{path.url_path()}"
        answer = await self._caller.call("GET", url_path, query, background=background, listing=True)
        return Collection.read(answer.envelope)

    async def get_entity(self, path: Path, *, background: bool = False) -> dict[str, Any]:
        """Get one entity, as sent.

        Args:
            path: down to the entity.

        Raises:
            BadReply: when there is no object in the reply, besides all others.
        """
        _expect(path, Level.ENTITY)
        url_path = f"/services/{path.url_path()}"
        query = self._organization("org_id")
        answer = await self._caller.call("GET", url_path, query, background=background)
        data = answer.envelope.data
        if isinstance(data, list) and len(data) == 1:  # the reference shows it so for a connection
            data = data[0]
        if isinstance(data, dict):
            return data
        what = _("no data") if data is None else kind_of(data)
        details = self._caller.details("GET", url_path)
        details["status"] = answer.status
        raise BadReply(_("the reply has {what} where an entity was due", what=what), **details)

    async def task(self, task_id: str, *, background: bool = False, retries: int = RETRIES) -> Task:
        """Get a task's state.

        Args:
            task_id: the server's id for it.
            retries: how often to ask again at most when that fails in passing.

        Raises:
            NotFound: when the server does not know it (any more): it forgets tasks after about 30
                minutes, which says nothing about how they ended.
        """
        url_path = f"/tasks/{quote(task_id, safe='')}"
        answer = await self._caller.call(
            "GET", url_path, background=background, retries=retries, errors_belong=_is_task
        )
        task = Task.read(answer.envelope, task_id)
        if task is None:
            raise BadReply(_("the reply has no task status"), **self._caller.details("GET", url_path))
        return task

    async def get(
        self, path: str, query: Mapping[str, str] | None = None, *, background: bool = False
    ) -> Envelope:
        """Get anything below the endpoint.

        Args:
            path: encoded, with a slash in front.
            query: its parameters.
        """
        return (await self._caller.call("GET", path, query, background=background)).envelope

    async def send(self, method: str, path: Path, *, operation: str = "", body: Any = None) -> Reply:
        """Send a mutation: the one way to. It is sent once, whatever happens.

        A caller that is cancelled meanwhile does not learn whether it was sent: shield the call.

        Args:
            method: POST, PUT, PATCH or DELETE.
            path: down to the entity type or the entity.
            operation: the ``operation`` parameter, where there is one.
            body: to be sent as JSON; none for no body.

        Returns:
            the reply, also that of a task which failed at once: see :attr:`Reply.failed`.

        Raises:
            WriteRefused: the write guard did not let it out.
            ConnectionFailed: it was not sent.
            OutcomeUnknown: it may have been, and nobody knows what came of it.
            Rejected: it was refused.
        """
        if method not in MUTATIONS:
            raise ValueError(f"{method} is no mutation")
        if path.level < Level.ENTITY_TYPE:
            raise ValueError(_("a mutation needs an entity type or an entity, not {path!r}", path=str(path)))
        answer = await self._caller.call(
            method,
            f"/services/{path.url_path()}",
            {**({"operation": operation} if operation else {}), **self._organization("org_id")},
            body=None if body is None else msgspec.json.encode(body),
            errors_belong=lambda envelope: bool(envelope.task_id and envelope.task_status),
        )
        envelope = answer.envelope
        return Reply(
            status=answer.status,
            data=envelope.data,
            metadata=envelope.metadata,
            task_id=envelope.task_id,
            task_status=envelope.task_status,
            errors=envelope.errors,
            raw=envelope.raw,
            elapsed=answer.elapsed,
            size=answer.size,
        )

    def _organization(self, name: str) -> dict[str, str]:
        return {name: self.settings.organization_id} if self.settings.organization_id else {}

    async def _platform(self, path: str, background: bool) -> Envelope:
        return await self.get(path, self._organization("organizationId"), background=background)


def _expect(path: Path, level: Level) -> None:
    if path.level != level:
        raise ValueError(_("{path!r} does not lead to an {word}", path=str(path), word=level.word))


def _addressable(part: str) -> bool:
    """Whether a code or name can be part of a path."""
    return bool(part) and "/" not in part


def _set_aside(what: str, part: str, count: int) -> list[str]:
    if not count:
        return []
    return [_("set aside: {count} × {what} without a usable {part}", count=count, what=what, part=part)]


def _is_task(envelope: Envelope) -> bool:
    return Task.read(envelope) is not None
