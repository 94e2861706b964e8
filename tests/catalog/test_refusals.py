"""A catalog file that is malformed or contradicts itself is refused, with file, key and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudmc_tui.catalog import CatalogError, load_catalog

GOOD = """
service_type = "bakery"
label = "Bakery"
connection_types = ["bakery"]

[states]
Baked = "ok"

[types.ovens]
label = "Ovens"
singular = "oven"
columns = ["name"]

[types.ovens.fields]
id = { label = "ID" }
name = { label = "Name" }

[types.loaves]
label = "Loaves"
singular = "loaf"
columns = ["name", "state"]
state = "state"
filters = { oven_id = "ovenId" }

[types.loaves.fields]
id = { label = "ID" }
name = { label = "Name" }
state = { label = "State", type = "state" }
ovenId = { label = "Oven", refers_to = "ovens", name_from = "name" }
weight = { label = "Weight", type = "size", unit = "B" }

[types.loaves.operations.create]
label = "Bake"
danger = "safe"
scope = "collection"
to_state = "Baked"
stale = ["loaves"]

[types.loaves.operations.create.fields]
name = { label = "Name", required = true }
flour = { label = "Flour", type = "choice", choices = ["rye", "wheat"], default = "rye" }
ovenId = { label = "Oven", refers_to = "ovens", fits = { name = "name" } }
seeds = { label = "Seeds", when = { field = "flour", is = ["rye"] } }

