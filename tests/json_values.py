"""Any JSON value that a server may send, for property tests, and when it is sent."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NOW = 1_781_515_800.0
"""When it is: 2026-06-15 09:30 UTC, in seconds since the epoch."""

HOSTILE_CHARACTERS = "\x00\x07\x1b\n\r\t\x7f\x85\x9b\u200b\u200d\u202e\u2028\u2066\ufeff\U000e0041"

TEXTS = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(HOSTILE_CHARACTERS)))
"""Texts as JSON holds them, hostile ones more often than by chance."""

LIKELY_TEXTS = st.sampled_from(
    ["", " ", "Running", "2024-01-31T12:00:00.000Z", "9999-12-31T23:59:59-1400", "0001-01-01T00:00:00+1400",
     "2016-10-24 2:40:29 PM EDT", "4096", "-5", "1e400", "nan", "10.0.0.1", "[bold]x[/]", "宽", "x" * 5000]
)  # fmt: skip
"""Texts that formatting code takes for something."""

SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from([10**400, -(2**63), 0]),
    st.floats(allow_nan=False, allow_infinity=False), TEXTS, LIKELY_TEXTS,
)  # fmt: skip

NAMES = st.one_of(
    TEXTS, st.sampled_from(["id", "name", "state", "created", "memory", "size", "password", "nics", "a.b"])
)

VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
"""Any JSON value."""

ENTITIES: st.SearchStrategy[dict[str, Any]] = st.dictionaries(NAMES, VALUES, max_size=6)
"""Any JSON object."""
