"""The client and the simulated cloud: two readings of the API that must agree."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn

from cloudmc_tui.api import (
    Client,
    CloudMCError,
    ConnectionSettings,
    KeyRefused,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Secret,
    ServerFailed,
    open_client,
)
from cloudmc_tui.path import Path
from cloudmc_tui.simulator import Settings, SimulatorApp

from .conftest import let_out

PRODUCTION = Path.parse("compute-qc/production")


@asynccontextmanager
async def over_tcp(settings: Settings) -> AsyncIterator[str]:
    """Serve a simulated cloud on a free port; gives its host and port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(SimulatorApp(settings), log_level="critical", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0)
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


Walk = Callable[[Client], Awaitable[None]]


async def walk(client: Client) -> None:
    """From the services down to a stopped instance."""
    services = await client.services()
    assert [service.code for service in services] == ["compute-qc", "compute-on"]
    assert all(service.reachable for service in services)
    environments = await client.environments()
    assert {each.name for each in environments if each.service_code == "compute-on"} == {
        "production",
        "sandbox",
    }
    assert not services.notes + environments.notes
    organizations = await client.organizations()
    assert {each.parent_id for each in organizations} >= {""}
    instances = await client.list_entities(PRODUCTION.child("instances"))
    assert instances.count == len(instances.entities) > 0
    assert not instances.notes
    running = next(entity for entity in instances.entities if entity["state"] == "Running")
    path = PRODUCTION.child("instances").child(running["id"])
    reply = await client.send("POST", path, operation="stop")
    task = await client.task(reply.task_id)
    assert task.done
    assert not task.failed
    assert (await client.get_entity(path))["state"] == "Stopped"
    with pytest.raises(Rejected) as wrong_state:
        await client.send("POST", path, operation="stop")
    assert wrong_state.value.code == "2012"
    assert wrong_state.value.context["currentState"] == "Stopped"
    with pytest.raises(NotFound):
        await client.get_entity(PRODUCTION.child("instances").child("../none"))
    with pytest.raises(NotFound):
        await client.task("none")
    assert client.clock_skew is None or abs(client.clock_skew.total_seconds()) < 60


def settings(endpoint: str, key: str = "demo-key") -> ConnectionSettings:
    return ConnectionSettings(endpoint, Secret(key))


async def test_in_process() -> None:
    async with Client(
        settings("http://demo/v1"), app=SimulatorApp(Settings(task_seconds=0)), write_guard=let_out
    ) as client:
        await walk(client)


async def test_over_tcp_from_a_bare_host() -> None:
    async with (
        over_tcp(Settings(task_seconds=0)) as address,
        await open_client(settings(address), write_guard=let_out) as client,
    ):
        assert client.endpoint == f"http://{address}/v1"
        await walk(client)


@pytest.mark.parametrize("base", ["//v1//", "/api/v1/"])
async def test_over_tcp_on_every_base(base: str) -> None:
    async with (
        over_tcp(Settings(task_seconds=0)) as address,
        Client(settings(address + base), write_guard=let_out) as client,
    ):
        await walk(client)


async def test_a_wrong_key() -> None:
    async with Client(
        settings("http://demo/v1", "wrong-key"), app=SimulatorApp(Settings()), write_guard=let_out
    ) as client:
        with pytest.raises(KeyRefused, match="the API key was refused by http://demo/v1"):
            await client.services()


async def test_a_task_that_takes_its_time() -> None:
    async with Client(
        settings("http://demo/v1"), app=SimulatorApp(Settings(task_seconds=600)), write_guard=let_out
    ) as client:
        instances = await client.list_entities(PRODUCTION.child("instances"))
        running = next(entity for entity in instances.entities if entity["state"] == "Running")
        path = PRODUCTION.child("instances").child(running["id"])
        reply = await client.send("POST", path, operation="reboot")
        assert reply.pending
        assert not (await client.task(reply.task_id)).done


async def test_a_cloud_that_fails() -> None:
    async with Client(
        settings("http://demo/v1"), app=SimulatorApp(Settings(fail_rate=1)), write_guard=let_out
    ) as client:
        met: set[type[CloudMCError]] = set()
        for number in range(200):
            with pytest.raises(CloudMCError) as caught:
                await client.send("POST", PRODUCTION.child("instances").child(str(number)))
            met.add(type(caught.value))
    assert met == {RateLimited, ServerFailed, Rejected, OutcomeUnknown}
