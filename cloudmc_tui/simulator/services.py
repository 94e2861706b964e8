"""The endpoints below ``/services/:service/:environment``, and tasks."""

from __future__ import annotations

from cloudmc_tui.simulator import errors, filters
from cloudmc_tui.simulator.http import Reply, Request, Router
from cloudmc_tui.simulator.store import ENTITY_TYPES, Environment, encode

router = Router()

COLLECTION = "/services/:service/:environment/:type"
ENTITY = f"{COLLECTION}/:id"


def _environment(request: Request) -> Environment:
    v = request.variables
    env = request.world.environment(v["service"], v["environment"], request.organization_id)
    if v["type"] not in ENTITY_TYPES:
        raise errors.unknown("entity type", v["type"])
    return env


@router.route("GET", COLLECTION)
def list_entities(request: Request) -> Reply:
    """The entities of a type, filtered."""
    env = _environment(request)
    return Reply(filters.listing(env, request.variables["type"], request.query))


@router.route("GET", ENTITY)
def get_entity(request: Request) -> Reply:
    """One entity, whole."""
    env = _environment(request)
    entity_type, entity_id = request.variables["type"], request.variables["id"]
    row = env[entity_type].rows.get(entity_id)
    if row is None:
        raise errors.not_found(entity_type, entity_id)
    return Reply.data(filters.detail(env, entity_type, row))


def _mutate(request: Request, entity_id: str | None) -> Reply:
    """Run an operation. The rules, a third of the simulator's import, wait for the first one."""
    from cloudmc_tui.simulator.mutations import submit

    env = _environment(request)
    operation = request.query.get("operation", "")
    entity_type = request.variables["type"]
    task = submit(request.world, env, entity_type, entity_id, request.method, operation, request.content)
    return Reply.of(task.submission())


@router.route("POST PUT", COLLECTION)
def mutate_collection(request: Request) -> Reply:
    """Create, or run an operation of the collection."""
    return _mutate(request, None)


@router.route("POST PUT DELETE", ENTITY)
def mutate_entity(request: Request) -> Reply:
    """Update, delete, or run an operation."""
    return _mutate(request, request.variables["id"])


@router.route("GET", "/tasks/:id")
def get_task(request: Request) -> Reply:
    """A task, in both shapes."""
    task = request.world.tasks.get(request.variables["id"])
    if task is None:
        raise errors.not_found("tasks", request.variables["id"])
    return Reply(encode(task.reply()))
