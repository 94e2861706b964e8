"""One call over all its attempts: slots, time limits, retries, redirects, and what its end means."""

from __future__ import annotations

import asyncio
import logging
import random as random_module
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from cloudmc_tui.api.envelope import Envelope, Unreadable, decode, excerpt, open_envelope
from cloudmc_tui.api.errors import (
    BadReply,
    CallTimeout,
    CloudMCError,
    ConnectionFailed,
    Details,
    WriteRefused,
)
from cloudmc_tui.api.exchange import Exchanger, Progress, RawReply, Trouble
from cloudmc_tui.api.failures import SLOW, WRONG_PLACE, hinted, outcome_unknown, refusal, scrub, status_words
from cloudmc_tui.api.in_process import InProcess
from cloudmc_tui.api.limits import Slots, TimeLimit, within
from cloudmc_tui.api.log import RequestRecord
from cloudmc_tui.api.retry import RETRIED_STATUSES, RETRIES, backoff, parse_http_date, parse_retry_after
from cloudmc_tui.api.settings import ConnectionSettings, Secret, check_key, parse_endpoint
from cloudmc_tui.language import _, decimal, number

if TYPE_CHECKING:
    from cloudmc_tui.api.wire import Wire

DECODED_IN_A_THREAD = 1_000_000
"""Bytes from which a reply is decoded off the event loop."""

REDIRECTS = 3
"""How many redirects in a row are followed."""

_REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})

_FROM_A_GATEWAY = frozenset({502, 504})

_logger = logging.getLogger(__name__)


WriteGuard = Callable[[str, str], object]
"""Asked about every request but a GET, with its method and path, before anything is sent; it lets the
request through by returning, and keeps it in by raising :class:`WriteRefused`."""


def no_writes(method: str, path: str) -> None:
    """The write guard of whoever brings none: nothing but a GET goes out."""
    raise WriteRefused(_("not sent: this client only reads"), method=method, path=path)


def utc_now() -> datetime:
    """The local clock's time, in UTC."""
    return datetime.now(timezone.utc)


def _never(_: Envelope) -> bool:
    return False


@dataclass(eq=False, repr=False)  # its body may hold secrets, its target as well
class _Call:
    """A call on its way."""

    method: str
    path: str
    body: bytes | None
    background: bool
    deadline: float
    target: str  # what follows the endpoint's host: the path, or where a redirect led
    retries: int = RETRIES
    attempts: int = 0
    redirects: int = 0
    progress: Progress = field(default_factory=Progress)
    too_long: str = ""  # why the server's Retry-After was not waited for

    @property
    def is_get(self) -> bool:
        return self.method == "GET"


class Answer(Struct, frozen=True):
    """A good reply: its status, what was in it, its bytes, and the seconds it took."""

    status: int
    envelope: Envelope
    size: int
    elapsed: float


