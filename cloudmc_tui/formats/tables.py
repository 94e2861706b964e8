"""Rows for pipes and paper: an aligned table, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from cloudmc_tui.formats.text import UNSAFE_IN_JSON, fit, width
from cloudmc_tui.formats.values import number

FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet takes for the start of a formula."""

WIDEST = 120
"""The most cells that a column takes, unless it is the last one, which pads no other."""


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Iterable[int] = ()) -> str:
    """An aligned table with a heading, without trailing blanks.

    Args:
        headings: one a column.
        rows: cells that are one safe line each.
        right: indexes of the columns that are aligned to the right.
    """
    to_right = set(right)
    last = len(headings) - 1
    shown = [[h.upper() for h in headings], *rows]
    widths = [min(WIDEST, max(width(row[i]) for row in shown)) for i in range(len(headings))]
    lines = []
    for row in shown:
        cells = [
            text if i == last and i not in to_right else fit(text, widths[i], right=i in to_right)
            for i, text in enumerate(row)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def csv_text(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV (RFC 4180). A value that a spreadsheet would run as a formula gets a leading apostrophe,
    plain negative numbers excepted."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_harmless(h) for h in headings])
    for row in rows:
        writer.writerow([_harmless(c) for c in row])
    return out.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) and number(text) is None else text


def json_text(value: Any) -> str:
    """JSON for people and programs, two spaces a level, with a line end; it reads back as the same value.

    What JSON may carry bare and a terminal would obey or hide is written as the escape that means it.
    """
    encoded = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return UNSAFE_IN_JSON.sub(lambda match: json.dumps(match.group())[1:-1], encoded) + "\n"
