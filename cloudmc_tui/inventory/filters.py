"""The filter language: one for the list, for finding anywhere and for ``--filter``.

========================  =======================================================================
``web``                   some shown column contains it (case does not matter)
``"two words"``           the same for a text with blanks, colons or the like
``state:run``             the field contains it
``state=Running``         the field is just that; a size or number may be written as one likes
``state!=Running``        it is not
``state=Error,Stopped``   it is one of these
``memory>=4GB``           a number, a size or (``age<2d``) an age compared; ``>``, ``<``, ``<=`` too
``/^web-\\d+$/``           some shown column matches the regular expression; ``name:/…/`` for one field
``!web``                  not; goes before any of the above
========================  =======================================================================

Terms on different fields must all hold, and so must words without a field; of several terms on one
field one must (``state=Error state=Stopped``), comparisons excepted, which all must (``memory>=2GB
memory<8GB``). A field goes by its name, its label, or a beginning that no other has. Within quotes
nothing has a meaning, but ``\\"`` and ``\\\\`` stand for a quote and a backslash. A MAC or IPv6 address is
a word, for all its colons.
"""

from __future__ import annotations

import operator
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from cloudmc_tui.catalog import EntityField, EntityType, ValueType
from cloudmc_tui.formats.dates import parse_date
from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.formats.text import visible, width
from cloudmc_tui.formats.values import cell, member, number, plain
from cloudmc_tui.inventory.infer import field_of
from cloudmc_tui.language import _, english

JsonObject = Mapping[str, Any]
Test = Callable[[JsonObject], bool]

AGE = "age"
"""A name for the first date that an entity has."""

_TERM = re.compile(
    r"""\s*(?P<not>!?)
    (?:(?!(?:[0-9a-f]{0,4}:){2,}[0-9a-f]{0,4}(?:/\d+)?(?:\s|$))  # an address's colons are no operators
       (?P<field>[a-zÀ-ÖØ-ÿ_][\wÀ-ÖØ-ÿ.]*)\s*(?P<op>!=|>=|<=|==|[:=<>])\s*)?
    (?:"(?P<quoted>(?:[^"\\]|\\.)*)"(?=\s|$)
      |/(?P<regex>(?:[^/\\]|\\.)*)/(?=\s|$)
      |(?P<word>\S*))""",
    re.VERBOSE | re.IGNORECASE | re.ASCII | re.DOTALL,
)
_PREFIXES = "kmgtp"
_SIZE = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(?:([kmgtp])(i?[bo])?|([bo]))?$", re.ASCII | re.IGNORECASE)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d|j|w|y|a)$", re.ASCII | re.IGNORECASE)
_SPANS = {
    "s": 1,
    "m": 60,
    "min": 60,
    "h": 3600,
    "d": 86400,
    "j": 86400,
    "w": 7 * 86400,
    "y": 365 * 86400,
    "a": 365 * 86400,
}


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
        """The filter with a mark under the mistake, in three lines that are safe to show."""
        before, wrong = visible(text[: self.start]), visible(text[self.start : self.end])
        marks = " " * width(before) + "^" * max(1, width(wrong))
        return f"{visible(text)}\n{marks}\n{self.reason}"


class Term(Struct, frozen=True):
    """One term of a filter: what it says, and where it stands."""

    negated: bool
    field: str
    operator: str
    value: str
    quoted: bool
    regex: bool
    start: int
    end: int

    def error(self, reason: str) -> FilterError:
        """The mistake that this term is."""
        return FilterError(reason, self.start, self.end)

    @property
    def values(self) -> list[str]:
        """The texts of which one is meant, folded: the value, and its parts where commas divide it."""
        value = self.value.casefold()
        if self.quoted or "," not in value:
            return [value]
        return [value, *(part for part in value.split(",") if part)]


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

    def passing(self, entities: Iterable[JsonObject]) -> list[JsonObject]:
        """Those that pass, in order."""
        for test in self._tests:
            entities = test.among(entities) if isinstance(test, _Holding) else filter(test, entities)
        return list(entities)


_CONVERTED = (ValueType.DATE, ValueType.SIZE)


class Words:
    """What bare words look at, as one folded text for each entity, made once: to look through ten thousand
    of them takes a millisecond."""

    def __init__(
        self, entity_type: EntityType, columns: Sequence[str], now: float, members: Iterable[str] = ()
    ) -> None:
        """Make it; the arguments are those of :func:`compile_filter`."""
        names = _named(entity_type, members)
        self._shown = _open_columns(columns, names)
        self._now = now
        self._texts: dict[int, str] = {}
        self._kept: list[JsonObject] = []  # as long as they are here, their ids are theirs

    def __call__(self, entity: JsonObject) -> str:
        """An entity's text; a NUL is between its columns, which no word goes over."""
        return self._texts.get(id(entity)) or self._read(entity)

    def of(self, entities: Iterable[JsonObject]) -> list[str]:
        """The texts of several."""
        known, read = self._texts.get, self._read
        return [known(id(entity)) or read(entity) for entity in entities]

    def _read(self, entity: JsonObject) -> str:
        text = "\x00".join([self._cell(entity, name, field) for name, field in self._shown]).casefold()
        if id(entity) not in self._texts:
            self._kept.append(entity)
        self._texts[id(entity)] = text
        return text

    def _cell(self, entity: JsonObject, name: str, field: EntityField | None) -> str:
        value = entity.get(name)
        as_sent = type(value) is str and value and value.isascii() and value.isprintable()
        if as_sent and (field is None or field.type not in _CONVERTED):
            return str(value)  # most are like this
        return cell(member(entity, name), field, self._now)


