"""Exports read back as what was shown, run no formulas and hold no secrets, whatever the values."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.catalog import EntityField, EntityType
from cloudmc_tui.formats.redact import hide_secrets
from cloudmc_tui.formats.tables import FORMULA
from cloudmc_tui.formats.values import number, plain
from cloudmc_tui.inventory.export import export
from tests.json_values import VALUES

SECRET = "s3cret-value-77"
KIND = EntityType(
    label="Things",
    singular="thing",
    columns=["name", "value"],
    fields={
        "name": EntityField("Name"),
        "value": EntityField("Value"),
        "pin": EntityField("PIN", secret=True),
    },
)
COLUMNS = ["name", "value", "pin", "adminPassword"]


def entities(values: list[Any]) -> list[dict[str, Any]]:
    return [{"name": n, "value": v, "pin": SECRET, "adminPassword": SECRET} for n, v in enumerate(values)]


@given(st.lists(VALUES | st.text(), max_size=6))
def test_a_csv_reads_back_as_what_was_shown_and_runs_nothing(values: list[Any]) -> None:
    text = export(entities(values), KIND, "csv", ["name", "value", "pin"])
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["name", "value"]
    assert len(rows) == len(values) + 1
    for value, row in zip(values, rows[1:], strict=True):
        cell, shown = row[1], plain(value)
        assert not cell.startswith(FORMULA) or number(cell) is not None
        assert cell in (shown, f"'{shown}")


@given(st.lists(VALUES, max_size=6))
def test_a_json_reads_back_as_the_same_values(values: list[Any]) -> None:
    read = json.loads(export(entities(values), KIND, "json", COLUMNS))
    assert [entity["value"] for entity in read] == json.loads(json.dumps(hide_secrets(values)))


@given(st.lists(VALUES, min_size=1, max_size=3), st.sampled_from(["csv", "json"]))
def test_no_export_holds_a_secret(values: list[Any], kind: str) -> None:
    assert SECRET not in export(entities(values), KIND, kind, COLUMNS)


def test_known_formulas_are_texts() -> None:
    text = export(entities(["=1+1", "+SUM(A1)", "-5", "@x", "a=b"]), KIND, "csv", ["value"])
    assert text.splitlines() == ["value", "'=1+1", "'+SUM(A1)", "-5", "'@x", "a=b"]
