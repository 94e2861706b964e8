"""Rows for pipes and paper: an aligned table, CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from cloudmc_tui.formats.text import fit, width

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the start of a formula."""


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Iterable[int] = ()) -> str:
    """An aligned table with a heading, without trailing blanks.

    Args:
        headings: one a column.
        rows: cells that are one safe line each.
        right: indexes of the columns that are aligned to the right.
    """
    widths = [max([width(h), *(width(row[i]) for row in rows)]) for i, h in enumerate(headings)]
    to_right = set(right)
    lines = []
    for row in ([h.upper() for h in headings], *rows):
        cells = [fit(c, widths[i], right=i in to_right) for i, c in enumerate(row)]
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
    if not text.startswith(FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def json_text(value: Any) -> str:
    """JSON for people, two spaces a level; every character that JSON allows stays as it is."""
    encoded = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return encoded.translate(_CONTROLS) + "\n"


_CONTROLS = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0x061C, 0x200E, 0x200F,
                                                 *range(0x202A, 0x202F), *range(0x2066, 0x206A))}  # fmt: skip
"""What JSON may carry bare and a terminal would obey: written as the escape that means the same."""
