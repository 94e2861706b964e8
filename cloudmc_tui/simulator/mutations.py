"""From a mutation to its task: found, checked against state and locks, begun, and put on the agenda."""

from __future__ import annotations

import zlib
from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING

from cloudmc_tui.simulator import activity, errors
from cloudmc_tui.simulator.body import decode
from cloudmc_tui.simulator.rules import RULES, Call, Rule
from cloudmc_tui.simulator.store import Environment
from cloudmc_tui.simulator.tasks import Task

if TYPE_CHECKING:
    from cloudmc_tui.simulator.world import World

_PLAIN = {
    ("POST", True): "create",
    ("POST", False): "update",
    ("PUT", False): "update",
    ("DELETE", False): "delete",
}


def submit(
    world: World,
    env: Environment,
    entity_type: str,
    entity_id: str | None,
    method: str,
    operation: str,
    content: bytes,
) -> Task:
    """Carry out a mutation up to where its task goes on by itself.

    Args:
        world: the cloud.
        env: the environment.
        entity_type: what it works on.
        entity_id: the entity, or None for the collection.
        method: the HTTP method.
        operation: the query's ``operation``, or empty.
        content: the raw body.

    Raises:
        ApiError: it is refused.
    """
    name, rule = _find(entity_type, entity_id is None, method, operation)
    call = Call(world, env, entity_type, name, decode(content))
    if entity_id is not None:
        row = env[entity_type].rows.get(entity_id)
        if row is None:
            raise errors.not_found(entity_type, entity_id)
        call.row = row
        _check_state(call, rule)
        call.locks.append((entity_type, entity_id))
    steps = rule.handler(call)
    next(steps)
    return _begin(call, rule, steps)


def _find(entity_type: str, collection: bool, method: str, operation: str) -> tuple[str, Rule]:
    """An operation's name and rule. One that is named in the query may be a PUT or a POST."""
    known = {n: r for (t, n), r in RULES.items() if t == entity_type and r.collection == collection}
    if operation and method in ("POST", "PUT"):
        rule = known.get(f"?{operation}")
        if rule is None:
            names = sorted(n[1:] for n in known if n.startswith("?"))
            raise errors.invalid("operation", "is not known here", value=operation, known=names)
        return f"?{operation}", rule
    name = _PLAIN.get((method, collection), "")
    if name not in known:
        allowed = {m for (m, c), n in _PLAIN.items() if c == collection and n in known}
        raise errors.method_not_allowed(method, sorted(allowed | {"GET"}))
    return name, known[name]


def _check_state(call: Call, rule: Rule) -> None:
    state, key = call.row.get("state", ""), (call.entity_type, call.row["id"])
    if state in rule.forced and call.body.flag("forceStop"):
        return
    if rule.states and state not in rule.states:
        raise errors.wrong_state(call.name.lstrip("?"), state, rule.states)
    if key in call.env.busy:
        raise errors.busy(*key, call.env.busy[key])


def _begin(call: Call, rule: Rule, steps: Generator[None, None, dict[str, object]]) -> Task:
    world, env, name = call.world, call.env, call.name.lstrip("?")
    about = (env.service.code, env.name, call.entity_type, name)
    fails = world.settings.fail_rate > 0 and world.draw("task", *about) < world.settings.fail_rate
    now = world.now()
    task = Task(
        id=world.new_task_id(),
        created=now,
        environment=env,
        entity_type=call.entity_type,
        operation=name,
        entity_id=call.row.get("id", ""),
        steps=steps,
        failure=errors.task_failed(name) if fails else None,
        locks=call.locks,
    )
    env.busy.update(dict.fromkeys(call.locks, task.id))
    world.tasks[task.id] = task
    log = activity.begin(world, task)

    def end() -> None:
        task.finish()
        activity.end(log, task, world.agenda.moment)
        forget = partial(world.tasks.pop, task.id, None)
        world.agenda.at(world.agenda.moment + world.settings.task_memory, forget)

    seconds = duration(world.settings.task_seconds, rule.weight, call.entity_type, name)
    if seconds > 0:
        world.agenda.at(now + seconds, end)
    else:
        end()
    return task


def duration(typical: float, weight: float, entity_type: str, operation: str) -> float:
    """How long an operation takes, in seconds: always the same for the same operation."""
    spread = zlib.crc32(f"{entity_type}/{operation}".encode()) % 1000 / 1000
    return typical * weight * (0.6 + 0.8 * spread)
