"""What each call asks for, and what it makes of the answer."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from cloudmc_tui import __version__
from cloudmc_tui.api import (
    BadReply,
    Client,
    CloudMCError,
    ConnectionSettings,
    ErrorItem,
    KeyRefused,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RequestLog,
    RequestRecord,
    Secret,
    ServerFailed,
    WriteRefused,
)
from cloudmc_tui.api.envelope import decode
from cloudmc_tui.path import Path

from .conftest import KEY, NOW, Connect

LIST = Path.parse("compute-qc/production/instances")
ONE = LIST.child("i-1")


class Cloud:
    """Answers every request with what it is told to; remembers the requests."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []
        self.replies: dict[str, httpx.Response] = {}
        self.reply = httpx.Response(200, json={"data": []})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        found = self.replies.get(request.url.path, self.reply)
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    @property
    def targets(self) -> list[str]:
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.seen]

    def answers(self, status: int, body: Any = b"", **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.reply = httpx.Response(status, content=content, headers=headers)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def make(cloud: Cloud, connect: Connect) -> Callable[..., Client]:
    return lambda **settings: connect(transport=httpx.MockTransport(cloud), **settings)


async def test_services_come_from_the_connections(cloud: Cloud, make: Callable[..., Client]) -> None:
    cloud.answers(
        200, {"data": [{"id": "s1", "serviceCode": "compute-qc", "name": "Q"}, {"name": "none"}, None]}
    )
    async with make() as client:
        services = await client.services()
    assert [service.code for service in services] == ["compute-qc"]
    assert services.notes == [
        "set aside, not an entity: 1 × null",
        "set aside: 1 × service without a usable code",
    ]
    assert cloud.targets == ["GET /v1/services/connections"]


async def test_the_organization_goes_along_under_the_name_that_each_call_knows(
    cloud: Cloud, make: Callable[..., Client]
) -> None:
    cloud.replies["/v1/services/compute-qc/production/instances/i-1"] = httpx.Response(200, json={"data": {}})
    async with make(organization_id="o 1") as client:
        await client.services()
        await client.environments()
        await client.organizations()
        await client.list_entities(LIST, {"vpc_id": "v&1"})
        await client.get_entity(ONE)
        await client.send("POST", ONE, operation="stop")
        await client.send("DELETE", ONE)
    assert cloud.targets == [
        "GET /v1/services/connections?organizationId=o%201",
        "GET /v1/environments?organizationId=o%201",
        "GET /v1/organizations",
        "GET /v1/services/compute-qc/production/instances?vpc_id=v%261&org_id=o%201",
        "GET /v1/services/compute-qc/production/instances/i-1?org_id=o%201",
        "POST /v1/services/compute-qc/production/instances/i-1?operation=stop&org_id=o%201",
        "DELETE /v1/services/compute-qc/production/instances/i-1?org_id=o%201",
    ]


async def test_every_request_says_who_asks_and_what_for(cloud: Cloud, make: Callable[..., Client]) -> None:
    async with make() as client:
        await client.list_entities(LIST)
        await client.send("POST", LIST, body={"name": "é"})
    for request in cloud.seen:
        assert request.headers["MC-Api-Key"] == KEY
        assert request.headers["Content-Type"] == "application/json"
        assert request.headers["Accept-Encoding"] == "gzip"
        assert request.headers["User-Agent"] == f"cloudmc-tui/{__version__}"
        assert KEY not in str(request.url)
    assert json.loads(cloud.seen[1].content) == {"name": "é"}


async def test_an_id_with_slashes_and_dots_stays_one_part(cloud: Cloud, make: Callable[..., Client]) -> None:
    cloud.answers(200, {"data": {"id": "x"}})
    async with make() as client:
        await client.get_entity(LIST.child("a/b?c#d"))
        await client.get_entity(LIST.child(".."))
        await client.send("DELETE", LIST.child("../other"))
    assert [target.rsplit("/", 1)[1] for target in cloud.targets] == ["a%2Fb%3Fc%23d", "%2E%2E", "..%2Fother"]


async def test_environments_find_their_services(cloud: Cloud, make: Callable[..., Client]) -> None:
    cloud.replies["/v1/services/connections"] = httpx.Response(
        200, json={"data": [{"id": "s1", "serviceCode": "compute-qc", "name": "Québec"}]}
    )
    cloud.answers(
        200, {"data": [{"name": "prod", "serviceConnection": {"id": "s1"}}, {"name": "a/b"}, {"id": "x"}]}
    )
    async with make() as client:
        environments = await client.environments()
        assert [(each.name, each.service_code) for each in environments] == [("prod", "compute-qc")]
        assert environments.notes == ["set aside: 2 × environment without a usable name"]
        assert cloud.targets == ["GET /v1/environments", "GET /v1/services/connections"]
        await client.environments()  # the services are known by now
    assert cloud.targets[2:] == ["GET /v1/environments"]


async def test_environments_that_name_their_service_need_no_second_request(
    cloud: Cloud, make: Callable[..., Client]
) -> None:
    cloud.answers(200, {"data": [{"name": "prod", "serviceConnection": {"serviceCode": "compute-qc"}}]})
    async with make() as client:
        assert [each.service_code for each in await client.environments()] == ["compute-qc"]
    assert cloud.targets == ["GET /v1/environments"]


async def test_organizations(cloud: Cloud, make: Callable[..., Client]) -> None:
    cloud.answers(
        200, {"data": [{"id": "o1", "name": "Top"}, {"id": "o2", "name": "Sub", "parent": {"id": "o1"}}]}
    )
    async with make() as client:
        assert [(each.name, each.parent_id) for each in await client.organizations()] == [
            ("Top", ""),
            ("Sub", "o1"),
        ]


@pytest.mark.parametrize("body", [b"", b"  ", {"data": None}, {"data": "x"}, {}, [], "x", None, 7])
async def test_a_listing_is_shown_as_far_as_it_goes(
    cloud: Cloud, make: Callable[..., Client], body: Any
) -> None:
    cloud.answers(200, body)
    async with make() as client:
        listing = await client.list_entities(LIST)
        assert listing.entities == []
        assert len(listing.notes) == (0 if body == [] else 1)


async def test_a_204_is_an_empty_listing(cloud: Cloud, make: Callable[..., Client]) -> None:
    cloud.answers(204)
    async with make() as client:
        assert (await client.list_entities(LIST)).notes == ["the server sent nothing instead of a list"]


async def test_an_entity_comes_as_sent(cloud: Cloud, make: Callable[..., Client]) -> None:
    cloud.answers(200, {"data": {"id": "i-1", "odd": [None, {"x": 1.5}]}})
    async with make() as client:
        assert await client.get_entity(ONE) == {"id": "i-1", "odd": [None, {"x": 1.5}]}
        cloud.answers(200, {"data": [{"id": "i-1"}]})
        assert await client.get_entity(ONE) == {"id": "i-1"}


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "no data"),
        ({}, "no data"),
        ({"data": None}, "no data"),
        ({"data": []}, "a list"),
        ({"data": [{}, {}]}, "a list"),
        ({"data": "x"}, "a text"),
        ({"data": 7}, "a number"),
        ([1], "no data"),
        ("x", "no data"),
    ],
)
async def test_no_entity_where_one_was_due(
    cloud: Cloud, make: Callable[..., Client], body: Any, what: str
) -> None:
    cloud.answers(200, body)
    async with make() as client:
        with pytest.raises(BadReply, match=f"the reply has {what} where an entity was due") as caught:
            await client.get_entity(ONE)
    assert caught.value.status == 200


