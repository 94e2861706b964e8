"""``cloudmc-tui show``: one entity, whole."""

from __future__ import annotations

import json

import pytest

from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.formats.text import visible
from tests.cli.conftest import Command, Connect
from tests.odd_cloud import HOSTILE, OddCloud

INSTANCES = "compute-qc/production/instances"
ODD = "svc/env/instances"
ODD_LIST = "/services/svc/env/instances"


def test_by_name_and_by_id(cloudmc: Command) -> None:
    by_name = cloudmc("show", "--demo", f"{INSTANCES}/web-01")
    assert (by_name.status, by_name.err) == (Exit.DONE, "")
    assert by_name.lines[0] == "web-01"
    [identity] = [line.split()[-1] for line in by_name.lines if line.startswith("  ID ")]
    by_id = cloudmc("show", "--demo", f"{INSTANCES}/{identity}")
    assert by_id.out == by_name.out
    assert any(line.split() == ["State", "●", "Running"] for line in by_id.lines)
    assert any(line.split()[:1] == ["Network"] and len(line.split()) == 3 for line in by_id.lines), "by name"


def test_json_is_what_was_sent(cloudmc: Command) -> None:
    sent = json.loads(cloudmc("show", "--demo", f"{INSTANCES}/web-01", "-o", "json").out)
    assert sent["name"] == "web-01"
    listed = json.loads(cloudmc("ls", "--demo", INSTANCES, "--filter", "name=web-01", "-o", "json").out)
    assert listed[0]["id"] == sent["id"]


@pytest.mark.parametrize(
    ("path", "title"), [("compute-qc", "Compute - Québec"), ("compute-qc/production", "production")]
)
def test_services_and_environments(cloudmc: Command, path: str, title: str) -> None:
    outcome = cloudmc("show", "--demo", path)
    assert (outcome.status, outcome.lines[0]) == (Exit.DONE, title)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("", Exit.USAGE, "services are listed, not shown. Use: cloudmc-tui ls"),
        (INSTANCES, Exit.USAGE, f"entities are listed, not shown. Use: cloudmc-tui ls {INSTANCES}"),
        (f"{INSTANCES}/web-011", Exit.NOT_FOUND, "Did you mean 'web-01'?"),
        ("compute-qc/prod/instances/x", Exit.NOT_FOUND, "no environment 'prod'"),
        ("compute-qc/production/instance/x", Exit.NOT_FOUND, "Did you mean 'instances'?"),
    ],
)
def test_mistakes(cloudmc: Command, path: str, status: Exit, said: str) -> None:
    outcome = cloudmc("show", "--demo", path)
    assert (outcome.status, outcome.out) == (status, "")
    assert said in outcome.err


def test_a_name_that_two_have(cloudmc: Command, connect: Connect) -> None:
    connect(OddCloud({ODD_LIST: [{"id": "1", "name": "web"}, {"id": "2", "name": "web"}]}).app)
    outcome = cloudmc("show", f"{ODD}/web")
    assert (outcome.status, outcome.out) == (Exit.USAGE, "")
    assert "2 entities in svc/env/instances are called 'web'. Give the id of one: 1, 2" in outcome.err


def test_an_id_with_slashes(cloudmc: Command, connect: Connect) -> None:
    cloud = OddCloud({f"{ODD_LIST}/a/b c": {"id": "a/b c", "name": "web"}})
    connect(cloud.app)
    assert cloudmc("show", f"{ODD}/a/b c").lines[0] == "web"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_entities_are_text(cloudmc: Command, connect: Connect, name: str) -> None:
    entity = {"id": "1", "name": name, "state": name, "nics": [{"ip": name, name: name}], name: {"x": name}}
    connect(OddCloud({f"{ODD_LIST}/1": entity}).app)
    outcome = cloudmc("show", f"{ODD}/1")
    assert outcome.status == Exit.DONE
    assert all(line == visible(line) for line in outcome.out.split("\n"))
    assert json.loads(cloudmc("show", f"{ODD}/1", "-o", "json").out) == entity


def test_secrets_are_masked(cloudmc: Command, connect: Connect) -> None:
    entity = {"id": "1", "name": "web", "password": "s3cr3t", "vpn": {"presharedKey": "s3cr3t"}}
    connect(OddCloud({f"{ODD_LIST}/1": entity}).app)
    outcome = cloudmc("show", f"{ODD}/1")
    assert "Password" in outcome.out
    assert "s3cr3t" not in outcome.out
