"""Load catalog files: TOML in, a checked :class:`Catalog` out.

The program's own files lie in ``services/`` beside this module. A user's files of the same form are
laid over them, member by member, so that a file of three lines can change one column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import tomli

from cloudmc_tui.catalog.schema import (
    Condition,
    EntityType,
    FieldType,
    Operation,
    OperationField,
    Scope,
    ServiceType,
    ValueType,
)

SERVICES = Path(__file__).with_name("services")
"""The folder of the program's own catalog files."""

METHODS = ("POST", "PUT", "DELETE")
"""What an operation may be sent with; reads are derived from ``listable`` and ``gettable``."""

GONE = "gone"
"""``to_state`` of an operation after which the entity is no more."""


class CatalogError(ValueError):
    """A catalog file that is malformed or contradicts itself.

    Attributes:
        file: the file's name.
        key: the dotted key, or empty when the file is no TOML at all.
        reason: what is wrong with it.
    """

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file = file
        self.key = key
        self.reason = reason


@dataclass(frozen=True)
class Catalog:
    """Every service type that the program knows, by name."""

    services: Mapping[str, ServiceType]

    @cached_property
    def _by_connection_type(self) -> dict[str, ServiceType]:
        return {t.casefold(): s for s in self.services.values() for t in s.connection_types}

    def service_type(self, connection_type: str) -> ServiceType | None:
        """The service type of a service connection, by its ``type``; none when unknown."""
        return self._by_connection_type.get(connection_type.casefold())