async def test_a_call_needs_a_path_of_the_right_depth(make: Callable[..., Client]) -> None:
    async with make() as client:
        with pytest.raises(ValueError, match="does not lead to an entity type"):
            await client.list_entities(ONE)
        with pytest.raises(ValueError, match="does not lead to an entity"):
            await client.get_entity(LIST)
        with pytest.raises(ValueError, match="needs an entity type or an entity"):
            await client.send("POST", Path.parse("compute-qc/production"))
        with pytest.raises(ValueError, match="GET is no mutation"):
            await client.send("GET", ONE)


# Tasks and mutations


async def test_a_task_in_either_shape(cloud: Cloud, make: Callable[..., Client]) -> None:
    async with make() as client:
        cloud.answers(200, {"taskId": "t1", "taskStatus": "PENDING"})
        assert not (await client.task("t1")).done
        cloud.answers(200, {"data": {"id": "t1", "status": "SUCCESS", "created": "c", "result": {"id": "i"}}})
        task = await client.task("t/1")
    assert (task.id, task.done, task.created, task.result) == ("t1", True, "c", {"id": "i"})
    assert cloud.targets == ["GET /v1/tasks/t1", "GET /v1/tasks/t%2F1"]


async def test_a_failed_task_is_an_answer_and_no_error(cloud: Cloud, make: Callable[..., Client]) -> None:
    cloud.answers(
        200, {"data": {"id": "t1", "status": "FAILED"}, "errors": [{"code": 5, "message": "no room"}]}
    )
    async with make() as client:
        task = await client.task("t1")
    assert task.failed
    assert task.errors == (ErrorItem("5", "no room"),)


