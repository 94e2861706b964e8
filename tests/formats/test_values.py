"""Values as people read them, whatever the wire sends where something else was due."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.catalog import EntityField, EntityType, Tone, Unit, ValueType, load_catalog
from cloudmc_tui.formats.redact import MASK, hide_secrets, sounds_secret
from cloudmc_tui.formats.text import visible
from cloudmc_tui.formats.values import (
    MARKS,
    cell,
    detail,
    id_of,
    identity,
    member,
    natural,
    number,
    plain,
    size,
    sort_key,
    title_of,
    tone_of,
)
from tests.json_values import ENTITIES, NOW, VALUES

CLOUDSTACK = load_catalog().services["cloudstack"]
DATE = EntityField(label="Created", type=ValueType.DATE)
MEMORY = EntityField(label="Memory", type=ValueType.SIZE, unit=Unit.MEBIBYTES)
SECRET = EntityField(label="Password", secret=True)
FIELDS = [None, SECRET, MEMORY, *(EntityField(label="Any", type=t) for t in ValueType)]


def kind(title: str = "name", identity: str = "id") -> EntityType:
    return EntityType(label="Things", singular="thing", fields={}, columns=[], title=title, id=identity)


@given(VALUES, st.sampled_from(FIELDS))
def test_any_value_becomes_one_safe_line(value: Any, field: EntityField | None) -> None:
    for text in (cell(value, field, NOW), detail(value, field, NOW), plain(value)):
        assert text == visible(text)


@given(ENTITIES, st.sampled_from(["name", "id", "{name} {state}", "a.b", "nothing"]))
def test_every_entity_is_called_something(entity: dict[str, Any], title: str) -> None:
    called = title_of(entity, kind(title))
    assert called.strip()
    assert called == visible(called)
    assert id_of(entity, kind()) == visible(identity(entity, kind()) or "")


@given(st.lists(VALUES, max_size=8), st.sampled_from(FIELDS))
def test_any_values_can_be_sorted_and_blanks_come_last(values: list[Any], field: EntityField | None) -> None:
    ordered = sorted(values, key=lambda value: sort_key(value, field))
    blanks = [value in (None, "", [], {}) for value in ordered]
    assert blanks == sorted(blanks)


@given(VALUES)
def test_any_state_has_a_mark(value: Any) -> None:
    assert MARKS[tone_of(value, CLOUDSTACK)]
    assert tone_of(value, None) is Tone.UNKNOWN


@given(VALUES)
def test_any_value_may_be_asked_for_a_size(value: Any) -> None:
    amount = number(value)
    assert amount is None or size(amount)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""), ("", ""), ([], ""), ({}, ""), (0, "0"), (False, "no"), (True, "yes"), (4.0, "4"),
        (4.5, "4.5"), ("a\nb", r"a\nb"), (["a", 1, None], "a, 1, "), ({"a": [1]}, '{"a":[1]}'),
        ([{"name": "front", "id": "1"}, {"ipAddress": "10.0.0.1"}, {"id": "x"}, {"port": 80}],
         'front, 10.0.0.1, x, {"port":80}'),
    ],
)  # fmt: skip
def test_plainly(value: Any, shown: str) -> None:
    assert cell(value, None, NOW) == shown


def test_guided_by_the_catalog() -> None:
    assert cell(4096, MEMORY, NOW) == "4 GiB"
    assert cell("1536", MEMORY, NOW) == "1.5 GiB"
    assert cell("much", MEMORY, NOW) == "much"
    assert cell("2026-06-12T09:30:00.000Z", DATE, NOW) == "3d"
    assert detail("2026-06-12T09:30:00.000Z", DATE, NOW) == "2026-06-12 09:30:00 UTC (3d ago)"
    assert cell("soon", DATE, NOW) == detail("soon", DATE, NOW) == "soon"


@pytest.mark.parametrize("value", ["hunter2", 5, ["hunter2"], {"x": "hunter2"}])
def test_a_secret_is_masked_whatever_its_type(value: Any) -> None:
    assert cell(value, SECRET, NOW) == detail(value, SECRET, NOW) == MASK
    assert cell("", SECRET, NOW) == ""


def test_a_secret_inside_an_object_is_masked() -> None:
    sent = {"users": [{"login": "ann", "userPassword": "hunter2"}], "psk": "", "passwordEnabled": True}
    assert (
        plain(sent)
        == f'{{"users":[{{"login":"ann","userPassword":"{MASK}"}}],"psk":"","passwordEnabled":true}}'
    )
    assert "hunter2" not in plain([{"secret": {"deep": ["hunter2"]}}])


@given(VALUES)
def test_hiding_secrets_twice_changes_nothing(value: Any) -> None:
    assert hide_secrets(hide_secrets(value)) == hide_secrets(value)


@pytest.mark.parametrize(
    "name", ["password", "userPassword", "presharedKey", "ipsecPresharedKey", "apiKey", "api_key", "SECRET",
             "privateKey",
             "issuedToken", "hashedPassword", "psk", "credentials"]
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    assert sounds_secret(name, "x")


@pytest.mark.parametrize(
    "name", ["name", "publicKey", "sshKeyName", "isPasswordEnabled", "hasSecret", "has_token", "keyId"]
)
def test_names_of_what_is_none(name: str) -> None:
    assert not sounds_secret(name, "x")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"), (1, "1 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"),
        (512 * 1024**2, "512 MiB"),
        (150.4 * 1024**3, "150 GiB"), (2 * 1024**4, "2 TiB"), (5000 * 1024**5, "5000 PiB"), (-2048, "-2 KiB"),
    ],
)  # fmt: skip
def test_sizes(count: float, said: str) -> None:
    assert size(count) == said


@pytest.mark.parametrize(
    ("value", "amount"), [(5, 5), ("5", 5), ("-2.5", -2.5), ("+3", 3), (0, 0), (".5", 0.5), (1.5, 1.5)]
)
def test_numbers(value: Any, amount: float) -> None:
    assert number(value) == amount


@pytest.mark.parametrize(
    "value", [True, None, "", "x", "nan", "inf", "1e5", "1_000", " 5", "٣", [1], 10**400, "9" * 400]
)
def test_what_is_no_number(value: Any) -> None:
    assert number(value) is None


def test_members_by_path() -> None:
    entity = {"status": {"reachable": True}, "a.b": 1, "text": "x"}
    assert member(entity, "status.reachable") is True
    assert member(entity, "a.b") == 1
    assert member(entity, "text.length") is None
    assert member(entity, "no.such") is None


@pytest.mark.parametrize(
    ("entity", "title", "called"),
    [
        ({"name": "web-01", "id": "1"}, "name", "web-01"),
        ({"name": "", "id": "1"}, "name", "1"),
        ({"name": "   ", "id": "1"}, "name", "1"),
        ({"name": None}, "name", "(no name)"),
        ({"name": 5, "id": "1"}, "name", "5"),
        ({"name": "\x1b[2J", "id": "1"}, "name", r"\x1b[2J"),
        ({"protocol": "TCP", "port": "80", "id": "1"}, "{protocol} {port}", "TCP 80"),
        ({"protocol": "TCP", "id": "1"}, "{protocol} {port}", "TCP"),
        ({"id": "1"}, "{protocol} / {port}", "1"),
        ({"id": {"a": 1}}, "name", "(no name)"),
    ],
)
def test_titles(entity: dict[str, Any], title: str, called: str) -> None:
    assert title_of(entity, kind(title)) == called


@pytest.mark.parametrize(
    ("value", "known"),
    [("a/b", "a/b"), (5, "5"), ("", None), (None, None), (True, None), ([], None), ({"id": 1}, None)],
)
def test_an_id_is_a_text_or_a_whole_number(value: Any, known: str | None) -> None:
    assert identity({"id": value}, kind()) == known


def test_numbers_within_names_count() -> None:
    names = [
        "web-10",
        "Web-2",
        "web-1",
        "web",
        "10.0.0.9",
        "10.0.0.10",
        "web-007",
        f"web-{10**30}",
        f"web-{10**29}",
    ]
    assert sorted(names, key=natural) == [
        "10.0.0.9", "10.0.0.10", "web", "web-1", "Web-2", "web-007", "web-10", f"web-{10**29}",
        f"web-{10**30}",
    ]  # fmt: skip


def test_numbers_sort_by_size_and_dates_by_time() -> None:
    assert sorted(["10", 9, "9.5", 100], key=lambda v: sort_key(v, None)) == [9, "9.5", "10", 100]
    dates = ["2016-10-24 2:40:29 PM EDT", "2016-10-24T14:40:30.000Z", "2016-10-24T14:40:30-0500"]
    assert sorted(dates, key=lambda v: sort_key(v, DATE)) == [dates[1], dates[0], dates[2]]


def test_states_know_their_tone_without_regard_to_case() -> None:
    assert tone_of("running", CLOUDSTACK) is tone_of("Running", CLOUDSTACK) is Tone.OK
    assert tone_of("Levitating", CLOUDSTACK) is Tone.UNKNOWN
