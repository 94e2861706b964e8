"""What each call asks for, and what it makes of the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cloudmc_tui import __version__
from cloudmc_tui.api import (
    BadReply,
    Client,
    ErrorItem,
    NotFound,
    Rejected,
)
from cloudmc_tui.path import Path

from .conftest import KEY, Cloud

LIST = Path.parse("compute-qc/production/instances")
ONE = LIST.child("i-1")


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
