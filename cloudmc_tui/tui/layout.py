"""Which panes are on screen: a function of the terminal's size, the focus and what is open."""

from __future__ import annotations

NARROW = 100
"""Below so many columns, tree and content are shown one at a time."""

LOW = 30
"""Below so many lines, list and entity are shown one at a time."""

SMALLEST = (60, 15)
"""The smallest terminal that is drawn on: columns, lines."""

TREE, LIST, ENTITY = "tree", "list", "entity"


def fits(columns: int, lines: int) -> bool:
    """Whether a terminal is large enough to draw on."""
    return columns >= SMALLEST[0] and lines >= SMALLEST[1]


def visible_panes(columns: int, lines: int, focused: str, *, entity: bool, zoomed: bool) -> frozenset[str]:
    """The panes to show.

    Args:
        columns: the terminal's width.
        lines: the terminal's height.
        focused: the pane with the focus.
        entity: whether an entity is open.
        zoomed: whether the focused pane is to be alone.
    """
    if zoomed:
        return frozenset({focused})
    content = {LIST, ENTITY} if entity else {LIST}
    if lines < LOW and entity:
        content = {ENTITY} if focused == ENTITY else {LIST}
    if columns < NARROW:
        return frozenset({TREE}) if focused == TREE else frozenset(content)
    return frozenset({TREE, *content})
