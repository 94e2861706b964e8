"""The form of one operation: a line a field, edited in place. Nothing that was typed is ever lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from cloudmc_tui.catalog import FieldType, OperationField
from cloudmc_tui.formats.text import fit, shorten, visible, width
from cloudmc_tui.formats.values import MASK
from cloudmc_tui.language import _
from cloudmc_tui.tui.actions import Scope, bindings
from cloudmc_tui.tui.widgets.bar import Bar
from cloudmc_tui.tui.widgets.box import Group
from cloudmc_tui.tui.widgets.entry import Entry
from cloudmc_tui.tui.widgets.lines import LineView, Piece

if TYPE_CHECKING:
    from cloudmc_tui.operations import Form, Slot
    from cloudmc_tui.tui.app import ExplorerApp

LABELS = 24
"""How wide the labels are, in cells."""


def is_typed(slot: Slot) -> bool:
    """Whether a field is typed into where it stands; the others are chosen, or edited apart."""
    if slot.field.refers_to or slot.field.choices:
        return False
    return slot.field.type not in (FieldType.BOOLEAN, FieldType.CHOICE, FieldType.OBJECT, FieldType.MULTILINE)


def help_of(field: OperationField) -> str:
    """How a field is filled in, where the catalog says no more."""
    if field.refers_to:
        return _("enter shows what there is to choose from")
    if field.choices:
        return _("one of {choices}: space takes the next", choices=", ".join(field.choices))
    return {
        FieldType.BOOLEAN: _("yes or no: space changes it"),
        FieldType.INTEGER: _("a whole number"),
        FieldType.NUMBER: _("a number"),
        FieldType.PORT: _("a port, from 1 to 65535"),
        FieldType.IP: _("an IP address, such as 10.0.0.10"),
        FieldType.CIDR: _("a network, such as 10.0.0.0/24"),
        FieldType.URL: _("a URL"),
        FieldType.LIST: _("one or more, with commas between"),
        FieldType.OBJECT: _("JSON: enter opens an editor"),
        FieldType.MULTILINE: _("a text of any length: enter opens an editor"),
    }.get(field.type, _("has to be there") if field.required else _("may be left empty"))


class FormLines(LineView):
    """The form's lines; the last one goes on to the plan."""

    def __init__(self) -> None:
        super().__init__(id="form-lines")
        self.form: Form | None = None
        self.touched: set[str] = set()
        self.told_all = False
        self.next_step = ""
        self.shown: list[Slot] = []

    def fill(self, form: Form, cursor: int | None = None) -> None:
        """Show a form's fields as they are now."""
        self.form = form
        self.shown = form.visible()
        self.set_rows(len(self.shown) + 1, cursor)

    @property
    def slot(self) -> Slot | None:
        """The field under the cursor; none on the last line."""
        return self.shown[self.cursor] if self.cursor < len(self.shown) else None

    def value_column(self, slot: Slot) -> int:
        """Where a field's value begins, in cells from the left."""
        return LABELS + 4 + (2 if slot.parent else 0)

    def problem(self, slot: Slot) -> str:
        """What is wrong with a field, once a person has been there."""
        told = self.told_all or slot.key in self.touched
        return self.form.problem(slot.key) if self.form and told else ""

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        form = self.form
        if form is None:
            return ()
        if row >= len(self.shown):
            what = _(" for the JSON body") if form.raw is not None else ""
            return [("   ", ""), (_("Continue"), "line--key"), (f"  {self.next_step}{what}", "line--muted")]
        slot = self.shown[row]
        indent = "  " if slot.parent else ""
        mark: Piece = ("*", "line--key") if form.is_required(slot.key) else (" ", "")
        label = fit(slot.field.label, LABELS)
        if slot.field.type is FieldType.OBJECT:
            return [(" ", ""), mark, (f" {indent}", ""), (label, "line--heading")]
        pieces: list[Piece] = [(" ", ""), mark, (f" {indent}", ""), (label, "line--muted"), (" ", "")]
        value, style = self._value(form, slot)
        problem = self.problem(slot)
        problem = f"  ◂ {problem}" if problem else ""
        room = max(1, cells - self.value_column(slot) - width(problem) - 1)
        return [*pieces, (shorten(value, room), style), (problem, "line--error")]

    def _value(self, form: Form, slot: Slot) -> Piece:
        if slot.field.secret:
            return (MASK if form.value(slot.key) else "", "")
        text = visible(form.shown(slot.key))
        if text:
            return (text, "line--reference" if slot.field.refers_to else "")
        if slot.field.default_from:
            return (
                _("as {label}", label=form.slot(slot.field.default_from).field.label.lower()),
                "line--muted",
            )
        if slot.field.refers_to or slot.field.choices or slot.field.type is FieldType.MULTILINE:
            return (
                _("enter chooses") if slot.field.type is not FieldType.MULTILINE else _("enter edits"),
                "line--muted",
            )
        return ("", "")