def load_catalog(user_folder: Path | None = None) -> Catalog:
    """Read all catalog files.

    Args:
        user_folder: a folder of the user's own ``*.toml`` files, laid over the program's.

    Raises:
        CatalogError: naming file, key and reason.
    """
    files = sorted(SERVICES.glob("*.toml"))
    if user_folder is not None and user_folder.is_dir():
        files += sorted(user_folder.glob("*.toml"))
    raw: dict[str, dict[str, Any]] = {}
    last_file: dict[str, str] = {}
    for file in files:
        document = _read(file)
        name = document.get("service_type")
        if not isinstance(name, str) or not name:
            raise CatalogError(file.name, "service_type", "is missing: it names what the file describes")
        raw[name] = _overlay(raw[name], document) if name in raw else document
        last_file[name] = file.name
    services = {name: _convert(document, last_file[name]) for name, document in raw.items()}
    seen: dict[str, str] = {}
    for name, service in services.items():
        for connection_type in service.connection_types:
            if (other := seen.setdefault(connection_type.casefold(), name)) != name:
                reason = f"{connection_type!r} already means the service type {other!r}"
                raise CatalogError(last_file[name], "connection_types", reason)
    return Catalog(services)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomli.loads(file.read_text(encoding="utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(file.name, "", f"is not valid TOML: {error}") from error
    except OSError as error:
        raise CatalogError(file.name, "", f"cannot be read: {error.strerror}") from error


def _overlay(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Lay one document over another: tables are merged, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _overlay(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _convert(document: dict[str, Any], file: str) -> ServiceType:
    try:
        service = msgspec.convert(document, ServiceType)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `$")
        key = where.rstrip("`").lstrip(".") or "(top level)"
        raise CatalogError(file, _name_keys(document, key), reason) from error
    for key, reason in _contradictions(service):
        raise CatalogError(file, key, reason)
    return service


def _name_keys(document: dict[str, Any], key: str) -> str:
    """Put the real keys in place of the ``[...]`` that the decoder prints for a table's member.

    The decoder does not say which member it was, so each candidate is tried in the file's order.
    """
    parts = key.replace("[...]", ".*").split(".")

    def tables(value: Any, depth: int) -> Iterator[list[str]]:
        if depth == len(parts):
            yield []
        elif isinstance(value, dict):
            for name in value if parts[depth] == "*" else [parts[depth]]:
                for rest in tables(value.get(name), depth + 1):
                    yield [name, *rest]
        elif value is None and parts[depth] != "*":
            yield parts[depth:]

    found = [".".join(path) for path in tables(document, 0)]
    return found[0] if len(found) == 1 else key


def _contradictions(service: ServiceType) -> Iterator[tuple[str, str]]:
    """Everything in a file that cannot be true at once, as (key, reason)."""
    if not service.types:
        yield "types", "is empty: a service without entity types has nothing to show"
    for name, entity_type in service.types.items():
        key = f"types.{name}"
        yield from _check_type(service, entity_type, key)
        for op_name, operation in entity_type.operations.items():
            yield from _check_operation(service, entity_type, operation, f"{key}.operations.{op_name}")


def _check_type(service: ServiceType, entity_type: EntityType, key: str) -> Iterator[tuple[str, str]]:
    fields = entity_type.fields
    for column in entity_type.columns:
        if column not in fields:
            yield f"{key}.columns", f"{column!r} is not one of its fields"
    if not entity_type.columns:
        yield f"{key}.columns", "is empty: a list needs a column"
    if entity_type.id not in fields:
        yield f"{key}.id", f"{entity_type.id!r} is not one of its fields"
    if entity_type.state and entity_type.state not in fields:
        yield f"{key}.state", f"{entity_type.state!r} is not one of its fields"
    if entity_type.read_only and entity_type.operations:
        yield f"{key}.read_only", "is set, and there are operations"
    for name, field in fields.items():
        where = f"{key}.fields.{name}"
        if field.refers_to is not None and field.refers_to not in service.types:
            yield f"{where}.refers_to", f"{field.refers_to!r} is not an entity type of this file"
        if (field.type is ValueType.SIZE) != (field.unit is not None):
            yield f"{where}.unit", "a size needs a unit, and nothing else has one"
        if field.name_from is not None and field.name_from not in fields:
            yield f"{where}.name_from", f"{field.name_from!r} is not a field of {key}"


def _check_operation(
    service: ServiceType, entity_type: EntityType, operation: Operation, key: str
) -> Iterator[tuple[str, str]]:
    if operation.method not in METHODS:
        yield f"{key}.method", f"{operation.method!r} is none of {', '.join(METHODS)}"
    states = [*operation.from_states, *operation.force_states]
    if operation.to_state not in ("", GONE):
        states.append(operation.to_state)
    for state in states:
        if state not in service.states:
            yield key, f"the state {state!r} is not listed under states"
    if operation.from_states and not entity_type.state:
        yield f"{key}.from_states", "are given, and the entity type has no state"
    if operation.scope is Scope.COLLECTION and (operation.from_states or operation.requires):
        yield f"{key}.scope", "an operation on a collection has no entity whose state could matter"
    if bool(operation.force_states) != bool(operation.force_field):
        yield f"{key}.force_field", "goes with force_states"
    if operation.force_field and operation.force_field not in operation.fields:
        yield f"{key}.force_field", f"{operation.force_field!r} is not one of its fields"
    for stale in operation.stale:
        if stale not in service.types:
            yield f"{key}.stale", f"{stale!r} is not an entity type of this file"
    for index, condition in enumerate(operation.requires):
        yield from _check_condition(condition, f"{key}.requires[{index}]", entity_type.fields)
    yield from _check_fields(service, entity_type, operation.fields, f"{key}.fields")


def _check_fields(
    service: ServiceType, entity_type: EntityType, fields: Mapping[str, OperationField], key: str
) -> Iterator[tuple[str, str]]:
    for name, field in fields.items():
        where = f"{key}.{name}"
        if field.refers_to is not None and field.refers_to not in service.types:
            yield f"{where}.refers_to", f"{field.refers_to!r} is not an entity type of this file"
        if (field.type is FieldType.CHOICE) and not field.choices:
            yield f"{where}.choices", "a choice needs something to choose from"
        if field.choices and field.default is not None and not field.open_choices:
            wrong = [v for v in _listed(field.default) if v not in field.choices]
            if wrong:
                yield f"{where}.default", f"{wrong[0]!r} is none of the choices"
        if field.required and (field.required_when or field.when):
            yield f"{where}.required", "a field that is always required has no condition"
        if (field.type is FieldType.OBJECT) != bool(field.fields) and field.type is not FieldType.LIST:
            yield f"{where}.fields", "an object needs fields, and nothing else has them"
        if (field.type is FieldType.LIST) != (field.items is not None):
            yield f"{where}.items", "a list needs the type of its items, and nothing else has it"
        if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
            yield f"{where}.minimum", "is above the maximum"
        for other in field.with_:
            if other not in fields:
                yield f"{where}.with", f"{other!r} is not a field of the operation"
        for source in field.fits.values():
            if source.startswith("@") and source[1:] not in entity_type.fields:
                yield f"{where}.fits", f"{source[1:]!r} is not a field of the entity"
            if not source.startswith(("@", "=")) and source not in fields:
                yield f"{where}.fits", f"{source!r} is not a field of the operation"
        if field.fits and field.refers_to is None:
            yield f"{where}.fits", "is given, and the field refers to nothing"
        for condition, part in ((field.when, "when"), (field.required_when, "required_when")):
            if condition is not None:
                yield from _check_condition(condition, f"{where}.{part}", fields)
        yield from _check_fields(service, entity_type, field.fields, f"{where}.fields")


def _check_condition(
    condition: Condition, key: str, known: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    tests = (condition.is_, condition.is_not, condition.where, condition.present)
    if sum(test is not None for test in tests) != 1:
        yield key, "needs exactly one of is, is_not, where and present"
    if condition.field not in known:
        yield f"{key}.field", f"{condition.field!r} is not a known field"
    elif condition.where is not None and getattr(known[condition.field], "refers_to", None) is None:
        yield f"{key}.where", f"{condition.field!r} refers to nothing"


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]
