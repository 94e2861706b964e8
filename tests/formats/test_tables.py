"""Tables, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cloudmc_tui.formats.tables import WIDEST, csv_text, json_text, table
from cloudmc_tui.formats.text import visible
from tests.json_values import TEXTS, VALUES

CELLS = TEXTS.map(visible)


def test_columns_stand_in_line() -> None:
    text = table(["name", "Mémoire", "id"], [["宽字", "4 GiB", "x"], ["web-01", "512 MiB", "yy"]], right=[1])
    assert text.split("\n") == [
        "NAME    MÉMOIRE  ID",
        "宽字      4 GiB  x",
        "web-01  512 MiB  yy",
        "",
    ]


@given(st.lists(st.tuples(CELLS, CELLS, st.just("|")), min_size=1))
def test_any_cells_stand_in_line(rows: list[tuple[str, ...]]) -> None:
    lines = table(["a", "b", "c"], rows).split("\n")[1:-1]
    assert len(lines) == len(rows)
    assert len({cell_len(line.removesuffix("|")) for line in lines}) == 1


def test_headings_that_grow_as_capitals() -> None:
    lines = table(["straße", "x"], [["a", "b"]]).split("\n")
    assert lines[:2] == ["STRASSE  X", "a        b"]


def test_one_endless_name_does_not_push_the_others_away() -> None:
    rows = [["x" * 5000, "1"], ["web", "2"]]
    lines = table(["name", "id"], rows).split("\n")
    assert all(cell_len(line) <= WIDEST + 2 + 2 for line in lines)
    assert lines[1].endswith("…  1")
    assert "x" * 5000 in table(["name"], [["x" * 5000]])


def test_csv_quotes_what_needs_it() -> None:
    assert csv_text(["name", "note"], [['say "hi"', "a,b"]]) == 'name,note\r\n"say ""hi""","a,b"\r\n'


@pytest.mark.parametrize(
    "text", ["=1+1", "@SUM(A1)", "+1+1", "-1+1", "-cmd|' /C calc'!A0", "\t=1", "＝1+1", "-", "-inf"]
)
def test_csv_runs_no_formulas(text: str) -> None:
    [[written]] = csv.reader(io.StringIO(csv_text([text], [])))
    assert written == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "+1.5", "-0.25", "web=1", "10.0.0.1", ""])
def test_csv_leaves_numbers_and_texts_alone(text: str) -> None:
    [_, [_, written]] = csv.reader(io.StringIO(csv_text(["a", "b"], [["x", text]])))
    assert written == text


@given(VALUES)
def test_json_reads_back_as_it_was_and_holds_nothing_a_terminal_obeys(value: Any) -> None:
    text = json_text(value)
    assert json.loads(text) == value
    assert text.endswith("\n")
    assert [visible(line) for line in text[:-1].split("\n")] == text[:-1].split("\n")


def test_json_keeps_what_can_be_read() -> None:
    assert (
        json_text({"é": "宽", "n": 1.0, "big": 2**63})
        == '{\n  "é": "宽",\n  "n": 1.0,\n  "big": 9223372036854775808\n}\n'
    )
    assert json_text({"a": "\x9b\u202e\U000e0041"}) == '{\n  "a": "\\u009b\\u202e\\udb40\\udc41"\n}\n'
