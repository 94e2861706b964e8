"""The operation panel: what can be done with something, the form of what was chosen, on to its plan."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message

from cloudmc_tui.api.errors import CloudMCError
from cloudmc_tui.catalog import FieldType
from cloudmc_tui.formats.system import reason
from cloudmc_tui.formats.text import plural, uncapitalized, visible
from cloudmc_tui.formats.values import plain, title_of
from cloudmc_tui.inventory import Listing, UnknownPath
from cloudmc_tui.language import _, english
from cloudmc_tui.path import Level
from cloudmc_tui.tui.child import run_in_terminal
from cloudmc_tui.tui.choice import Choice
from cloudmc_tui.tui.panes.form import FormPane
from cloudmc_tui.tui.panes.operations import OperationsPane, Subject
from cloudmc_tui.tui.screens.picker import Picker

if TYPE_CHECKING:
    from cloudmc_tui.operations import Form, Plan, Slot
    from cloudmc_tui.operations.plan import JsonObject
    from cloudmc_tui.session import Session
    from cloudmc_tui.tui.app import ExplorerApp


class Panel(Container):
    """Operations, then the form of one of them. Forms that were left keep what was typed."""

    app: ExplorerApp

    class Planned(Message):
        """A plan is ready to be looked at."""

        def __init__(self, plan: Plan) -> None:
            super().__init__()
            self.plan = plan

    class Closed(Message):
        """The panel was left."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.session: Session | None = None
        self.subject: Subject | None = None
        self._chosen_name = ""
        self._forms: dict[tuple[str, str], Form] = {}

    def compose(self) -> ComposeResult:
        yield OperationsPane(id="operations")
        yield FormPane(id="form")

    @property
    def operations(self) -> OperationsPane:
        """The list of operations."""
        return self.query_one(OperationsPane)

    @property
    def form_pane(self) -> FormPane:
        """The form."""
        return self.query_one(FormPane)

    @property
    def shows_form(self) -> bool:
        """Whether a form is shown, rather than the list of operations."""
        return bool(self.form_pane.display)

    def open(self, subject: Subject, name: str = "") -> None:
        """Offer the operations of a subject.

        Args:
            subject: an entity, several, or a collection.
            name: go on to this operation at once.
        """
        self.subject = subject
        self.operations.show(subject, self.session.blocked if self.session else _("connecting…"))
        self._show_form(False)
        if name:
            offer = next((o for o in self.operations.offered if o.name == name), None)
            if offer is not None and not offer.reason:
                self.choose(name)
            elif offer is not None:
                self.app.say(
                    _("{label} is not possible: {reason}.", label=offer.operation.label, reason=offer.reason)
                )

    def refresh_subject(self, entity: JsonObject) -> None:
        """The one target was read anew: what can be done with it may be something else."""
        subject = self.subject
        if subject is not None and len(subject.targets) == 1:
            path = subject.targets[0][0]
            title = title_of(entity, subject.entity_type)
            self.subject = Subject(subject.entity_type, subject.path, ((path, entity),), title)
            self.operations.show(self.subject, self.session.blocked if self.session else "")

    def give_focus(self) -> None:
        """Put the focus where the keys go."""
        if self.shows_form:
            self.form_pane.give_focus()
        else:
            self.operations.focus()

    def _show_form(self, form: bool) -> None:
        self.operations.display = not form
        self.form_pane.display = form

    @on(OperationsPane.Chosen)
    def _chosen(self, event: OperationsPane.Chosen) -> None:
        event.stop()
        self.choose(event.name)

    def choose(self, name: str) -> None:
        """Go on with an operation: to its form, or to its plan when there is nothing to enter."""
        subject, session = self.subject, self.session
        if subject is None or session is None:
            return
        self._chosen_name = name
        operation = subject.entity_type.operations[name]
        key = (
            str(subject.path) if len(subject.targets) < 2 else "several",
            f"{subject.path.entity_type}.{name}",
        )
        from cloudmc_tui.operations import Form  # not before the first paint; nor make_plan below

        form = before = self._forms.get(key)
        if form is None or form.entity != subject.entity:
            form = Form(operation, subject.entity_type, session.types(subject.path), subject.entity)
            self._forms[key] = form
            self._know_references(form)
            if before is not None:
                form.take_over(before)
        if not form.slots:
            self._plan(form)
            return
        what = subject.title if subject.targets else _(f"a new {english(subject.entity_type.singular)}")
        self.form_pane.show(form, f"{operation.label} · {what}")
        self._show_form(True)
        self.form_pane.give_focus()

    def _know_references(self, form: Form) -> None:
        """Tell the form the entities that its first values refer to, as far as they are known."""
        for slot in form.slots:
            listing = self._known_listing(slot)
            if listing is not None:
                form.know(slot.key, listing.entities)

    def _known_listing(self, slot: Slot) -> Listing | None:
        if self.session is None or self.subject is None or not slot.field.refers_to:
            return None
        below = self.subject.path.up_to(Level.ENVIRONMENT)
        return self.session.inventory.peek(below.child(slot.field.refers_to))

    @on(FormPane.Left)
    def _left(self, event: FormPane.Left) -> None:
        event.stop()
        self._show_form(False)
        self.operations.focus()

    @on(FormPane.Completed)
    def _completed(self, event: FormPane.Completed) -> None:
        event.stop()
        self._plan(event.form)

    def _plan(self, form: Form) -> None:
        from cloudmc_tui.operations import make_plan

        subject = self.subject
        if subject is None:
            return
        targets = subject.targets or ((subject.path, {}),)
        plan = make_plan(
            self._chosen_name,
            subject.entity_type,
            targets,
            form.body(),
            hidden=subject.hidden,
            names=form.names(),
        )
        self.post_message(self.Planned(plan))

    def done(self, plan: Plan) -> None:
        """A plan was sent: its form has done its work."""
        self._forms = {key: form for key, form in self._forms.items() if form.operation is not plan.operation}

    @on(OperationsPane.Left)
    def _operations_left(self, event: OperationsPane.Left) -> None:
        event.stop()
        self.post_message(self.Closed())

    # Fields that are chosen, or edited apart

    @on(FormPane.Wanted)
    def _wanted(self, event: FormPane.Wanted) -> None:
        event.stop()
        form, slot = event.form, event.slot
        if slot.field.refers_to:
            self.run_worker(self._pick_reference(form, slot), group="pick", exclusive=True)
        elif slot.field.choices:
            choices = [Choice(c, c) for c in form.allowed(slot.key)]
            if not form.is_required(slot.key):
                choices.append(Choice("", _("(none)")))
            self.app.pick(
                slot.field.label, choices, self._setter(form, slot), current=str(form.value(slot.key) or "")
            )
        elif slot.field.type is FieldType.MULTILINE:
            self.edit(slot.field.label, str(form.value(slot.key) or ""), self._setter(form, slot))

    def _setter(self, form: Form, slot: Slot) -> Callable[[str], None]:
        def enter(value: str) -> None:
            form.set(slot.key, value or None)
            self.form_pane.entered(slot.key)

        return enter

    async def _pick_reference(self, form: Form, slot: Slot) -> None:
        """Choose among the live entities of the type, those that fit what else was chosen."""
        subject, session = self.subject, self.session
        kind = form.referred_type(slot.key)
        if subject is None or session is None or kind is None or slot.field.refers_to is None:
            return
        path = subject.path.up_to(Level.ENVIRONMENT).child(slot.field.refers_to)
        self.app.say(_("reading {label}…", label=kind.label.lower()))
        try:
            listing = [shown async for shown in session.inventory.list(path)][-1]
        except (CloudMCError, UnknownPath) as error:
            self.app.say(visible(str(error)))
            return
        self.app.say("")
        fitting = [
            e for e in listing.entities if form.offers(slot.key, e) and listing.child_path(e) is not None
        ]
        if not fitting:
            some = (
                _(
                    "none of the {whole} fits what is chosen",
                    whole=plural(listing.count, kind.singular, uncapitalized(kind.label)),
                )
                if listing.count
                else _("there are none")
            )
            self.app.say(_("No {singular} to choose: {some}.", singular=kind.singular, some=some))
            return
        by_id = {str(e[kind.id]): e for e in fitting}
        choices = [Choice(i, t := title_of(e, kind), _note(e, i, kind.state, t)) for i, e in by_id.items()]
        if not form.is_required(slot.key) and not slot.is_list:
            choices.append(Choice("", _("(none)")))

        def chosen(values: Sequence[str] | None) -> None:
            if values is not None:
                form.choose(slot.key, [by_id[v] for v in values if v])
                self.form_pane.entered(slot.key)

        picker = Picker(
            slot.field.label,
            choices,
            current=_first(form, slot),
            several=slot.is_list,
            marked=form.as_list(slot.key),
        )
        self.app.push_screen(
            picker, lambda value: chosen(value if isinstance(value, list) or value is None else [value])
        )

    # Texts edited apart

    def edit(self, title: str, text: str, use: Callable[[str], None]) -> None:
        """Edit a text of several lines: in ``$EDITOR`` where there is one, else on a screen of its own."""
        command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
        if command and self.app.can_suspend:
            edited = self._edit_outside(command, text)
            if edited is not None:
                use(edited)
            return
        from cloudmc_tui.tui.screens.editor import Editor

        self.app.push_screen(Editor(title, text), lambda edited: use(edited) if edited is not None else None)

    def _edit_outside(self, command: Sequence[str], text: str) -> str | None:
        """Step aside for an editor.

        Returns:
            the text as it was saved; none when the editor failed.
        """
        with tempfile.TemporaryDirectory(prefix="cloudmc-tui-") as folder:
            file = FilePath(folder) / "text"
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8")
            status, problem = 0, ""
            with self.app.suspend():  # which comes back only where nothing is raised in it
                try:
                    status = run_in_terminal([*command, str(file)])
                except OSError as error:
                    problem = _("could not be started: {strerror}.", strerror=reason(error))
            if problem or status != 0:
                problem = problem or _("ended with status {status}: nothing is changed.", status=status)
                self.app.say(f"{visible(command[0])} {problem}")
                return None
            return file.read_text(encoding="utf-8", errors="replace").rstrip("\n")

    @on(FormPane.RawWanted)
    def _edit_raw(self, event: FormPane.RawWanted) -> None:
        """Edit the whole body as JSON, for what the form cannot say."""
        event.stop()
        form = self.form_pane.form
        if form is None or not self.shows_form:
            return

        def use(text: str) -> None:
            form.raw = text if text.strip() else None
            self.form_pane.entered("")

        self.edit(
            _("JSON body (empty: back to the form)"), form.raw if form.raw is not None else form.draft(), use
        )


def _note(entity: Mapping[str, object], identity: str, state: str, title: str) -> str:
    """What stands beside an entity's name: its state, and its id where that is not the name."""
    parts = (plain(entity.get(state)) if state else "", visible(identity))
    return " ".join(part for part in parts if part and part != title)


def _first(form: Form, slot: Slot) -> str | None:
    values = form.as_list(slot.key)
    return values[0] if values else None
