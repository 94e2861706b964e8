"""The shape of a catalog file: what a service type's entities are and what can be done to them.

A catalog file is TOML, decoded into these structs; unknown keys and wrong types are refused there,
contradictions by :mod:`cloudmc_tui.catalog.loader`. Nothing here knows HTTP or a screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

JsonObject = Mapping[str, Any]
"""An entity as the API sent it."""


class Danger(str, Enum):
    """What an operation may cost."""

    SAFE = "safe"
    """Nothing is interrupted or lost."""
    DISRUPTIVE = "disruptive"
    """Service is interrupted."""
    DESTRUCTIVE = "destructive"
    """Data or an address is lost."""


class Tone(str, Enum):
    """How a state is to be felt; the faces choose its mark and colour."""

    OK = "ok"
    OFF = "off"
    BUSY = "busy"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"


class Scope(str, Enum):
    """What an operation is run on."""

    ENTITY = "entity"
    COLLECTION = "collection"


class FieldType(str, Enum):
    """How a form field is entered and checked."""

    TEXT = "text"
    MULTILINE = "multiline"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    LIST = "list"
    OBJECT = "object"
    IP = "ip"
    CIDR = "cidr"
    PORT = "port"
    URL = "url"


class ValueType(str, Enum):
    """How a member of an entity is shown."""

    TEXT = "text"
    MULTILINE = "multiline"
    STATE = "state"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    SIZE = "size"
    """A number of ``unit``, shown as a size."""
    IP = "ip"
    LIST = "list"
    OBJECT = "object"


class Unit(str, Enum):
    """What a size counts."""

    BYTES = "B"
    MEBIBYTES = "MiB"
    GIBIBYTES = "GiB"

    @property
    def bytes(self) -> int:
        return {"B": 1, "MiB": 1024**2, "GiB": 1024**3}[self.value]


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A test of one member: a form's field, or (in ``requires``) the entity's member.

    Exactly one of ``is_``, ``is_not``, ``where`` and ``present`` is given.

    Attributes:
        field: the member's name.
        is_: holds when the value is one of these (texts compared without regard to case).
        is_not: holds when the value is none of these.
        where: the field refers to an entity; holds when that entity's members have these values.
        present: holds when the member has a value (true) or has none (false).
        reason: in ``requires``, why the operation is not possible when the condition fails, in a
            few words that follow the operation's label: ``"is attached to an instance"``.
    """

    field: str
    is_: list[Any] | None = msgspec.field(default=None, name="is")
    is_not: list[Any] | None = None
    where: dict[str, Any] | None = None
    present: bool | None = None
    reason: str = ""

    def holds(self, values: JsonObject, referred: Mapping[str, JsonObject] | None = None) -> bool:
        """Test it.

        Args:
            values: the form's values or the entity, by member name.
            referred: for ``where``, the entity that each reference field now names; a reference
                that is not there makes the condition false.
        """
        value = values.get(self.field)
        if self.present is not None:
            return (value not in (None, "", [], {})) == self.present
        if self.is_ is not None:
            return _fold(value) in [_fold(v) for v in self.is_]
        if self.is_not is not None:
            return _fold(value) not in [_fold(v) for v in self.is_not]
        entity = (referred or {}).get(self.field)
        if entity is None:
            return False
        return all(_fold(entity.get(k)) == _fold(v) for k, v in (self.where or {}).items())


