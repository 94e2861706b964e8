"""Services, environments, tasks and listings, as far as they can be read."""

from __future__ import annotations

from typing import Any

import pytest

from cloudmc_tui.api.envelope import open_envelope
from cloudmc_tui.api.errors import ErrorItem
from cloudmc_tui.api.models import Collection, Environment, Organization, Reply, Service, Task

SERVICES = [
    Service.read({"id": "s1", "serviceCode": "compute-qc", "name": "Québec", "type": "CloudCA"}),
    Service.read({"id": "s2", "serviceCode": "compute-on", "name": "Ontario", "type": "CloudCA"}),
]


def test_a_service() -> None:
    raw = {
        "id": "s1",
        "serviceCode": "qc",
        "name": "Q",
        "type": "T",
        "status": {"reachable": False},
        "new": 1,
    }
    service = Service.read(raw)
    assert (service.code, service.name, service.type, service.id) == ("qc", "Q", "T", "s1")
    assert service.reachable is False
    assert service.raw is raw


@pytest.mark.parametrize("status", [None, "up", [], {}, {"reachable": "yes"}])
def test_a_service_that_does_not_say_whether_it_is_reachable(status: object) -> None:
    service = Service.read({"serviceCode": "qc", "name": None, "status": status})
    assert service.reachable is None
    assert (service.name, service.type, service.id) == ("qc", "", "")


@pytest.mark.parametrize(
    ("connection", "code"),
    [
        ({"serviceCode": "compute-on", "id": "s1", "name": "Québec"}, "compute-on"),
        ({"id": "s2", "name": "Québec"}, "compute-on"),
        ({"id": "unknown", "name": "Québec"}, "compute-qc"),
        ({"name": "Ontario"}, "compute-on"),
        ({"id": "unknown", "name": "unknown"}, None),
        ({}, None),
        ({"id": ""}, None),
        ("compute-qc", None),
        (None, None),
    ],
)
def test_an_environment_finds_its_service_by_code_else_id_else_name(
    connection: Any, code: str | None
) -> None:
    assert Environment.read({"name": "prod", "serviceConnection": connection}, SERVICES).service_code == code


def test_an_environment() -> None:
    raw = {"id": "e1", "name": "prod", "description": "d", "organization": {"id": "o1", "name": "Acme"}}
    environment = Environment.read(raw)
    assert (environment.id, environment.name, environment.description) == ("e1", "prod", "d")
    assert (environment.organization_id, environment.organization_name) == ("o1", "Acme")
    assert Environment.read({"name": 7, "organization": "o1"}).name == "7"


def test_an_organization() -> None:
    raw = {"id": "o2", "name": "Sub", "entryPoint": "sub", "parent": {"id": "o1"}}
    organization = Organization.read(raw)
    assert (organization.name, organization.entry_point, organization.parent_id) == ("Sub", "sub", "o1")
    assert Organization.read({"id": "o1", "entryPoint": "top", "parent": None}).parent_id == ""
    assert Organization.read({"id": "o1", "entryPoint": "top"}).name == "top"


@pytest.mark.parametrize(
    "raw",
    [
        {"taskId": "t1", "taskStatus": "SUCCESS", "result": {"id": "i1"}},
        {"data": {"id": "t1", "status": "SUCCESS", "created": "2026-01-01", "result": {"id": "i1"}}},
        {
            "data": {"id": "t1", "status": "SUCCESS", "result": {"id": "i1"}},
            "taskId": "t1",
            "taskStatus": "SUCCESS",
            "result": {"id": "i1"},
        },
    ],
)
def test_a_task_is_read_in_both_shapes(raw: dict[str, Any]) -> None:
    task = Task.read(open_envelope(raw))
    assert task is not None
    assert (task.id, task.status, task.result) == ("t1", "SUCCESS", {"id": "i1"})
    assert task.done
    assert not task.failed
    assert task.raw == raw


@pytest.mark.parametrize(
    ("status", "done", "failed"),
    [
        ("PENDING", False, False),
        ("pending", False, False),
        ("SUCCESS", True, False),
        ("FAILED", True, True),
        ("FAILURE", True, True),
        ("CANCELLED", True, True),
    ],
)
def test_any_status_but_pending_is_final(status: str, done: bool, failed: bool) -> None:
    task = Task.read(open_envelope({"taskId": "t", "taskStatus": status}))
    assert task is not None
    assert (task.done, task.failed) == (done, failed)


