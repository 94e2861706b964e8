"""``cloudmc-tui run``: what is planned, asked, sent and told, with which exit status."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.session import LEDGER_FILE, state_folder
from cloudmc_tui.simulator import Settings, SimulatorApp
from cloudmc_tui.simulator.world import World
from cloudmc_tui.tasks import Ledger
from tests.cli.conftest import TIMEOUT, Command, Connect, Outcome, program
from tests.odd_cloud import ENVIRONMENT, HOSTILE, KEY, SERVICE, failure, reply
from tests.task_cloud import INSTANCE, SENTINEL, WEB_URL, Cloud, accepted, found, quick_pace, task
from tests.terminal import Terminal

PRODUCTION = "compute-qc/production"
ODD = "svc/env/instances/web-01"

Simulate = Callable[..., "Simulated"]


class Simulated:
    """A simulated cloud that the environment leads to."""

    def __init__(self, app: Any) -> None:
        self._app = app

    @property
    def mutations(self) -> list[tuple[str, str]]:
        """What was sent that is no GET: method and path template, in order."""
        return [(e.method, e.template) for e in self._app.requests.recent if e.method != "GET"]

    def rows(self, entity_type: str, **members: Any) -> list[dict[str, Any]]:
        """The entities of the production environment that have these values."""
        world: World = self._app.world
        rows = world.environment("compute-qc", "production")[entity_type].rows.values()
        return [dict(r) for r in rows if all(r.get(k) == v for k, v in members.items())]


@pytest.fixture
def simulate(connect: Connect) -> Simulate:
    """Serve a simulated cloud: ``simulate()``; its tasks take no time unless it is said."""

    def serve(**settings: Any) -> Simulated:
        app = SimulatorApp(Settings(**{"task_seconds": 0, **settings}))
        connect(app, key="demo-key")
        return Simulated(app)

    return serve


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_pace(monkeypatch)


def type_in(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let a pipe with this text be the standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


# Which operations there are


def test_without_an_operation_those_that_there_are_are_listed(cloudmc: Command, simulate: Simulate) -> None:
    cloud = simulate()
    for path, has, has_not in (
        (f"{PRODUCTION}/instances/web-01", "stop", "create"),
        (f"{PRODUCTION}/instances", "create", "stop"),
    ):
        outcome = cloudmc("run", path)
        names = [line.split()[0] for line in outcome.lines[1:]]
        assert outcome.status == 0
        assert has in names
        assert has_not not in names
        sent = json.loads(cloudmc("run", path, "-o", "json").out)
        assert [o["operation"] for o in sent] == names
    assert re.search(r"^create +safe +Create +name\* templateId\*", outcome.out, re.MULTILINE)
    assert cloud.mutations == []


def test_what_nothing_can_be_done_with(cloudmc: Command, simulate: Simulate) -> None:
    simulate()
    outcome = cloudmc("run", f"{PRODUCTION}/zones")
    assert (outcome.status, outcome.out) == (0, "")
    assert "nothing can be done with zones" in outcome.err


@pytest.mark.parametrize(
    ("path", "operation", "said"),
    [
        (f"{PRODUCTION}/instances/web-01", "stpo", "Did you mean stop?"),
        (f"{PRODUCTION}/instances", "stop", "stop is run on an entity, and"),
        (f"{PRODUCTION}/instances/web-01", "create", "create is run on an entity type, and"),
        (f"{PRODUCTION}/instanecs/web-01", "stop", "Did you mean 'instances'?"),
        (PRODUCTION, "stop", "needs a path to an entity type or an entity"),
        (f"{PRODUCTION}//x", "stop", "is empty"),
    ],
)
def test_a_mistake_in_the_path_or_the_operation_is_told(
    path: str, operation: str, said: str, cloudmc: Command, simulate: Simulate
) -> None:
    cloud = simulate()
    outcome = cloudmc("run", path, operation)
    assert (outcome.status, outcome.out) == (Exit.USAGE, "")
    assert said in outcome.err
    assert cloud.mutations == []


def test_an_operation_is_found_in_any_case(cloudmc: Command, simulate: Simulate) -> None:
    cloud = simulate()
    assert cloudmc("run", f"{PRODUCTION}/instances/web-01", "RESETPASSWORD").status == 0
    assert [path.rpartition("=")[2] for _, path in cloud.mutations] == ["resetPassword"]


def test_a_target_that_is_not_there(cloudmc: Command, simulate: Simulate) -> None:
    simulate()
    outcome = cloudmc("run", f"{PRODUCTION}/instances/web-77", "stop")
    assert (outcome.status, outcome.out) == (Exit.NOT_FOUND, "")
    assert "Did you mean 'web-0" in outcome.err


# Running to the end


def test_a_task_is_followed_to_its_end(cloudmc: Command, simulate: Simulate) -> None:
    cloud = simulate(task_seconds=0.2)
    outcome = cloudmc("run", f"{PRODUCTION}/instances/web-01", "stop", "--wait")
    assert (outcome.status, outcome.out) == (Exit.DONE, "")
    assert re.fullmatch(r"SUCCESS  Stop web-01  \d+s\n", outcome.err)
    (row,) = cloud.rows("instances", name="web-01")
    assert row["state"] == "Stopped"


def test_without_waiting_only_the_task_id_is_told_and_the_task_goes_on(
    cloudmc: Command, simulate: Simulate
) -> None:
    simulate(task_seconds=0.2)
    outcome = cloudmc("run", f"{PRODUCTION}/instances/web-01", "stop")
    assert outcome.status == 0
    (task_id,) = outcome.lines
    wait = outcome.err.rstrip().partition("cloudmc-tui ")[2].split()
    assert wait[0] == "task"
    for ids in (wait, ["task", task_id, "--wait"]):
        assert cloudmc(*ids).out.startswith("SUCCESS  Stop web-01")


def test_as_json_it_is_what_the_api_sent_and_nothing_more(cloudmc: Command, simulate: Simulate) -> None:
    cloud = simulate(task_seconds=0.2)
    started = cloudmc("run", f"{PRODUCTION}/instances/web-01", "stop", "-o", "json")
    assert json.loads(started.out).keys() == {"taskId", "taskStatus"}
    assert json.loads(started.out)["taskStatus"] == "PENDING"
    assert cloudmc("task", json.loads(started.out)["taskId"], "--wait").status == 0
    ended = cloudmc("run", f"{PRODUCTION}/instances/web-01", "start", "-o", "json", "--wait")
    (row,) = cloud.rows("instances", name="web-01")
    assert json.loads(ended.out)["id"] == row["id"]
    assert json.loads(ended.out)["state"] == "Running"


def test_the_ends_that_were_told_are_not_told_again(cloudmc: Command, simulate: Simulate) -> None:
    """The explorer sums up what ended while nobody looked; a person looked here."""
    simulate(task_seconds=0.2)
    cloudmc("run", f"{PRODUCTION}/instances/web-01", "stop", "--wait")
    cloudmc("run", f"{PRODUCTION}/instances/web-01", "stop", "--wait")
    started = cloudmc("run", f"{PRODUCTION}/instances/web-02", "stop")
    cloudmc("task", started.lines[0], "--wait")
    with Ledger(state_folder() / LEDGER_FILE) as ledger:
        assert len(ledger.recent()) == 2
        assert ledger.unseen() == []


# Dry runs


def test_a_dry_run_shows_the_request_and_sends_none(cloudmc: Command, simulate: Simulate) -> None:
    cloud = simulate()
    path = f"{PRODUCTION}/instances/web-01"
    outcome = cloudmc("run", path, "stop", "-f", "forceStop=yes", "--dry-run")
    assert (outcome.status, outcome.err) == (0, "")
    assert "# Stop web-01: disruptive" in outcome.lines
    assert "# cuts the power: the guest does not shut down cleanly" in outcome.lines
    words = shlex.split(outcome.lines[-1])
    (row,) = cloud.rows("instances", name="web-01")
    base = os.environ["CLOUDMC_ENDPOINT"]
    assert f"{base}/services/{PRODUCTION}/instances/{row['id']}?operation=stop" in words
    assert '{"forceStop":true}' in words
    assert "MC-Api-Key: $CLOUDMC_API_KEY" in words
    assert "demo-key" not in outcome.out

    shown = json.loads(cloudmc("run", path, "stop", "--dry-run", "-o", "json").out)
    assert (shown["method"], shown["body"], shown["danger"]) == ("POST", None, "disruptive")
    assert cloud.mutations == []


def test_the_curl_line_of_a_dry_run_does_the_same(cloudmc: Command, simulate: Simulate) -> None:
    cloud = simulate()
    outcome = cloudmc("run", f"{PRODUCTION}/instances/web-01", "stop", "--dry-run")
    try:
        ran = subprocess.run(["sh", "-c", outcome.lines[-1]], capture_output=True, text=True, timeout=TIMEOUT)
    except FileNotFoundError:
        pytest.skip("there is no shell here")
    if ran.returncode == 127:
        pytest.skip("there is no curl here")
    assert json.loads(ran.stdout)["taskStatus"] == "SUCCESS"
    (row,) = cloud.rows("instances", name="web-01")
    assert row["state"] == "Stopped"


def test_a_dry_run_tells_what_stands_against_it(cloudmc: Command, simulate: Simulate) -> None:
    cloud = simulate()
    outcome = cloudmc("run", f"{PRODUCTION}/instances/web-01", "start", "--dry-run", "--read-only")
    assert outcome.status == 0
    assert "# not possible now: needs Stopped, is Running" in outcome.lines
    assert any("read-only" in line for line in outcome.lines)
    assert cloud.mutations == []


# Fields


def create(*fields: str) -> list[str]:
    """The arguments that create an instance, with more fields."""
    given = [
        "name=essai-77",
        "templateId=Debian 12",
        "computeOfferingId=2 vCPU, 4 GB",
        "networkId=principal-front",
        *fields,
    ]
    return ["run", f"{PRODUCTION}/instances", "create", *(part for f in given for part in ("-f", f))]


def test_references_are_given_by_name_and_sent_as_ids(cloudmc: Command, simulate: Simulate) -> None:
    cloud = simulate()
    assert cloudmc(*create("portsToForward=80,443", "portsToForward=22"), "--wait").status == 0
    (made,) = cloud.rows("instances", name="essai-77")
    assert made["templateName"] == "Debian 12"
    assert made["computeOfferingName"] == "2 vCPU, 4 GB"
    assert made["networkName"] == "principal-front"
    rules = cloud.rows("portforwardingrules", instanceId=made["id"])
    assert sorted(r["publicPortStart"] for r in rules) == ["22", "443", "80"]


def test_references_are_given_by_id_too(cloudmc: Command, simulate: Simulate) -> None:
    cloud = simulate()
    (network,) = cloud.rows("networks", name="principal-front")
    words = [w.replace("networkId=principal-front", f"networkId={network['id']}") for w in create()]
    assert cloudmc(*words, "--wait").status == 0
    (made,) = cloud.rows("instances", name="essai-77")
    assert made["networkId"] == network["id"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["-f", "name=x"], "templateId: Template is required"),
        (["-f", "nmae=x"], "no field 'nmae'. Did you mean name?"),
        (["-f", "name"], "write it as name=value"),
        (["-f", "name=a", "-f", "name=b"], "name is given twice"),
        (["-f", "templateId=Debain 12"], "there is no such template. Did you mean 'Debian 12'?"),
        (["-f", "portsToForward=80,http"], "portsToForward: Ports to forward is not a whole number"),
        (["-f", "ipAddress=10.0.0"], "ipAddress: Private IP is not an IP address"),
        (["-f", "computeOfferingId=2 vCPU, 4 GB", "-f", "cpuCount=3"], "cpuCount does not apply"),
        (["-f", "userData=@/no/such/file"], "-f userData: /no/such/file: No such file or directory"),
    ],
)
def test_a_field_that_is_wrong_is_told_and_nothing_is_sent(
    given: list[str], said: str, cloudmc: Command, simulate: Simulate
) -> None:
    cloud = simulate()
    outcome = cloudmc("run", f"{PRODUCTION}/instances", "create", *given)
    assert (outcome.status, outcome.out) == (Exit.USAGE, "")
    assert said in outcome.err
    assert cloud.mutations == []


def test_a_name_that_several_have_asks_for_an_id_unless_only_one_fits(
    cloudmc: Command, connect: Connect
) -> None:
    cloud = Cloud(reply({}))
    networks = [{"id": f"n{v}", "name": "front", "vpcId": f"v{v}"} for v in "12"]
    acls = [{"id": f"a{v}", "name": "web", "vpcId": f"v{v}"} for v in "12"]
    cloud.answers["/services/svc/env/networks"] = networks
    cloud.answers["/services/svc/env/networks/n2"] = networks[1]
    cloud.answers["/services/svc/env/networkacls"] = acls
    cloud.answers["/services/svc/env/instances"] = [INSTANCE]
    connect(cloud.app)
    outcome = cloudmc("run", ODD, "changeNetwork", "-f", "networkId=front")
    assert outcome.status == Exit.USAGE
    assert "2 are called so. Give the id of one: n1, n2" in outcome.err
    assert cloudmc("run", "svc/env/networks/n2", "replace", "-f", "networkAclId=web").status == 0
    assert cloud.sent[0].body == {"networkAclId": "a2"}


def test_a_value_comes_from_a_file_from_stdin_or_with_an_at_sign(
    cloudmc: Command, simulate: Simulate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = simulate()
    script = tmp_path / "init.sh"
    script.write_text("#!/bin/sh\necho 'bonjour, à tous'\n", "utf-8")
    outcome = cloudmc(*create(f"userData=@{script}"), "--wait")
    assert outcome.status == 0
    path = f"{PRODUCTION}/instances/essai-77"
    made = json.loads(cloudmc("show", path, "-o", "json").out)
    assert made["userData"] == "#!/bin/sh\necho 'bonjour, à tous'"
    type_in(monkeypatch, "from-a-pipe\n")
    assert cloudmc("run", path, "update", "-f", "name=@-").status == 0
    assert cloud.rows("instances", name="from-a-pipe")
    assert cloudmc("run", f"{PRODUCTION}/instances/from-a-pipe", "update", "-f", "name=@@home").status == 0
    assert cloud.rows("instances", name="@home")


def test_a_file_that_is_no_text_is_told(cloudmc: Command, simulate: Simulate, tmp_path: Path) -> None:
    simulate()
    (tmp_path / "x").write_bytes(b"\xff\xfe")
    outcome = cloudmc(*create(f"userData=@{tmp_path / 'x'}"))
    assert outcome.status == Exit.USAGE
    assert "is not text in UTF-8" in outcome.err


def test_an_update_sends_only_what_is_given(cloudmc: Command, connect: Connect) -> None:
    cloud = Cloud(reply({}))
    connect(cloud.app)
    assert cloudmc("run", ODD, "update", "-f", "name=web-02").status == 0
    assert cloudmc("run", ODD, "update", "-f", "name=web-01").status == Exit.USAGE
    assert [(s.method, s.body) for s in cloud.sent] == [("PUT", {"name": "web-02"})]


def test_what_is_inside_an_object_is_given_with_a_dot(cloudmc: Command, connect: Connect) -> None:
    cloud = Cloud(reply({}))
    cloud.answers["/services/svc/env/loadbalancerrules/l1"] = {"id": "l1", "name": "web"}
    connect(cloud.app)
    path, operation = "svc/env/loadbalancerrules/l1", "updateStickiness"
    inside = "stickinessPolicyParameters"
    method = ["-f", "stickinessMethod=lbcookie"]
    assert cloudmc("run", path, operation, *method, "-f", f"{inside}.nocache=yes").status == 0
    assert cloud.sent[0].body == {"stickinessMethod": "LbCookie", inside: {"nocache": "true"}}
    outcome = cloudmc("run", path, operation, *method, "-f", f"{inside}=x")
    assert outcome.status == Exit.USAGE
    assert f"give what is inside it: {inside}.cookieName" in outcome.err


# Whole bodies


def test_a_body_is_sent_as_it_is_written(
    cloudmc: Command, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = Cloud(reply({}))
    connect(cloud.app)
    body = {"name": "x", "new": {"things": [1, None]}}
    (tmp_path / "body.json").write_text(json.dumps(body), "utf-8")
    assert cloudmc("run", ODD, "update", "--body", str(tmp_path / "body.json")).status == 0
    type_in(monkeypatch, json.dumps(body))
    assert cloudmc("run", ODD, "update", "--body", "-").status == 0
    assert [s.body for s in cloud.sent] == [body, body]


@pytest.mark.parametrize("body", [{"name": "p"}, {"recoveryPoint": {"name": "p"}}])
def test_a_body_that_goes_inside_a_member_is_taken_with_it_and_without(
    body: dict[str, Any], cloudmc: Command, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = Cloud(reply({}))
    connect(cloud.app)
    type_in(monkeypatch, json.dumps(body))
    assert cloudmc("run", ODD, "createRecoveryPoint", "--body", "-").status == 0
    assert cloud.sent[0].body == {"recoveryPoint": {"name": "p"}}


@pytest.mark.parametrize(
    ("body", "more", "said"),
    [
        ("{", [], "the body is not JSON"),
        ("[1]", [], "the body is not a JSON object"),
        ("{}", ["-f", "name=x"], "--body and -f exclude each other"),
    ],
)
def test_a_body_that_is_none_is_told(
    body: str, more: list[str], said: str, cloudmc: Command, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = Cloud()
    connect(cloud.app)
    type_in(monkeypatch, body)
    outcome = cloudmc("run", ODD, "update", "--body", "-", *more)
    assert (outcome.status, outcome.out) == (Exit.USAGE, "")
    assert said in outcome.err
    assert cloudmc("run", ODD, "update", "--body", "/no/such/file").status == Exit.USAGE
    assert cloud.sent == []


# Secrets


def test_a_secret_is_not_taken_from_the_command_line(cloudmc: Command, connect: Connect) -> None:
    cloud = Cloud()
    connect(cloud.app)
    outcome = cloudmc("run", "svc/env/vpnusers", "create", "-f", "username=ada", "-f", f"password={SENTINEL}")
    assert (outcome.status, outcome.out) == (Exit.USAGE, "")
    assert "password=@FILE" in outcome.err
    assert SENTINEL not in outcome.err
    assert cloud.sent == []


@pytest.mark.parametrize("way", ["file", "stdin", "body"])
def test_a_secret_comes_from_a_file_or_from_stdin_and_goes_nowhere_else(
    way: str, connect: Connect, tmp_path: Path
) -> None:
    cloud = Cloud(accepted("t1"))
    connect(cloud.app)
    (tmp_path / "pw").write_text(f"{SENTINEL}\n", "utf-8")
    body = json.dumps({"username": "ada", "password": SENTINEL})
    given, stdin = {
        "file": (["-f", "username=ada", "-f", f"password=@{tmp_path / 'pw'}"], ""),
        "stdin": (["-f", "username=ada", "-f", "password=@-"], f"{SENTINEL}\n"),
        "body": (["--body", "-"], body),
    }[way]
    for more in ([], ["--dry-run"], ["--dry-run", "-o", "json"]):
        ran = subprocess.run(
            [sys.executable, "-m", "cloudmc_tui", "run", "svc/env/vpnusers", "create", *given, *more],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        assert ran.returncode == 0, ran.stderr
        assert SENTINEL not in ran.stdout + ran.stderr
    assert [s.body for s in cloud.sent] == [{"username": "ada", "password": SENTINEL}]
    assert found(Path(os.environ["HOME"])) == []


def test_a_secret_of_the_result_is_told_once_on_stdout(cloudmc: Command, connect: Connect) -> None:
    result = {"id": "i1", "name": "web-01", "password": SENTINEL}
    for at_once in (True, False):
        cloud = Cloud(reply(result) if at_once else accepted("t1"), t1=[("PENDING",), ("SUCCESS", result)])
        connect(cloud.app)
        outcome = cloudmc("run", ODD, "resetPassword", "--wait")
        assert (outcome.status, outcome.out) == (0, f"password: {SENTINEL}\n")
        assert SENTINEL not in outcome.err
        as_json = cloudmc("run", ODD, "resetPassword", "--wait", "-o", "json")
        assert json.loads(as_json.out) == result
        for again in (
            cloudmc("tasks", "-o", "json"),
            cloudmc("task", "1", "-o", "json"),
            cloudmc("task", "1"),
        ):
            assert SENTINEL not in again.out + again.err
    assert found(Path(os.environ["HOME"])) == []


# Refused


def test_what_destroys_is_refused_without_a_terminal_and_without_yes(
    cloudmc: Command, simulate: Simulate
) -> None:
    cloud = simulate()
    path = f"{PRODUCTION}/instances/web-01"
    outcome = cloudmc("run", path, "delete")
    assert (outcome.status, outcome.out) == (Exit.REFUSED, "")
    assert "Delete web-01 is destructive: without a terminal it needs --yes" in outcome.err
    assert cloud.mutations == []
    assert cloudmc("run", path, "delete", "--yes", "--wait").status == 0
    (row,) = cloud.rows("instances", name="web-01")
    assert row["state"] == "Destroyed"


def test_what_interrupts_needs_no_yes_without_a_terminal(cloudmc: Command, simulate: Simulate) -> None:
    cloud = simulate()
    assert cloudmc("run", f"{PRODUCTION}/instances/web-01", "reboot", "--wait").status == 0
    assert len(cloud.mutations) == 1


def test_what_its_state_does_not_allow_is_not_sent(cloudmc: Command, simulate: Simulate) -> None:
    cloud = simulate()
    outcome = cloudmc("run", f"{PRODUCTION}/instances/web-01", "start")
    assert (outcome.status, outcome.out) == (Exit.FAILED, "")
    assert "not sent: Start web-01: needs Stopped, is Running" in outcome.err
    assert cloud.mutations == []


@pytest.mark.parametrize("operation", ["reboot", "update", "delete"])
def test_read_only_refuses_everything(operation: str, cloudmc: Command, simulate: Simulate) -> None:
    cloud = simulate()
    given = ["-f", "name=x"] if operation == "update" else []
    outcome = cloudmc("run", f"{PRODUCTION}/instances/web-01", operation, *given, "--yes", "--read-only")
    assert (outcome.status, outcome.out) == (Exit.REFUSED, "")
    assert "read-only" in outcome.err
    assert cloud.mutations == []
    assert cloudmc("tasks").lines == []


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (lambda: failure(400, 2012, "Instance is not Running"), Exit.FAILED, "code 2012"),
        (lambda: failure(400, 2022, "The quota of instances is used up"), Exit.FAILED, "quota of instances"),
        (lambda: failure(403, 403, "You may not"), Exit.NOT_ALLOWED, "You may not"),
        (lambda: failure(401, 401, "No"), Exit.NOT_ALLOWED, "key"),
        (lambda: failure(404, 404, "It is gone"), Exit.NOT_FOUND, "It is gone"),
        (lambda: failure(503, 503, "Later"), Exit.FAILED, "Later"),
    ],
)
def test_what_the_server_refuses_has_its_exit_status(
    answer: Any, status: Exit, said: str, cloudmc: Command, connect: Connect
) -> None:
    cloud = Cloud(answer)
    connect(cloud.app)
    outcome = cloudmc("run", ODD, "stop", "--wait")
    assert (outcome.status, outcome.out) == (status, "")
    assert said in outcome.err
    assert len(cloud.sent) == 1
    (record,) = json.loads(cloudmc("tasks", "-o", "json").out)
    assert record["status"] == "FAILED"


def test_a_task_that_fails_has_exit_status_1(cloudmc: Command, connect: Connect) -> None:
    cloud = Cloud(t1=[("PENDING",), ("FAILED", None, [{"code": 500, "message": "The host is full"}])])
    connect(cloud.app)
    outcome = cloudmc("run", ODD, "stop", "--wait")
    assert (outcome.status, outcome.out) == (Exit.FAILED, "")
    assert re.search(r"FAILED +Stop web-01 .*The host is full", outcome.err)


def test_a_task_that_the_server_forgot_has_exit_status_7(cloudmc: Command, connect: Connect) -> None:
    cloud = Cloud(t1=[failure(404, 404, "no such task")])
    connect(cloud.app)
    outcome = cloudmc("run", ODD, "stop", "--wait")
    assert outcome.status == Exit.UNKNOWN
    assert "no longer known to the server" in outcome.err
    assert "web-01 is Running now" in outcome.err


def test_the_wait_has_a_limit(cloudmc: Command, connect: Connect) -> None:
    cloud = Cloud(t1=[("PENDING",)])
    connect(cloud.app)
    outcome = cloudmc("run", ODD, "stop", "--wait", "--timeout", "0.2")
    assert (outcome.status, outcome.out) == (Exit.UNKNOWN, "")
    assert "it has not ended yet. To wait for it: cloudmc-tui task 1 --wait" in outcome.err
    assert cloudmc("run", ODD, "stop", "--timeout", "1").status == Exit.USAGE


def test_names_from_the_cloud_obey_no_terminal(cloudmc: Command, connect: Connect) -> None:
    for name in HOSTILE:
        cloud = Cloud(accepted("t1"), t1=[("SUCCESS", {"id": "i1"})])
        cloud.answers[WEB_URL] = {**INSTANCE, "name": name}
        connect(cloud.app)
        for more in (["--wait"], ["--dry-run"]):
            outcome = cloudmc("run", "svc/env/instances/i1", "stop", *more)
            assert outcome.status == 0
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", outcome.out + outcome.err)


# What nobody knows


class _Dropping(BaseHTTPRequestHandler):
    """Reads are answered; a mutation is taken, and the connection closed."""

    protocol_version = "HTTP/1.1"
    state = "Running"
    taken: list[str]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].removeprefix("/v1")
        data: Any = {"/services/connections": [SERVICE], "/environments": [ENVIRONMENT]}.get(path)
        if path == "/services/svc/env/instances/i1":
            data = {**INSTANCE, "state": self.state}
        body = json.dumps({"data": data} if data else {"errors": [{"code": 404, "message": "none"}]}).encode()
        self.send_response(200 if data else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.taken.append(self.path)
        type(self).state = "Stopped"
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""


@contextmanager
def dropping() -> Iterator[tuple[str, list[str]]]:
    """A server that takes mutations and does not answer; its URL, and what it took."""
    handler = type("Dropping", (_Dropping,), {"taken": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", handler.taken  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join(TIMEOUT)
        server.server_close()


def test_a_connection_that_breaks_after_the_request_is_told_as_unknown_and_not_tried_again(
    cloudmc: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dropping() as (url, taken):
        monkeypatch.setenv("CLOUDMC_ENDPOINT", url)
        monkeypatch.setenv("CLOUDMC_API_KEY", KEY)
        outcome = cloudmc("run", "svc/env/instances/i1", "stop", "--wait")
        assert (outcome.status, outcome.out) == (Exit.UNKNOWN, "")
        assert "unknown" in outcome.err
        assert "web-01 is Stopped now. Look at it before you do it again." in outcome.err
        assert len(taken) == 1
        (record,) = json.loads(cloudmc("tasks", "-o", "json").out)
        assert record["status"] == "UNKNOWN"
        assert "web-01 is Stopped now" in record["error"]
        assert cloudmc("task", "1").status == Exit.UNKNOWN
        assert len(taken) == 1


def test_no_connection_has_exit_status_3(cloudmc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with dropping() as (url, _):
        pass
    monkeypatch.setenv("CLOUDMC_ENDPOINT", url)
    monkeypatch.setenv("CLOUDMC_API_KEY", KEY)
    assert cloudmc("run", ODD, "stop").status == Exit.NO_CONNECTION


# The ledger


def test_without_a_ledger_it_is_done_and_said_that_nothing_remembers_it(
    cloudmc: Command, connect: Connect
) -> None:
    cloud = Cloud(accepted("t1"))
    connect(cloud.app)
    Path(os.environ["XDG_STATE_HOME"]).write_text("in the way", "utf-8")
    outcome = cloudmc("run", ODD, "stop")
    assert (outcome.status, outcome.out) == (0, "t1\n")
    assert "tasks are not remembered after this session" in outcome.err
    assert "Nothing on this machine remembers it" in outcome.err
    for command in (["tasks"], ["task", "1"]):
        told = cloudmc(*command)
        assert (told.status, told.out) == (Exit.FAILED, "")
        assert "the task ledger cannot be used" in told.err


def test_the_demo_cloud_says_that_it_ends_with_the_command(cloudmc: Command) -> None:
    outcome = cloudmc("run", "--demo", f"{PRODUCTION}/instances/web-01", "stop")
    assert outcome.status == 0
    assert "the demo cloud ends with this command" in outcome.err
    assert not Path(os.environ["XDG_STATE_HOME"]).exists(), "nothing of the demo is kept"


# As a program, against the simulator over TCP


@pytest.fixture(scope="module")
def endpoint() -> Iterator[dict[str, str]]:
    """The environment that leads to a served simulator, whose tasks take a while."""
    command = [sys.executable, "-m", "cloudmc_tui", "simulate", "--task-seconds", "4"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield {"CLOUDMC_ENDPOINT": process.stdout.readline().strip(), "CLOUDMC_API_KEY": "demo-key"}
        process.terminate()


STAGING = "compute-qc/staging/instances"


def a_target(environ: dict[str, str], state: str, number: int = 0) -> str:
    """The name of an instance in a state; each test takes another one."""
    listed = program("ls", STAGING, "--filter", f"state={state}", "-o", "json", **environ)
    name: str = json.loads(listed.out)[number]["name"]
    return name


def test_the_program_runs_and_follows_over_tcp(endpoint: dict[str, str]) -> None:
    name = a_target(endpoint, "Running")
    outcome = program("run", f"{STAGING}/{name}", "resetPassword", "--wait", **endpoint)
    assert outcome.status == 0
    assert re.fullmatch(r"password: \S{8,}\n", outcome.out)
    assert outcome.out.split()[1] not in outcome.err
    assert "\x1b" not in outcome.out + outcome.err
    assert found(Path(os.environ["HOME"]), outcome.out.split()[1]) == []


def test_ctrl_c_while_waiting_says_how_to_go_on_and_the_task_goes_on(endpoint: dict[str, str]) -> None:
    name = a_target(endpoint, "Running", 1)
    with Terminal(["run", f"{STAGING}/{name}", "stop", "--yes", "--wait"], environ=endpoint) as terminal:
        terminal.wait_for(f"stopping {name}")
        terminal.press("ctrl+c")
        assert terminal.wait() == Exit.INTERRUPTED
        shown = " ".join(terminal.text.split())
    assert "Traceback" not in shown
    wait = re.search(r"The task goes on\. To wait for it: cloudmc-tui (task \d+ --wait)", shown)
    assert wait, shown
    told = program(*wait[1].split(), **endpoint)
    assert (told.status, told.out.split()[:3]) == (0, ["SUCCESS", "Stop", name])


def test_ctrl_c_while_it_is_sent_says_that_nobody_knows(connect: Connect) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    async def never() -> Any:
        arrived.set()
        await asyncio.to_thread(go_on.wait, TIMEOUT)
        return accepted("t1")

    cloud = Cloud(never)
    connect(cloud.app)
    sending = subprocess.Popen(
        [sys.executable, "-m", "cloudmc_tui", "run", ODD, "stop"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert arrived.wait(TIMEOUT)
        sending.send_signal(signal.SIGINT)
        out, err = sending.communicate(timeout=TIMEOUT)
    finally:
        go_on.set()
    assert (sending.returncode, out) == (Exit.INTERRUPTED, "")
    assert "whether Stop web-01 was done is unknown" in err
    assert "Traceback" not in err
    told = program("task", "1")
    assert (told.status, told.out.split()[0]) == (Exit.UNKNOWN, "UNKNOWN")
    assert len(cloud.sent) == 1


# At a terminal


def asked(path: str, operation: str, question: str, *answer: str, environ: dict[str, str]) -> Outcome:
    """Run an operation in a terminal, and answer its question."""
    with Terminal(["run", path, operation, "--wait"], environ=environ) as terminal:
        terminal.wait_for(question)
        terminal.press(*answer)
        status = terminal.wait()
        return Outcome(status, terminal.text, "")


@pytest.mark.parametrize(
    ("operation", "question", "answer", "status", "said"),
    [
        ("reboot", "? [y/N]", ["n", "enter"], Exit.REFUSED, "not sent: you did not say yes"),
        ("reboot", "? [y/N]", ["enter"], Exit.REFUSED, "not sent: you did not say yes"),
        ("reboot", "? [y/N]", ["y", "enter"], Exit.DONE, "SUCCESS  Reboot"),
        ("delete", "To confirm, type", ["nonsense", "enter"], Exit.REFUSED, "not sent: that is not"),
        ("delete", "To confirm, type", ["\x04"], Exit.REFUSED, "not sent: that is not"),
        ("reboot", "? [y/N]", ["ctrl+c"], Exit.INTERRUPTED, ""),
        ("delete", "To confirm, type", ["some", "ctrl+c"], Exit.INTERRUPTED, ""),
    ],
)
def test_what_interrupts_or_destroys_asks_at_a_terminal(
    operation: str, question: str, answer: list[str], status: Exit, said: str, connect: Connect
) -> None:
    cloud = Cloud(accepted("t1"), t1=[("PENDING",), ("SUCCESS", {"id": "i1"})])
    base = connect(cloud.app)
    outcome = asked(ODD, operation, question, *answer, environ={"CLOUDMC_ENDPOINT": base})
    assert outcome.status == status
    assert said in outcome.out
    assert "Traceback" not in outcome.out
    assert len(cloud.sent) == (1 if status is Exit.DONE else 0)


def test_what_destroys_wants_the_targets_name_typed(connect: Connect) -> None:
    cloud = Cloud(accepted("t1"), t1=[("SUCCESS", {"id": "i1"})])
    base = connect(cloud.app)
    with Terminal(["run", ODD, "delete", "--wait"], environ={"CLOUDMC_ENDPOINT": base}) as terminal:
        terminal.wait_for("Delete web-01: destructive")
        terminal.wait_for("To confirm, type web-01:")
        terminal.press("web-01", "enter")
        assert terminal.wait() == 0
        assert "SUCCESS  Delete web-01" in terminal.text
    assert [s.method for s in cloud.sent] == ["DELETE"]


def test_what_is_safe_asks_nothing_at_a_terminal_and_shows_how_long_it_takes(connect: Connect) -> None:
    go_on = threading.Event()

    def ended() -> Any:
        return ("SUCCESS",) if go_on.is_set() else ("PENDING",)

    cloud = Cloud(accepted("t1"))
    cloud.answers["/services/svc/env/instances"] = [{**INSTANCE, "state": "Stopped"}]
    cloud.answers[WEB_URL] = {**INSTANCE, "state": "Stopped"}
    cloud.answers["/tasks/t1"] = lambda: task_reply(ended())
    base = connect(cloud.app)
    with Terminal(["run", ODD, "start", "--wait"], environ={"CLOUDMC_ENDPOINT": base}) as terminal:
        terminal.wait_for(lambda text: bool(re.search(r"starting web-01 [1-9]\d*s", text)))
        go_on.set()
        assert terminal.wait() == 0
        lines = [line for line in terminal.text.splitlines() if line]
        assert len(lines) == 1, "what is over is wiped away"
        assert lines[0].startswith("SUCCESS  Start web-01")


def task_reply(parts: tuple[str, ...]) -> Any:
    return task("t1", *parts)


def test_a_secret_that_is_asked_for_is_not_shown_while_it_is_typed(connect: Connect) -> None:
    cloud = Cloud(reply({}))
    base = connect(cloud.app)
    arguments = ["run", "svc/env/vpnusers", "create", "-f", "username=ada", "-f", "password=@-"]
    with Terminal(arguments, environ={"CLOUDMC_ENDPOINT": base}) as terminal:
        terminal.wait_for("Password:")
        terminal.press(SENTINEL, "enter")
        assert terminal.wait() == 0
        assert SENTINEL.encode() not in terminal.written
        assert terminal.modes()[:4] == terminal.modes_before[:4]
    assert cloud.sent[0].body["password"] == SENTINEL
    with Terminal(arguments, environ={"CLOUDMC_ENDPOINT": base}) as terminal:
        terminal.wait_for("Password:")
        terminal.press("half", "ctrl+c")
        assert terminal.wait() == Exit.INTERRUPTED
        assert terminal.modes()[:4] == terminal.modes_before[:4]
    assert len(cloud.sent) == 1