def _fold(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


class OperationField(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One member of an operation's request body.

    Attributes:
        label: what the form calls it.
        type: how it is entered.
        help: one line on what to enter.
        required: it must always have a value.
        required_when: it must have a value when this holds.
        when: it only applies (is shown and sent) when this holds.
        refers_to: the entity type whose id (see ``EntityType.id``) is its value; for a list, of
            each of its elements.
        fits: which candidates the picker offers: candidate's member → the form's field whose value
            it must equal, where both have one. ``"=value"`` compares with a fixed value, and
            ``"@member"`` with that member of the entity that the operation is run on.
        value_from: the candidate's member to send, where it is not the id (dots step into
            members and first elements, as in ``nics.privateIpId``).
        choices: the allowed values of a ``choice``, or suggestions where ``open_choices``.
        open_choices: other values than ``choices`` are allowed.
        secret: never stored, logged or shown unasked.
        default: what a form for a new entity starts with.
        from_: for an update, the entity's member that holds the present value, if its name differs.
        minimum: of a number, or of a text's length.
        maximum: of a number, or of a text's length.
        string: the value goes as a string on the wire although it is a number (ports, rule numbers).
        with_: the fields that must be given with it, or not at all.
        items: the type of a list's elements.
        fields: the members of an ``object``.
        documented: whether the API reference names it.
    """

    label: str
    type: FieldType = FieldType.TEXT
    help: str = ""
    required: bool = False
    required_when: Condition | None = None
    when: Condition | None = None
    refers_to: str | None = None
    fits: dict[str, str] = {}
    value_from: str = ""
    choices: list[str] = []
    open_choices: bool = False
    secret: bool = False
    default: Any = None
    from_: str | None = msgspec.field(default=None, name="from")
    minimum: int | None = None
    maximum: int | None = None
    string: bool = False
    with_: list[str] = msgspec.field(default_factory=list, name="with")
    items: FieldType | None = None
    fields: dict[str, OperationField] = {}
    documented: bool = True


class Operation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that can be done to an entity, or to the collection of an entity type.

    Attributes:
        label: an imperative: ``"Stop"``.
        danger: what it may cost.
        method: the HTTP method.
        scope: what it is run on.
        query: the value of ``?operation=``, or empty for plain create, update and delete.
        help: one line on what it does.
        from_states: the states it is allowed from; empty: any.
        force_states: more states, allowed when the boolean ``force_field`` is true.
        force_field: see ``force_states``.
        requires: more that must hold of the entity.
        to_state: the state that it leads to, or empty; ``"gone"`` where the entity is no more.
        pending: how the entity is described while the task runs: ``"stopping"``.
        stale: the entity types (of the same environment) whose listings it makes stale.
        consequences: what else happens, each a phrase that follows the target's name:
            ``"reboots the instance"``.
        fields: its body, by member name.
        wrap: the body goes inside this member.
        result_secrets: members of the task's result that are secret.
        documented: whether the API reference names it.
    """

    label: str
    danger: Danger
    method: str = "POST"
    scope: Scope = Scope.ENTITY
    query: str = ""
    help: str = ""
    from_states: list[str] = []
    force_states: list[str] = []
    force_field: str = ""
    requires: list[Condition] = []
    to_state: str = ""
    pending: str = ""
    stale: list[str] = []
    consequences: list[str] = []
    fields: dict[str, OperationField] = {}
    wrap: str = ""
    result_secrets: list[str] = []
    documented: bool = True


class EntityField(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one member of an entity is shown.

    Attributes:
        label: in the details pane; also the column's heading, unless ``heading`` is given.
        type: how its value is formatted.
        unit: of a size.
        heading: a shorter label for the column.
        refers_to: the entity type whose id it holds (a list: whose ids).
        name_from: the member of the same entity that holds the referred entity's name.
        secret: shown only on request.
        width: the column's usual width in cells, for the first paint; 0: by its type.
    """

    label: str
    type: ValueType = ValueType.TEXT
    unit: Unit | None = None
    heading: str = ""
    refers_to: str | None = None
    name_from: str | None = None
    secret: bool = False
    width: int = 0


class EntityType(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A kind of entity.

    Attributes:
        label: in the tree: ``"Public IPs"``.
        singular: in sentences: ``"public IP"``.
        group: the heading it stands under: ``"Networking"``.
        fields: its members in the order of the details pane.
        columns: the members that the list shows at first.
        id: the member that identifies it in paths.
        title: how an entity is called: a member's name, or a template such as
            ``"{protocol} {startPort}"`` (blank members are left out).
        state: the member that holds its state, or empty.
        filters: the list endpoint's query parameters → the member that each selects by.
        operations: by name.
        read_only: nothing can be done to it.
        listable: has a list endpoint.
        gettable: has a get endpoint.
        hint: what an empty list says to do.
    """

    label: str
    singular: str
    fields: dict[str, EntityField]
    columns: list[str]
    group: str = ""
    id: str = "id"
    title: str = "name"
    state: str = ""
    filters: dict[str, str] = {}
    operations: dict[str, Operation] = {}
    read_only: bool = False
    listable: bool = True
    gettable: bool = True
    hint: str = ""


class ServiceType(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A catalog file: everything about one kind of service.

    Attributes:
        service_type: its name: ``"cloudstack"``.
        label: for people.
        connection_types: the values of a service connection's ``type`` that mean this service type,
            compared without regard to case.
        states: the tone of each state that any of its entities may be in.
        types: the entity types, in the tree's order.
    """

    service_type: str
    label: str
    connection_types: list[str]
    types: dict[str, EntityType]
    states: dict[str, Tone] = {}