class _Holding:
    """Whether entities have a bare word in one of their columns; of many, without a call for each."""

    def __init__(self, words: Words, wanted: str) -> None:
        self._words = words
        self._wanted = wanted

    def __call__(self, entity: JsonObject) -> bool:
        return self._wanted in self._words(entity)

    def among(self, entities: Iterable[JsonObject]) -> list[JsonObject]:
        """Those that have it, in order."""
        wanted, entities = self._wanted, list(entities)
        texts = self._words.of(entities)
        return [entity for entity, text in zip(entities, texts, strict=True) if wanted in text]


def parse_terms(text: str) -> list[Term]:
    """Divide a filter into its terms.

    Raises:
        FilterError: for a quotation or an expression that does not end, or a value that is missing.
    """
    terms = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TERM.match(text, position, end)
        assert match is not None, "every part of it may be empty"
        term = _term(match)
        position = match.end()
        if not term.quoted and not term.regex:
            _check_word(term)
        terms.append(term)
    return terms


def _term(match: re.Match[str]) -> Term:
    quoted, regex = match["quoted"], match["regex"]
    if quoted is not None:
        value = re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
    else:
        value = match["word"] if regex is None else regex.replace("\\/", "/")
    return Term(
        negated=bool(match["not"]),
        field=match["field"] or "",
        operator=(match["op"] or "").replace("==", "="),
        value=value,
        quoted=quoted is not None,
        regex=regex is not None,
        start=match.start("not"),
        end=match.end(),
    )


def _check_word(term: Term) -> None:
    """See that a word is not the beginning of something else."""
    if not term.value:
        raise term.error(
            _("a value is missing after {field}{operator}", field=term.field, operator=term.operator or "!")
        )
    if term.value.startswith('"'):
        raise term.error(_('the quotation does not end with " and a blank; \\" stands for a quote within it'))
    if term.value.startswith("/") and term.operator in ("", ":"):
        raise term.error(
            _('the expression does not end with / and a blank; quotes make it a text: "/dev/vda"')
        )


def compile_filter(
    text: str,
    entity_type: EntityType,
    columns: Sequence[str],
    now: float,
    members: Iterable[str] = (),
    words: Words | None = None,
) -> Filter:
    """Make a filter ready.

    Args:
        text: in the language above; an empty one lets everything pass.
        entity_type: what is filtered.
        columns: the members that bare words look at.
        now: seconds since the epoch, for ages.
        members: more members that the entities have beyond the catalog's.
        words: the texts that bare words look at, where they are made already.

    Raises:
        FilterError: pointing at the mistake.
    """
    names = _named(entity_type, members)
    tests: list[Test] = []
    fields: set[str] = set()
    alternatives: dict[str, list[Test]] = {}
    for term in parse_terms(text):
        if term.field:
            name = _resolve(term, names)
            fields.add(name)
            test = _fielded(term, name, names[name], now)
        else:
            name, test = "", _bare(term, _open_columns(columns, names), now, words)
        if term.operator in (":", "=") and not term.negated:
            alternatives.setdefault(name, []).append(test)
        else:
            tests.append(_negated(test) if term.negated else test)
    tests += [_any(group) for group in alternatives.values()]
    return Filter(text, tests, fields)


def field_of_filter(
    named: str, entity_type: EntityType, members: Iterable[str] = ()
) -> tuple[str, EntityField]:
    """The member that is meant before an operator, with what is known of it.

    Raises:
        FilterError: when there is none, or there are several.
    """
    names = _named(entity_type, members)
    name = _resolve(Term(False, named, ":", "", False, False, 0, len(named)), names)
    return name, names[name]


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
    if wanted in (AGE, "âge") and AGE not in names:
        dated = next((n for n, f in names.items() if f.type is ValueType.DATE), None)
        if dated is None:
            raise term.error(_("these entities have no date, so no age"))
        return dated
    spellings = {name: _spellings(name, field) for name, field in names.items()}
    exact = [n for n, s in spellings.items() if wanted in s]
    if exact:
        return exact[0]
    beginning = [n for n, s in spellings.items() if any(t.startswith(wanted) for t in s)]
    if len(beginning) == 1:
        return beginning[0]
    if beginning:
        raise term.error(
            _(
                "{field!r} may mean {beginning}: write more of it",
                field=term.field,
                beginning=", ".join(beginning[:5]),
            )
        )
    near = nearest(term.field, list(names))
    hint = (
        _("did you mean {near!r}?", near=near)
        if near
        else _('to look for the text, write "{field}{operator}…"', field=term.field, operator=term.operator)
    )
    raise term.error(_("there is no field {field!r}; {hint}", field=term.field, hint=hint))