[types.loaves.operations.slice]
label = "Slice"
danger = "disruptive"
query = "slice"
from_states = ["Baked"]
requires = [{ field = "ovenId", present = false, reason = "is in the oven" }]
"""
"""A small file that is in order; each case below spoils one thing in it."""


def load(folder: Path, text: str) -> None:
    (folder / "bakery.toml").write_text(text, encoding="utf-8")
    load_catalog(folder)


def test_the_file_that_the_cases_spoil_is_in_order(tmp_path: Path) -> None:
    load(tmp_path, GOOD)


LOAF = "types.loaves"
CREATE = f"{LOAF}.operations.create"
SLICE = f"{LOAF}.operations.slice"

CASES = {
    # malformed
    "a wrong type": ('columns = ["name", "state"]', "columns = 5", f"{LOAF}.columns", "Expected `array`"),
    "an unknown key": (
        'singular = "loaf"',
        'singular = "loaf"\ncolour = "brown"',
        LOAF,
        "unknown field `colour`",
    ),
    "a missing key": ('singular = "loaf"\n', "", LOAF, "missing required field `singular`"),
    "an unknown danger": ('danger = "disruptive"', 'danger = "fatal"', f"{SLICE}.danger", "'fatal'"),
    "no danger": ('danger = "disruptive"\n', "", SLICE, "missing required field `danger`"),
    "an unknown field type": ('type = "choice"', 'type = "pick"', f"{CREATE}.fields.flour.type", "'pick'"),
    "an unknown tone": ('Baked = "ok"', 'Baked = "crisp"', "states.Baked", "'crisp'"),
    "an unknown unit": ('unit = "B"', 'unit = "loaf"', f"{LOAF}.fields.weight.unit", "'loaf'"),
    "a misspelt condition": (
        'field = "flour", is =',
        'field = "flour", iss =',
        f"{CREATE}.fields.seeds.when",
        "`iss`",
    ),
    # names that lead nowhere
    "an unknown column": ('["name", "state"]', '["name", "crust"]', f"{LOAF}.columns", "'crust'"),
    "an unknown id": (
        'state = "state"\nfilters',
        'state = "state"\nid = "sku"\nfilters',
        f"{LOAF}.id",
        "'sku'",
    ),
    "an unknown title": (
        'state = "state"\nfilters',
        'state = "state"\ntitle = "{name} {crust}"\nfilters',
        f"{LOAF}.title",
        "'crust'",
    ),
    "an unknown state member": (
        'state = "state"\nfilters',
        'state = "mood"\nfilters',
        f"{LOAF}.state",
        "'mood'",
    ),
    "an unknown filter member": (
        'oven_id = "ovenId"',
        'oven_id = "oven"',
        f"{LOAF}.filters.oven_id",
        "'oven'",
    ),
    "an unknown reference of a member": (
        'refers_to = "ovens", name_from',
        'refers_to = "kilns", name_from',
        f"{LOAF}.fields.ovenId.refers_to",
        "'kilns'",
    ),
    "an unknown name": (
        'name_from = "name"',
        'name_from = "ovenName"',
        f"{LOAF}.fields.ovenId.name_from",
        "'ovenName'",
    ),
    "an unknown reference of a field": (
        'refers_to = "ovens", fits',
        'refers_to = "kilns", fits',
        f"{CREATE}.fields.ovenId.refers_to",
        "'kilns'",
    ),
    "an unknown stale type": ('stale = ["loaves"]', 'stale = ["rolls"]', f"{CREATE}.stale", "'rolls'"),
    "an unknown state": ('from_states = ["Baked"]', 'from_states = ["Burnt"]', SLICE, "'Burnt'"),
    "an unknown state to end in": ('to_state = "Baked"', 'to_state = "Burnt"', CREATE, "'Burnt'"),
    "a condition on an unknown field": (
        'field = "flour", is',
        'field = "yeast", is',
        f"{CREATE}.fields.seeds.when.field",
        "'yeast'",
    ),
    "a requirement of an unknown member": (
        'field = "ovenId", present',
        'field = "shelf", present',
        f"{SLICE}.requires[0].field",
        "'shelf'",
    ),
    "a picker that compares an unknown member": (
        'fits = { name = "name" }',
        'fits = { maker = "name" }',
        f"{CREATE}.fields.ovenId.fits",
        "'maker'",
    ),
    "a picker that compares with an unknown field": (
        'fits = { name = "name" }',
        'fits = { name = "maker" }',
        f"{CREATE}.fields.ovenId.fits",
        "'maker'",
    ),
    "a picker for a collection that speaks of an entity": (
        'fits = { name = "name" }',
        'fits = { name = "@name" }',
        f"{CREATE}.fields.ovenId.fits",
        "there is none",
    ),
    "candidates by an unknown member": (
        'fits = { name = "name" }',
        'candidates = [{ field = "heat", present = true }]',
        f"{CREATE}.fields.ovenId.candidates[0].field",
        "'heat'",
    ),
    "a value from an unknown member": (
        'fits = { name = "name" }',
        'value_from = "serial"',
        f"{CREATE}.fields.ovenId.value_from",
        "'serial'",
    ),
    "a default from an unknown field": (
        'name = { label = "Name", required = true }',
        'name = { label = "Name", required = true, default_from = "title" }',
        f"{CREATE}.fields.name.default_from",
        "'title'",
    ),
    "a partner that is no field": (
        'name = { label = "Name", required = true }',
        'name = { label = "Name", required = true, with = ["title"] }',
        f"{CREATE}.fields.name.with",
        "'title'",
    ),
    "choices from a field that refers to nothing": (
        'name = { label = "Name", required = true }',
        'name = { label = "Name", required = true, choices_from = "flour.names" }',
        f"{CREATE}.fields.name.choices_from",
        "'flour' refers to nothing",
    ),
    "a present value from an unknown member": (
        'query = "slice"',
        'query = "slice"\nfields = { knife = { label = "Knife", from = "blade" } }',
        f"{SLICE}.fields.knife.from",
        "'blade'",
    ),
    # contradictions
    "both required and conditional": (
        'seeds = { label = "Seeds", when',
        'seeds = { label = "Seeds", required = true, when',
        f"{CREATE}.fields.seeds.required",
        "no condition",
    ),
    "a choice without choices": (
        'choices = ["rye", "wheat"], default = "rye"',
        "choices = []",
        f"{CREATE}.fields.flour.choices",
        "something to choose from",
    ),
    "a default that is none of the choices": (
        'default = "rye"',
        'default = "spelt"',
        f"{CREATE}.fields.flour.default",
        "'spelt'",
    ),
    "a default of another type": (
        'name = { label = "Name", required = true }',
        'name = { label = "Name", required = true, default = 7 }',
        f"{CREATE}.fields.name.default",
        "7 is no text",
    ),
    "choices where there is nothing to choose": (
        'type = "choice", choices',
        "choices",
        f"{CREATE}.fields.flour.choices",
        "nothing else has choices",
    ),
    "a list of nothing": (
        'name = { label = "Name", required = true }',
        'name = { label = "Name", required = true, type = "list" }',
        f"{CREATE}.fields.name.items",
        "the type of its items",
    ),
    "an object without members": (
        'name = { label = "Name", required = true }',
        'name = { label = "Name", required = true, type = "object" }',
        f"{CREATE}.fields.name.fields",
        "an object needs fields",
    ),
    "a minimum above the maximum": (
        'name = { label = "Name", required = true }',
        'name = { label = "Name", required = true, minimum = 9, maximum = 3 }',
        f"{CREATE}.fields.name.minimum",
        "above the maximum",
    ),
    "a condition that tests two things": (
        'is = ["rye"]',
        'is = ["rye"], present = true',
        f"{CREATE}.fields.seeds.when",
        "exactly one",
    ),
    "a condition that tests nothing": (', is = ["rye"]', "", f"{CREATE}.fields.seeds.when", "exactly one"),
    "a look at what is referred to, where nothing is": (
        'is = ["rye"]',
        'where = { bread = "rye" }',
        f"{CREATE}.fields.seeds.when.where",
        "'flour' refers to nothing",
    ),
    "a look at a member that what is referred to has not": (
        'when = { field = "flour", is = ["rye"] }',
        'when = { field = "ovenId", where = { heat = 9 } }',
        f"{CREATE}.fields.seeds.when.where",
        "'heat' is not a field of ovens",
    ),
    "a picker without a reference": (
        'refers_to = "ovens", fits',
        "fits",
        f"{CREATE}.fields.ovenId.fits",
        "refers to nothing",
    ),
    "a size without a unit": (
        'type = "size", unit = "B"',
        'type = "size"',
        f"{LOAF}.fields.weight.unit",
        "a size needs a unit",
    ),
    "a unit without a size": (
        'type = "size", unit',
        "unit",
        f"{LOAF}.fields.weight.unit",
        "nothing else has one",
    ),
    "a method that is a read": (
        'query = "slice"',
        'query = "slice"\nmethod = "GET"',
        f"{SLICE}.method",
        "'GET' is none of",
    ),
    "an operation with a derived name": (
        "operations.slice",
        "operations.list",
        f"{LOAF}.operations.list",
        "is derived",
    ),
    "a collection with states": (
        'to_state = "Baked"',
        'to_state = "Baked"\nfrom_states = ["Baked"]',
        f"{CREATE}.scope",
        "no entity whose state",
    ),
    "a collection that is gone": (
        'to_state = "Baked"',
        'to_state = "gone"',
        f"{CREATE}.to_state",
        "could be gone",
    ),
    "states of a type that has none": (
        'state = "state"\nfilters',
        "filters",
        f"{SLICE}.from_states",
        "has no state",
    ),
    "states to force without a field": (
        'query = "slice"',
        'query = "slice"\nforce_states = ["Baked"]',
        f"{SLICE}.force_field",
        "goes with force_states",
    ),
    "a field to force with that is none": (
        'query = "slice"',
        'query = "slice"\nforce_states = ["Baked"]\nforce_field = "hard"',
        f"{SLICE}.force_field",
        "'hard' is not one of its fields",
    ),
    "a look at what an unknown field refers to": (
        'when = { field = "flour", is = ["rye"] }',
        'when = { field = "yeast", where = { heat = 9 } }',
        f"{CREATE}.fields.seeds.when.field",
        "'yeast' is not a known field",
    ),
    "choices left open where there are none": (
        'name = { label = "Name", required = true }',
        'name = { label = "Name", required = true, open_choices = true }',
        f"{CREATE}.fields.name.open_choices",
        "there are no choices",
    ),
    "a requirement without a reason": (
        ', reason = "is in the oven"',
        "",
        f"{SLICE}.requires[0].reason",
        "what the person is told",
    ),
    "a wrapper around nothing": (
        'query = "slice"',
        'query = "slice"\nwrap = "knife"',
        f"{SLICE}.wrap",
        "nothing to wrap",
    ),
    "operations on what can only be read": (
        'state = "state"\nfilters',
        'state = "state"\nread_only = true\nfilters',
        f"{LOAF}.read_only",
        "there are operations",
    ),
    "filters of a list that there is not": (
        'state = "state"\nfilters',
        'state = "state"\nlistable = false\nfilters',
        f"{LOAF}.filters",
        "has no list",
    ),
    "a list without columns": ('["name", "state"]', "[]", f"{LOAF}.columns", "is empty"),
    "a column twice": ('["name", "state"]', '["name", "name"]', f"{LOAF}.columns", "twice"),
    "a state listed in two spellings": (
        'Baked = "ok"',
        'Baked = "ok"\nBAKED = "off"',
        "states",
        "more than once",
    ),
    # connections
    "a connection type that is taken": (
        'connection_types = ["bakery"]',
        'connection_types = ["CLOUDSTACK"]',
        "connection_types",
        "already means the service type 'cloudstack'",
    ),
    "no service type": ('service_type = "bakery"\n', "", "service_type", "is missing"),
    "a service type that is no text": (
        'service_type = "bakery"',
        "service_type = 3",
        "service_type",
        "is missing",
    ),
}


@pytest.mark.parametrize(("old", "new", "key", "reason"), CASES.values(), ids=CASES.keys())
def test_a_spoilt_file_is_refused(tmp_path: Path, old: str, new: str, key: str, reason: str) -> None:
    assert GOOD.count(old) >= 1, "the case spoils nothing"
    with pytest.raises(CatalogError) as caught:
        load(tmp_path, GOOD.replace(old, new, 1))
    error = caught.value
    assert (error.file, error.key) == ("bakery.toml", key)
    assert reason in error.reason
    assert str(error).startswith(f"bakery.toml: {key}: ")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n= 5", "at line 2"),
        ("[types", "Expected ']'"),
        ('label = "a"\nlabel = "b"', "Cannot overwrite"),
        ("label = 'unclosed", "end of document"),
    ],
)
def test_what_is_no_toml_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(CatalogError) as caught:
        load(tmp_path, text)
    assert (caught.value.file, caught.value.key) == ("bakery.toml", "")
    assert reason in caught.value.reason


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bakery.toml").write_bytes(b'label = "\xff"')
    with pytest.raises(CatalogError, match=r"bakery\.toml: is not valid TOML"):
        load_catalog(tmp_path)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bakery.toml").mkdir()
    with pytest.raises(CatalogError, match=r"bakery\.toml: cannot be read"):
        load_catalog(tmp_path)


def test_a_service_without_types_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"bakery\.toml: types: is empty"):
        load(tmp_path, GOOD.partition("[states]")[0] + "[types]\n")
