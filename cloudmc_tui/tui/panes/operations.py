"""The operations of what is under the cursor: what can be done now, what not and why, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct
from textual.binding import BindingType
from textual.message import Message

from cloudmc_tui.catalog import Danger, EntityType, Operation, Scope
from cloudmc_tui.formats.text import fit, plural, width
from cloudmc_tui.language import _
from cloudmc_tui.tui.actions import Scope as ActionScope
from cloudmc_tui.tui.actions import bindings
from cloudmc_tui.tui.widgets.lines import LineView, Piece

if TYPE_CHECKING:
    from cloudmc_tui.operations.plan import JsonObject
    from cloudmc_tui.path import Path
    from cloudmc_tui.tui.app import ExplorerApp

DANGER_MARKS: dict[Danger, Piece] = {
    Danger.SAFE: ("  ", ""),
    Danger.DISRUPTIVE: ("▲ ", "tone--warn"),
    Danger.DESTRUCTIVE: ("✖ ", "tone--bad"),
}
"""A danger's mark: it is never told by colour alone."""


class Subject(Struct, frozen=True):
    """What operations are offered for.

    Attributes:
        entity_type: what it is.
        path: the entity's, or the entity type's.
        targets: the entities, each with its path, as last read; none for the collection.
        title: what it is called; a safe line.
        hidden: the targets that the list's filter hides.
    """

    entity_type: EntityType
    path: Path
    targets: tuple[tuple[Path, JsonObject], ...]
    title: str
    hidden: frozenset[Path] = frozenset()

    @property
    def entity(self) -> JsonObject | None:
        """The entity, where there is just one."""
        return self.targets[0][1] if len(self.targets) == 1 else None


class Offer(Struct, frozen=True):
    """An operation on offer.

    Attributes:
        name: its name in the catalog.
        operation: the operation.
        reason: why it is not possible now, or empty.
    """

    name: str
    operation: Operation
    reason: str = ""


def offers(subject: Subject, blocked: str = "") -> list[Offer]:
    """What can be done with a subject; what cannot be done now comes with its reason.

    Args:
        subject: an entity, several, or a collection.
        blocked: why nothing at all can be done, or empty.
    """
    found = []
    for name, operation in subject.entity_type.operations.items():
        if operation.scope is Scope.COLLECTION:
            if not subject.targets:
                found.append(Offer(name, operation, blocked))
            continue
        if not subject.targets:
            continue
        reasons = [_reason(operation, subject.entity_type, entity) for _path, entity in subject.targets]
        reason = ""
        if all(reasons):
            reason = (
                reasons[0]
                if len(set(reasons)) == 1
                else _("not possible on any of {count}", count=len(reasons))
            )
        found.append(Offer(name, operation, blocked or reason))
    return found


def _reason(operation: Operation, entity_type: EntityType, entity: JsonObject) -> str:
    """Why an operation is not possible; a state from which only forcing helps does not take it away."""
    from cloudmc_tui.operations import refusal

    forced = {operation.force_field: True} if operation.force_field else {}
    if not refusal(operation, entity_type, entity, forced):
        return ""
    return refusal(operation, entity_type, entity, {})


class OperationsPane(LineView):
    """The list of operations."""

    app: ExplorerApp
    BINDINGS: ClassVar[list[BindingType]] = bindings(ActionScope.OPERATIONS)

    class Chosen(Message):
        """An operation was chosen."""

        def __init__(self, subject: Subject, name: str) -> None:
            super().__init__()
            self.subject = subject
            self.name = name

    class Left(Message):
        """The operations were left."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.subject: Subject | None = None
        self._offers: list[Offer] = []

    @property
    def offered(self) -> Sequence[Offer]:
        """What is on offer."""
        return self._offers

    def show(self, subject: Subject, blocked: str = "") -> None:
        """Offer the operations of a subject.

        Args:
            subject: an entity, several, or a collection.
            blocked: why nothing can be done, or empty.
        """
        again = self.subject is not None and self.subject.path == subject.path
        self.subject = subject
        self._offers = offers(subject, blocked)
        many = f" ({plural(len(subject.targets), 'target')})" if len(subject.targets) > 1 else ""
        self.border_title = _("Operations · {title}{many}", title=subject.title, many=many)
        first = next((n for n, o in enumerate(self._offers) if not o.reason), 0)
        self.set_rows(len(self._offers), None if again else first)

    def placeholder(self) -> Sequence[Piece]:
        if self.subject is None:
            return ()
        return [
            (
                _("Nothing can be done with {label}.", label=self.subject.entity_type.label.lower()),
                "line--muted",
            )
        ]

    def row_pieces(self, row: int, cells: int) -> Sequence[Piece]:
        offer = self._offers[row]
        operation = offer.operation
        label = fit(operation.label, 28)
        style = "line--muted" if offer.reason else ""
        note = offer.reason or operation.help or ", ".join(operation.consequences)
        mark, mark_style = DANGER_MARKS[operation.danger]
        room = max(0, cells - width(label) - width(mark) - 3)
        return [
            (" ", ""),
            (mark, "line--muted" if offer.reason else mark_style),
            (label, style),
            ("  ", ""),
            (fit(note, room), "line--muted"),
        ]

    def action_go_open(self) -> None:
        if not self._offers or self.subject is None:
            return
        offer = self._offers[self.cursor]
        if not offer.reason:
            self.post_message(self.Chosen(self.subject, offer.name))
        else:
            self.app.say(
                _("{label} is not possible: {reason}.", label=offer.operation.label, reason=offer.reason)
            )

    def action_operations_close(self) -> None:
        self.post_message(self.Left())
