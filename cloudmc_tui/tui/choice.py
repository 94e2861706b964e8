"""Something to choose, in a picker."""

from __future__ import annotations

from msgspec import Struct


class Choice(Struct, frozen=True):
    """Something to choose.

    Attributes:
        value: what choosing it gives.
        label: what it is called; a safe line.
        note: what stands to its right.
    """

    value: str
    label: str
    note: str = ""
