"""Which panes are on screen: a function of the terminal's size, the focus and what is open."""

from __future__ import annotations

NARROW = 100
"""Below so many columns, tree and content are shown one at a time."""

LOW = 30
"""Below so many lines, list and entity are shown one at a time."""

SMALLEST = (60, 15)
"""The smallest terminal that is drawn on: columns, lines."""

TREE, LIST, ENTITY, PANEL, TASKS = "tree", "list", "entity", "panel", "tasks"
"""The panes. Entity and panel share a place: below the list."""

STRIP = 3
"""How many tasks the strip shows while another pane has the focus."""


def fits(columns: int, lines: int) -> bool:
    """Whether a terminal is large enough to draw on."""
    return columns >= SMALLEST[0] and lines >= SMALLEST[1]


def visible_panes(
    columns: int, lines: int, focused: str, *, below: str = "", zoomed: bool = False, tasks: bool = False
) -> frozenset[str]:
    """The panes to show.

    Args:
        columns: the terminal's width.
        lines: the terminal's height.
        focused: the pane with the focus.
        below: what is open below the list: the entity, the panel, or nothing.
        zoomed: whether the focused pane is to be alone.
        tasks: whether there are tasks to show.
    """
    if zoomed:
        return frozenset({focused})
    content = {LIST, below} - {""}
    if lines < LOW and below:
        content = {below} if focused == below else {LIST}
    if columns >= NARROW:
        content = {TREE, *content}
    elif focused == TREE:
        content = {TREE}
    return frozenset(content | {TASKS}) if tasks or focused == TASKS else frozenset(content)


def tasks_height(lines: int, focused: str, tasks: int) -> int:
    """How many lines the tasks get, their heading among them.

    Args:
        lines: the terminal's height.
        focused: the pane with the focus.
        tasks: how many there are.
    """
    most = max(4, lines // 2) if focused == TASKS else 1 + (STRIP if lines >= LOW else 1)
    return min(most, 1 + max(1, tasks))
