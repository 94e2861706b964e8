"""From a plan to the end of its task: what is sent, what is written down and when, what nobody knows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.responses import Response

from cloudmc_tui import execution as execution_module
from cloudmc_tui.api import (
    Client,
    CloudMCError,
    ConnectionFailed,
    ConnectionSettings,
    KeyRefused,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Secret,
    ServerFailed,
    Timeouts,
    WriteRefused,
)
from cloudmc_tui.catalog import load_catalog
from cloudmc_tui.execution import Execution, Submission
from cloudmc_tui.inventory import Freshness, Inventory
from cloudmc_tui.operations import Plan, WriteGuard, make_plan
from cloudmc_tui.path import ROOT, Path
from cloudmc_tui.profiles import Mode
from cloudmc_tui.tasks import (
    AsyncLedger,
    Event,
    Ledger,
    LedgerError,
    Status,
    TaskEnded,
    TaskRecord,
)
from tests.api.rawserver import Action, RawServer, hang, raw, reset, serving
from tests.api.rawserver import reply as raw_reply
from tests.odd_cloud import ENVIRONMENT, KEY, SERVICE, OddCloud, failure, profile, reply
from tests.task_cloud import (
    ENV,
    INSTANCE,
    INSTANCES,
    SENTINEL,
    WEB,
    WEB_URL,
    Cloud,
    Sent,
    accepted,
    found,
    json_reply,
    quick_pace,
)

TYPES = load_catalog().services["cloudstack"].types
PATIENCE = 30.0
"""Seconds that a busy machine may take for what takes none."""


@dataclass
class Open:
    """An execution and everything around it."""

    execution: Execution
    inventory: Inventory
    guard: WriteGuard
    ledger: AsyncLedger
    events: list[Event]

    def plan(self, operation: str = "stop", fields: dict[str, Any] | None = None, path: Path = WEB) -> Plan:
        kind = TYPES[str(path.entity_type)]
        return make_plan(operation, kind, [(path, INSTANCE)], fields or {})

    async def submit(self, *of_plan: Any, **more: Any) -> Submission:
        plan = self.plan(*of_plan, **more)
        return await self.execution.submit(plan, plan.targets[0])

    async def records(self) -> list[TaskRecord]:
        return await self.ledger.recent()

    async def only_record(self) -> TaskRecord:
        (record,) = await self.records()
        return record

    async def freshness(self, path: Path = INSTANCES) -> Freshness:
        listing = self.inventory.peek(path)
        assert listing is not None
        return listing.freshness

    async def end(self, submission: Submission) -> Submission:
        return await asyncio.wait_for(self.execution.wait(submission), PATIENCE)


@asynccontextmanager
async def opened(
    cloud: OddCloud | str,
    file: FilePath | None = None,
    *,
    mode: Mode = Mode.NORMAL,
    timeouts: Timeouts | None = None,
    started: bool = True,
    prime: bool = True,
) -> AsyncIterator[Open]:
    """An execution at an odd cloud, or at a URL.

    Args:
        cloud: the application, or a base URL.
        file: the ledger's; none for one in memory.
        mode: the profile's.
        timeouts: the connection's.
        started: whether it takes up what was left, and polls.
        prime: whether services and environments are read before.
    """

    async def at_once(_seconds: float) -> None:
        return None

    guard = WriteGuard(mode)
    url = cloud if isinstance(cloud, str) else "http://odd.invalid/v1"
    settings = ConnectionSettings(url, Secret(KEY), timeouts=timeouts or Timeouts())
    app = None if isinstance(cloud, str) else cloud.app
    client = Client(settings, app=app, sleep=at_once, write_guard=guard)
    inventory = Inventory(client, load_catalog())
    ledger = await AsyncLedger.open(file)
    execution = Execution(replace(profile(), mode=mode), client, inventory, guard, ledger)
    events: list[Event] = []
    execution.subscribe(events.append)
    try:
        if prime:
            await inventory.refresh(ROOT)
            await inventory.refresh(ENV.parent)
        if started:
            await execution.start()
        yield Open(execution, inventory, guard, ledger, events)
    finally:
        await execution.aclose()
        await inventory.aclose()
        await client.aclose()
        await ledger.aclose()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_pace(monkeypatch)


# A task from its request to its end


async def test_a_task_is_on_record_before_it_leaves_and_followed_to_its_end(tmp_path: FilePath) -> None:
    file = tmp_path / "tasks.sqlite"
    on_record: list[TaskRecord] = []

    def look_and_accept() -> Response:
        with Ledger(file) as other:
            on_record.extend(other.recent())
        return accepted("t1")

    cloud = Cloud(look_and_accept, t1=[("PENDING",), ("SUCCESS", {"id": "i1", "state": "Stopped"})])
    async with opened(cloud, file) as here:
        submission = await here.submit("stop", {"forceStop": True})
        (before,) = on_record
        assert (before.status, before.operation, before.path) == (Status.SENDING, "stop", WEB)
        assert json.loads(before.body or "") == {"forceStop": True}
        assert (submission.record.status, submission.record.task_id) == (Status.PENDING, "t1")
        assert here.execution.pending() == {WEB: submission.record}
        ended = await here.end(submission)
        assert (ended.record.status, ended.record.error) == (Status.SUCCESS, "")
        assert ended.result == {"id": "i1", "state": "Stopped"}
        assert json.loads(ended.record.result or "") == ended.result
        assert here.execution.pending() == {}
    assert cloud.sent == [Sent("POST", f"{WEB_URL}?operation=stop", {"forceStop": True})]
    assert cloud.polls == 2


async def test_what_a_task_changed_is_stale_when_it_has_ended_and_not_before() -> None:
    cloud = Cloud(t1=[("PENDING",), ("SUCCESS",)])
    cloud.answers["/services/svc/env/zones"] = [{"id": "z", "name": "zone"}]
    async with opened(cloud, started=False) as here:
        await here.inventory.refresh(INSTANCES)
        await here.inventory.refresh(ENV.child("zones"))
        await here.inventory.refresh_details(WEB)
        submission = await here.submit("stop")
        assert await here.freshness() is Freshness.LIVE
        await here.execution.start()
        await here.end(submission)
        assert await here.freshness() is Freshness.STALE
        assert await here.freshness(ENV.child("zones")) is Freshness.LIVE
        details = here.inventory.peek_details(WEB)
        assert details is not None and details.freshness is Freshness.STALE


@pytest.mark.parametrize(
    "ending",
    [
        ("FAILED", None, [{"code": 500, "message": "The host is full"}]),
        ("FAILED", {"errors": [{"code": 500, "message": "The host is full"}]}),
        ("FAILURE", {"errors": [{"errorCode": "500", "message": "The host is full"}]}),
    ],
)
async def test_a_task_that_fails_says_why_in_the_servers_words(ending: tuple[Any, ...]) -> None:
    async with opened(Cloud(t1=[ending])) as here:
        ended = await here.end(await here.submit())
        assert (ended.record.status, ended.record.code) == (Status.FAILED, "500")
        assert "The host is full" in ended.record.error
        assert ended.secrets == {}


async def test_a_task_that_the_server_forgot_is_unknown_with_its_target_as_it_is_now() -> None:
    cloud = Cloud(t1=[failure(404, 404, "no such task")])
    async with opened(cloud) as here:
        cloud.answers[WEB_URL] = {**INSTANCE, "state": "Stopped"}
        ended = await here.end(await here.submit())
        assert ended.record.status is Status.UNKNOWN
        assert "no longer known" in ended.record.error
        assert "web-01 is Stopped now" in ended.record.error
    assert len(cloud.sent) == 1


# Done at once


@pytest.mark.parametrize(
    ("answer", "task_id", "result"),
    [
        (reply({"id": "i1", "state": "Stopped"}), None, {"id": "i1", "state": "Stopped"}),
        (Response(status_code=204), None, None),
        (accepted("t9", "SUCCESS", data={"id": "i1"}), "t9", {"id": "i1"}),
        (accepted("t9", "SUCCESS"), "t9", None),
    ],
    ids=["plain data", "204", "a finished task", "a finished task without data"],
)
async def test_what_is_done_at_once_is_done(answer: Response, task_id: str | None, result: Any) -> None:
    cloud = Cloud(answer)
    async with opened(cloud) as here:
        await here.inventory.refresh(INSTANCES)
        submission = await here.submit()
        record = await here.only_record()
        assert (record.status, record.task_id) == (Status.SUCCESS, task_id)
        assert submission.record == replace(record, seen=False)
        assert submission.result == result
        assert (json.loads(record.result) if record.result else None) == result
        assert await here.freshness() is Freshness.STALE
        assert (await here.end(submission)).record.status is Status.SUCCESS
    assert cloud.polls == 0


async def test_a_task_that_failed_at_once_with_http_200_is_a_failure() -> None:
    answer = accepted("t9", "FAILED", errors=[{"code": 2000, "message": "No room"}])
    async with opened(Cloud(answer)) as here:
        submission = await here.submit()
        record = submission.record
        assert (record.status, record.code, record.task_id) == (Status.FAILED, "2000", "t9")
        assert "No room" in record.error
        assert submission.secrets == {}


async def test_a_failure_without_a_reason_still_says_something() -> None:
    async with opened(Cloud(accepted("t9", "FAILED"))) as here:
        assert "FAILED" in (await here.submit()).record.error


async def test_a_task_that_is_under_way_and_has_no_id_is_an_unknown_outcome() -> None:
    cloud = Cloud(json_reply(200, taskStatus="PENDING"))
    async with opened(cloud) as here:
        with pytest.raises(OutcomeUnknown, match="named no task"):
            await here.submit()
        assert (await here.only_record()).status is Status.UNKNOWN
    assert len(cloud.sent) == 1


# Refused


@pytest.mark.parametrize(
    ("answer", "error", "code", "said"),
    [
        (failure(400, 2012, "Instance is not Running"), Rejected, "2012", "Instance is not Running"),
        (failure(400, 2022, "Quota of instances exceeded"), Rejected, "2022", "Quota"),
        (failure(403, 403, "You may not do that"), NotAllowed, "403", "You may not do that"),
        (failure(401, 401, "Who are you?"), KeyRefused, "401", ""),
        (failure(404, 404, "There is no such instance"), NotFound, "404", "There is no such instance"),
        (failure(429, 429, "Slower"), RateLimited, "429", "Slower"),
        (failure(500, 500, "Something broke"), ServerFailed, "500", "Something broke"),
        (json_reply(200, errors=[{"code": 7, "message": "Not like that"}]), Rejected, "7", "Not like that"),
    ],
    ids=["2012", "quota", "403", "401", "404", "429", "500", "200 with errors"],
)
async def test_what_the_server_refuses_is_told_kept_and_not_sent_again(
    answer: Response, error: type[CloudMCError], code: str, said: str
) -> None:
    cloud = Cloud(answer)
    async with opened(cloud) as here:
        with pytest.raises(error) as caught:
            await here.submit()
        assert not isinstance(caught.value, OutcomeUnknown)
        assert said in str(caught.value)
        record = await here.only_record()
        assert (record.status, record.code) == (Status.FAILED, code)
        assert said in record.error
        assert here.execution.pending() == {}
        assert await here.ledger.unseen() == [], "whoever asked was told"
    assert len(cloud.sent) == 1
    assert cloud.polls == 0


@pytest.mark.parametrize(
    "answer", [failure(400, 2012, "not Running"), failure(404, 404, "gone")], ids=["2012", "404"]
)
async def test_a_target_that_is_not_as_it_was_read_is_read_again(answer: Response) -> None:
    async with opened(Cloud(answer)) as here:
        await here.inventory.refresh(INSTANCES)
        with pytest.raises(CloudMCError):
            await here.submit()
        assert await here.freshness() is Freshness.STALE


@pytest.mark.parametrize(
    ("mode", "operation"),
    [(mode, name) for mode in (Mode.READ_ONLY, Mode.PROTECTED) for name in ("start", "stop", "delete")],
)
async def test_what_the_guard_keeps_in_is_neither_sent_nor_written_down(mode: Mode, operation: str) -> None:
    cloud = Cloud()
    async with opened(cloud, mode=mode, started=False) as here:
        with pytest.raises(WriteRefused, match=mode.value):
            await here.submit(operation)
        assert len(await here.records()) == len(cloud.sent) == 0


# Outcomes that nobody knows


SERVICES = raw_reply(200, json.dumps({"data": [SERVICE]}))
ENVIRONMENTS = raw_reply(200, json.dumps({"data": [ENVIRONMENT]}))


def entity(state: str) -> Action:
    return raw_reply(200, json.dumps({"data": {**INSTANCE, "state": state}}))


def mutations(server: RawServer) -> list[str]:
    return [seen.method for seen in server.seen if seen.method != "GET"]


@pytest.mark.parametrize(
    "breaks",
    [
        reset(),
        raw(b""),
        raw(b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"taskId":'),
        hang(),
        raw_reply(502, "<html>Bad gateway</html>", content_type="text/html"),
        raw_reply(200, "<html>Log in</html>", content_type="text/html"),
    ],
    ids=["reset", "closed", "half a reply", "silence", "a gateway's 502", "a web page"],
)
async def test_a_connection_that_breaks_after_the_request_leaves_an_unknown_outcome(breaks: Action) -> None:
    async with serving(SERVICES, ENVIRONMENTS, breaks, entity("Stopped")) as server:
        timeouts = Timeouts(connect=PATIENCE, read=0.5, call=PATIENCE)
        async with opened(server.url, timeouts=timeouts) as here:
            with pytest.raises(OutcomeUnknown) as caught:
                await here.submit("stop")
            assert "web-01 is Stopped now" in caught.value.hint
            assert "before you do it again" in caught.value.hint
            record = await here.only_record()
            assert record.status is Status.UNKNOWN
            assert "web-01 is Stopped now" in record.error
            assert here.execution.pending() == {}
            assert await here.ledger.unseen() == []
            (again,) = await here.execution.watcher.wait([record.key], PATIENCE)
            assert again.status is Status.UNKNOWN
        assert mutations(server) == ["POST"], "sent once, and never again"
        assert server.targets[-1] == f"/v1{WEB_URL}", "the target was read again"


async def test_a_target_that_cannot_be_read_again_is_not_said_to_be_as_it_was() -> None:
    async with serving(SERVICES, ENVIRONMENTS, entity("Running"), reset()) as server:
        async with opened(server.url) as here:
            await here.inventory.refresh_details(WEB)
            with pytest.raises(OutcomeUnknown) as caught:
                await here.submit("stop")
            assert "web-01 could not be read" in caught.value.hint
            record = await here.only_record()
            assert "Running" not in record.error + caught.value.hint
        assert mutations(server) == ["POST"]


async def test_a_target_that_is_not_there_any_more_is_said_to_be_gone() -> None:
    gone = raw_reply(404, json.dumps({"errors": [{"code": 404, "message": "no such instance"}]}))
    async with serving(SERVICES, ENVIRONMENTS, entity("Running"), reset(), gone) as server:
        async with opened(server.url) as here:
            await here.inventory.refresh_details(WEB)
            with pytest.raises(OutcomeUnknown) as caught:
                await here.submit("delete")
            assert "web-01 is not there (any more)" in caught.value.hint
        assert mutations(server) == ["DELETE"]


async def test_what_creates_something_is_unknown_without_a_target_to_look_at() -> None:
    async with serving(SERVICES, ENVIRONMENTS, reset()) as server:
        async with opened(server.url) as here:
            await here.inventory.refresh(ROOT.child("svc"))
            with pytest.raises(OutcomeUnknown):
                await here.submit("create", {"name": "web-09"}, path=INSTANCES)
            record = await here.only_record()
            assert (record.status, record.title) == (Status.UNKNOWN, "web-09")
        assert mutations(server) == ["POST"]


async def test_what_found_no_connection_was_not_sent() -> None:
    async with serving(SERVICES, ENVIRONMENTS) as server:
        url = server.url
        async with opened(url) as here:
            pass
    async with opened(url, prime=False) as here:  # nobody listens there any more
        with pytest.raises(ConnectionFailed, match="not sent"):
            await here.submit("stop")
        record = await here.only_record()
        assert record.status is Status.FAILED
        assert "not sent" in record.error
        assert await here.ledger.unseen() == []


# Whoever asked has gone


async def test_an_answer_is_written_down_although_whoever_asked_has_gone() -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def later() -> Response:
        arrived.set()
        await go_on.wait()
        return accepted("t1")

    cloud = Cloud(later, t1=[("SUCCESS",)])
    async with opened(cloud) as here:
        asking = asyncio.ensure_future(here.submit())
        await asyncio.wait_for(arrived.wait(), PATIENCE)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        record = await here.only_record()
        assert record.status is Status.SENDING
        go_on.set()
        (ended,) = await here.execution.watcher.wait([record.key], PATIENCE)
        assert (ended.status, ended.task_id) == (Status.SUCCESS, "t1")
    assert len(cloud.sent) == 1


async def test_a_session_that_ends_while_it_sends_waits_a_moment_for_the_answer(tmp_path: FilePath) -> None:
    file = tmp_path / "tasks.sqlite"
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def later() -> Response:
        arrived.set()
        await go_on.wait()
        return accepted("t1")

    async with opened(Cloud(later), file) as here:
        asking = asyncio.ensure_future(here.submit())
        await asyncio.wait_for(arrived.wait(), PATIENCE)
        asking.cancel()
        asyncio.get_running_loop().call_soon(go_on.set)
    with Ledger(file) as ledger:
        (record,) = ledger.recent()
    assert (record.status, record.task_id, record.owner) == (Status.PENDING, "t1", "")


async def test_a_session_that_ends_without_an_answer_leaves_an_unknown_outcome(
    tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution_module, "FAREWELL", 0.01)
    file = tmp_path / "tasks.sqlite"
    arrived = asyncio.Event()

    async def never() -> Response:
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError("cancelled before")

    cloud = Cloud(never)
    async with opened(cloud, file) as here:
        asking = asyncio.ensure_future(here.submit())
        await asyncio.wait_for(arrived.wait(), PATIENCE)
        asking.cancel()
    with Ledger(file) as ledger:
        (record,) = ledger.recent()
    assert record.status is Status.UNKNOWN
    async with opened(cloud, file) as here:  # the next session
        assert here.execution.pending() == {}
    assert len(cloud.sent) == 1


async def test_the_next_session_follows_what_an_earlier_one_began(tmp_path: FilePath) -> None:
    file = tmp_path / "tasks.sqlite"
    cloud = Cloud(t1=[("SUCCESS", {"id": "i1", "password": SENTINEL})])
    async with opened(cloud, file, started=False) as first:
        await first.submit("resetPassword")
    async with opened(cloud, file) as second:
        record = await second.only_record()
        await second.execution.watcher.wait([record.key], PATIENCE)
        (event,) = [e for e in second.events if isinstance(e, TaskEnded)]
        assert event.meanwhile
        assert second.execution.secrets_in(event) == {"password": SENTINEL}
        assert [r.status for r in await second.execution.records()] == [Status.SUCCESS]
    assert len(cloud.sent) == 1


# A ledger in trouble


async def test_what_cannot_be_written_down_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud()
    async with opened(cloud) as here:
        monkeypatch.setattr(here.ledger, "begin", no_ledger)
        with pytest.raises(LedgerError, match="disk is full"):
            await here.submit()
    assert cloud.sent == []


async def no_ledger(*_args: Any, **_named: Any) -> Any:
    raise LedgerError("the disk is full")


async def test_a_task_is_followed_although_its_id_could_not_be_written_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with opened(Cloud(t1=[("SUCCESS",)])) as here:
        monkeypatch.setattr(execution_module, "AGAIN", 0.01)
        with monkeypatch.context() as full:
            full.setattr(here.ledger, "submitted", no_ledger)
            submission = await here.submit()
        assert "task t1: not written down: the disk is full" in submission.note
        assert (submission.record.status, submission.record.task_id) == (Status.PENDING, "t1")
        assert (await here.end(submission)).record.status is Status.SUCCESS


async def test_what_was_done_at_once_is_told_although_it_could_not_be_written_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with opened(Cloud(reply({"id": "i1", "password": SENTINEL}))) as here:
        monkeypatch.setattr(here.ledger, "finish", no_ledger)
        submission = await here.submit("resetPassword")
        assert submission.record.status is Status.SUCCESS
        assert submission.secrets == {"password": SENTINEL}
        assert "the disk is full" in submission.note


@pytest.mark.parametrize("words", ["unknown", "finish"])
async def test_a_ledger_in_trouble_does_not_hide_what_the_server_said(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = json_reply(200, taskStatus="PENDING") if words == "unknown" else failure(400, 2012, "no")
    async with opened(Cloud(answer)) as here:
        monkeypatch.setattr(here.ledger, words, no_ledger)
        with pytest.raises(OutcomeUnknown if words == "unknown" else Rejected):
            await here.submit()


# Secrets


Sending = Callable[[Open], Awaitable[Submission]]


@pytest.mark.parametrize(
    ("operation", "result", "secrets"),
    [
        ("resetPassword", {"id": "i1", "password": SENTINEL}, {"password": SENTINEL}),
        ("create", {"id": "i1", "password": SENTINEL, "userData": f"pw={SENTINEL}"}, {"password": SENTINEL}),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_password_in_a_result_is_given_to_who_asked_and_is_in_no_file(
    operation: str, result: dict[str, Any], secrets: dict[str, str], at_once: bool, tmp_path: FilePath
) -> None:
    cloud = Cloud(reply(result) if at_once else accepted("t1"), t1=[("PENDING",), ("SUCCESS", result)])
    async with opened(cloud, tmp_path / "state" / "tasks.sqlite") as here:
        path = INSTANCES if operation == "create" else WEB
        submission = await here.end(await here.submit(operation, {"name": "x"}, path=path))
        assert submission.secrets == secrets
        assert submission.result == result
        assert SENTINEL not in repr(submission)
        record = await here.only_record()
        assert record.status is Status.SUCCESS
        assert record.result and '"id":"i1"' in record.result
        assert found(tmp_path) == []
    assert found(tmp_path) == []


async def test_a_download_url_is_kept_out_also_before_the_services_are_known(tmp_path: FilePath) -> None:
    """A task from an earlier session may end before anything else was read."""
    url = f"https://files.example/{SENTINEL}.iso"
    file = tmp_path / "tasks.sqlite"
    cloud = Cloud(t1=[("SUCCESS", {"url": url})])
    iso = ENV.child("isos").child("iso1")
    async with opened(cloud, file, started=False) as first:
        await first.submit("generateDownloadUrl", path=iso)
    async with opened(cloud, file, prime=False) as second:
        record = await second.only_record()
        await second.execution.watcher.wait([record.key], PATIENCE)
        (event,) = [e for e in second.events if isinstance(e, TaskEnded)]
        assert second.execution.secrets_in(event) == {"url": url}
    assert found(tmp_path) == []


async def test_a_bare_text_is_the_one_secret_of_its_operation(tmp_path: FilePath) -> None:
    cloud = Cloud(reply(f"https://files.example/{SENTINEL}"))
    async with opened(cloud, tmp_path / "tasks.sqlite") as here:
        submission = await here.submit("generateDownloadUrl", path=ENV.child("isos").child("iso1"))
        assert submission.secrets == {"url": f"https://files.example/{SENTINEL}"}
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"username": "ada", "password": SENTINEL}, accepted("t1")),
        ({"username": "ada", "password": SENTINEL}, reply({"username": "ada", "password": SENTINEL})),
        ({"username": "ada", "password": SENTINEL}, failure(400, 400, f"password {SENTINEL} is too short")),
        ({"username": "ada", "extra": {"apiKey": SENTINEL}}, accepted("t1")),
    ],
    ids=["task", "echoed", "echoed in an error", "in a raw body"],
)
async def test_a_password_that_is_sent_is_in_no_file(
    fields: dict[str, Any], answer: Response, tmp_path: FilePath
) -> None:
    cloud = Cloud(answer)
    async with opened(cloud, tmp_path / "tasks.sqlite", started=False) as here:
        try:
            await here.submit("create", fields, path=ENV.child("vpnusers"))
        except Rejected as error:
            assert SENTINEL not in f"{error}{error!r}{error.hint}{error.errors}"
            assert "is too short" in str(error)
        assert cloud.sent[0].body == fields, "sent as it is"
        assert found(tmp_path) == []
    assert found(tmp_path) == []


async def test_the_key_is_in_no_file(tmp_path: FilePath) -> None:
    async with opened(Cloud(failure(400, 400, f"key {KEY} did it")), tmp_path / "tasks.sqlite") as here:
        with pytest.raises(Rejected) as caught:
            await here.submit()
        assert KEY not in str(caught.value)
    assert found(tmp_path, KEY) == []


# Records


async def test_only_the_tasks_of_this_connection_are_shown(tmp_path: FilePath) -> None:
    file = tmp_path / "tasks.sqlite"
    async with opened(Cloud(reply({})), file) as here:
        mine = (await here.submit()).record
        other = replace(mine, key=0, status=Status.SENDING, endpoint="https://elsewhere.example/v1")
        await here.ledger.begin(other)
        await here.ledger.begin(replace(other, profile="another", endpoint=mine.endpoint))
        assert [r.key for r in await here.execution.records()] == [mine.key]


async def test_finished_tasks_can_be_forgotten_and_pending_ones_cannot() -> None:
    cloud = Cloud()
    async with opened(cloud, started=False) as here:
        pending = (await here.submit()).record
        cloud.mutation = reply({})
        done = (await here.submit()).record
        assert await here.execution.forget([pending.key, done.key]) == 1
        assert [r.key for r in await here.execution.records()] == [pending.key]
