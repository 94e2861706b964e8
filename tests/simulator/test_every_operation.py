"""Every operation that the catalog knows is run once, and a read shows what it did.

Complete by construction: an operation without a scenario fails, and so does a scenario without an
operation.
"""

from __future__ import annotations

from typing import Any

import pytest

from cloudmc_tui.catalog.export import operations
from cloudmc_tui.catalog.loader import load_catalog
from cloudmc_tui.simulator.store import ENTITY_TYPES
from tests.simulator.harness import Cloud
from tests.simulator.scenarios import SCENARIOS, Scene

OPERATIONS = [o for o in operations(load_catalog()) if o["service_type"] == "cloudstack"]
READS = [o for o in OPERATIONS if o["method"] == "GET"]
MUTATIONS = [o for o in OPERATIONS if o["method"] != "GET"]


def _name(operation: dict[str, Any]) -> str:
    return f"{operation['entity_type']}-{operation['operation']}"


@pytest.mark.parametrize("operation", MUTATIONS, ids=_name)
async def test_mutation(cloud: Cloud, operation: dict[str, Any]) -> None:
    key = operation["entity_type"], operation["operation"]
    assert key in SCENARIOS, f"no scenario runs {key}"
    scene = Scene(cloud, operation)
    await SCENARIOS[key](scene)
    assert scene.runs, "the scenario has not run the operation"


@pytest.mark.parametrize("operation", READS, ids=_name)
async def test_read(cloud: Cloud, operation: dict[str, Any]) -> None:
    entity_type = operation["entity_type"]
    reply = (await cloud.ask("GET", entity_type)).json()
    assert reply["data"], "every entity type is populated"
    assert reply["metadata"]["recordCount"] == len(reply["data"])
    for row in reply["data"]:
        shown = await cloud.get(entity_type, row["id"])
        assert shown == shown | row, "what is listed is also shown"


def test_scenarios_are_of_the_catalog() -> None:
    known = {(o["entity_type"], o["operation"]) for o in MUTATIONS}
    assert set(SCENARIOS) - known == set()


def test_the_catalog_has_what_the_simulator_has() -> None:
    assert {o["entity_type"] for o in OPERATIONS} == set(ENTITY_TYPES)
