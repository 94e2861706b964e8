"""The activity log: who did what, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudmc_tui.simulator import dates
from cloudmc_tui.simulator.store import Environment, Row, encode
from cloudmc_tui.simulator.tasks import PENDING, SUCCESS, Task

if TYPE_CHECKING:
    from cloudmc_tui.simulator.world import World

KEPT = 500
"""How many entries are kept."""


def begin(world: World, task: Task) -> Row:
    """Take down that a task was asked for."""
    env = task.environment
    context = {"environmentName": env.name, "entityType": task.entity_type, "entityId": task.entity_id}
    return note(
        world,
        event=f"{task.entity_type}.{task.operation}",
        status=PENDING,
        moment=task.created,
        organization=env.record["organization"],
        context=context,
        correlationId=task.id,
        environmentId=env.record["id"],
        environmentName=env.name,
        serviceConnectionId=env.service.record["id"],
        serviceConnectionName=env.service.record["name"],
        serviceConnectionType=env.service.record["type"],
    )


def end(entry: Row, task: Task, moment: float) -> None:
    """Take down how it ended."""
    entry.update(status=task.status, updated=dates.iso(moment))


def environment(world: World, event: str, env: Environment, moment: float) -> None:
    """Take down what was done to an environment as a whole."""
    note(
        world,
        event=event,
        status=SUCCESS,
        moment=moment,
        organization=env.record["organization"],
        context={"environmentName": env.name},
        environmentId=env.record["id"],
        environmentName=env.name,
    )


def note(
    world: World, *, event: str, status: str, moment: float, organization: Row, context: Row, **more: str
) -> Row:
    """Add an entry in the name of the key's owner; the oldest are dropped."""
    platform = world.platform
    user = next(iter(platform.users.values()))
    entry = {
        "id": world.new_activity_id(),
        "eventCode": event,
        "category": "SERVICE" if more else "SYSTEM",
        "status": status,
        "created": dates.iso(moment),
        "updated": dates.iso(moment),
        "userId": user["id"],
        "username": user["userName"],
        "userFirstname": user["firstName"],
        "userLastname": user["lastName"],
        "userEmail": user["email"],
        "userOrganizationId": user["organization"]["id"],
        "userOrganizationName": user["organization"]["name"],
        "organizationId": organization["id"],
        "organizationName": organization["name"],
        "requesterIp": "192.0.2.15",
        "eventContext": encode(context).decode(),
        **more,
    }
    platform.activity.append(entry)
    del platform.activity[:-KEPT]
    return entry
