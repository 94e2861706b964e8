"""A form: an operation's body while it is being filled in. It knows no screen.

Both faces fill it in: the operation panel field by field, the command line from ``-f name=value``.
Nothing that was typed is ever lost: a value that is wrong stays, with its error beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from cloudmc_tui.catalog import EntityType, FieldType, Operation, OperationField
from cloudmc_tui.catalog.schema import is_blank, look_up
from cloudmc_tui.formats.tables import json_text
from cloudmc_tui.formats.text import uncapitalized
from cloudmc_tui.formats.values import member, title_of
from cloudmc_tui.language import _
from cloudmc_tui.operations.values import ValueProblem, parse

JsonObject = Mapping[str, Any]


class FormError(ValueError):
    """A form that cannot be sent yet.

    Attributes:
        problems: key → what is wrong, in the form's order; the key is empty for the form as a whole.
    """

    def __init__(self, problems: Mapping[str, str], labels: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        said = (f"{key}: {labels.get(key, key)} {what}" if key else what for key, what in problems.items())
        super().__init__("\n".join(said))


class Slot(Struct, frozen=True):
    """A field of a form, at its place.

    Attributes:
        key: its name; inside an object, with the object's name and a dot before it.
        field: what the catalog says of it.
        parent: the key of the object that it is inside, or empty.
    """

    key: str
    field: OperationField
    parent: str = ""

    @property
    def name(self) -> str:
        """The member's name on the wire."""
        return self.key.rpartition(".")[2]

    @property
    def is_list(self) -> bool:
        """Whether it takes several values."""
        return self.field.type is FieldType.LIST


