"""The simulator over a real socket."""

from __future__ import annotations

import builtins
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from cloudmc_tui.simulator import ServeError, Settings, serve


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The base URL of a simulator that is served in a thread, and ended by its own means."""
    announced, url = threading.Event(), []
    servers: list[Any] = []

    class Kept(uvicorn.Server):
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            servers.append(self)

    monkeypatch.setattr(uvicorn, "Server", Kept)

    def announce(base: str) -> None:
        url.append(base)
        announced.set()

    thread = threading.Thread(target=serve, args=(Settings(task_seconds=0),), kwargs={"announce": announce})
    thread.start()
    assert announced.wait(20)
    yield url[0]
    servers[0].should_exit = True
    thread.join(20)
    assert not thread.is_alive()


def test_reads_and_a_mutation_over_tcp(server: str) -> None:
    assert server.startswith("http://127.0.0.1:")
    assert server.endswith("/v1")
    with httpx.Client(base_url=server, headers={"MC-Api-Key": "demo-key"}) as client:
        rows = client.get("/services/compute-qc/production/instances").json()["data"]
        row = next(r for r in rows if r["state"] == "Running")
        reply = client.post(f"/services/compute-qc/production/instances/{row['id']}?operation=stop", json={})
        assert reply.json()["data"]["state"] == "Stopped"
        other = httpx.get(server.replace("/v1", "//api/v1//environments/?"), headers=dict(client.headers))
        assert len(other.json()["data"]) == 5
    assert httpx.get(f"{server}/environments").status_code == 401


def test_an_encoded_slash_in_an_id_stays_in_the_id(server: str) -> None:
    with httpx.Client(base_url=server, headers={"MC-Api-Key": "demo-key"}) as client:
        key = {"name": "a/b", "publicKey": "ssh-rsa AAAAB3NzaC1yc2E="}
        client.post("/services/compute-qc/staging/sshkeys", json=key)
        shown = client.get("/services/compute-qc/staging/sshkeys/a%2Fb")
    assert shown.json()["data"]["name"] == "a/b"


def test_a_port_that_is_taken() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(ServeError, match=f"port {port}"):
            serve(Settings(), port=port)


def test_without_uvicorn(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "uvicorn":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ServeError, match=r"cloudmc-tui\[simulate\]"):
        serve(Settings())


@pytest.mark.parametrize(("port", "host"), [(99_999, "127.0.0.1"), (0, "not an address")])
def test_an_address_that_makes_no_sense(port: int, host: str) -> None:
    with pytest.raises(ServeError, match="Cannot listen on"):
        serve(Settings(), host=host, port=port)


SCRIPT = """
from cloudmc_tui.simulator import Settings, serve
serve(Settings(), announce=lambda base: print(base, flush=True))
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(sent: signal.Signals) -> None:
    command = [sys.executable, "-c", SCRIPT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        base = process.stdout.readline().strip()
        with httpx.Client(headers={"MC-Api-Key": "demo-key"}) as client:
            assert client.get(f"{base}/environments").status_code == 200
            process.send_signal(sent)
            assert process.wait(timeout=20) == -sent