class Caller:
    """Makes calls; see :class:`cloudmc_tui.api.client.Client` for the arguments."""

    def __init__(
        self,
        settings: ConnectionSettings,
        *,
        app: Any,
        transport: Any,
        on_request: Callable[[RequestRecord], object] | None,
        write_guard: WriteGuard,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
        random: random_module.Random,
        now: Callable[[], datetime],
    ) -> None:
        check_key(settings.key)
        self.endpoint = parse_endpoint(settings.endpoint)
        self.clock_skew: timedelta | None = None
        self._settings = settings
        self._app = app
        self._transport = transport
        self._on_request = on_request
        self._write_guard = write_guard
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._now = now
        parts = urlsplit(self.endpoint)
        self._origin, self._base = f"{parts.scheme}://{parts.netloc}", parts.path
        self._slots = Slots(settings.max_concurrency)
        self._opening: asyncio.Future[Wire] | None = None
        self._retired: list[asyncio.Future[Wire]] = []  # with keys of before
        self._closed = False

    async def aclose(self) -> None:
        """Close every connection; calls under way fail, later ones are refused."""
        self._closed = True
        self._retire()
        retired, self._retired = self._retired, []
        for opening in retired:
            await asyncio.wait({opening})
            if not opening.cancelled() and opening.exception() is None:
                await opening.result().aclose()

    def change_key(self, key: Secret) -> None:
        """Make the calls from now on with another key.

        Raises:
            BadSettings: when it cannot be sent.
        """
        check_key(key)
        self._settings = replace(self._settings, key=key)
        self._retire()

    def _retire(self) -> None:
        """Make no new calls on the connections that there are; those under way still end."""
        if self._opening is not None:
            self._retired.append(self._opening)
            self._opening = None

    def details(self, method: str, path: str) -> Details:
        """What every error of a call is given."""
        return {"method": method, "path": path, "endpoint": self.endpoint}

    async def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        background: bool = False,
        retries: int = RETRIES,
        errors_belong: Callable[[Envelope], bool] = _never,
        listing: bool = False,
    ) -> Answer:
        """Make one call.

        Args:
            method: in capitals; only a GET is ever sent twice.
            path: encoded, what follows the endpoint.
            query: parameters.
            body: JSON.
            background: wait behind a person's calls.
            retries: how often a GET that failed in passing is sent again at most.
            errors_belong: whether the ``errors`` of a good reply are part of what was asked for, as a
                failed task's are.
            listing: a list of entities is asked for: see :func:`~cloudmc_tui.api.envelope.decode`.
        """
        if query:
            path += "?" + urlencode(query, quote_via=quote)
        if method != "GET":
            self._write_guard(method, path)
        started = self._clock()
        limit = self._settings.timeouts.call
        call = _Call(method, path, body, background, started + limit, self._base + path, retries)
        outcome = None
        with suppress(TimeLimit):
            outcome = await within(limit, self._attempts(call))
        if outcome is None:
            raise self._out_of_time(call)
        if isinstance(outcome, Trouble):
            raise self._failure(call, outcome)
        envelope = await self._read(call, outcome, errors_belong, listing)
        return Answer(outcome.status, envelope, len(outcome.body), self._clock() - started)

    # Attempts

    async def _attempts(self, call: _Call) -> RawReply | Trouble:
        """Ask, and ask again where that is allowed and may help."""
        retries = 0
        while True:
            call.attempts += 1
            outcome = await self._attempt(call)
            if isinstance(outcome, RawReply) and outcome.status in _REDIRECT_STATUSES:
                trouble = self._follow(call, outcome)
                if trouble:
                    return trouble
                continue
            retries += 1
            pause = self._pause(call, outcome, retries)
            if pause is None:
                return outcome
            await self._sleep(pause)

    async def _attempt(self, call: _Call) -> RawReply | Trouble:
        """Ask once, in a slot, and record it."""
        key = self._settings.key
        async with self._slots.slot(background=call.background):
            wire = await self._open()
            call.progress = progress = Progress()
            begun, started = self._clock(), self._now()
            error = _("cancelled, or out of time")
            try:
                outcome = await wire.exchange(call.method, self._origin + call.target, call.body, progress)
                error = scrub(outcome.text, key) if isinstance(outcome, Trouble) else ""
            finally:
                elapsed = self._clock() - begun
                shown = scrub(call.target.removeprefix(self._base), key)
                self._record(
                    RequestRecord(
                        call.method,
                        shown,
                        progress.status,
                        error,
                        started,
                        elapsed,
                        progress.size,
                        call.attempts,
                    )
                )
        if isinstance(outcome, RawReply) and (date := parse_http_date(outcome.headers.get("date", ""))):
            self.clock_skew = date - (started + timedelta(seconds=elapsed / 2))
        return outcome

    def prepare(self) -> None:
        """Begin to make the HTTP client, off the event loop; the next call is told that it cannot be made."""
        if self._app is None and self._opening is None and not self._closed:
            self._opening = asyncio.ensure_future(asyncio.to_thread(self._make_wire))
            self._opening.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _open(self) -> Exchanger:
        """The HTTP client, made by the first who needs it."""
        if self._closed:
            raise ConnectionFailed(_("the connection was closed here"), kind="closed", endpoint=self.endpoint)
        if self._app is not None:
            return InProcess(self._app, self._settings)
        self.prepare()
        opening = self._opening
        assert opening is not None
        try:
            return await asyncio.shield(opening)
        except CloudMCError:
            if self._opening is opening:  # the file that was missing may be there next time
                self._opening = None
            raise

    def _make_wire(self) -> Wire:
        from cloudmc_tui.api.wire import open_wire

        settings = replace(self._settings, endpoint=self.endpoint)
        return open_wire(settings, transport=self._transport)

    def _record(self, record: RequestRecord) -> None:
        if self._on_request is None:
            return
        try:
            self._on_request(record)
        except Exception:  # a mutation's outcome must not be lost to a log
            _logger.exception("the request log failed")

    def _follow(self, call: _Call, reply: RawReply) -> Trouble | None:
        """Turn a call to where it is redirected; the key must not leave for another host."""
        location = reply.headers.get("location", "")
        base = self._origin + call.target
        try:
            new = urlsplit(urljoin(base, location))
            old = urlsplit(base)
            same = (new.scheme, new.hostname, _port(new)) == (old.scheme, old.hostname, _port(old))
            place = f"{new.scheme}://{new.netloc.rpartition('@')[2]}"
        except ValueError:
            return Trouble("reply", _("the reply redirects to something that is no URL"))
        if not location:
            return Trouble("reply", _("the reply redirects, and does not say where to"))
        if scrub(location, self._settings.key) != location:
            return Trouble("reply", _("the reply redirects to an address with the API key in it"))
        if not same:
            hint = _("if that is the right place, make it the endpoint; the key was not sent there")
            return Trouble(
                "reply", _("the reply redirects to {place}, which is not followed", place=place), hint
            )
        if not call.is_get:
            return Trouble(
                "reply", _("the reply redirects, which only a GET follows"), _("correct the endpoint")
            )
        if call.redirects == REDIRECTS:
            return Trouble(
                "reply",
                _("{redirects} redirects in a row, and another one", redirects=REDIRECTS),
                _("correct the endpoint"),
            )
        call.redirects += 1
        call.target = new.path + (f"?{new.query}" if new.query else "")
        return None

    def _pause(self, call: _Call, outcome: RawReply | Trouble, retry: int) -> float | None:
        """How long to wait before asking again; none for not to."""
        if not call.is_get or retry > call.retries:
            return None
        pause = backoff(retry, self._random)
        left = call.deadline - self._clock()
        if isinstance(outcome, Trouble):
            return pause if outcome.passing and pause < left else None
        if outcome.status not in RETRIED_STATUSES:
            return None
        asked = self._retry_after(outcome)
        if asked is not None and asked >= left:
            limit = self._settings.timeouts.call
            call.too_long = _(
                "the server asks to wait {asked} s, and a call may take {limit} s at most",
                asked=number(round(asked)),
                limit=decimal(f"{limit:g}"),
            )
            return None
        pause += asked or 0
        return pause if pause < left else None

    def _retry_after(self, reply: RawReply) -> float | None:
        date = parse_http_date(reply.headers.get("date", ""))
        return parse_retry_after(reply.headers.get("retry-after", ""), date=date, now=self._now())

    # What the end means

    def _out_of_time(self, call: _Call) -> CloudMCError:
        limit = f"{self._settings.timeouts.call:g} s"
        details = self.details(call.method, call.path)
        if call.is_get:
            return CallTimeout(_("not done within {limit}", limit=limit), **hinted(details, _(SLOW)))
        if call.progress.sent:
            return outcome_unknown(_("no answer within {limit}", limit=limit), details)
        text = _("not sent: no connection within {limit}", limit=limit)
        return ConnectionFailed(text, kind="timeout", **details)

    def _failure(self, call: _Call, trouble: Trouble) -> CloudMCError:
        details = self.details(call.method, call.path)
        details["status"] = status = call.progress.status
        text = scrub(trouble.text, self._settings.key)
        redirected = status in _REDIRECT_STATUSES and status != 303  # which is sent after the deed
        if not call.is_get and call.progress.sent and not redirected:
            return outcome_unknown(text, details)
        details["hint"] = trouble.hint
        if trouble.kind == "slow":
            return CallTimeout(text, **details)
        if trouble.kind == "reply":
            return BadReply(text, **details)
        if not call.is_get:
            text = _("not sent: {text}", text=text)
        return ConnectionFailed(text, kind=trouble.kind, sent=call.progress.sent, **details)

    async def _read(
        self, call: _Call, reply: RawReply, errors_belong: Callable[[Envelope], bool], listing: bool
    ) -> Envelope:
        """Open a reply's envelope, or raise what it means."""
        details = self.details(call.method, call.path)
        details["status"] = status = reply.status
        key = self._settings.key
        envelope, problem = None, ""
        try:
            envelope = open_envelope(await _decode(reply.body, listing))
        except Unreadable as error:
            problem = str(error)
        if 200 <= status < 300 and envelope and (not envelope.errors or errors_belong(envelope)):
            return envelope
        shown = scrub(excerpt(reply.body), key)
        if 200 <= status < 300 and envelope is None:
            text = _("the reply is {problem}", problem=problem)
            raise (
                BadReply(text, excerpt=shown, **hinted(details, _(WRONG_PLACE)))
                if call.is_get
                else outcome_unknown(text, details)
            )
        if status < 400 and not (envelope and envelope.errors):
            text = _(
                "the reply has a status that was not asked for ({status_words})",
                status_words=status_words(status),
            )
            raise BadReply(text, excerpt=shown, **details)
        if not call.is_get and status in _FROM_A_GATEWAY and not (envelope and envelope.errors):
            raise outcome_unknown(
                _("{status_words}, said by a gateway, not by CloudMC", status_words=status_words(status)),
                details,
            )
        raise refusal(
            status,
            envelope,
            fallback=status_words(status) + (f" ({problem})" if problem else ""),
            key=key,
            retry_after=self._retry_after(reply),
            too_long=call.too_long,
            details=details,
        )


async def _decode(body: bytes | bytearray, listing: bool) -> Any:
    if len(body) < DECODED_IN_A_THREAD:
        return decode(body, listing=listing)
    return await asyncio.to_thread(decode, body, listing=listing)


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme)
