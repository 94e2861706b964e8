"""The shape of a catalog file: what a service type's entities are and what can be done to them.

A catalog file is TOML, decoded into these structs; unknown keys and wrong types are refused there,
contradictions by :mod:`cloudmc_tui.catalog.loader`. Nothing here knows HTTP or a screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

from cloudmc_tui.language import _

JsonObject = Mapping[str, Any]
"""An entity as the API sent it."""

Referred = Mapping[str, JsonObject]
"""For each reference field of a form, the entity that it now names, where that is known."""


def look_up(
    source: str, values: JsonObject, referred: Referred | None = None, entity: JsonObject | None = None
) -> Any:
    """The value that a catalog file's short notation means; none when it is not there.

    Args:
        source: ``"field"`` for the form's field, ``"field.member"`` for that member of the entity
            that the field refers to, ``"@member"`` for that member of the entity that the operation
            is run on.
        values: the form's values, by field name.
        referred: what the reference fields name.
        entity: what the operation is run on.
    """
    if source.startswith("@"):
        return (entity or {}).get(source[1:])
    field, _, member = source.partition(".")
    return (referred or {}).get(field, {}).get(member) if member else values.get(field)


class Danger(str, Enum):
    """What an operation may cost."""

    SAFE = "safe"
    """Nothing is interrupted or lost."""
    DISRUPTIVE = "disruptive"
    """Service is interrupted."""
    DESTRUCTIVE = "destructive"
    """Data or an address is lost."""

    @property
    def rank(self) -> int:
        """Its place from the least danger (0) to the greatest."""
        return list(Danger).index(self)

    @property
    def word(self) -> str:
        """What people read."""
        words = {"safe": _("safe"), "disruptive": _("disruptive"), "destructive": _("destructive")}
        return words[self.value]


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
    """A test of one member: a form's field, or (in ``requires`` and ``candidates``) an entity's member.

    Exactly one of ``is_``, ``is_not``, ``where`` and ``present`` is given. Values are compared as the
    wire mixes them: ``"TCP"`` and ``"tcp"`` are equal, and so are ``true`` and ``"true"``, ``80`` and
    ``"80"``. A list is taken element by element, an object with an ``id`` for its id.

    Attributes:
        field: what is tested, in the notation of :func:`look_up`.
        is_: holds when the value is one of these; of a list, when any element is.
        is_not: holds when the value is none of these; of a list, when no element is.
        where: the field refers to an entity; holds when that entity's members have these values.
        present: holds when there is a value (true) or none (false).
        reason: in ``requires``, why the operation is not possible when the condition fails, in a
            few words that follow the entity's name: ``"is attached to an instance"``.
    """

    field: str
    is_: list[Any] | None = msgspec.field(default=None, name="is")
    is_not: list[Any] | None = None
    where: dict[str, Any] | None = None
    present: bool | None = None
    reason: str = ""

    def holds(
        self, values: JsonObject, referred: Referred | None = None, entity: JsonObject | None = None
    ) -> bool:
        """Test it.

        Args:
            values: the form's values or the entity, by member name.
            referred: what the reference fields name; for ``where``, a reference that is not there
                makes the condition false.
            entity: what the operation is run on, for ``@member``.
        """
        if self.where is not None:
            target = (referred or {}).get(self.field)
            return target is not None and all(_same(target.get(k), [v]) for k, v in self.where.items())
        value = look_up(self.field, values, referred, entity)
        if self.present is not None:
            return is_blank(value) != self.present
        if self.is_ is not None:
            return _same(value, self.is_)
        return not _same(value, self.is_not)


def is_blank(value: Any) -> bool:
    """Whether a member counts as having no value; false and 0 are values."""
    return value is None or value in ("", [], {})


def is_given(value: Any) -> bool:
    """Whether a body's member asks for something: it has a value, and that is not false."""
    return value is not False and not is_blank(value)


def _same(value: Any, others: Any) -> bool:
    """Whether two values, or any two of their elements, are equal for the wire."""
    return not _folded(value).isdisjoint(_folded(others))


def _folded(value: Any) -> set[str | None]:
    if isinstance(value, list | tuple):
        return {folded for element in value for folded in _folded(element)}
    if isinstance(value, Mapping):
        return _folded(value.get("id"))
    return {None if value is None else str(value).casefold()}


