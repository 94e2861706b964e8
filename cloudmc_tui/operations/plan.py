"""A plan: everything about a mutation that a person should see before it is sent. Immutable."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

import msgspec
from msgspec.structs import replace

from cloudmc_tui.catalog import Danger, EntityType, FieldType, Operation, Scope
from cloudmc_tui.catalog.schema import OperationField, is_given
from cloudmc_tui.formats.redact import mask_if, sounds_secret
from cloudmc_tui.formats.reticent import Reticent
from cloudmc_tui.formats.values import member, plain, title_of
from cloudmc_tui.language import _, english
from cloudmc_tui.operations.values import split_list
from cloudmc_tui.path import Level, Path
from cloudmc_tui.profiles.sources import KEY_VARIABLE

JsonObject = Mapping[str, Any]

SHORTEST_SECRET = 4
"""A secret shorter than this is not looked for in what a server says."""


class Confirmation(str, Enum):
    """What a person must do before a plan is sent."""

    KEY = "key"
    """One key."""
    CONFIRM = "confirm"
    """Say yes; Cancel has the focus."""
    TYPE = "type"
    """Type the target's name, or how many there are."""


@dataclass(frozen=True)
class Target:
    """What an operation is run on.

    Attributes:
        path: the entity's, or the entity type's for a collection.
        title: what it is called; a safe line.
        state: its state as last known, or empty.
        refusal: why the operation is not possible, or empty.
        hidden: it is marked, but the list's filter hides it.
        was: the entity as last read.
    """

    path: Path
    title: str
    state: str = ""
    refusal: str = ""
    hidden: bool = False
    was: JsonObject | None = field(default=None, repr=False, compare=False)


class Request(Reticent, frozen=True):
    """One request of a plan.

    Attributes:
        method: HTTP's.
        path: the target's.
        operation: the ``operation`` parameter, or empty.
        body: what is sent as JSON, or none for no body.
    """

    UNSAID: ClassVar = frozenset({"body"})

    method: str
    path: Path
    operation: str
    body: JsonObject | None

    def url(self, organization_id: str | None = None) -> str:
        """The URL below the API's base, with its query."""
        query = {"operation": self.operation, "org_id": organization_id or ""}
        encoded = urlencode({k: v for k, v in query.items() if v}, quote_via=quote)
        return f"/services/{self.path.url_path()}" + (f"?{encoded}" if encoded else "")


class Plan(Reticent, frozen=True):
    """A mutation, ready to be looked at and then sent.

    Attributes:
        name: the operation's name in the catalog.
        operation: the operation.
        entity_type: what it is run on, or what it creates.
        targets: what it is run on, one request each.
        fields: the body as entered, before it is wrapped.
        names: what is in the body → what people call that, for references.
    """

    UNSAID: ClassVar = frozenset({"fields"})

    name: str
    operation: Operation
    entity_type: EntityType
    targets: tuple[Target, ...]
    fields: JsonObject
    names: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def danger(self) -> Danger:
        """What it may cost, the body taken into account."""
        return self.operation.danger_of(self.fields)

    @property
    def consequences(self) -> list[str]:
        """What else happens, each a phrase that follows the target's name."""
        return self.operation.consequences_of(self.fields)

    @property
    def possible(self) -> tuple[Target, ...]:
        """The targets that it can be sent for."""
        return tuple(t for t in self.targets if not t.refusal)

    @property
    def refused(self) -> tuple[Target, ...]:
        """The targets that it cannot be sent for."""
        return tuple(t for t in self.targets if t.refusal)

    def confirmation(self, *, protected: bool = False) -> Confirmation:
        """What a person must do before it is sent.

        Args:
            protected: the profile is protected: what interrupts counts like what destroys.
        """
        if self.danger is Danger.DESTRUCTIVE or (protected and self.danger is Danger.DISRUPTIVE):
            return Confirmation.TYPE
        return Confirmation.CONFIRM if self.danger is Danger.DISRUPTIVE else Confirmation.KEY

    @property
    def word_to_type(self) -> str:
        """What is typed to confirm: the one target's name, or the number of several."""
        return self.possible[0].title if len(self.possible) == 1 else str(len(self.possible))

    def only(self, targets: Iterable[Target]) -> Plan:
        """The same plan for some of its targets."""
        return replace(self, targets=tuple(targets))

    def request(self, target: Target) -> Request:
        """What is sent for a target."""
        body: JsonObject | None = dict(self.fields)
        if self.operation.wrap:
            body = {self.operation.wrap: body}
        elif not self.fields:
            body = None
        return Request(self.operation.method, target.path, self.operation.query, body)

    @property
    def secrets(self) -> list[str]:
        """The secrets in the body, the longest first; short ones are left out: they would be found in
        any text."""
        found = _secrets(self.fields, self.operation.fields)
        return sorted({s for s in found if len(s) >= SHORTEST_SECRET}, key=len, reverse=True)

    def shown_body(self) -> JsonObject | None:
        """The body with its secrets hidden, as it may be shown and kept."""
        hidden = {n: _hide(n, v, self.operation.fields.get(n)) for n, v in self.fields.items()}
        if self.operation.wrap:
            return {self.operation.wrap: hidden}
        return hidden or None

    def curl(self, target: Target, endpoint: str, organization_id: str | None = None) -> str:
        """The same as a curl command, the key as a variable and secrets as ``<name>``."""
        request = self.request(target)
        parts = ["curl", "-sS", "-X", request.method, shlex.quote(endpoint + request.url(organization_id))]
        parts += ["-H", f'"MC-Api-Key: ${KEY_VARIABLE}"']
        body = self.shown_body()
        if body is not None:
            text = msgspec.json.encode(body).decode()
            parts += ["-H", shlex.quote("Content-Type: application/json"), "--data", shlex.quote(text)]
        return " ".join(parts)

    def command(self, target: Target) -> str:
        """The same as a ``cloudmc-tui run`` line; secrets are asked for.

        What the operation's fields cannot say (a body written as JSON) is given as a whole.
        """
        run = ["cloudmc-tui", "run", shlex.quote(str(target.path)), self.name]
        described = self.operation.fields
        if not all(_is_assignable(value, described.get(name)) for name, value in self.fields.items()):
            hidden = {n: _hide(n, v, described.get(n)) for n, v in self.fields.items()}
            text = msgspec.json.encode(hidden).decode()
            return f"printf %s {shlex.quote(text)} | {' '.join(run)} --body -"
        pairs = [pair for n, v in self.fields.items() for pair in _assignments(n, v, described[n])]
        given = [part for key, text in pairs for part in ("-f", shlex.quote(f"{key}={text}"))]
        return " ".join([*run, *given])


