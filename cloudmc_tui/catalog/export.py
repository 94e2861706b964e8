"""The catalog as one flat list of operations, reads included, for scripts and checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cloudmc_tui.catalog.schema import Condition, Danger, EntityType, Operation, OperationField, Scope

if TYPE_CHECKING:
    from cloudmc_tui.catalog.loader import Catalog

BASE = "/services/:service_code/:environment_name"


def operations(catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Every operation as a JSON object.

    Yields:
        objects with ``service_type``, ``entity_type``, ``operation``, ``method``, ``path``,
        ``danger``, ``fields`` (each with ``name``, ``type``, ``required``: true, false or the
        condition in words, and ``refers_to``), and what else the catalog knows.
    """
    for service in catalog.services.values():
        for name, entity_type in service.types.items():
            base = {"service_type": service.service_type, "entity_type": name}
            yield from (base | read for read in _reads(name, entity_type))
            for op_name, operation in entity_type.operations.items():
                yield base | _operation(name, entity_type, op_name, operation)


def operation_path(entity_type_name: str, entity_type: EntityType, operation: Operation) -> str:
    """An operation's path as the API reference writes it, variables with a colon."""
    path = f"{BASE}/{entity_type_name}"
    if operation.scope is Scope.ENTITY:
        path += f"/:{entity_type.id}"
    return f"{path}?operation={operation.query}" if operation.query else path


def _reads(name: str, entity_type: EntityType) -> Iterator[dict[str, Any]]:
    base = {"method": "GET", "danger": Danger.SAFE.value, "fields": []}
    if entity_type.listable:
        filters = [{"name": q, "field": f} for q, f in entity_type.filters.items()]
        yield {"operation": "list", "path": f"{BASE}/{name}", **base, "filters": filters}
    if entity_type.gettable:
        yield {"operation": "get", "path": f"{BASE}/{name}/:{entity_type.id}", **base}


def _operation(name: str, entity_type: EntityType, op_name: str, operation: Operation) -> dict[str, Any]:
    return {
        "operation": op_name,
        "label": operation.label,
        "method": operation.method,
        "path": operation_path(name, entity_type, operation),
        "danger": operation.danger.value,
        "from_states": operation.from_states,
        "to_state": operation.to_state,
        "stale": operation.stale,
        "documented": operation.documented,
        "fields": [_field(n, f) for n, f in operation.fields.items()],
    }


def _field(name: str, field: OperationField) -> dict[str, Any]:
    required: bool | str = field.required
    if field.required_when is not None:
        required = f"if {words(field.required_when)}"
    result: dict[str, Any] = {
        "name": name,
        "type": field.type.value,
        "required": required,
        "refers_to": field.refers_to,
    }
    if field.when is not None:
        result["when"] = words(field.when)
    if field.choices:
        result["choices"] = field.choices
    if field.danger is not None:
        result["danger"] = field.danger.value
    if field.secret:
        result["secret"] = True
    if field.fields:
        result["fields"] = [_field(n, f) for n, f in field.fields.items()]
    return result


def words(condition: Condition) -> str:
    """A condition in words: ``"protocol is TCP or UDP"``."""
    subject = condition.field
    if subject.startswith("@"):
        subject = f"the entity's {subject[1:]}"
    elif "." in subject:
        field, _, member = subject.partition(".")
        subject = f"{field}'s {member}"
    if condition.present is not None:
        return f"{subject} is {'given' if condition.present else 'not given'}"
    if condition.is_ is not None:
        return f"{subject} is {_either(condition.is_)}"
    if condition.is_not is not None:
        return f"{subject} is not {_either(condition.is_not)}"
    tests = " and its ".join(f"{k} is {_word(v)}" for k, v in (condition.where or {}).items())
    return f"{subject}'s {tests}"


def _either(values: list[Any]) -> str:
    return " or ".join(map(_word, values))


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