async def test_errors_without_a_task_are_the_calls_own(cloud: Cloud, make: Callable[..., Client]) -> None:
    cloud.answers(200, {"errors": [{"code": 5, "message": "no"}]})
    async with make() as client:
        with pytest.raises(Rejected):
            await client.task("t1")
        cloud.answers(200, {"data": {}})
        with pytest.raises(BadReply, match="no task status"):
            await client.task("t1")
        cloud.answers(404, {"errors": [{"errorCode": "4", "message": "unknown"}]})
        with pytest.raises(NotFound):
            await client.task("t1")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"taskId": "t", "taskStatus": "PENDING"}, ("t", "PENDING", None, True, False)),
        (202, {"taskId": "t"}, ("t", "", None, True, False)),
        (
            200,
            {"taskId": "t", "taskStatus": "SUCCESS", "data": {"a": 1}},
            ("t", "SUCCESS", {"a": 1}, False, True),
        ),
        (200, {"taskId": "t", "taskStatus": "FAILED", "errors": ["x"]}, ("t", "FAILED", None, False, False)),
        (201, {"data": {"id": "e"}}, ("", "", {"id": "e"}, False, True)),
        (204, b"", ("", "", None, False, True)),
        (200, b"", ("", "", None, False, True)),
        (200, {"data": {"status": "PENDING"}}, ("", "", {"status": "PENDING"}, False, True)),
    ],
)
async def test_a_mutation_may_answer_in_any_form(
    cloud: Cloud, make: Callable[..., Client], status: int, body: Any, expected: tuple[Any, ...]
) -> None:
    cloud.answers(status, body)
    async with make() as client:
        reply = await client.send("POST", ONE, operation="start")
    assert (reply.task_id, reply.task_status, reply.data, reply.pending, reply.succeeded) == expected
    assert reply.status == status
    assert reply.raw == (body or None)
    assert reply.size == len(cloud.reply.content)


async def test_a_mutation_without_a_body_sends_none(cloud: Cloud, make: Callable[..., Client]) -> None:
    async with make() as client:
        await client.send("DELETE", ONE)
        await client.send("DELETE", ONE, body={})
    assert [request.content for request in cloud.seen] == [b"", b"{}"]


# What went wrong


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, KeyRefused),
        (403, NotAllowed),
        (404, NotFound),
        (405, Rejected),
        (409, Rejected),
        (418, Rejected),
        (422, Rejected),
        (429, RateLimited),
        (500, ServerFailed),
        (501, ServerFailed),
        (502, ServerFailed),
        (503, ServerFailed),
        (599, ServerFailed),
        (200, Rejected),
        (202, Rejected),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_status_has_its_error(
    cloud: Cloud, make: Callable[..., Client], status: int, kind: type[CloudMCError], method: str
) -> None:
    errors = [
        {"code": 2012, "message": "Not now", "context": {"state": "Odd"}},
        {"errorCode": "X", "message": "And"},
    ]
    cloud.answers(status, {"errors": errors})
    async with make() as client:
        with pytest.raises(CloudMCError) as caught:
            await (client.get_entity(ONE) if method == "GET" else client.send("POST", ONE, operation="stop"))
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.code, error.context) == (status, "2012", {"state": "Odd"})
    assert [item.code for item in error.errors] == ["2012", "X"]
    assert (error.method, error.endpoint) == (method, "http://demo/v1")
    assert error.path == "/services/compute-qc/production/instances/i-1" + (
        "?operation=stop" if method == "POST" else ""
    )
    assert "code 2012: Not now (state: Odd); code X: And" in str(error)
    assert str(error).startswith(f"{method} {error.path}: {status}") or kind in (KeyRefused, RateLimited)