def _hide(name: str, value: Any, described: OperationField | None) -> Any:
    if described is None:
        return mask_if(sounds_secret(name, value), value)
    if described.secret:
        return f"<{described.label.lower()}>"
    if described.fields and isinstance(value, Mapping):
        return {n: _hide(n, v, described.fields.get(n)) for n, v in value.items()}
    return value


def _secrets(values: JsonObject, described: Mapping[str, OperationField]) -> list[str]:
    found = []
    for name, value in values.items():
        field = described.get(name)
        if isinstance(value, Mapping):
            found += _secrets(value, field.fields if field else {})
        elif isinstance(value, str) and (field.secret if field else sounds_secret(name, value)):
            found.append(value)
    return found


def _is_assignable(value: Any, described: OperationField | None) -> bool:
    """Whether a value can be given as ``-f name=value`` and comes out the same."""
    if described is None or value is None:
        return False
    if isinstance(value, Mapping):
        return bool(value) and all(_is_assignable(v, described.fields.get(n)) for n, v in value.items())
    if isinstance(value, list):
        texts = [str(item) for item in value if isinstance(item, (str, int))]
        return described.type is FieldType.LIST and [*map(split_list, texts)] == [[str(v)] for v in value]
    return described.type not in (FieldType.LIST, FieldType.OBJECT)


def _assignments(name: str, value: Any, described: OperationField) -> list[tuple[str, str]]:
    if described.secret:
        return [(name, "@-")]
    if isinstance(value, Mapping):
        return [p for n, v in value.items() for p in _assignments(f"{name}.{n}", v, described.fields[n])]
    if isinstance(value, list):
        text = ",".join(map(str, value))
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return [(name, f"@{text}" if text.startswith("@") else text)]


def refusal(operation: Operation, entity_type: EntityType, entity: JsonObject, fields: JsonObject) -> str:
    """Why an operation is not possible on an entity as it is.

    Args:
        operation: what is wanted.
        entity_type: the entity's.
        entity: as last read.
        fields: the body so far: forcing allows more states.

    Returns:
        a reason such as ``"needs Stopped, is Running"``, or an empty text.
    """
    if operation.from_states and entity_type.state:
        states = list(operation.from_states)
        if operation.force_field and is_given(fields.get(operation.force_field)):
            states += operation.force_states
        state = plain(member(entity, entity_type.state))
        if state and state.casefold() not in {s.casefold() for s in states}:
            return _("needs {states}, is {state}", states=_(" or ").join(states), state=state)
    for condition in operation.requires:
        if not condition.holds(entity, entity=entity):
            return condition.reason
    return ""


def make_target(
    operation: Operation,
    entity_type: EntityType,
    path: Path,
    entity: JsonObject,
    fields: JsonObject,
    *,
    hidden: bool = False,
) -> Target:
    """An entity as a plan's target, with its state and whether the operation is possible."""
    return Target(
        path=path,
        title=title_of(entity, entity_type),
        state=plain(member(entity, entity_type.state)) if entity_type.state else "",
        refusal=refusal(operation, entity_type, entity, fields),
        hidden=hidden,
        was=entity,
    )


def make_plan(
    name: str,
    entity_type: EntityType,
    targets: Sequence[tuple[Path, JsonObject]],
    fields: JsonObject,
    *,
    hidden: frozenset[Path] = frozenset(),
    names: Mapping[str, str] | None = None,
) -> Plan:
    """Plan an operation.

    Args:
        name: the operation's, in the catalog.
        entity_type: what it is run on.
        targets: path and entity as last read, of each entity; or, for an operation on a collection,
            one pair of the entity type's path and an empty object.
        fields: the body as the form gives it.
        hidden: the targets that a filter hides.
        names: what is in the body → what people call that, for references.

    Raises:
        KeyError: when the entity type has no such operation.
    """
    operation = entity_type.operations[name]
    if operation.scope is Scope.COLLECTION:
        path = targets[0][0].up_to(Level.ENTITY_TYPE)
        called = plain(fields.get("name")) or _(f"a new {english(entity_type.singular)}")
        return Plan(name, operation, entity_type, (Target(path, called),), dict(fields), names or {})
    made = (
        make_target(operation, entity_type, path, entity, fields, hidden=path in hidden)
        for path, entity in targets
    )
    return Plan(name, operation, entity_type, tuple(made), dict(fields), names or {})
