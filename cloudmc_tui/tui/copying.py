"""What can be copied of what the cursor is on, and how the person chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cloudmc_tui.formats.tables import json_text
from cloudmc_tui.formats.text import plural, shorten, visible
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.inventory.describe import masked
from cloudmc_tui.language import _
from cloudmc_tui.tui.choice import Choice

if TYPE_CHECKING:
    from cloudmc_tui.inventory import Details
    from cloudmc_tui.path import Path
    from cloudmc_tui.tui.app import ExplorerApp

NOTE_CELLS = 40
"""How much of what is copied the menu shows."""


class Offer(NamedTuple):
    """Something that can be copied.

    Attributes:
        choice: as the menu shows it.
        text: what is copied.
    """

    choice: Choice
    text: str


def offer(value: str, label: str, text: str, note: str | None = None) -> Offer:
    """Offer a text.

    Args:
        value: tells it from the others of the menu.
        label: what it is.
        text: what is copied.
        note: what the menu shows of it; by default how it begins.
    """
    return Offer(Choice(value, label, shorten(visible(text), NOTE_CELLS) if note is None else note), text)


def offers_of_path(path: Path) -> list[Offer]:
    """What can be copied of a service, an environment or an entity type."""
    return [offer("name", _("Name"), path.name), offer("path", _("Path"), str(path))]


def offers_of_entity(details: Details, *, reveal: bool = False) -> list[Offer]:
    """What can be copied of an entity.

    Args:
        details: as known.
        reveal: whether its secrets are shown just now; else its JSON has a mask in their place.
    """
    text = json_text(details.entity if reveal else masked(details))
    return [
        offer("name", _("Name"), title_of(details.entity, details.entity_type)),
        offer("id", "ID", str(details.entity.get(details.entity_type.id, ""))),
        offer("path", _("Path"), str(details.path)),
        offer("json", "JSON", text, plural(len(text), "character")),
    ]


def choose(app: ExplorerApp, offers: Sequence[Offer]) -> None:
    """Let the person choose, and send the choice to the terminal's clipboard."""
    texts = {each.choice.value: each.text for each in offers}
    app.pick(_("Copy"), [each.choice for each in offers], lambda value: app.copy_to_clipboard(texts[value]))