class OperationField(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One member of an operation's request body.

    Attributes:
        label: what the form calls it.
        type: how it is entered.
        help: one line on what to enter.
        required: it must always have a value.
        required_when: it must have a value when this holds (and it applies).
        when: it only applies (is shown and sent) when this holds.
        refers_to: the entity type whose id (see ``EntityType.id``) is its value; for a list, of
            each of its elements.
        fits: which candidates the picker offers: candidate's member → what it must equal (or, of
            lists, share an element with), where both have a value, in the notation of
            :func:`look_up`.
        candidates: what else must hold of an entity for the picker to offer it.
        value_from: the candidate's member to send, where it is not the id (dots step into
            members and first elements, as in ``nics.privateIpId``).
        choices: the allowed values of a ``choice``, or suggestions where ``open_choices``.
        open_choices: other values than ``choices`` are allowed.
        choices_from: where to find the allowed values: a list, in the notation of :func:`look_up`.
        secret: never stored, logged or shown unasked.
        default: what a form for a new entity starts with.
        default_from: the field whose value it takes when it is given none, as the end of a range
            of one port takes its start. It is filled in before anything is required.
        from_: for an update, the entity's member that holds the present value, if its name differs.
        minimum: of a number, or of a text's length.
        maximum: of a number, or of a text's length.
        string: the value goes as a string on the wire although it is a number or a boolean (ports,
            rule numbers).
        with_: the fields that must be given with it, or not at all.
        items: the type of a list's elements.
        fields: the members of an ``object``. Their conditions look among these members first, then
            among those around them: test them with the outer values under the inner ones.
        danger: what giving it may cost, where that is more than the operation alone.
        consequences: what else happens when it is given, as in ``Operation.consequences``.
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
    candidates: list[Condition] = []
    value_from: str = ""
    choices: list[str] = []
    open_choices: bool = False
    choices_from: str = ""
    secret: bool = False
    default: Any = None
    default_from: str = ""
    from_: str | None = msgspec.field(default=None, name="from")
    minimum: int | None = None
    maximum: int | None = None
    string: bool = False
    with_: list[str] = msgspec.field(default_factory=list, name="with")
    items: FieldType | None = None
    fields: dict[str, OperationField] = {}
    danger: Danger | None = None
    consequences: list[str] = []
    documented: bool = True

    def applies(
        self, values: JsonObject, referred: Referred | None = None, entity: JsonObject | None = None
    ) -> bool:
        """Whether it is to be shown and sent, given the form's values so far.

        Args:
            values: the form's values, by field name.
            referred: what the reference fields name.
            entity: what the operation is run on.
        """
        return self.when is None or self.when.holds(values, referred, entity)

    def needs_value(
        self, values: JsonObject, referred: Referred | None = None, entity: JsonObject | None = None
    ) -> bool:
        """Whether it must have a value; the arguments are those of :meth:`applies`."""
        wanted = self.required
        if self.required_when is not None:
            wanted = self.required_when.holds(values, referred, entity)
        return wanted and self.applies(values, referred, entity)

    def offers(
        self,
        candidate: JsonObject,
        values: JsonObject,
        referred: Referred | None = None,
        entity: JsonObject | None = None,
    ) -> bool:
        """Whether a picker is to offer an entity; the rest of the arguments is as in :meth:`applies`.

        Args:
            candidate: an entity of the type that it refers to.
        """
        if self.misfit(candidate, values, referred, entity):
            return False
        return all(condition.holds(candidate) for condition in self.candidates)

    def misfit(
        self,
        candidate: JsonObject,
        values: JsonObject,
        referred: Referred | None = None,
        entity: JsonObject | None = None,
    ) -> str:
        """What an entity does not fit, in the notation of :func:`look_up`; empty when it fits.

        The arguments are those of :meth:`offers`.
        """
        for member, source in self.fits.items():
            has = candidate.get(member)
            wants = look_up(source, values, referred, entity)
            if not is_blank(has) and not is_blank(wants) and not _same(has, wants):
                return source
        return ""


class Operation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that can be done to an entity, or to the collection of an entity type.

    Attributes:
        label: an imperative: ``"Stop"``.
        danger: what it may cost at least; see :meth:`danger_of`.
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

    def danger_of(self, body: JsonObject) -> Danger:
        """What it may cost with this body.

        Args:
            body: what is to be sent, by field name, before it is wrapped.
        """
        given = [f.danger for n, f in self.fields.items() if f.danger and is_given(body.get(n))]
        return max((self.danger, *given), key=lambda danger: danger.rank)

    def consequences_of(self, body: JsonObject) -> list[str]:
        """What else happens with this body: its own consequences, then those of the fields given."""
        given = [f.consequences for n, f in self.fields.items() if is_given(body.get(n))]
        return [phrase for phrases in (self.consequences, *given) for phrase in phrases]


class EntityField(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one member of an entity is shown.

    Attributes:
        label: in the details pane; also the column's heading, unless ``heading`` is given.
        type: how its value is formatted.
        unit: of a size.
        heading: a shorter label for the column.
        refers_to: the entity type whose id it holds (a list: whose ids, or objects with its id).
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
        filters: the list endpoint's query parameters → the member that each selects by, or empty
            where the entity does not show it.
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
        states: the tone of each state that any of its entities may be in; states are compared
            without regard to case, so each is listed once.
        types: the entity types, in the tree's order.
    """

    service_type: str
    label: str
    connection_types: list[str]
    types: dict[str, EntityType]
    states: dict[str, Tone] = {}
