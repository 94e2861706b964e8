"""A searchable list to choose from: the palette, sort columns, themes, what to copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.fuzzy import Matcher
from textual.screen import ModalScreen
from textual.widgets import Input

from cloudmc_tui.formats.text import fit, width
from cloudmc_tui.language import _
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.choice import Choice
from cloudmc_tui.tui.widgets.box import Box
from cloudmc_tui.tui.widgets.entry import Entry
from cloudmc_tui.tui.widgets.lines import LineView, Piece


class Choices(LineView, can_focus=False):
    """The choices that match. The keys go to the input above, so it always looks focused."""

    ALWAYS_FOCUSED = True

    def __init__(self, choices: Sequence[Choice], marked: Sequence[str] | None = None) -> None:
        """Make them.

        Args:
            choices: what there is.
            marked: the values that are marked, where several can be.
        """
        super().__init__()
        self._all = list(choices)
        self.marked = None if marked is None else {c.value for c in choices} & set(marked)
        self.shown = list(choices)
        self.set_rows(len(self.shown))

    @property
    def choice(self) -> Choice | None:
        """The choice under the cursor."""
        return self.shown[self.cursor] if self.shown else None

    def narrow(self, text: str) -> None:
        """Show what matches, the best first."""
        if text.strip():
            matcher = Matcher(text)
            scored = [(matcher.match(f"{c.label} {c.note}"), c) for c in self._all]
            self.shown = [c for score, c in sorted(scored, key=lambda s: -s[0]) if score > 0]
        else:
            self.shown = list(self._all)
        self.set_rows(len(self.shown), 0)
        self.moved()

    def placeholder(self) -> Sequence[Piece]:
        return [(_("nothing matches"), "line--muted")]

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        choice = self.shown[row]
        mark = "" if self.marked is None else "[x] " if choice.value in self.marked else "[ ] "
        room = max(1, cells - width(choice.note) - width(mark) - 3)
        return [(f" {mark}", "line--key"), (f"{fit(choice.label, room)} ", ""), (choice.note, "line--muted")]

    def toggle(self) -> None:
        """Mark the choice under the cursor, or unmark it."""
        choice = self.choice
        if self.marked is not None and choice is not None:
            self.marked ^= {choice.value}
            self.refresh_row(self.cursor)
            self.action_move_down()


class Picker(ModalScreen["str | list[str] | None"]):
    """Choose one of many, or several; typing narrows them. Gives the value or values, or none."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CHOICE)

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        current: str | None = None,
        preview: Callable[[str], None] | None = None,
        several: bool = False,
        marked: Sequence[str] = (),
    ) -> None:
        """Make one.

        Args:
            title: what is being chosen.
            choices: what there is.
            current: the value that the cursor starts on.
            preview: called with the value under the cursor whenever that changes.
            several: any number can be chosen, with tab.
            marked: the values that are chosen at first.
        """
        super().__init__()
        self._title = title
        self._choices = list(choices)
        self._current = current
        self._preview = preview
        self._marked = list(marked) if several else None

    def compose(self) -> ComposeResult:
        with Box(id="picker") as box:
            box.border_title = self._title
            hint = _("type to narrow") + ("" if self._marked is None else _(", tab marks, enter takes them"))
            yield Entry(placeholder=hint, id="picker-input", select_on_focus=False)
            yield Choices(self._choices, self._marked)

    def on_mount(self) -> None:
        box = self.query_one("#picker")
        widest = max((width(c.label) + width(c.note) for c in self._choices), default=0)
        widest += 8 if self._marked is None else 12  # with room for the marks
        box.styles.width = max(30, min(widest, 76, self.size.width - 4))
        box.styles.height = max(5, min(len(self._choices) + 3, 20, self.size.height - 2))
        values = [c.value for c in self._choices]
        if self._current in values:
            self.query_one(Choices).move_to(values.index(self._current))
        self.query_one(Input).cursor_blink = False

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one(Choices).narrow(event.value)

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        event.stop()
        choice = self.query_one(Choices).choice
        if self._preview is not None and choice is not None:
            self._preview(choice.value)

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        event.stop()
        self._choose()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._choose()

    def _choose(self) -> None:
        choices = self.query_one(Choices)
        if choices.marked is not None:
            chosen = [c.value for c in self._choices if c.value in choices.marked]
            if not chosen and not self._marked and choices.choice is not None:
                chosen = [choices.choice.value]  # no need to mark the only one
            self.dismiss(chosen)
        elif choices.choice is not None:
            self.dismiss(choices.choice.value)

    def action_mark(self) -> None:
        self.query_one(Choices).toggle()

    def action_step(self, by: int) -> None:
        choices = self.query_one(Choices)
        choices.move_to(choices.cursor + by)

    def action_page(self, direction: int) -> None:
        choices = self.query_one(Choices)
        if direction > 0:
            choices.action_move_page_down()
        else:
            choices.action_move_page_up()

    def action_leave(self) -> None:
        self.dismiss(None)
