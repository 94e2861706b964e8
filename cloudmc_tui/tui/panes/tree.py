"""The tree navigator: service → environment → entity type → entity, unfolded as far as wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from textual.binding import BindingType
from textual.message import Message

from cloudmc_tui.catalog import Tone
from cloudmc_tui.formats.text import fit, width
from cloudmc_tui.formats.values import MARKS, title_of, tone_of
from cloudmc_tui.language import _, number
from cloudmc_tui.path import ROOT, Level, Path
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.widgets.lines import LineView, Piece

if TYPE_CHECKING:
    from cloudmc_tui.inventory import Inventory

WINDOW = 30
"""How many entities of one type the tree shows; the list shows them all."""


class Node(Struct, frozen=True):
    """A row of the tree.

    Attributes:
        path: what it stands for; for a remark, the path that it belongs to.
        depth: how far it is indented.
        label: its text.
        folded: whether it is folded; none where there is nothing to unfold.
        count: how many are below, where that is known.
        mark: an entity's state as (mark, style).
        failed: whether what is below could not be read.
        remark: the style of a row that is no node: loading, error, or how many more there are.
    """

    path: Path
    depth: int
    label: str
    folded: bool | None = None
    count: int | None = None
    mark: Piece | None = None
    failed: bool = False
    remark: str = ""


class TreePane(LineView):
    """The tree. It shows what the inventory knows and asks for what it lacks."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TREE)

    class Wanted(Message):
        """A branch was unfolded: its listing is needed."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    class Chosen(Message):
        """A node was opened."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.border_title = _("Services")
        self._inventory: Inventory | None = None
        self._unfolded: set[Path] = {ROOT}
        self._errors: dict[Path, str] = {}
        self._pending: frozenset[Path] = frozenset()
        self._flat: list[Node] = [Node(ROOT, 0, _("connecting…"), remark="line--muted")]
        self.set_rows(1)

    @property
    def node(self) -> Node | None:
        """The node under the cursor."""
        return self._flat[self.cursor] if self._flat else None

    def attach(self, inventory: Inventory) -> None:
        """Show this inventory from now on."""
        self._inventory = inventory
        self._errors.clear()
        self.rebuild()

    def fail(self, path: Path, message: str) -> None:
        """Show that a branch could not be read."""
        self._errors[path] = message
        self.rebuild()

    def rebuild(self, cursor: Path | None = None) -> None:
        """Make the rows anew from what the inventory knows, keeping the cursor on its node; only those that
        look different are painted.

        Args:
            cursor: put the cursor on this node instead.
        """
        old, before, at = self.node, self._flat, self.cursor
        wanted = cursor or (old.path if old else ROOT)
        self._flat = [] if self._is_lost else list(self._branch(ROOT, 0))
        rows = [n for n, node in enumerate(self._flat) if not node.remark and node.path == wanted]
        near = [n for n, node in enumerate(self._flat) if not node.remark and wanted.is_within(node.path)]
        self.put_rows(len(self._flat), rows[0] if rows else near[-1] if near else 0)
        if len(before) != len(self._flat) or not before:
            self.refresh()
            return
        for row, (was, now) in enumerate(zip(before, self._flat, strict=True)):
            if was != now or (at != self.cursor and row in (at, self.cursor)):
                self.refresh_row(row)

    @property
    def _is_lost(self) -> bool:
        """Whether not even the services could be read."""
        return ROOT in self._errors and (self._inventory is None or self._inventory.peek(ROOT) is None)

    def placeholder(self) -> Sequence[Piece]:
        lines = self._errors.get(ROOT, "").split("\n")
        return [*((line, "line--error") for line in lines), ("", ""), (_("enter tries again"), "line--muted")]

    def reveal(self, path: Path) -> None:
        """Unfold what leads to a path and put the cursor on it, or on the nearest that is there."""
        for level in range(min(path.level, Level.ENTITY_TYPE)):
            self._unfolded.add(path.up_to(Level(level)))
        self.rebuild(path)

    def unfold(self, path: Path) -> None:
        """Unfold a branch whose listing is known."""
        self._unfolded.add(path)

    def is_unfolded(self, path: Path) -> bool:
        """Whether a branch is unfolded."""
        return path in self._unfolded

    def set_pending(self, pending: frozenset[Path]) -> None:
        """Mark the entities on which something is being done."""
        if pending != self._pending:
            self._pending = pending
            self.rebuild()

    def clear_error(self, path: Path) -> None:
        """A branch could be read after all."""
        self._errors.pop(path, None)

    def _branch(self, path: Path, depth: int) -> Iterator[Node]:
        listing = self._inventory.peek(path) if self._inventory else None
        if path in self._errors:
            yield Node(path, depth, self._errors[path], remark="line--error")
        if listing is None:
            if path not in self._errors:
                yield Node(path, depth, _("loading…"), remark="line--muted")
            return
        if not listing.entities:
            yield Node(
                path, depth, _("no {label}", label=listing.entity_type.label.lower()), remark="line--muted"
            )
        shown = listing.entities[:WINDOW] if path.level is Level.ENTITY_TYPE else listing.entities
        for entity in shown:
            child = listing.child_path(entity)
            if child is None:
                continue
            label = title_of(entity, listing.entity_type)
            if child.level is Level.ENTITY:
                state = entity.get(listing.entity_type.state) if listing.entity_type.state else None
                tone = tone_of(state, listing.service_type)
                if child in self._pending:
                    tone = Tone.BUSY
                mark = (MARKS[tone], f"tone--{tone.value}") if state else None
                yield Node(child, depth, label, mark=mark)
                continue
            folded = child not in self._unfolded
            below = self._inventory.peek(child) if self._inventory else None
            count = below.count if below and child.level is not Level.ENVIRONMENT else None
            yield Node(child, depth, label, folded=folded, count=count, failed=child in self._errors)
            if not folded:
                yield from self._branch(child, depth + 1)
        if len(shown) < len(listing.entities):
            more = _("… {count} more in the list", count=number(listing.count - len(shown)))
            yield Node(path, depth, more, remark="line--reference")

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        node = self._flat[row]
        indent = "  " * node.depth
        if node.remark:
            return [(f"{indent}  ", ""), (node.label, node.remark)]
        fold = "  " if node.folded is None else ("▸ " if node.folded else "▾ ")
        pieces: list[Piece] = [(indent, ""), (fold, "line--muted")]
        if node.mark:
            pieces += [node.mark, (" ", "")]
        count = _(" unread") if node.failed else "" if node.count is None else f" {number(node.count)}"
        room = cells - sum(width(text) for text, _ in pieces) - width(count) - 1
        style = "line--heading" if node.path.level < Level.ENTITY_TYPE else ""
        if count:
            pieces += [
                (fit(node.label, max(1, room)), style),
                (count, "line--error" if node.failed else "line--muted"),
            ]
        else:
            pieces.append((node.label, style))
        return pieces

    def _set_folded(self, node: Node, folded: bool) -> None:
        if folded:
            self._unfolded.discard(node.path)
        else:
            self._unfolded.add(node.path)
            self._errors.pop(node.path, None)
            self.post_message(self.Wanted(node.path))
        self.rebuild()

    def action_move_left(self) -> None:
        node = self.node
        if node is None:
            return
        if node.folded is False and not node.remark:
            self._set_folded(node, True)
        elif node.path.level > Level.SERVICE or node.remark:
            target = node.path if node.remark else node.path.parent
            if target.parts:
                self.rebuild(target)

    def action_move_right(self) -> None:
        node = self.node
        if node is None or node.remark or node.folded is None:
            return
        if node.folded:
            self._set_folded(node, False)
        else:
            self.action_move_down()

    def action_tree_toggle(self) -> None:
        node = self.node
        if node is not None and node.folded is not None and not node.remark:
            self._set_folded(node, not node.folded)

    def action_go_open(self) -> None:
        node = self.node
        if node is None:
            self.post_message(self.Wanted(ROOT))
            return
        if node.remark and not node.path.parts:
            return
        if node.folded and not node.remark and node.path.level < Level.ENTITY_TYPE:
            self._set_folded(node, False)
        self.post_message(self.Chosen(node.path))