class FieldInput(Entry):
    """Where a field is typed."""

    async def action_submit(self) -> None:
        await self.app.run_action("form_next", self.parent)


class FormPane(Group):
    """A form with its one editor, which stands on the line of the field that is being typed into."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.FORM)

    class Wanted(Message):
        """A field is to be chosen from a list, or edited apart."""

        def __init__(self, form: Form, slot: Slot) -> None:
            super().__init__()
            self.form = form
            self.slot = slot

    class Completed(Message):
        """The form is to be planned."""

        def __init__(self, form: Form) -> None:
            super().__init__()
            self.form = form

    class RawWanted(Message):
        """The body is to be written as JSON."""

    class Left(Message):
        """The form was left; what was entered is kept."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._placing = False
        self._placed = ""

    def compose(self) -> ComposeResult:
        yield FormLines()
        yield FieldInput(id="form-input", select_on_focus=False)
        yield Bar(id="form-help")

    def on_mount(self) -> None:
        self._input.cursor_blink = False
        self._input.display = False

    @property
    def lines(self) -> FormLines:
        return self.query_one(FormLines)

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    @property
    def form(self) -> Form | None:
        """The form that is shown."""
        return self.lines.form

    def show(self, form: Form, title: str, next_step: str = "") -> None:
        """Show a form.

        Args:
            form: with what was entered before, if anything was.
            title: what it does, to what; a safe line.
            next_step: what comes when it is complete; by default the plan.
        """
        self.lines.next_step = next_step or _("see the plan; nothing is sent yet")
        self.border_title = title
        self.lines.touched = set()
        self.lines.told_all = False
        self.lines.fill(form, 0)
        self.place()

    def give_focus(self) -> None:
        """Put the focus where the typing goes."""
        (self._input if self._input.display else self.lines).focus()

    def entered(self, key: str) -> None:
        """A field's value was changed from outside: show what follows from it."""
        form = self.form
        if form is not None:
            if key:
                self.lines.touched.add(key)
            self.lines.fill(form)
            self.place()

    def place(self) -> None:
        """Put the editor on the line under the cursor, if that one is typed into."""
        lines, slot, form = self.lines, self.lines.slot, self.form
        if form is None:
            return
        self._say_help()
        had_focus = lines.has_focus or self._input.has_focus
        if slot is None or not is_typed(slot):
            self._input.display = False
            if had_focus:
                lines.focus()
            return
        column = lines.value_column(slot)
        row = lines.cursor - lines.scroll_offset.y
        problem = lines.problem(slot)
        right = width(problem) + 5 if problem else 1
        self._input.styles.offset = (column, row)
        self._input.styles.width = max(10, lines.size.width - column - right)
        self._input.password = slot.field.secret
        value = form.value(slot.key)
        text = ", ".join(value) if isinstance(value, list) else str(value or "")
        text = text if slot.field.secret else visible(text)
        if self._input.value != text:
            self._placing = True
            with self._input.prevent(Input.Changed):
                self._input.value = text
            self._input.cursor_position = len(text)
            self._placing = False
        self._placed = text
        self._input.display = True
        if had_focus:
            self._input.focus()

    def _say_help(self) -> None:
        slot = self.lines.slot
        if slot is None:
            whole = self.form.problems().get("", "") if self.form and self.lines.told_all else ""
            left = (
                [(f" {whole}", "bar--error")]
                if whole
                else [(_(" enter: {next_step}", next_step=self.lines.next_step), "bar--muted")]
            )
            self.query_one("#form-help", Bar).say(left)
            return
        pieces: list[Piece] = [(f" {slot.field.help or help_of(slot.field)}", "bar--muted")]
        allowed = self.form.allowed(slot.key) if self.form else []
        if allowed and is_typed(slot):
            pieces.append((_("  one of {allowed}", allowed=", ".join(allowed)), "bar--accent"))
        mark = "  ▲ " if slot.field.danger else "  "
        if slot.field.consequences:
            pieces.append((f"{mark}{', '.join(slot.field.consequences)}", "bar--warn"))
        self.query_one("#form-help", Bar).say(pieces)

    # What is typed

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        slot, form = self.lines.slot, self.form
        if slot is None or form is None or self._placing or event.value != self._input.value:
            return  # what was typed before another field was gone to is taken already
        form.set(slot.key, event.value or None)
        self.lines.touched.add(slot.key)
        before = [s.key for s in self.lines.shown]
        self.lines.shown = form.visible()
        if [s.key for s in self.lines.shown] != before:
            self.lines.fill(form, next(n for n, s in enumerate(self.lines.shown) if s.key == slot.key))
        else:
            self.lines.refresh_row(self.lines.cursor)
        self.place()

    @on(LineView.Moved, "#form-lines")
    def _moved(self, event: LineView.Moved) -> None:
        event.stop()
        self.place()

    @on(LineView.Opened, "#form-lines")
    def _opened(self, event: LineView.Opened) -> None:
        event.stop()
        slot, form = self.lines.slot, self.form
        if form is None:
            return
        if slot is None:
            self.action_form_plan()
        elif slot.field.type is FieldType.BOOLEAN:
            self.action_form_toggle()
        elif slot.field.type is FieldType.OBJECT:
            self.lines.action_move_down()
        else:
            self.post_message(self.Wanted(form, slot))

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self.place)

    # Actions

    def action_form_next(self) -> None:
        self._leave_row()
        self.lines.action_move_down()
        self.place()

    def action_form_previous(self) -> None:
        self._leave_row()
        self.lines.action_move_up()
        self.place()

    def _leave_row(self) -> None:
        slot, form = self.lines.slot, self.form
        if slot is not None and form is not None:
            if self._input.display and self._input.value != self._placed:
                form.set(slot.key, self._input.value or None)
                self._placed = self._input.value
            self.lines.touched.add(slot.key)
            self.lines.refresh_row(self.lines.cursor)

    def action_form_toggle(self) -> None:
        """Yes, no; or the next of the choices."""
        slot, form = self.lines.slot, self.form
        if slot is None or form is None:
            return
        if slot.field.type is FieldType.BOOLEAN:
            form.set(slot.key, not bool(form.value(slot.key)))
            self.entered(slot.key)
        elif slot.field.choices and not slot.is_list:
            choices = slot.field.choices
            value = form.value(slot.key)
            form.set(
                slot.key,
                choices[(choices.index(value) + 1) % len(choices)] if value in choices else choices[0],
            )
            self.entered(slot.key)

    def action_form_clear(self) -> None:
        """Empty the field."""
        slot, form = self.lines.slot, self.form
        if slot is not None and form is not None:
            form.set(slot.key, None)
            self.entered(slot.key)

    def action_form_plan(self) -> None:
        """On to the plan; or to the first field that is wrong."""
        form = self.form
        if form is None:
            return
        self.lines.told_all = True
        problems = form.problems()
        self.lines.fill(form)
        wrong = [n for n, s in enumerate(self.lines.shown) if s.key in problems]
        if problems:
            self.lines.move_to(wrong[0] if wrong else len(self.lines.shown))
            self.place()
            count = len(problems)
            self.app.say(
                _("Nothing was sent: ")
                + (
                    _("{count} fields need attention.", count=count)
                    if count > 1
                    else next(iter(_told(form, problems)))
                )
            )
            return
        self.post_message(self.Completed(form))

    def action_form_raw(self) -> None:
        self.post_message(self.RawWanted())

    def action_form_leave(self) -> None:
        self.post_message(self.Left())


def _told(form: Form, problems: dict[str, str]) -> list[str]:
    return [f"{form.slot(k).field.label} {p}." if k else f"{p}." for k, p in problems.items()]