def _spellings(name: str, field: EntityField) -> tuple[str, ...]:
    """What a field may be called: its name, and its labels in the language that is spoken and in English."""
    called = (name, field.label, field.heading, english(field.label), english(field.heading))
    return tuple(dict.fromkeys(_squash(text) for text in called))


def _squash(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


def _named(entity_type: EntityType, members: Iterable[str]) -> dict[str, EntityField]:
    """Every member that can be named, with what is known of it."""
    names = dict(entity_type.fields)
    for extra in members:
        if extra not in names:
            names[extra] = field_of(extra, None)
    return names


_Column = tuple[str, "EntityField | None"]


def _open_columns(columns: Sequence[str], names: Mapping[str, EntityField]) -> list[_Column]:
    """The columns that are no secrets."""
    found = ((name, names.get(name)) for name in columns)
    return [(name, field) for name, field in found if field is None or not field.secret]


def _bare(term: Term, shown: Sequence[_Column], now: float, words: Words | None) -> Test:
    if term.regex:
        pattern = _pattern(term)
        return lambda e: any(pattern.search(cell(member(e, n), f, now)) for n, f in shown)
    wanted = term.value.casefold()
    if words is not None and "\x00" not in wanted:
        return _Holding(words, wanted)
    return lambda e: any(wanted in cell(member(e, n), f, now).casefold() for n, f in shown)


def _pattern(term: Term) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it may mean one day is not the person's concern
            return re.compile(term.value, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise term.error(_("not a regular expression: {error}", error=error)) from error


def _fielded(term: Term, name: str, field: EntityField, now: float) -> Test:
    if field.secret:
        raise term.error(_("{name} is a secret and cannot be searched", name=name))
    if term.operator in _COMPARE:
        return _compared(term, name, field, now)
    test = _matching(term, name) if term.regex else _holding(term, name, field, now)
    return _negated(test) if term.operator == "!=" else test


def _matching(term: Term, name: str) -> Test:
    pattern = _pattern(term)
    return lambda entity: bool(pattern.search(plain(member(entity, name))))


def _holding(term: Term, name: str, field: EntityField, now: float) -> Test:
    wanted = term.values
    if term.operator == ":":
        return lambda entity: any(
            w in text for text in _texts(member(entity, name), field, now) for w in wanted
        )
    amounts = []
    if field.type in (ValueType.INTEGER, ValueType.SIZE):
        amounts = [amount for w in wanted if (amount := _amount(w, field)) is not None]

    def equal(entity: JsonObject) -> bool:
        value = member(entity, name)
        if amounts and number(value) in amounts:
            return True
        items = value if isinstance(value, list) else []
        return any(
            text in wanted for text in (*_texts(value, field, now), *(plain(i).casefold() for i in items))
        )

    return equal


def _texts(value: Any, field: EntityField, now: float) -> list[str]:
    """A value as it was sent and as it is shown, folded."""
    sent = [plain(value), str(value)] if isinstance(value, bool) else [plain(value)]
    return [text.casefold() for text in (*sent, cell(value, field, now))]


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def _compared(term: Term, name: str, field: EntityField, now: float) -> Test:
    compare = _COMPARE[term.operator]
    if field.type is ValueType.DATE:
        if span := _SPAN.match(term.value):
            seconds = float(span[1]) * _SPANS[span[2].lower()]
            return _dated(name, lambda timestamp: compare(now - timestamp, seconds))
        date = parse_date(term.value) or parse_date(f"{term.value}T00:00:00Z")
        if date is None:
            raise term.error(
                _("{value!r} is neither an age such as 2d nor a date such as 2026-01-31", value=term.value)
            )
        moment = date.timestamp()
        return _dated(name, lambda timestamp: compare(timestamp, moment))
    limit = _amount(term.value, field)
    if limit is None:
        is_size = _SIZE.match(term.value) is not None
        raise term.error(
            _("{field} is not a size, so {value!r} says nothing of it", field=term.field, value=term.value)
            if is_size
            else _("{value!r} is not a number", value=term.value)
        )

    def test(entity: JsonObject) -> bool:
        amount = number(member(entity, name))
        return amount is not None and compare(amount, limit)

    return test


def _dated(name: str, test: Callable[[float], bool]) -> Test:
    def dated(entity: JsonObject) -> bool:
        date = parse_date(member(entity, name))
        return date is not None and test(date.timestamp())

    return dated


def _amount(text: str, field: EntityField) -> float | None:
    """A number as typed, in the field's own unit: ``4GB`` of memory counted in MiB is 4096.

    Returns:
        none when it is no number, or a size where the field is none.
    """
    match = _SIZE.match(text)
    if match is None:
        return None
    value, prefix = float(match[1]), (match[2] or "").lower()
    if not prefix and not match[4]:
        return value
    if field.type is not ValueType.SIZE or field.unit is None:
        return None
    count: float = value * 1024 ** (_PREFIXES.index(prefix) + 1 if prefix else 0)
    return count / field.unit.bytes
