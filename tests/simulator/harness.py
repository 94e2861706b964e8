"""A simulated cloud in process, with a clock that the test moves, and shorthand for using it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from cloudmc_tui.simulator import Settings, SimulatorApp
from cloudmc_tui.simulator.world import World

Row = dict[str, Any]

PRODUCTION = "/services/compute-qc/production"
NOWHERE = "00000000-0000-4000-8000-000000000000"
"""A well-formed id that nothing has."""

CONFIRMED_KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE+6nBSxZlFD0KZsAh6qJ4aM0cYFJ0YhK8u7dYI5yqvX someone@desk"
)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = 1_750_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


class Cloud:
    """A simulated cloud and a client of it.

    Attributes:
        base: the environment that short paths (``instances``) are relative to.
    """

    def __init__(self, settings: Settings | None = None, prefix: str = "/v1", **knobs: Any) -> None:
        self.settings = settings or Settings(**knobs)
        self.clock = Clock()
        self.app = SimulatorApp(self.settings, self.clock)
        self.base = PRODUCTION
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url=f"http://cloud.example{prefix}",
            headers={"MC-Api-Key": self.settings.key},
        )

    async def __aenter__(self) -> Cloud:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    @property
    def world(self) -> World:
        world = self.app.world
        assert isinstance(world, World)
        return world

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send a request; a path without a leading slash is below the environment."""
        path = path if path.startswith("/") else f"{self.base}/{path}"
        return await self.http.request(method, path, json=body)

    async def data(self, path: str) -> Any:
        """What a read gives."""
        reply = await self.ask("GET", path)
        assert reply.status_code == 200, reply.text
        return reply.json()["data"]

    async def all(self, entity_type: str, **members: Any) -> list[Row]:
        """The listed entities whose members have these values; None: that have no such member."""
        rows = await self.data(entity_type)
        return [row for row in rows if all(row.get(k) == v for k, v in members.items())]

    async def one(self, entity_type: str, **members: Any) -> Row:
        """The first of :meth:`all`."""
        found = await self.all(entity_type, **members)
        assert found, f"no {entity_type} entity with {members}"
        return found[0]

    async def get(self, entity_type: str, entity_id: str) -> Row:
        """An entity by its id."""
        row = await self.data(f"{entity_type}/{quote(entity_id, safe='')}")
        assert isinstance(row, dict)
        return row

    async def gone(self, entity_type: str, entity_id: str) -> bool:
        """Whether an entity is answered with 404 and ``errors``, and listed no more."""
        reply = await self.ask("GET", f"{entity_type}/{quote(entity_id, safe='')}")
        listed = await self.all(entity_type, id=entity_id)
        return reply.status_code == 404 and bool(reply.json()["errors"]) and not listed

    async def begin(self, method: str, path: str, body: Any = None) -> str:
        """Ask for an operation that is accepted; its task's id."""
        reply = await self.ask(method, path, body)
        assert reply.status_code == 200, reply.text
        submitted = reply.json()
        assert set(submitted) == {"taskId", "taskStatus"}, submitted
        assert submitted["taskStatus"] == "PENDING"
        task_id = submitted["taskId"]
        assert isinstance(task_id, str)
        return task_id

    async def task(self, task_id: str) -> Row:
        """A task as it is now."""
        reply = await self.ask("GET", f"/tasks/{task_id}")
        assert reply.status_code == 200, reply.text
        body = reply.json()
        assert isinstance(body, dict)
        return body

    async def end(self, task_id: str) -> Row:
        """Let time pass until a task has ended; the whole reply."""
        self.clock.pass_(60)
        body = await self.task(task_id)
        assert body["taskStatus"] != "PENDING"
        return body

    async def do(self, method: str, path: str, body: Any = None) -> Row:
        """Carry an operation out to its successful end; the task's result."""
        ended = await self.end(await self.begin(method, path, body))
        assert ended["taskStatus"] == "SUCCESS", ended
        result = ended["result"]
        assert isinstance(result, dict)
        return result

    async def refused(self, method: str, path: str, body: Any = None, *, status: int = 400) -> Row:
        """An operation that is refused; the first of its errors."""
        reply = await self.ask(method, path, body)
        assert reply.status_code == status, f"{reply.status_code}: {reply.text}"
        return first_error(reply)


def first_error(reply: httpx.Response) -> Row:
    """The first error of a reply, which has all that an error has."""
    error = reply.json()["errors"][0]
    assert isinstance(error, dict)
    assert isinstance(error["code"], int)
    assert error["errorCode"] == str(error["code"])
    assert error["message"]
    assert isinstance(error["context"], dict)
    return error


def instance_body(template: Row, offering: Row, network: Row, **more: Any) -> Row:
    """What it takes to create an instance."""
    return {
        "name": "essai-01",
        "templateId": template["id"],
        "computeOfferingId": offering["id"],
        "networkId": network["id"],
        **more,
    }


async def new_instance(cloud: Cloud, network: Row | None = None, **more: Any) -> Row:
    """Create an instance in the first VPC's first subnet, or elsewhere."""
    template = await cloud.one("templates", availablePublicly=True)
    offering = await cloud.one("computeofferings", custom=False)
    net = network or (await cloud.all("networks"))[0]
    return await cloud.do("POST", "instances", instance_body(template, offering, net, **more))


async def new_vpc(cloud: Cloud, name: str = "essai") -> Row:
    """Create a VPC."""
    offering = await cloud.one("vpcofferings")
    body = {"name": name, "description": "For a test", "vpcOfferingId": offering["id"]}
    return await cloud.do("POST", "vpcs", body)


async def new_subnet(cloud: Cloud, vpc: Row, name: str = "essai-app") -> Row:
    """Create a subnet of a VPC under the default ACL that allows everything."""
    offering = await cloud.one("networkofferings", vpcOnly=True)
    acl = await cloud.one("networkacls", name="default_allow")
    return await cloud.do(
        "POST",
        "networks",
        {
            "name": name,
            "description": "For a test",
            "networkOfferingId": offering["id"],
            "vpcId": vpc["id"],
            "networkAclId": acl["id"],
        },
    )
