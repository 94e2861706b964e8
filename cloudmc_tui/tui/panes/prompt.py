"""The line at the bottom that takes a filter or a path, with completions above it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from cloudmc_tui.formats.text import visible
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.language import N_, _
from cloudmc_tui.path import Level, Path, PathError
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.widgets.entry import Entry
from cloudmc_tui.tui.widgets.lines import LineView, Piece

if TYPE_CHECKING:
    from cloudmc_tui.inventory import Inventory, Listing

SHOWN = 8
"""How many completions are shown."""


class Kind(str, Enum):
    """What the prompt asks for."""

    FILTER = "filter"
    TASKS = "tasks"
    NAME = "name"
    PATH = "path"


_MARKS = {Kind.FILTER: "/", Kind.PATH: ":", Kind.TASKS: "/", Kind.NAME: N_("name:")}
"""What stands before the text."""

_HINTS = {
    Kind.FILTER: N_("a word, or state=Running memory>=8GB"),
    Kind.PATH: N_("service/environment/type/name; tab completes"),
    Kind.TASKS: N_("a word"),
}
"""What stands in place of the text while there is none."""


class Completion(LineView, can_focus=False):
    """The completions: part of a path, and what it is called."""

    ALWAYS_FOCUSED = True

    def __init__(self) -> None:
        super().__init__(id="completions")
        self.items: list[tuple[str, str]] = []
        self.message = ""

    def fill(self, items: list[tuple[str, str]], message: str = "") -> None:
        """Show these."""
        self.items, self.message = items, message
        self.set_rows(len(items), 0)
        self.styles.height = max(1, min(len(items), SHOWN))

    def placeholder(self) -> Sequence[Piece]:
        return [(self.message, "line--muted")]

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        part, title = self.items[row]
        if not title:
            return [(f" {visible(part)}", "")]
        return [(f" {title}  ", ""), (visible(part), "line--muted")]


class Prompt(Vertical):
    """The prompt, hidden until asked for."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PROMPT)

    class Edited(Message):
        """The text is another."""

        def __init__(self, kind: Kind, text: str) -> None:
            super().__init__()
            self.kind = kind
            self.text = text

    class Submitted(Edited):
        """Enter."""

    class Cancelled(Edited):
        """Escape."""

    class Wanted(Message):
        """Completions need a listing that is not known yet."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.kind = Kind.FILTER
        self.inventory: Inventory | None = None
        self.listing: Listing | None = None
        self._ways: list[str] = []
        self._before = ""
        self._complaint = ""

    def on_mount(self) -> None:
        self.display = False

    async def _fill(self) -> None:
        """Make what is in it, the first time that it is asked for: most starts do without it."""
        if self.children:
            return
        entry = Entry(id="prompt-input", select_on_focus=False)
        entry.cursor_blink = False
        error = Static("", id="prompt-error", markup=False)
        error.display = False
        label = Static("", id="prompt-label", markup=False)
        await self.mount(Completion(), Horizontal(label, entry, id="prompt-line"), error)

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    @property
    def _completion(self) -> Completion:
        return self.query_one(Completion)

    async def ask(self, kind: Kind, text: str) -> None:
        """Show the prompt.

        Args:
            kind: what it asks for.
            text: what it starts with.
        """
        await self._fill()
        self.kind = kind
        self._before = text
        self.query_one("#prompt-label", Static).update(_(_MARKS[kind]))
        self._completion.display = kind is Kind.PATH
        self.complain("")
        self.display = True
        with self.prevent(Input.Changed):
            self._input.value = text
        self._input.cursor_position = len(text)
        self._input.placeholder = _(_HINTS.get(kind, ""))
        self._input.focus()
        self.recomplete()

    def complain(self, message: str) -> None:
        """Show what is wrong with the text, or nothing."""
        if message == self._complaint:
            return  # another text lays everything out anew
        self._complaint = message
        error = self.query_one("#prompt-error", Static)
        error.update(message)
        error.display = bool(message)

    def close(self) -> None:
        """Hide the prompt."""
        self.display = False

    def recomplete(self) -> None:
        """Make the completions anew."""
        if self.kind is Kind.FILTER and self.display:
            self._complete_filter()
        if self.kind is not Kind.PATH or not self.display or self.inventory is None:
            return
        parent, part = split(self._input.value)
        if parent is None or parent.level > Level.ENTITY_TYPE:
            self._completion.fill(
                [], _("an entity is the end of a path") if parent else _("a part of the path is empty")
            )
            return
        listing = self.inventory.peek(parent)
        if listing is None:
            self._completion.fill([], _("reading…"))
            self.post_message(self.Wanted(parent))
            return
        folded = part.casefold()
        items = []
        for entity in listing.entities:
            child = listing.child_path(entity)
            if child is None:
                continue
            title = title_of(entity, listing.entity_type)
            if folded in child.name.casefold() or folded in title.casefold():
                items.append((child.name, title if title != child.name else ""))
        items.sort(
            key=lambda i: not (i[0].casefold().startswith(folded) or i[1].casefold().startswith(folded))
        )
        self._completion.fill(items[:200], _("no {word} matches", word=parent_word(parent)))

    def _complete_filter(self) -> None:
        """Offer fields and values, where there are any to go on with."""
        from cloudmc_tui.inventory.complete import complete

        found = complete(self._input.value, self.listing) if self.listing is not None else []
        self._ways = [each.text for each in found]
        self._completion.display = bool(found)
        if found:
            self._completion.fill([(each.note, each.shown) for each in found])

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.kind is not Kind.FILTER:  # what is wrong with a filter is told by the list
            self.complain("")
        self.recomplete()
        self.post_message(self.Edited(self.kind, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted(self.kind, event.value))

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        event.stop()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        event.stop()
        self.action_complete()

    def action_complete(self) -> None:
        items = self._completion.items
        if self.kind is Kind.FILTER and self._ways:
            self._input.value = self._ways[self._completion.cursor]
            self._input.cursor_position = len(self._input.value)
        if self.kind is not Kind.PATH or not items:
            return
        parent, _part = split(self._input.value)
        if parent is None:
            return
        child = parent.child(items[self._completion.cursor][0])
        text = str(child) + ("/" if child.level < Level.ENTITY else "")
        self._input.value = text
        self._input.cursor_position = len(text)

    def action_step(self, by: int) -> None:
        if self.kind in (Kind.PATH, Kind.FILTER):
            self._completion.move_to(self._completion.cursor + by)

    def action_leave(self) -> None:
        self.post_message(self.Cancelled(self.kind, self._before))


def split(text: str) -> tuple[Path | None, str]:
    """The path down to the part that is being typed, and that part.

    Returns:
        none in place of the path when a part of it is empty.
    """
    text = text.removeprefix("/")
    parts = text.split("/", 3)
    try:
        return Path(tuple(parts[:-1])), parts[-1]
    except PathError:
        return None, parts[-1]


def parent_word(parent: Path) -> str:
    """CloudMC's word for what is completed below a path."""
    return Level(min(parent.level + 1, Level.ENTITY)).word
