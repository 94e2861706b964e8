"""Faults: some of everything that a client has to survive, in the same places every time."""

from __future__ import annotations

from collections import Counter

import httpx

from tests.simulator.harness import PRODUCTION, Cloud

PATHS = ("zones", "instances", "volumes", "networks", "vpcs")


def _kind(reply: httpx.Response) -> str:
    if reply.status_code != 200:
        return f"{reply.status_code}{' Retry-After' if 'Retry-After' in reply.headers else ''}"
    try:
        body = reply.json()
    except ValueError:
        return "broken off"
    return "errors in a 200" if "errors" in body else "fine"


async def _conversation(seed: int, rate: float) -> list[tuple[str, str]]:
    async with Cloud(seed=seed, fail_rate=rate) as cloud:
        found = []
        for _ in range(40):
            for path in PATHS:
                reply = await cloud.ask("GET", path)
                found.append((path, _kind(reply)))
        return found


async def test_everything_that_a_client_has_to_survive() -> None:
    kinds = Counter(kind for _, kind in await _conversation(1, 0.5))
    assert set(kinds) == {
        "fine",
        "429 Retry-After",
        "500",
        "502",
        "503",
        "503 Retry-After",
        "504",
        "errors in a 200",
        "broken off",
    }
    assert 60 < kinds["fine"] < 140


async def test_the_proxy_s_page_is_html_and_errors_are_errors() -> None:
    async with Cloud(fail_rate=1) as cloud:
        replies = [await cloud.ask("GET", "zones") for _ in range(60)]
    pages = [r for r in replies if r.status_code == 502]
    assert pages
    assert all(r.headers["Content-Type"].startswith("text/html") and "<html>" in r.text for r in pages)
    refused = [r for r in replies if r.status_code in (429, 500, 503)]
    assert all(r.json()["errors"][0]["message"] for r in refused)
    assert all(int(r.headers["Retry-After"]) >= 1 for r in replies if r.status_code == 429)


async def test_the_same_seed_fails_in_the_same_places() -> None:
    first = await _conversation(5, 0.3)
    assert first == await _conversation(5, 0.3)
    assert first != await _conversation(6, 0.3)


async def test_what_else_is_asked_changes_nothing() -> None:
    async def zones(between: bool) -> list[str]:
        async with Cloud(seed=2, fail_rate=0.4) as cloud:
            found = []
            for _ in range(30):
                found.append(_kind(await cloud.ask("GET", "zones")))
                if between:
                    await cloud.ask("GET", "instances")
                    await cloud.ask("POST", "vpnusers", {"username": "x", "password": "y"})
            return found

    assert await zones(between=False) == await zones(between=True)


async def test_a_fault_does_not_reach_the_cloud() -> None:
    async with Cloud(fail_rate=1) as cloud:
        before = dict(cloud.world.environment("compute-qc", "production")["vpnusers"].rows)
        for _ in range(20):
            await cloud.ask("POST", "vpnusers", {"username": "x", "password": "y"})
        assert cloud.world.tasks == {}
        assert cloud.world.environment("compute-qc", "production")["vpnusers"].rows == before


async def test_no_faults_without_a_rate() -> None:
    assert {kind for _, kind in await _conversation(1, 0)} == {"fine"}


async def _patiently(cloud: Cloud, method: str, path: str, body: object = None) -> httpx.Response:
    """Ask again until there is no fault."""
    for _ in range(200):
        reply = await cloud.ask(method, path, body)
        if _kind(reply) == "fine":
            return reply
    raise AssertionError("nothing but faults")


async def test_tasks_fail_too_and_take_back_what_they_began() -> None:
    async with Cloud(fail_rate=0.5, seed=4) as cloud:
        ended: Counter[str] = Counter()
        for row in (await _patiently(cloud, "GET", "instances")).json()["data"]:
            if row["state"] != "Running":
                continue
            path = f"instances/{row['id']}"
            submitted = (await _patiently(cloud, "POST", f"{path}?operation=stop")).json()
            cloud.clock.pass_(60)
            task = (await _patiently_task(cloud, submitted["taskId"])).json()
            ended[task["taskStatus"]] += 1
            state = (await _patiently(cloud, "GET", path)).json()["data"]["state"]
            if task["taskStatus"] == "FAILED":
                assert task["errors"] == task["result"]["errors"] == task["data"]["result"]["errors"]
                assert state == "Running"
            else:
                assert state == "Stopped"
    assert ended["FAILED"] >= 3
    assert ended["SUCCESS"] >= 3


async def _patiently_task(cloud: Cloud, task_id: str) -> httpx.Response:
    """A failed task has ``errors`` and is no fault."""
    for _ in range(200):
        reply = await cloud.ask("GET", f"/tasks/{task_id}")
        if reply.status_code == 200 and _kind(reply) != "broken off" and "taskId" in reply.json():
            return reply
    raise AssertionError("nothing but faults")


async def test_a_create_that_fails_leaves_an_instance_in_error() -> None:
    async with Cloud(fail_rate=0.5, seed=4) as cloud:
        network = (await _patiently(cloud, "GET", "networks")).json()["data"][0]
        body = {
            "templateId": (await _patiently(cloud, "GET", "templates")).json()["data"][0]["id"],
            "computeOfferingId": (await _patiently(cloud, "GET", "computeofferings")).json()["data"][0]["id"],
            "networkId": network["id"],
        }
        outcomes = {}
        for number in range(12):
            name = f"essai-{number}"
            submitted = (await _patiently(cloud, "POST", "instances", {**body, "name": name})).json()
            cloud.clock.pass_(60)
            outcomes[name] = (await _patiently_task(cloud, submitted["taskId"])).json()["taskStatus"]
        rows = (await _patiently(cloud, "GET", "instances")).json()["data"]
        states = {row["name"]: row["state"] for row in rows if row["name"] in outcomes}
        wanted = {name: "Error" if status == "FAILED" else "Running" for name, status in outcomes.items()}
        assert states == wanted
        assert set(outcomes.values()) == {"FAILED", "SUCCESS"}
        broken = next(row for row in rows if row["name"] in outcomes and row["state"] == "Error")
        volumes = await _patiently(cloud, "GET", f"volumes?instance_id={broken['id']}")
        assert volumes.json()["data"] == []
        path = f"instances/{broken['id']}"
        assert (await _patiently(cloud, "DELETE", path)).json()["taskStatus"] == "PENDING"


async def test_a_failure_at_once_is_a_200() -> None:
    async with Cloud(fail_rate=0.5, seed=4, task_seconds=0) as cloud:
        for _ in range(100):
            reply = await cloud.ask("POST", "vpnusers", {"username": "x", "password": "y"})
            if reply.status_code == 200 and reply.content.endswith(b"}") and "taskId" in reply.json():
                body = reply.json()
                if body["taskStatus"] == "FAILED":
                    break
        assert set(body) == {"taskId", "taskStatus", "errors"}
        assert reply.url.path.endswith(f"{PRODUCTION}/vpnusers")
