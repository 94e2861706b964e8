"""How wide a table's columns are."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

GAP = 2
"""Blank cells between columns."""

WIDEST = 40
"""No column but the first is wider than this, however long its values are."""

NARROWEST = 3


class Column(Struct, frozen=True):
    """A column as laid out.

    Attributes:
        member: which member of the entity it shows.
        heading: its heading.
        cells: its width.
        right: aligned to the right.
    """

    member: str
    heading: str
    cells: int
    right: bool = False


def lay_out(
    wanted: Sequence[tuple[str, str, int, bool]], available: int, skip: int = 0
) -> tuple[list[Column], int]:
    """Fit columns into a width: the first is always there, the others as far as there is room.

    Args:
        wanted: (member, heading, the widest value in cells, aligned right) for each column.
        available: cells in all.
        skip: how many columns after the first are scrolled out to the left.

    Returns:
        the columns that are shown, and how many to the right are not.
    """
    if not wanted or available <= 0:
        return [], 0
    widest = [max(WIDEST, available // 2)] + [WIDEST] * (len(wanted) - 1)
    natural = [
        max(NARROWEST, min(cells, most)) for (_, _, cells, _), most in zip(wanted, widest, strict=True)
    ]
    first = min(natural[0], available)
    rest = list(range(1 + min(skip, max(0, len(wanted) - 2)), len(wanted)))
    shown: list[int] = []
    used = first
    for index in rest:
        if used + GAP + natural[index] > available:
            break
        shown.append(index)
        used += GAP + natural[index]
    hidden = len(rest) - len(shown)
    if hidden and used + GAP + NARROWEST * 2 <= available:
        index = rest[len(shown)]
        shown.append(index)
        natural[index] = available - used - GAP
        used = available
    columns = [
        Column(wanted[i][0], wanted[i][1], first if i == 0 else natural[i], wanted[i][3]) for i in (0, *shown)
    ]
    return columns, hidden