@pytest.mark.parametrize(
    "message", ["Invalid API key", "The apikey is unknown", "Authentication required", "Bad credentials"]
)
async def test_a_403_may_mean_the_key(cloud: Cloud, make: Callable[..., Client], message: str) -> None:
    cloud.answers(403, {"errors": [{"code": 1, "message": message}]})
    async with make() as client:
        with pytest.raises(KeyRefused) as caught:
            await client.services()
    assert f"the API key was refused by http://demo/v1 (code 1: {message})" in str(caught.value)


async def test_a_403_for_lack_of_permission_is_not_about_the_key(
    cloud: Cloud, make: Callable[..., Client]
) -> None:
    cloud.answers(403, {"errors": [{"code": 1, "message": "You do not have permission to view instances"}]})
    async with make() as client:
        with pytest.raises(NotAllowed) as caught:
            await client.services()
    assert type(caught.value) is NotAllowed
    assert "permission" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html><h1>502 Bad Gateway</h1></html>", "502: bad gateway (an HTML page)"),
        (b"", "502: bad gateway"),
        (b"upstream error", "502: bad gateway (not JSON)"),
        ({"message": "no upstream"}, "502: no upstream"),
        ({"error": "Oops", "status": 502}, "502: Oops"),
        ({"data": {}}, "502: bad gateway"),
        ([1], "502: bad gateway"),
    ],
)
async def test_a_failure_without_errors_is_named_all_the_same(
    cloud: Cloud, make: Callable[..., Client], body: Any, said: str
) -> None:
    cloud.answers(502, body)
    async with make() as client:
        with pytest.raises(ServerFailed) as caught:
            await client.services()
    assert str(caught.value) == f"GET /services/connections: {said}"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!doctype html><title>Sign in</title>", "the reply is an HTML page"),
        (b'{"data": [{"id": 1}', "the reply is JSON that breaks off"),
        (b"\x1b[31mhello", "the reply is not JSON"),
    ],
)
async def test_an_unreadable_reply(cloud: Cloud, make: Callable[..., Client], body: bytes, said: str) -> None:
    cloud.answers(200, body)
    async with make() as client:
        with pytest.raises(BadReply, match=said) as caught:
            await client.list_entities(LIST)
        assert caught.value.excerpt == body.decode().replace("\x1b", "\\x1b")
        with pytest.raises(OutcomeUnknown, match=f"outcome unknown: {said}") as unknown:
            await client.send("POST", LIST)
    assert unknown.value.status == 200
    assert "before trying again" in unknown.value.hint


@pytest.mark.parametrize("status", [502, 504])
async def test_a_gateway_does_not_know_what_became_of_a_mutation(
    cloud: Cloud, make: Callable[..., Client], status: int
) -> None:
    cloud.answers(status, b"<html>")
    async with make() as client:
        with pytest.raises(OutcomeUnknown, match="said by a gateway"):
            await client.send("POST", ONE, operation="stop")
    assert len(cloud.seen) == 1


@pytest.mark.parametrize("status", [304, 300])
async def test_a_status_that_was_not_asked_for(
    cloud: Cloud, make: Callable[..., Client], status: int
) -> None:
    cloud.answers(status, b"")
    async with make() as client:
        with pytest.raises(BadReply, match="a status that was not asked for"):
            await client.list_entities(LIST)


