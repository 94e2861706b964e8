"""The platform's read endpoints."""

from __future__ import annotations

from collections.abc import Mapping

from cloudmc_tui.simulator import errors
from cloudmc_tui.simulator.http import Reply, Request, Router
from cloudmc_tui.simulator.platform.seed import Platform
from cloudmc_tui.simulator.store import Environment, Row

router = Router()


def _one(rows: Mapping[str, Row], request: Request, what: str) -> Row:
    row = rows.get(request.variables["id"])
    if row is None:
        raise errors.not_found(what, request.variables["id"])
    return row


@router.route("GET", "/services/connections")
def connections(request: Request) -> Reply:
    """The service connections."""
    request.world.organization(request.organization_id)
    return Reply.data([service.record for service in request.world.platform.services.values()])


@router.route("GET", "/services/connections/:id")
def connection(request: Request) -> Reply:
    """One connection, by its id or its service code; an object, though the reference shows a list."""
    asked = request.variables["id"]
    for service in request.world.platform.services.values():
        if asked in (service.record["id"], service.code):
            return Reply.data(service.record)
    raise errors.not_found("services/connections", asked)


def organization_view(platform: Platform, row: Row) -> Row:
    """An organization with what belongs to it."""
    environments = [e for e in platform.environments.values() if e.record["organization"]["id"] == row["id"]]
    return {
        **row,
        "environments": [{"id": e.record["id"], "name": e.name} for e in environments],
        "roles": [{"id": role["id"], "name": role["name"]} for role in platform.roles.values()],
        "serviceConnections": [
            {"id": s.record["id"], "serviceCode": s.code, "name": s.record["name"]}
            for s in platform.services.values()
        ],
        "users": [
            {"id": u["id"], "userName": u["userName"], "username": u["userName"]}
            for u in platform.users.values()
            if u["organization"]["id"] == row["id"]
        ],
    }


@router.route("GET", "/organizations")
def organizations(request: Request) -> Reply:
    """The key's own organization and those below it."""
    platform = request.world.platform
    return Reply.data([organization_view(platform, row) for row in platform.organizations.values()])


@router.route("GET", "/organizations/:id")
def organization(request: Request) -> Reply:
    """One organization."""
    platform = request.world.platform
    return Reply.data(organization_view(platform, _one(platform.organizations, request, "organizations")))


def environment_view(environment: Environment, whole: bool) -> Row:
    """An environment; ``users``, all that have a role in it, only when it is asked for by itself."""
    if not whole:
        return environment.record
    users = {u["id"]: u for role in environment.record["roles"] for u in role["users"]}
    return {**environment.record, "users": list(users.values())}


@router.route("GET", "/environments")
def environments(request: Request) -> Reply:
    """Those of one organization: the one asked for, else one's own."""
    owner = request.world.organization(request.organization_id)
    connection_id = request.parameter("serviceConnectionId", "service_connection_id")
    return Reply.data(
        [
            environment_view(e, whole=False)
            for e in request.world.platform.environments.values()
            if e.record["organization"]["id"] == owner["id"]
            and connection_id in (None, e.service.record["id"])
        ]
    )


@router.route("GET", "/environments/:id")
def environment(request: Request) -> Reply:
    """One environment, whosever it is."""
    found = request.world.platform.environments.get(request.variables["id"])
    if found is None:
        raise errors.not_found("environments", request.variables["id"])
    return Reply.data(environment_view(found, whole=True))


def user_view(platform: Platform, row: Row, whole: bool) -> Row:
    """A user with the roles in environments; the environments by name when asked for by itself."""
    theirs = [
        (environment, role)
        for environment in platform.environments.values()
        for role in environment.record["roles"]
        if any(user["id"] == row["id"] for user in role["users"])
    ]
    end_user = next(role for role in platform.roles.values() if role["name"] == "End-User")
    roles: list[Row] = [{"id": end_user["id"], "name": end_user["name"]}]
    roles += [{"id": r["id"], "name": r["name"], "environment": {"id": e.record["id"]}} for e, r in theirs]
    view = {**row, "roles": roles}
    if whole:
        view["environments"] = [{"id": e.record["id"], "name": e.name} for e, _ in theirs]
    return view


@router.route("GET", "/users")
def users(request: Request) -> Reply:
    """The users of one organization: the one asked for, else one's own."""
    platform, owner = request.world.platform, request.world.organization(request.organization_id)
    theirs = [row for row in platform.users.values() if row["organization"]["id"] == owner["id"]]
    return Reply.data([user_view(platform, row, whole=False) for row in theirs])


@router.route("GET", "/users/:id")
def user(request: Request) -> Reply:
    """One user."""
    platform = request.world.platform
    return Reply.data(user_view(platform, _one(platform.users, request, "users"), whole=True))


@router.route("GET", "/roles")
def roles(request: Request) -> Reply:
    """The roles that users can have."""
    scope = request.parameter("filter_scope")
    rows = request.world.platform.roles.values()
    return Reply.data([row for row in rows if scope in (None, row["defaultScope"])])


def quota_view(request: Request, row: Row) -> Row:
    """A quota with its ceilings, which are the same for every environment."""
    ceilings = next(iter(request.world.platform.environments.values())).quota
    details = [
        {**detail, "ceiling": ceilings[detail["type"]], "limitSize": 0} for detail in row["quotaDetails"]
    ]
    return {**row, "quotaDetails": details}


@router.route("GET", "/quotas")
def quotas(request: Request) -> Reply:
    """The quotas, one a service connection."""
    request.world.organization(request.organization_id)
    return Reply.data([quota_view(request, row) for row in request.world.platform.quotas.values()])


@router.route("GET", "/quotas/:id")
def quota(request: Request) -> Reply:
    """One quota."""
    return Reply.data(quota_view(request, _one(request.world.platform.quotas, request, "quotas")))
