"""Environments: created empty but usable, described, deleted with all that is in them.

Inferred: an update of ``roles`` replaces the users of the roles it names (by id or by name) and
leaves the others; deleting an environment needs no emptying first.
"""

from __future__ import annotations

import re

from cloudmc_tui.simulator import activity, errors
from cloudmc_tui.simulator.body import Body, decode
from cloudmc_tui.simulator.http import Reply, Request, Router
from cloudmc_tui.simulator.platform.reads import environment_view
from cloudmc_tui.simulator.store import Environment, Row, Service
from cloudmc_tui.simulator.world import World

router = Router()

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@router.route("POST", "/environments")
def create(request: Request) -> Reply:
    """Create an environment, empty but usable."""
    world, body = request.world, decode(request.content)
    body.require("name", "description", "serviceConnection")
    service = _service(world, body.inner("serviceConnection"))
    organization = world.platform.own
    if "organization" in body:
        organization = _organization(world, body.inner("organization").text("id"))
    name = _free_name(world, service, body.text("name"))
    roles = _merged(world, [], body.objects("roles"))
    environment = world.open_environment(
        organization, service, name, body.text("description"), size=0, made=world.now()
    )
    record = environment.record
    record["membership"] = body.maybe("membership") or record["membership"]
    record["roles"] = roles or _first_role(world)
    activity.environment(world, "environments.create", environment, world.now())
    return Reply.data(environment_view(environment, whole=True))


@router.route("PUT POST", "/environments/:id")
def update(request: Request) -> Reply:
    """Change what is given of an environment."""
    world, body = request.world, decode(request.content)
    environment = _find(request)
    record, name = environment.record, body.maybe("name")
    if name is not None and name != record["name"]:
        name = _free_name(world, environment.service, name)
    roles = _merged(world, record["roles"], body.objects("roles"))
    changes = {"name": name, "description": body.maybe("description"), "membership": body.maybe("membership")}
    record.update({member: value for member, value in changes.items() if value is not None})
    record["roles"] = roles
    activity.environment(world, "environments.update", environment, world.now())
    return Reply.data(environment_view(environment, whole=True))


@router.route("DELETE", "/environments/:id")
def delete(request: Request) -> Reply:
    """Delete an environment with all that is in it."""
    environment = _find(request)
    del request.world.platform.environments[environment.record["id"]]
    activity.environment(request.world, "environments.delete", environment, request.world.now())
    return Reply.data({"id": environment.record["id"]})


def _find(request: Request) -> Environment:
    environment = request.world.platform.environments.get(request.variables["id"])
    if environment is None:
        raise errors.not_found("environments", request.variables["id"])
    return environment


def _service(world: World, connection: Body) -> Service:
    wanted = connection.text("id")
    for service in world.platform.services.values():
        if service.record["id"] == wanted:
            return service
    raise errors.no_reference("serviceConnection", "services/connections", wanted)


def _organization(world: World, organization_id: str) -> Row:
    if organization_id not in world.platform.organizations:
        raise errors.no_reference("organization", "organizations", organization_id)
    return world.platform.organizations[organization_id]


def _free_name(world: World, service: Service, name: str) -> str:
    """A name that no environment of the service has."""
    if not _NAME.fullmatch(name):
        raise errors.invalid("name", "may have letters, digits, dots, hyphens and underscores", value=name)
    if any(e.service is service and e.name == name for e in world.platform.environments.values()):
        raise errors.taken("name", name)
    return name


def _merged(world: World, present: list[Row], wanted: list[Body]) -> list[Row]:
    """An environment's roles after those that a body names were set."""
    roles = [dict(role) for role in present]
    for wish in wanted:
        role_id, name = wish.maybe("id"), wish.maybe("name")
        role = next((r for r in roles if _is(r, role_id, name)), None)
        if role is None and name is None:
            raise errors.no_reference("roles", "roles", wish.text("id"))
        if role is None:
            role = {"id": world.new_id(), "name": name, "isDefault": False, "users": []}
            roles.append(role)
        if "isDefault" in wish:
            role["isDefault"] = wish.flag("isDefault")
        role["users"] = [_member(world, user.text("id")) for user in wish.objects("users")]
    return roles


def _is(role: Row, role_id: str | None, name: str | None) -> bool:
    """Whether a body's role is this one: by its id, else by its name, whose case clients vary."""
    if role_id is not None:
        return bool(role["id"] == role_id)
    return name is not None and bool(role["name"].casefold() == name.casefold())


def _member(world: World, user_id: str) -> Row:
    user = world.platform.users.get(user_id)
    if user is None:
        raise errors.no_reference("roles.users", "users", user_id)
    return world.member(user)


def _first_role(world: World) -> list[Row]:
    """The role that there is to give. Nobody has it yet: clients compare who has a role with whom
    they gave it."""
    return [{"id": world.new_id(), "name": "Environment Admin", "isDefault": True, "users": []}]
