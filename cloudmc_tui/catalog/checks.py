"""What cannot be true at once in a catalog file.

The decoder refuses unknown keys and wrong types; this refuses files whose parts contradict each
other, before a form, a table or a picker trips over them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from cloudmc_tui.catalog.schema import (
    Condition,
    EntityField,
    EntityType,
    FieldType,
    Operation,
    OperationField,
    Scope,
    ServiceType,
    ValueType,
)
from cloudmc_tui.language import _

METHODS = ("POST", "PUT", "DELETE")
"""What an operation may be sent with; reads are derived from ``listable`` and ``gettable``."""

READS = ("list", "get")
"""The operations that are derived, and whose names are therefore taken."""

GONE = "gone"
"""``to_state`` of an operation after which the entity is no more."""

DEFAULTS: Mapping[FieldType, tuple[type, ...]] = {
    FieldType.BOOLEAN: (bool,),
    FieldType.INTEGER: (int,),
    FieldType.NUMBER: (int, float),
    FieldType.PORT: (int,),
    FieldType.LIST: (list,),
    FieldType.OBJECT: (dict,),
}
"""What a default is in TOML, by the field's type; a text for all others."""

Found = Iterator[tuple[str, str]]
"""What is wrong, as (key, reason)."""


def contradictions(service: ServiceType) -> Found:
    """Everything in a file that cannot be true at once.

    Yields:
        the dotted key and the reason, in the file's order.
    """
    if not service.types:
        yield "types", _("is empty: a service without entity types has nothing to show")
    for state, count in Counter(state.casefold() for state in service.states).items():
        if count > 1:
            yield (
                "states",
                _(
                    "{state!r} is listed more than once: states are compared without regard to case",
                    state=state,
                ),
            )
    for name, entity_type in service.types.items():
        key = f"types.{name}"
        yield from _check_type(service, entity_type, key)
        for op_name, operation in entity_type.operations.items():
            yield from _check_operation(service, entity_type, op_name, operation, f"{key}.operations")


def _check_type(service: ServiceType, entity_type: EntityType, key: str) -> Found:
    fields = entity_type.fields
    for column in entity_type.columns:
        if column not in fields:
            yield f"{key}.columns", _("{column!r} is not one of its fields", column=column)
    if not entity_type.columns:
        yield f"{key}.columns", _("is empty: a list needs a column")
    if len(set(entity_type.columns)) < len(entity_type.columns):
        yield f"{key}.columns", _("names a field twice")
    if entity_type.id not in fields:
        yield f"{key}.id", _("{id!r} is not one of its fields", id=entity_type.id)
    if entity_type.state and entity_type.state not in fields:
        yield f"{key}.state", _("{state!r} is not one of its fields", state=entity_type.state)
    for member in title_members(entity_type.title):
        if member not in fields:
            yield f"{key}.title", _("{member!r} is not one of its fields", member=member)
    for query, member in entity_type.filters.items():
        if member and member not in fields:
            yield f"{key}.filters.{query}", _("{member!r} is not one of its fields", member=member)
    if entity_type.filters and not entity_type.listable:
        yield f"{key}.filters", _("are given, and the entity type has no list")
    if entity_type.read_only and entity_type.operations:
        yield f"{key}.read_only", _("is set, and there are operations")
    for name, field in fields.items():
        where = f"{key}.fields.{name}"
        if field.refers_to is not None and field.refers_to not in service.types:
            yield (
                f"{where}.refers_to",
                _("{refers_to!r} is not an entity type of this file", refers_to=field.refers_to),
            )
        if (field.type is ValueType.SIZE) != (field.unit is not None):
            yield f"{where}.unit", _("a size needs a unit, and nothing else has one")
        if field.name_from is not None and field.name_from not in fields:
            yield (
                f"{where}.name_from",
                _("{name_from!r} is not a field of {key}", name_from=field.name_from, key=key),
            )


def title_members(title: str) -> list[str]:
    """The members that a title is made of: itself, or the names in a template's braces."""
    return re.findall(r"\{(\w+)\}", title) or [title]


