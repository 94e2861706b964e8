"""The filter language: one for the list, for finding anywhere and for ``--filter``.

========================  =======================================================================
``web``                   some shown column contains it (case does not matter)
``"two words"``           the same for a text with blanks
``state:run``             the field contains it
``state=Running``         the field is just that
``state!=Running``        it is not
``memory>=4GB``           a number, a size or (``age<2d``) an age compared; ``>``, ``<``, ``<=`` too
``/^web-\\d+$/``           some shown column matches the regular expression; ``name:/…/`` for one field
``!web``                  not; goes before any of the above
========================  =======================================================================

Terms on different fields must all hold; of several terms on one field one must (``state=Error
state=Stopped``), comparisons excepted, which all must (``memory>=2GB memory<8GB``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudmc_tui.catalog import EntityField, EntityType, ValueType
from cloudmc_tui.formats.dates import parse_date
from cloudmc_tui.formats.values import cell, member, number, plain
from cloudmc_tui.inventory.errors import nearest
from cloudmc_tui.inventory.infer import field_of

JsonObject = Mapping[str, Any]
Test = Callable[[JsonObject], bool]

AGE = "age"
"""A name for the first date that an entity has."""

_TERM = re.compile(
    r"""\s*(?P<not>!?)
    (?:(?P<field>[A-Za-z_][\w.]*)\s*(?P<op>!=|>=|<=|[:=<>]))?
    (?P<value>"(?:[^"\\]|\\.)*"?|/(?:[^/\\]|\\.)*/?|[^\s"/]\S*|)""",
    re.VERBOSE,
)
_PREFIXES = "kmgtp"
_SIZE = re.compile(r"([\d.]+)\s*(?:([kmgtp])(?:i?b)?|b)?$", re.IGNORECASE)
_SPAN = re.compile(r"([\d.]+)\s*(s|m|min|h|d|w|y)$", re.IGNORECASE)
_SPANS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}


class FilterError(ValueError):
    """A filter that cannot be read.

    Attributes:
        reason: what is wrong.
        start: where in the text, in characters.
        end: where it ends.
    """

    def __init__(self, reason: str, start: int, end: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.start = start
        self.end = end

    def pointed(self, text: str) -> str:
        """The filter with a mark under the mistake, in three lines."""
        return f"{text}\n{' ' * self.start}{'^' * max(1, self.end - self.start)}\n{self.reason}"


@dataclass(frozen=True)
class Term:
    """One term of a filter: where it stands, and what it says."""

    negated: bool
    field: str
    operator: str
    value: str
    regex: bool
    start: int
    end: int


class Filter:
    """A filter, read and ready.

    Attributes:
        text: as typed.
        fields: the members that it looks at by name.
    """

    def __init__(self, text: str, tests: Sequence[Test], fields: Iterable[str]) -> None:
        self.text = text
        self._tests = tuple(tests)
        self.fields = tuple(fields)

    def __bool__(self) -> bool:
        return bool(self._tests)

    def matches(self, entity: JsonObject) -> bool:
        """Whether an entity passes."""
        return all(test(entity) for test in self._tests)


def parse_terms(text: str) -> list[Term]:
    """Divide a filter into its terms.

    Raises:
        FilterError: for a quotation or an expression that does not end, or a value that is missing.
    """
    terms = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TERM.match(text, position)
        if match is None or match.end() == position:  # pragma: no cover - every text matches
            raise FilterError("cannot be read", position, len(text))
        raw, start = match["value"], match.start() + len(match[0]) - len(match[0].lstrip())
        position = match.end()
        regex = raw.startswith("/")
        if raw.startswith('"'):
            if len(raw) < 2 or not raw.endswith('"') or raw.endswith('\\"'):
                raise FilterError('the quotation does not end: a " is missing', start, position)
            raw = re.sub(r"\\(.)", r"\1", raw[1:-1])
        elif regex:
            if len(raw) < 2 or not raw.endswith("/") or raw.endswith("\\/"):
                raise FilterError("the expression does not end: a / is missing", start, position)
            raw = raw[1:-1].replace("\\/", "/")
        elif not raw:
            what = f"{match['field']}{match['op']}" if match["field"] else "!"
            raise FilterError(f"a value is missing after {what}", start, position)
        field, operator = match["field"] or "", match["op"] or ""
        terms.append(Term(bool(match["not"]), field, operator, raw, regex, start, position))
    return terms


def compile_filter(
    text: str, entity_type: EntityType, columns: Sequence[str], now: float, members: Iterable[str] = ()
) -> Filter:
    """Make a filter ready.

    Args:
        text: in the language above; an empty one lets everything pass.
        entity_type: what is filtered.
        columns: the members that bare words look at.
        now: seconds since the epoch, for ages.
        members: more members that the entities have beyond the catalog's.

    Raises:
        FilterError: pointing at the mistake.
    """
    names = dict(entity_type.fields)
    for extra in members:
        if extra not in names:
            names[extra] = field_of(extra, None)
    always: list[Test] = []
    alternatives: dict[str, list[Test]] = {}
    for term in parse_terms(text):
        if not term.field:
            test = _bare(term, [(c, names.get(c)) for c in columns], now)
            always.append(_negated(test) if term.negated else test)
            continue
        field = _resolve(term, names)
        test = _fielded(term, field, names[field], now)
        if term.negated:
            always.append(_negated(test))
        elif term.operator in (":", "="):
            alternatives.setdefault(field, []).append(test)
        else:
            always.append(test)
    tests = always + [_any(group) for group in alternatives.values()]
    return Filter(text, tests, alternatives)


def field_names(entity_type: EntityType, members: Iterable[str] = ()) -> list[str]:
    """What may stand before an operator, for completion."""
    return [*entity_type.fields, *(m for m in members if m not in entity_type.fields), AGE]


def _any(tests: Sequence[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda entity: any(test(entity) for test in tests)


def _negated(test: Test) -> Test:
    return lambda entity: not test(entity)


def _resolve(term: Term, names: Mapping[str, EntityField]) -> str:
    """The member that a person means: by its name, its label, or a beginning that only one has."""
    wanted = _squash(term.field)
    if wanted == AGE and AGE not in names:
        dated = next((n for n, f in names.items() if f.type is ValueType.DATE), None)
        if dated is None:
            raise FilterError("these entities have no date, so no age", term.start, term.end)
        return dated
    spellings = {name: (_squash(name), _squash(f.label), _squash(f.heading)) for name, f in names.items()}
    exact = [n for n, s in spellings.items() if wanted in s]
    if exact:
        return exact[0]
    beginning = [n for n, s in spellings.items() if any(t.startswith(wanted) for t in s)]
    if len(beginning) == 1:
        return beginning[0]
    if beginning:
        listed = ", ".join(beginning[:5])
        raise FilterError(f"{term.field!r} may mean {listed}: write more of it", term.start, term.end)
    near = nearest(term.field, list(names))
    hint = f"; did you mean {near!r}?" if near else ""
    raise FilterError(f"there is no field {term.field!r}{hint}", term.start, term.end)


def _squash(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def _bare(term: Term, columns: Sequence[tuple[str, EntityField | None]], now: float) -> Test:
    shown = [(name, field) for name, field in columns if field is None or not field.secret]
    if term.regex:
        pattern = _pattern(term)
        return lambda e: any(pattern.search(cell(member(e, n), f, now)) for n, f in shown)
    wanted = term.value.casefold()
    return lambda e: any(wanted in cell(member(e, n), f, now).casefold() for n, f in shown)


def _pattern(term: Term) -> re.Pattern[str]:
    try:
        return re.compile(term.value, re.IGNORECASE)
    except re.error as error:
        raise FilterError(f"not a regular expression: {error}", term.start, term.end) from error


def _fielded(term: Term, name: str, field: EntityField, now: float) -> Test:
    if field.secret:
        raise FilterError(f"{name} is a secret and cannot be searched", term.start, term.end)
    if term.operator in (">", "<", ">=", "<="):
        return _compared(term, name, field, now)
    if term.regex:
        pattern = _pattern(term)
        found: Test = lambda e: bool(pattern.search(plain(member(e, name))))  # noqa: E731
        return _negated(found) if term.operator == "!=" else found
    wanted = term.value.casefold()
    if term.operator == ":":
        return lambda e: (
            wanted in plain(member(e, name)).casefold()
            or (wanted in cell(member(e, name), field, now).casefold())
        )
    equal = _equal(wanted, name, field, now)
    return _negated(equal) if term.operator == "!=" else equal


def _equal(wanted: str, name: str, field: EntityField, now: float) -> Test:
    def test(entity: JsonObject) -> bool:
        value = member(entity, name)
        if isinstance(value, list):
            return any(plain(item).casefold() == wanted for item in value)
        if isinstance(value, bool):
            return wanted in (("yes", "true") if value else ("no", "false"))
        return wanted in (plain(value).casefold(), cell(value, field, now).casefold())

    return test


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}


def _compared(term: Term, name: str, field: EntityField, now: float) -> Test:
    compare = _COMPARE[term.operator]
    if field.type is ValueType.DATE:
        span = _SPAN.match(term.value)
        if span is not None:
            limit = float(span[1]) * _SPANS[span[2].lower()]
            return _dated(name, lambda timestamp: compare(now - timestamp, limit))
        date = parse_date(term.value) or parse_date(f"{term.value}T00:00:00Z")
        if date is None:
            reason = f"{term.value!r} is neither an age such as 2d nor a date such as 2026-01-31"
            raise FilterError(reason, term.start, term.end)
        return _dated(name, lambda timestamp: compare(timestamp, date.timestamp()))
    limit_value = _amount(term, field)

    def test(entity: JsonObject) -> bool:
        amount = number(member(entity, name))
        return amount is not None and compare(amount, limit_value)

    return test


def _dated(name: str, test: Callable[[float], bool]) -> Test:
    def dated(entity: JsonObject) -> bool:
        date = parse_date(member(entity, name))
        return date is not None and test(date.timestamp())

    return dated


def _amount(term: Term, field: EntityField) -> float:
    """A number as typed, in the field's own unit: ``4GB`` of memory counted in MiB is 4096."""
    match = _SIZE.match(term.value)
    if match is None:
        raise FilterError(f"{term.value!r} is not a number", term.start, term.end)
    try:
        value = float(match[1])
    except ValueError:
        raise FilterError(f"{term.value!r} is not a number", term.start, term.end) from None
    prefix, has_unit = (match[2] or "").lower(), term.value[-1].isalpha()
    if not has_unit:
        return value
    if field.type is not ValueType.SIZE or field.unit is None:
        raise FilterError(
            f"{term.field} is not a size, so {term.value!r} says nothing of it", term.start, term.end
        )
    count: float = value * 1024 ** (_PREFIXES.index(prefix) + 1 if prefix else 0)
    return count / field.unit.bytes
