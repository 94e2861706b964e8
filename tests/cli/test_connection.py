"""Connections that fail: which part, what to try, and the exit status that says so."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from starlette.responses import Response

from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.simulator import Settings, SimulatorApp
from tests.cli.conftest import Command, Connect, program
from tests.odd_cloud import KEY, OddCloud, failure

ODD = "svc/env/instances"
ODD_LIST = "/services/svc/env/instances"


def test_the_simulator_over_a_socket(cloudmc: Command, connect: Connect) -> None:
    base = connect(SimulatorApp(Settings()), key="demo-key")
    outcome = cloudmc("ls", "compute-qc")
    assert (outcome.status, outcome.err) == (Exit.DONE, "")
    assert outcome.lines[1].startswith("production")
    bare = cloudmc("ls", "compute-qc", "--endpoint", base.removeprefix("http://").removesuffix("/v1"))
    assert bare.out == outcome.out, "a bare host is asked for its path"


def test_a_bad_key(cloudmc: Command, connect: Connect) -> None:
    base = connect(SimulatorApp(Settings()))
    outcome = cloudmc("ls")
    assert (outcome.status, outcome.out) == (Exit.NOT_ALLOWED, "")
    assert f"the API key was refused by {base}" in outcome.err
    assert "see that the key is right" in outcome.err
    assert KEY not in outcome.err


def test_a_key_that_no_header_can_carry(cloudmc: Command, connect: Connect) -> None:
    connect(OddCloud().app, key="sentinel\x1bkey")
    outcome = cloudmc("ls")
    assert outcome.status == Exit.USAGE
    assert "the API key cannot be sent" in outcome.err
    assert "sentinel" not in outcome.err


def test_no_permission(cloudmc: Command, connect: Connect) -> None:
    connect(OddCloud({ODD_LIST: failure(403, 1003, "You may not.")}).app)
    outcome = cloudmc("ls", ODD)
    assert outcome.status == Exit.NOT_ALLOWED
    assert "You may not." in outcome.err
    assert "lacks the permission" in outcome.err


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("path", ["/v1", ""])
def test_an_endpoint_that_is_down(cloudmc: Command, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    port = closed_port()
    monkeypatch.setenv("CLOUDMC_API_KEY", KEY)
    outcome = cloudmc("ls", "--endpoint", f"http://127.0.0.1:{port}{path}")
    assert (outcome.status, outcome.out) == (Exit.NO_CONNECTION, "")
    assert f"127.0.0.1:{port} refuses connections" in outcome.err
    assert "see that the port is right" in outcome.err


def test_a_name_that_does_not_exist(cloudmc: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(*arguments: Any, **more: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setenv("CLOUDMC_API_KEY", KEY)
    outcome = cloudmc("ls", "--endpoint", "https://cloud.nowhere.example/v1")
    assert (outcome.status, outcome.out) == (Exit.NO_CONNECTION, "")
    assert "cannot find the host cloud.nowhere.example" in outcome.err
    assert "DNS" in outcome.err


def test_a_server_that_speaks_no_tls(cloudmc: Command, connect: Connect) -> None:
    base = connect(OddCloud().app)
    outcome = cloudmc("ls", "--endpoint", base.replace("http:", "https:"))
    assert outcome.status == Exit.NO_CONNECTION
    assert "TLS" in outcome.err


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (failure(500, 1500, "It broke."), Exit.FAILED, "It broke."),
        (failure(400, 1001, "What?"), Exit.FAILED, "What?"),
        (failure(404, 1004, "Nothing here."), Exit.NOT_FOUND, "Nothing here."),
        (Response("<html>Welcome</html>", media_type="text/html"), Exit.FAILED, "HTML"),
        (failure(500, 1500, "\x1b[2J[bold]"), Exit.FAILED, r"\x1b[2J[bold]"),
    ],
)
def test_other_failures(
    cloudmc: Command, connect: Connect, answer: Response, status: Exit, said: str
) -> None:
    connect(OddCloud({ODD_LIST: answer}).app)
    outcome = cloudmc("ls", ODD)
    assert (outcome.status, outcome.out) == (status, "")
    assert said in outcome.err
    assert "\x1b" not in outcome.err
    assert "Traceback" not in outcome.err


def test_the_organization_is_asked_for(cloudmc: Command, connect: Connect) -> None:
    app = SimulatorApp(Settings())
    connect(app, key="demo-key")
    environments = {line.split()[0] for line in cloudmc("ls", "compute-qc").lines[1:]}
    outcome = cloudmc("ls", "compute-qc", "--org", "no-such-organization")
    assert {line.split()[0] for line in outcome.lines[1:]} != environments


@pytest.mark.parametrize("arguments", [["ls"], ["show", "a/b/c/d"]])
def test_without_a_connection_it_says_how_to_go_on(cloudmc: Command, arguments: list[str]) -> None:
    outcome = cloudmc(*arguments)
    assert (outcome.status, outcome.out) == (Exit.USAGE, "")
    assert "cloudmc-tui --demo" in outcome.err
    assert "CLOUDMC_ENDPOINT" in outcome.err


def test_the_key_is_in_nothing_that_is_written(cloudmc: Command, connect: Connect) -> None:
    sent = [{"id": "1", "name": "web"}]
    connect(OddCloud({ODD_LIST: sent, f"{ODD_LIST}/1": sent[0]}).app)
    for arguments in (["ls", ODD], ["ls", ODD, "-o", "json"], ["show", f"{ODD}/1"], ["show", f"{ODD}/2"]):
        outcome = cloudmc(*arguments)
        assert outcome.out + outcome.err
        assert KEY not in outcome.out + outcome.err


def test_the_program_at_a_socket(connect: Connect) -> None:
    """As a process of its own, in a C locale, with narration apart from data."""
    base = connect(OddCloud({ODD_LIST: [{"id": "1", "name": "entrepôt"}, None]}).app)
    outcome = program("ls", ODD, "--columns", "name,id", CLOUDMC_ENDPOINT=base, CLOUDMC_API_KEY=KEY)
    assert (outcome.status, outcome.lines) == (0, ["NAME      ID", "entrepôt  1"])
    assert outcome.err == "cloudmc-tui: note: set aside, not an entity: 1 × null\n"