def _check_operation(
    service: ServiceType, entity_type: EntityType, name: str, operation: Operation, key: str
) -> Found:
    if name in READS:
        yield f"{key}.{name}", _("is derived from listable and gettable, and cannot be described")
    key = f"{key}.{name}"
    if operation.method not in METHODS:
        yield (
            f"{key}.method",
            _("{method!r} is none of {methods}", method=operation.method, methods=", ".join(METHODS)),
        )
    known_states = {state.casefold() for state in service.states}
    states = [*operation.from_states, *operation.force_states]
    if operation.to_state not in ("", GONE):
        states.append(operation.to_state)
    for state in states:
        if state.casefold() not in known_states:
            yield key, _("the state {state!r} is not listed under states", state=state)
    if operation.from_states and not entity_type.state:
        yield f"{key}.from_states", _("are given, and the entity type has no state")
    if operation.scope is Scope.COLLECTION:
        if operation.from_states or operation.requires:
            yield f"{key}.scope", _("an operation on a collection has no entity whose state could matter")
        if operation.to_state == GONE:
            yield f"{key}.to_state", _("an operation on a collection has no entity that could be gone")
    if bool(operation.force_states) != bool(operation.force_field):
        yield f"{key}.force_field", _("goes with force_states")
    if operation.force_field and operation.force_field not in operation.fields:
        yield (
            f"{key}.force_field",
            _("{force_field!r} is not one of its fields", force_field=operation.force_field),
        )
    if operation.wrap and not operation.fields:
        yield f"{key}.wrap", _("is given, and there is nothing to wrap")
    for stale in operation.stale:
        if stale not in service.types:
            yield f"{key}.stale", _("{stale!r} is not an entity type of this file", stale=stale)
    names = _Names(service, entity_type.fields, None)
    for index, condition in enumerate(operation.requires):
        where = f"{key}.requires[{index}]"
        yield from names.check(condition, where)
        if not condition.reason:
            yield f"{where}.reason", _("is missing: it is what the person is told")
    own = None if operation.scope is Scope.COLLECTION else entity_type.fields
    yield from _check_fields(_Names(service, operation.fields, own), operation.fields, f"{key}.fields")


class _Names(Struct, frozen=True):
    """What a condition or another reference in a place of the file can name.

    Attributes:
        service: the file.
        fields: the form's fields (or the entity's own, where there is no form).
        own: the fields of the entity that the operation is run on, where there is one.
    """

    service: ServiceType
    fields: Mapping[str, OperationField | EntityField]
    own: Mapping[str, EntityField] | None

    def of_type(self, name: str | None) -> Mapping[str, EntityField] | None:
        """The fields of an entity type; none where that type is unknown."""
        entity_type = self.service.types.get(name) if name is not None else None
        return None if entity_type is None else entity_type.fields

    def wrong(self, source: str) -> str | None:
        """Why a source (see ``schema.look_up``) names nothing; none when it does."""
        if source.startswith("@"):
            if self.own is None:
                return _("{source!r} speaks of an entity, and there is none", source=source)
            return (
                None
                if source[1:] in self.own
                else _("{source!r} is not a field of the entity", source=source[1:])
            )
        name, _dot, member = source.partition(".")
        if name not in self.fields:
            return _("{name!r} is not a known field", name=name)
        if member:
            target = self.fields[name].refers_to
            if target is None:
                return _("{name!r} refers to nothing", name=name)
            if (known := self.of_type(target)) is not None and member not in known:
                return _("{member!r} is not a field of {target}", member=member, target=target)
        return None

    def check(self, condition: Condition, key: str) -> Found:
        tests = (condition.is_, condition.is_not, condition.where, condition.present)
        if sum(test is not None for test in tests) != 1:
            yield key, _("needs exactly one of is, is_not, where and present")
        if condition.where is None:
            if reason := self.wrong(condition.field):
                yield f"{key}.field", reason
        elif condition.field not in self.fields:
            yield f"{key}.field", _("{field!r} is not a known field", field=condition.field)
        elif self.fields[condition.field].refers_to is None:
            yield f"{key}.where", _("{field!r} refers to nothing", field=condition.field)
        else:
            for member in condition.where:
                if reason := self.wrong(f"{condition.field}.{member}"):
                    yield f"{key}.where", reason


