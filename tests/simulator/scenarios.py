"""For every operation of every entity type: how it is run once, and how a read shows its effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.simulator.harness import Cloud, Row


@dataclass
class Scene:
    """An operation on the stage: the cloud, and what the catalog says of the operation.

    Attributes:
        runs: how often the scenario has run the operation.
    """

    cloud: Cloud
    operation: Row
    runs: int = field(default=0)

    async def run(self, entity_id: str = "", body: Any = None) -> Row:
        """Run the operation by the catalog's method and path to its successful end.

        Args:
            entity_id: the entity; empty for an operation of the collection.
            body: the request's body.

        Returns:
            the task's result.
        """
        self.runs += 1
        path = self.operation["path"].replace(":service_code", "compute-qc")
        path = path.replace(":environment_name", "production")
        head, _, tail = path.partition("/:")
        if tail:
            query = tail.partition("?")[2]
            path = f"{head}/{quote(entity_id, safe='')}" + (f"?{query}" if query else "")
        assert bool(tail) == bool(entity_id), f"{path} and the entity {entity_id!r}"
        return await self.cloud.do(self.operation["method"], path, body)


Scenario = Callable[[Scene], Awaitable[None]]

SCENARIOS: dict[tuple[str, str], Scenario] = {}


def scenario(entity_type: str, *operations: str) -> Callable[[Scenario], Scenario]:
    """Register the decorated function as the scenario of one or more operations."""

    def register(function: Scenario) -> Scenario:
        for operation in operations:
            assert (entity_type, operation) not in SCENARIOS, "one scenario an operation"
            SCENARIOS[entity_type, operation] = function
        return function

    return register


# Importing them fills the register.
from tests.simulator import scenes_compute, scenes_images, scenes_network, scenes_storage, scenes_vpn  # noqa: E402, F401