class Form:
    """The fields of one operation with what has been entered so far.

    Attributes:
        operation: what is to be done.
        entity: what it is done to, or none for a collection.
        entity_type: of what it is done to.
        slots: every field, whether it applies now or not.
        raw: a JSON text to send as the body instead of the fields, or none.
    """

    def __init__(
        self,
        operation: Operation,
        entity_type: EntityType,
        types: Mapping[str, EntityType],
        entity: JsonObject | None = None,
    ) -> None:
        """Start a form.

        Args:
            operation: what is to be done.
            entity_type: of what it is done to.
            types: the service's entity types, for references.
            entity: what it is done to; an update starts from its values.
        """
        self._types = types
        self.operation = operation
        self.entity_type = entity_type
        self.entity = entity
        self.slots: tuple[Slot, ...] = tuple(_slots(operation.fields))
        self.raw: str | None = None
        self._by_key = {slot.key: slot for slot in self.slots}
        self._initial: dict[str, Any] = {}
        self._values: dict[str, Any] = {}
        self._chosen: dict[str, dict[str, JsonObject]] = {}
        for slot in self.slots:
            if slot.field.type is FieldType.OBJECT:
                continue
            value = self._first_value(slot)
            if not is_blank(value):
                self._initial[slot.key] = self._values[slot.key] = value

    @property
    def is_update(self) -> bool:
        """Whether it changes what is there: it starts from the entity, and only changes are sent."""
        return self.entity is not None and (
            self.operation.method == "PUT" or self.operation.query.startswith("update")
        )

    def _first_value(self, slot: Slot) -> Any:
        if self.is_update and self.entity is not None:
            source = slot.field.from_ or slot.key
            value = member(self.entity, source)
            if slot.field.secret:
                return None
            if isinstance(value, list):
                return [_identity(item) for item in value]
            return value if isinstance(value, bool) or value is None else str(value)
        default = slot.field.default
        return default if isinstance(default, (bool, list)) or default is None else str(default)

    def take_over(self, other: Form) -> None:
        """Enter what a person has entered in another form of the same operation, as when the entity was
        read again meanwhile; what they have not touched keeps the new values."""
        self.raw = other.raw
        for key, value in other._values.items():
            if key in self._by_key and value != other._initial.get(key):
                self._values[key] = value
                if key in other._chosen:
                    self._chosen[key] = other._chosen[key]

    # What is entered

    def slot(self, key: str) -> Slot:
        """A field by its key.

        Raises:
            KeyError: when there is none.
        """
        return self._by_key[key]

    def value(self, key: str) -> Any:
        """What is entered: a text, a boolean, a list of texts, or none."""
        return self._values.get(key)

    def set(self, key: str, value: Any) -> None:
        """Enter a value as typed or chosen: a text, a boolean, a list of texts, or none."""
        self._values[key] = value

    def referred_type(self, key: str) -> EntityType | None:
        """The entity type that a field refers to, or none."""
        return self._types.get(self._by_key[key].field.refers_to or "")

    def _source(self, slot: Slot) -> str:
        """The member of a referred entity that is sent."""
        referred = self._types.get(slot.field.refers_to or "")
        return slot.field.value_from or (referred.id if referred else "id")

    def choose(self, key: str, entities: Sequence[JsonObject]) -> None:
        """Enter references.

        Args:
            key: the field's.
            entities: what was chosen.
        """
        slot = self._by_key[key]
        source = self._source(slot)
        values = {str(v): e for e in entities if not is_blank(v := step_into(e, source))}
        self._chosen[key] = values
        self._values[key] = list(values) if slot.is_list else next(iter(values), None)

    def know(self, key: str, candidates: Sequence[JsonObject]) -> None:
        """Say what a reference field's value may refer to, so that names and conditions can be told."""
        source = self._source(self._by_key[key])
        wanted = set(self.as_list(key))
        if wanted:
            found = {str(step_into(e, source)): e for e in candidates}
            self._chosen[key] = {v: found[v] for v in wanted if v in found}

    def as_list(self, key: str) -> list[str]:
        """What is entered, as a list of texts."""
        value = self._values.get(key)
        if is_blank(value):
            return []
        return [str(v) for v in value] if isinstance(value, list) else [str(value)]

    def shown(self, key: str) -> str:
        """What is entered, for people: the names of references, yes and no."""
        value = self._values.get(key)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        known, refers_to = self._chosen.get(key, {}), self.referred_type(key)
        names = (title_of(known[v], refers_to) if refers_to and v in known else v for v in self.as_list(key))
        return ", ".join(names)

    def names(self) -> dict[str, str]:
        """What is sent of each chosen reference → what that entity is called, where that says more."""
        return {
            value: title
            for key, entities in self._chosen.items()
            if (kind := self.referred_type(key))
            for value, entity in entities.items()
            if (title := title_of(entity, kind)) != value
        }

    # What it means

    def visible(self) -> list[Slot]:
        """The fields that apply now."""
        return [slot for slot in self.slots if self._applies(slot)]

    def _applies(self, slot: Slot) -> bool:
        if slot.parent and not self._applies(self._by_key[slot.parent]):
            return False
        return slot.field.applies(self._context(slot), self._referred(slot), self.entity)

    def is_required(self, key: str) -> bool:
        """Whether a field must have a value now."""
        slot = self._by_key[key]
        return slot.field.needs_value(self._context(slot), self._referred(slot), self.entity)

    def offers(self, key: str, candidate: JsonObject) -> bool:
        """Whether an entity fits a reference field, given what else is entered."""
        slot = self._by_key[key]
        return slot.field.offers(candidate, self._context(slot), self._referred(slot), self.entity)

    def allowed(self, key: str) -> list[str]:
        """The values that a field may have, or that are suggested for it; empty: any."""
        slot = self._by_key[key]
        if slot.field.choices:
            return list(slot.field.choices)
        if slot.field.choices_from:
            found = look_up(slot.field.choices_from, self._context(slot), self._referred(slot), self.entity)
            return [str(v) for v in found] if isinstance(found, list) else []
        return []

    def _context(self, slot: Slot) -> dict[str, Any]:
        """The values around a field, those of the same object over the others."""
        outer = {s.name: self._values.get(s.key) for s in self.slots if not s.parent}
        inner = {
            s.name: self._values.get(s.key) for s in self.slots if slot.parent and s.parent == slot.parent
        }
        return {**outer, **inner}

    def _referred(self, slot: Slot) -> dict[str, JsonObject]:
        chosen = {}
        for key, entities in self._chosen.items():
            value = self._values.get(key)
            if isinstance(value, str) and value in entities:
                chosen[self._by_key[key].name] = entities[value]
        return chosen

    # What is wrong, and what is sent

    def problem(self, key: str) -> str:
        """What is wrong with a field's value, or an empty text."""
        slot = self._by_key[key]
        try:
            self._parsed(slot)
        except ValueProblem as problem:
            return str(problem)
        return self._misfit(slot)

    def _misfit(self, slot: Slot) -> str:
        """What a chosen entity does not fit any more, or never did."""
        if self._values.get(slot.key) == self._initial.get(slot.key):
            return ""
        known = self._chosen.get(slot.key, {})
        for entity in (known[v] for v in self.as_list(slot.key) if v in known):
            source = slot.field.misfit(entity, self._context(slot), self._referred(slot), self.entity)
            other = self._by_key.get(source.partition(".")[0])
            if other is not None:
                return _("does not fit the {label}: choose again", label=uncapitalized(other.field.label))
            if source:
                return _("does not fit what it is for: choose again")
        return ""

    def problems(self) -> dict[str, str]:
        """Everything that is wrong, by key."""
        if self.raw is not None:
            try:
                self._raw_body()
            except FormError as error:
                return error.problems
            return {}
        found = {s.key: p for s in self.visible() if (p := self.problem(s.key))}
        if not found and self.is_update and not self._changed():
            found[""] = _("nothing is changed yet")
        return found

    def _changed(self) -> bool:
        return any(self._values.get(s.key) != self._initial.get(s.key) for s in self.visible())

    def _effective(self, slot: Slot) -> Any:
        value = self._values.get(slot.key)
        if is_blank(value) and slot.field.default_from:
            return self._effective(self._by_key[slot.field.default_from])
        return value

    def _parsed(self, slot: Slot) -> Any:
        """A field's value for the wire; none when it has none and needs none."""
        field = slot.field
        if field.type is FieldType.OBJECT:
            inner = {s.name: v for s in self._inside(slot) if not is_blank(v := self._sent(s))}
            if not inner and self.is_required(slot.key):
                raise ValueProblem(_("is required"))
            return inner or None
        value = self._effective(slot)
        if is_blank(value):
            if self.is_required(slot.key):
                raise ValueProblem(_("is required"))
            partner = next((w for w in field.with_ if not is_blank(self._values.get(w))), None)
            if partner:
                raise ValueProblem(
                    _("goes with {label}: both or neither", label=self._by_key[partner].field.label.lower())
                )
            return None
        return parse(field, value, self.allowed(slot.key) if field.choices_from else ())

    def _inside(self, slot: Slot) -> list[Slot]:
        return [s for s in self.slots if s.parent == slot.key and self._applies(s)]

    def _sent(self, slot: Slot) -> Any:
        """What of a field goes into the body; none for nothing."""
        value = self._parsed(slot)
        if slot.field.type is FieldType.OBJECT:
            return value
        entered, first = self._values.get(slot.key), self._initial.get(slot.key)
        if self.is_update:
            if not self.is_required(slot.key) and (entered or None) == (first or None):
                return None
            return "" if value is None and first and isinstance(first, str) else value
        if value is False and not slot.field.default and not slot.field.required:
            return None
        return value

    def draft(self) -> str:
        """What is entered so far, as JSON to go on from; what is wrong goes in as it was typed, and a
        secret as a placeholder, which stands for what was entered."""
        entered: dict[str, Any] = {}
        for slot in self.visible():
            if slot.parent or (
                is_blank(self._values.get(slot.key)) and slot.field.type is not FieldType.OBJECT
            ):
                continue
            try:
                value = self._parsed(slot)
            except ValueProblem:
                value = self._values.get(slot.key)
            if value is not None:
                entered[slot.name] = self._with_placeholders(slot, value)
        return json_text(entered).rstrip("\n")

    def _with_placeholders(self, slot: Slot, value: Any) -> Any:
        if slot.field.secret:
            return _placeholder(slot)
        if isinstance(value, dict):
            inner = {s.name: s for s in self.slots if s.parent == slot.key}
            return {n: self._with_placeholders(inner[n], v) if n in inner else v for n, v in value.items()}
        return value

    def _without_placeholders(self, values: dict[str, Any], parent: str = "") -> dict[str, Any]:
        """A body with the secrets that were entered where their placeholders are."""
        for slot in self.slots:
            value = values.get(slot.name) if slot.parent == parent else None
            if isinstance(value, dict):
                values[slot.name] = self._without_placeholders(value, slot.key)
            elif slot.field.secret and value == _placeholder(slot) and self._values.get(slot.key):
                values[slot.name] = self._values[slot.key]
        return values

    def body(self) -> dict[str, Any]:
        """The body, without the wrapping that the operation may want.

        Raises:
            FormError: with everything that is wrong.
        """
        if self.raw is not None:
            return self._raw_body()
        problems = self.problems()
        if problems:
            raise FormError(problems, {s.key: s.field.label for s in self.slots})
        sent = {s.name: self._sent(s) for s in self.visible() if not s.parent}
        return {name: value for name, value in sent.items() if value is not None}

    def _raw_body(self) -> dict[str, Any]:
        try:
            value = msgspec.json.decode(self.raw or "{}")
        except msgspec.DecodeError as error:
            raise FormError({"": _("the body is not JSON: {error}", error=error)}, {}) from error
        if not isinstance(value, dict):
            raise FormError({"": _("the body is not a JSON object")}, {})
        wrap = self.operation.wrap
        inner = value.get(wrap) if wrap and list(value) == [wrap] else None  # the plan wraps it
        return self._without_placeholders(inner if isinstance(inner, dict) else value)


def _slots(fields: Mapping[str, OperationField], parent: str = "") -> Iterator[Slot]:
    for name, field in fields.items():
        key = f"{parent}.{name}" if parent else name
        yield Slot(key, field, parent)
        yield from _slots(field.fields, key)


def _placeholder(slot: Slot) -> str:
    return f"<{slot.field.label.lower()}>"


def step_into(entity: JsonObject, source: str) -> Any:
    """A member; dots step into objects, and into the first element of lists."""
    value: Any = entity
    for part in source.split("."):
        if isinstance(value, list):
            value = value[0] if value else None
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _identity(item: Any) -> str:
    return str(item.get("id", "")) if isinstance(item, Mapping) else str(item)