async def test_a_packed_reply_is_unpacked(cloud: Cloud, make: Callable[..., Client]) -> None:
    cloud.reply = httpx.Response(200, json={"data": [{"id": "1"}]})
    packed = gzip.compress(cloud.reply.content)

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=packed, headers={"content-encoding": "gzip"})

    async with make() as client:
        client._caller._transport = httpx.MockTransport(handler)
        assert (await client.list_entities(LIST)).entities == [{"id": "1"}]
        packed = b"not gzip at all"
        with pytest.raises(BadReply, match="cannot be unpacked"):
            await client.list_entities(LIST)


async def test_a_reply_over_the_limit_is_given_up(cloud: Cloud, make: Callable[..., Client]) -> None:
    cloud.answers(200, {"data": [{"id": "x" * 2000}]})
    async with make(max_reply_bytes=1000) as client:
        with pytest.raises(BadReply, match="larger than the limit of 1,000 bytes"):
            await client.list_entities(LIST)
        with pytest.raises(OutcomeUnknown, match="larger than the limit"):
            await client.send("POST", LIST)


@pytest.mark.parametrize(("entities", "in_a_thread"), [(1, False), (12_000, True)])
async def test_a_large_reply_is_decoded_off_the_event_loop(
    cloud: Cloud,
    make: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    entities: int,
    in_a_thread: bool,
) -> None:
    threads = []

    def decode_where(body: bytes) -> Any:
        threads.append(threading.current_thread())
        return decode(body)

    monkeypatch.setattr("cloudmc_tui.api.caller.decode", decode_where)
    cloud.answers(200, {"data": [{"id": str(number), "name": "x" * 100} for number in range(entities)]})
    async with make() as client:
        assert len((await client.list_entities(LIST)).entities) == entities
    assert [thread is not threading.current_thread() for thread in threads] == [in_a_thread]


# The log and the clock


async def test_every_attempt_is_recorded(cloud: Cloud, make: Callable[..., Client], log: RequestLog) -> None:
    cloud.answers(503, b"busy")
    async with make(organization_id="o1") as client:
        with pytest.raises(ServerFailed):
            await client.list_entities(LIST)
    assert [(record.attempt, record.status, record.bytes) for record in log] == [
        (n, 503, 4) for n in (1, 2, 3, 4)
    ]
    assert {record.path for record in log} == {"/services/compute-qc/production/instances?org_id=o1"}
    assert {record.started for record in log} == {NOW}
    assert KEY not in repr(list(log))


async def test_a_broken_log_costs_no_outcome(
    cloud: Cloud, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(record: object) -> None:
        raise RuntimeError("disk full")

    client = connect(transport=httpx.MockTransport(cloud))
    client._caller._on_request = broken
    async with client:
        assert (await client.send("POST", LIST)).succeeded
    assert "the request log failed" in caplog.text
    assert KEY not in caplog.text


async def test_the_log_keeps_the_last_requests() -> None:
    log = RequestLog(limit=2)
    for attempt in (1, 2, 3):
        log(RequestRecord("GET", "/x", 200, "", NOW, 0.1, 2, attempt))
    assert [record.attempt for record in log] == [2, 3]
    assert len(log) == 2


async def test_the_servers_clock_is_compared_to_ours(cloud: Cloud, make: Callable[..., Client]) -> None:
    async with make() as client:
        before = client.clock_skew
        assert before is None
        cloud.answers(200, {"data": []}, date="Sun, 01 Mar 2026 12:05:00 GMT")
        await client.services()
        assert client.clock_skew == timedelta(minutes=5)
        cloud.answers(200, {"data": []}, date="whenever")
        await client.services()
        assert client.clock_skew == timedelta(minutes=5)


async def test_without_a_write_guard_nothing_but_reads_is_sent() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        return httpx.Response(200, json={"data": []})

    settings = ConnectionSettings("http://demo/v1", Secret("k"))
    async with Client(settings, transport=httpx.MockTransport(answer)) as client:
        await client.list_entities(LIST)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            with pytest.raises(WriteRefused):
                await client.send(method, ONE)
    assert seen == ["GET"]
