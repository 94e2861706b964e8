"""The API's errors: a status, and the items of its ``errors`` list.

Only code 2012 (wrong state, with ``currentState`` and ``expectedStates`` in the context) is known
from the real API. The other codes are ours, inferred, and used consistently:

====  ======  ==========================================================
code  status  meaning
====  ======  ==========================================================
1000  400     the request cannot be read (malformed JSON, not an object)
1001  401     no key
1002  403     the key is refused
1003  403     the key may not do this
1004  404     no such endpoint, service, environment, type or organization
1005  405     the endpoint does not know the method
1029  429     too many requests
1500  500     the server stumbled
1503  503     the server is busy or being maintained
2001  400     a required member is missing
2002  400     a member has a value that is not allowed
2003  400     a member refers to an entity that does not exist
2004  404     no such entity, or task
2010  400     the name is taken
2011  400     a quota would be exceeded
2012  400     the entity is in the wrong state
2013  409     another task is changing the entity
2014  400     the entity is in use
2015  400     a rule of the platform forbids it
2016  400     there is no room left (addresses, bare-metal machines)
2500  –       a task failed without a reason of its own
====  ======  ==========================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Item = dict[str, Any]
"""One element of ``errors``."""


def item(code: int, message: str, **context: Any) -> Item:
    """An error as the API spells it: the Go client reads ``errorCode``, the reference has ``code``."""
    return {"code": code, "errorCode": str(code), "message": message, "context": context}


class ApiError(Exception):
    """A request, or a task, that is answered with ``errors``.

    Attributes:
        status: the HTTP status (of no meaning for a task).
        items: the elements of ``errors``.
        headers: extra response headers.
    """

    def __init__(self, status: int, items: Sequence[Item], headers: dict[str, str] | None = None) -> None:
        super().__init__("; ".join(str(i["message"]) for i in items))
        self.status = status
        self.items = list(items)
        self.headers = headers or {}


def malformed(message: str) -> ApiError:
    """The request cannot be read; 400."""
    return ApiError(400, [item(1000, message)])


def no_key() -> ApiError:
    """There is no key; 401."""
    return ApiError(401, [item(1001, "An API key is required in the MC-Api-Key header.")])


def wrong_key() -> ApiError:
    """The key is refused; 403."""
    return ApiError(403, [item(1002, "The API key is not valid.")])


def forbidden(message: str, **context: Any) -> ApiError:
    """The key may not do this; 403."""
    return ApiError(403, [item(1003, message, **context)])


def unknown(what: str, name: str) -> ApiError:
    """No such service, environment, entity type, organization or endpoint."""
    return ApiError(404, [item(1004, f"There is no {what} {name!r}.", what=what, name=name)])


def method_not_allowed(method: str, allowed: Sequence[str]) -> ApiError:
    """The endpoint does not know the method; 405, with what it knows in ``Allow``."""
    message = f"{method} is not allowed here."
    return ApiError(405, [item(1005, message, allowed=list(allowed))], {"Allow": ", ".join(allowed)})


def missing(fields: Sequence[str]) -> ApiError:
    """One error for each required member that is not there."""
    return ApiError(400, [item(2001, f"{f} is required.", field=f) for f in fields])


def invalid(field: str, message: str, **context: Any) -> ApiError:
    """A member's value is not allowed; the message continues its name: ``"must be a port"``."""
    return ApiError(400, [item(2002, f"{field} {message}.", field=field, **context)])


def no_reference(field: str, entity_type: str, entity_id: str) -> ApiError:
    """A member names an entity that does not exist; 400."""
    message = f"{field}: there is no {entity_type} entity {entity_id!r}."
    return ApiError(400, [item(2003, message, field=field, entityType=entity_type, id=entity_id)])


def not_found(entity_type: str, entity_id: str) -> ApiError:
    """There is no such entity or task; 404."""
    message = f"There is no {entity_type} entity {entity_id!r}."
    return ApiError(404, [item(2004, message, entityType=entity_type, id=entity_id)])


def taken(field: str, value: str) -> ApiError:
    """Another entity has this value already; 400."""
    return ApiError(400, [item(2010, f"{field} {value!r} is already taken.", field=field, value=value)])


def over_quota(metric: str, ceiling: float, used: float, wanted: float) -> ApiError:
    """A quota would be exceeded; 400. The numbers are in the metric's unit."""
    message = f"The quota {metric} would be exceeded: {used:g} of {ceiling:g} used, {wanted:g} more wanted."
    context = {"metric": metric, "ceiling": ceiling, "used": used, "requested": wanted}
    return ApiError(400, [item(2011, message, **context)])


def wrong_state(operation: str, current: str, expected: Sequence[str]) -> ApiError:
    """The API's own error 2012 (from the reference's description of errors)."""
    message = f"{operation} needs the state {' or '.join(expected)}; it is {current}."
    return ApiError(400, [item(2012, message, currentState=current, expectedStates=list(expected))])


def busy(entity_type: str, entity_id: str, task_id: str) -> ApiError:
    """Another task is changing the entity; 409."""
    message = "Another task is changing this entity."
    return ApiError(409, [item(2013, message, entityType=entity_type, id=entity_id, taskId=task_id)])


def in_use(message: str, **context: Any) -> ApiError:
    """Something needs the entity; 400."""
    return ApiError(400, [item(2014, message, **context)])


def rule(message: str, **context: Any) -> ApiError:
    """A rule of the platform forbids it."""
    return ApiError(400, [item(2015, message, **context)])


def no_room(message: str, **context: Any) -> ApiError:
    """Nothing of this kind is left; 400."""
    return ApiError(400, [item(2016, message, **context)])


def stumbled() -> ApiError:
    """A mistake of the simulator's own; 500."""
    return ApiError(500, [item(1500, "Something went wrong in the simulator.")])


def task_failed(operation: str) -> ApiError:
    """A task failed without a reason of its own."""
    message = f"The hypervisor could not complete {operation}."
    return ApiError(500, [item(2500, message, operation=operation)])