@pytest.mark.parametrize(
    "more",
    [
        {"errors": [{"code": 7, "message": "boom"}]},
        {"data": {"errors": [{"code": 7, "message": "boom"}]}},
        {"result": {"errors": [{"code": 7, "message": "boom"}]}},
        {"result": {"code": 7, "message": "boom"}},
    ],
)
def test_a_failed_task_says_why_in_errors_else_in_its_result(more: dict[str, Any]) -> None:
    task = Task.read(open_envelope({"taskId": "t", "taskStatus": "FAILED", **more}))
    assert task is not None
    assert task.errors == (ErrorItem("7", "boom"),)


def test_a_failed_task_may_say_why_in_words() -> None:
    task = Task.read(open_envelope({"data": {"id": "t", "status": "FAILED", "result": "no room"}}))
    assert task is not None
    assert [item.message for item in task.errors] == ["no room"]


def test_a_message_in_a_good_result_is_no_error() -> None:
    task = Task.read(open_envelope({"taskId": "t", "taskStatus": "SUCCESS", "result": {"message": "hello"}}))
    assert task is not None
    assert task.errors == ()


@pytest.mark.parametrize(
    "raw", [None, [], {}, {"data": []}, {"data": {"id": "t"}}, {"taskId": "t", "taskStatus": None}]
)
def test_without_a_status_there_is_no_task(raw: object) -> None:
    assert Task.read(open_envelope(raw)) is None


def test_a_listing() -> None:
    raw = {"data": [{"id": "1"}, {"name": "no id"}], "metadata": {"recordCount": 2}}
    listing = Collection.read(open_envelope(raw))
    assert listing.entities == [{"id": "1"}, {"name": "no id"}]
    assert (listing.count, listing.notes, listing.raw) == (2, [], raw)


def test_what_is_no_entity_is_set_aside_with_a_note() -> None:
    raw = {"data": [None, {"id": "1"}, "x", None, 3, True, [1]]}
    listing = Collection.read(open_envelope(raw))
    assert listing.entities == [{"id": "1"}]
    assert listing.notes == [
        "set aside, not an entity: 2 × null, 1 × a text, 1 × a number, 1 × a boolean, 1 × a list"
    ]


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        ({"data": {"id": "1"}}, "an object"),
        ({"data": "x"}, "a text"),
        ({"data": None}, "null"),
        ({"data": 3.5}, "a number"),
        ({}, "nothing"),
        (None, "nothing"),
        ("x", "a text"),
        (7, "a number"),
    ],
)
def test_what_is_no_list_is_an_empty_one_with_a_note(raw: object, note: str) -> None:
    listing = Collection.read(open_envelope(raw))
    assert listing.entities == []
    assert listing.notes == [f"the server sent {note} instead of a list"]
    assert listing.raw == raw


def test_a_list_without_an_envelope_is_a_list() -> None:
    assert Collection.read(open_envelope([{"id": "1"}])).entities == [{"id": "1"}]


def test_a_listing_that_is_shorter_than_its_count_says_so() -> None:
    listing = Collection.read(open_envelope({"data": [{}], "metadata": {"recordCount": 1200}}))
    assert listing.notes == ["the server counts 1,200 entities and sent 1"]


@pytest.mark.parametrize("count", [None, "many", -1, True, 1.5, [], "9" * 40])
def test_a_count_that_is_none_is_none(count: object) -> None:
    assert Collection.read(open_envelope({"data": [], "metadata": {"recordCount": count}})).count is None


def test_a_count_may_be_a_text() -> None:
    assert Collection.read(open_envelope({"data": [{}, {}], "metadata": {"recordCount": "2"}})).count == 2


@pytest.mark.parametrize(
    ("task_id", "task_status", "errors", "verdict"),
    [
        ("", "", (), "succeeded"),
        ("t", "SUCCESS", (), "succeeded"),
        ("t", "PENDING", (), "pending"),
        ("t", "", (), "pending"),
        ("t", "FAILED", (), "failed"),
        ("t", "FAILURE", (ErrorItem(None, "x"),), "failed"),
        ("t", "SUCCESS", (ErrorItem(None, "x"),), "failed"),
    ],
)
def test_a_reply_is_one_of_pending_succeeded_and_failed(
    task_id: str, task_status: str, errors: tuple[ErrorItem, ...], verdict: str
) -> None:
    reply = Reply(200, None, {}, task_id, task_status, errors, None, 0.1, 2)
    assert [name for name in ("pending", "succeeded", "failed") if getattr(reply, name)] == [verdict]