def _check_fields(names: _Names, fields: Mapping[str, OperationField], key: str) -> Found:
    """Check a form's fields; ``names`` knows them and those around them."""
    for name, field in fields.items():
        where = f"{key}.{name}"
        yield from _check_values(field, where)
        yield from _check_reference(names, field, where)
        if field.required and (field.required_when or field.when):
            yield f"{where}.required", _("a field that is always required has no condition")
        for other in field.with_:
            if other not in fields:
                yield f"{where}.with", _("{other!r} is not a field of the operation", other=other)
        if field.default_from and field.default_from not in fields:
            yield (
                f"{where}.default_from",
                _("{default_from!r} is not a field of the operation", default_from=field.default_from),
            )
        if field.from_ is not None and (names.own is None or field.from_ not in names.own):
            yield f"{where}.from", _("{member!r} is not a field of the entity", member=field.from_)
        if field.choices_from and (reason := names.wrong(field.choices_from)):
            yield f"{where}.choices_from", reason
        for condition, part in ((field.when, "when"), (field.required_when, "required_when")):
            if condition is not None:
                yield from names.check(condition, f"{where}.{part}")
        inner = _Names(names.service, {**names.fields, **field.fields}, names.own)
        yield from _check_fields(inner, field.fields, f"{where}.fields")


def _check_values(field: OperationField, key: str) -> Found:
    if (FieldType.CHOICE in (field.type, field.items)) != bool(field.choices):
        yield f"{key}.choices", _("a choice needs something to choose from, and nothing else has choices")
    if field.open_choices and not field.choices:
        yield f"{key}.open_choices", _("is set, and there are no choices")
    if field.default is not None:
        if type(field.default) not in DEFAULTS.get(field.type, (str,)):
            yield (
                f"{key}.default",
                _("{default!r} is no {value}", default=field.default, value=field.type.value),
            )
        elif field.choices and not field.open_choices:
            wrong = [value for value in _listed(field.default) if value not in field.choices]
            if wrong:
                yield f"{key}.default", _("{wrong!r} is none of the choices", wrong=wrong[0])
    if (field.type is FieldType.OBJECT) != bool(field.fields) and field.type is not FieldType.LIST:
        yield f"{key}.fields", _("an object needs fields, and nothing else has them")
    if (field.type is FieldType.LIST) != (field.items is not None):
        yield f"{key}.items", _("a list needs the type of its items, and nothing else has it")
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        yield f"{key}.minimum", _("is above the maximum")


def _check_reference(names: _Names, field: OperationField, key: str) -> Found:
    if field.refers_to is None:
        for part in ("fits", "candidates", "value_from"):
            if getattr(field, part):
                yield f"{key}.{part}", _("is given, and the field refers to nothing")
        return
    candidate = names.of_type(field.refers_to)
    if candidate is None:
        yield (
            f"{key}.refers_to",
            _("{refers_to!r} is not an entity type of this file", refers_to=field.refers_to),
        )
        return
    for member, source in field.fits.items():
        if member not in candidate:
            yield (
                f"{key}.fits",
                _("{member!r} is not a field of {refers_to}", member=member, refers_to=field.refers_to),
            )
        if reason := names.wrong(source):
            yield f"{key}.fits", reason
    offered = _Names(names.service, candidate, None)
    for index, condition in enumerate(field.candidates):
        yield from offered.check(condition, f"{key}.candidates[{index}]")
    if field.value_from and field.value_from.partition(".")[0] not in candidate:
        yield (
            f"{key}.value_from",
            _(
                "{value_from!r} is not a field of {refers_to}",
                value_from=field.value_from,
                refers_to=field.refers_to,
            ),
        )


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]
