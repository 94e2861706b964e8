"""What the lines that are always on screen say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cloudmc_tui.formats.dates import clock_time
from cloudmc_tui.formats.text import plural, visible
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.inventory import Details, Freshness, Listing
from cloudmc_tui.language import _
from cloudmc_tui.path import Level
from cloudmc_tui.profiles import Mode, Profile
from cloudmc_tui.tui.actions import ACTIONS, Scope, keys_of
from cloudmc_tui.tui.widgets.bar import keys
from cloudmc_tui.tui.widgets.lines import Piece

if TYPE_CHECKING:
    from cloudmc_tui.api.errors import CloudMCError
    from cloudmc_tui.session import Session
    from cloudmc_tui.tui.history import Place

Sides = tuple[list[Piece], list[Piece]]
"""Pieces from the left, and pieces that end at the right edge."""

_WALKING = (Scope.TREE, Scope.LIST, Scope.ENTITY)
"""Where the keys for walking about are told in the footer."""

_CHOOSING = (Scope.OPERATIONS, Scope.TASKS)
"""Where ``enter`` is told, but there is nowhere to walk to."""

_FRESHNESS = {Freshness.LIVE: "bar--muted", Freshness.CACHED: "bar--accent", Freshness.STALE: "bar--warn"}


def status(
    profile: Profile,
    session: Session | None,
    tasks: int,
    interval: int,
    problems: int = 0,
    *,
    lost: bool = False,
) -> Sides:
    """Profile, endpoint, organization; write mode, tasks under way, auto-refresh.

    Args:
        profile: the connection.
        session: open, or none while there is none.
        tasks: how many are under way.
        interval: seconds between two automatic refreshes; 0: off.
        problems: how many there are with the person's settings.
        lost: there is no connection, and none is being made.
    """
    where = _("demo cloud") if profile.demo else visible(profile.endpoint)
    left: list[Piece] = [(f" {visible(profile.name)} ", "bar--profile"), (f" {where}", "bar--muted")]
    organization = _organization(profile, session)
    if organization:
        left.append((f" · {organization}", "bar--muted"))
    right: list[Piece] = []
    if problems:
        right.append((f"{plural(problems, 'problem')} · ", "bar--warn"))
    if interval:
        right.append((_("every {interval} s · ", interval=interval), "bar--muted"))
    if tasks:
        right.append((f"{plural(tasks, 'task')} · ", "bar--accent"))
    right.append(_mode(profile.mode, session.guard.unlocked_for if session else 0.0))
    if session is None:
        right = [(_("not connected "), "bar--error") if lost else (_("connecting… "), "bar--accent")]
    return left, right


def _mode(mode: Mode, unlocked_for: float) -> Piece:
    """What can be written: always on screen."""
    if mode is Mode.READ_ONLY:
        return (f"{mode.word} ", "bar--warn")
    if mode is Mode.PROTECTED and unlocked_for:
        minutes, seconds = divmod(int(unlocked_for), 60)
        return (_("unlocked {minutes}:{seconds:02} ", minutes=minutes, seconds=seconds), "bar--error")
    return (f"{mode.word} ", "bar--warn" if mode is Mode.PROTECTED else "bar--muted")


def _organization(profile: Profile, session: Session | None) -> str:
    """The organization's name where the environments tell it, else its id, else nothing."""
    if session is not None:
        names = session.inventory.organization_names()
        wanted = profile.organization_id
        if wanted in names:
            return visible(names[wanted])
        if wanted is None and len(names) == 1:
            return visible(next(iter(names.values())))
    return visible(profile.organization_id or "")


def crumbs(place: Place, session: Session | None, shown: Listing | Details | None, now: float) -> Sides:
    """The path, names in place of ids, and how fresh what is shown is."""
    address = place.address
    left: list[Piece] = [(" ", "")]
    for level in range(1, address.level + 1):
        path = address.up_to(Level(level))
        if level > 1:
            left.append((" / ", "bar--muted"))
        name = path.name
        if path.level is Level.ENTITY and session is not None:
            details = session.inventory.peek_details(path)
            name = title_of(details.entity, details.entity_type) if details else name
        left.append((visible(name), "bar--heading" if level == address.level else ""))
    if not address.parts:
        left.append((_("services"), "bar--heading"))
    if shown is None:
        return left, []
    text = f"{shown.freshness.word} {clock_time(shown.fetched_at, now)} "
    right: list[Piece] = [(text, _FRESHNESS[shown.freshness])]
    if shown.error is not None:
        right.insert(0, (f"{brief(shown.error)} · ", "bar--error"))
    elif isinstance(shown, Listing) and shown.notes:
        right.insert(0, (f"{shown.notes[0]} · ", "bar--warn"))
    return left, right


def brief(error: CloudMCError) -> str:
    """Why a refresh failed, in two words; the pane's own message says the rest."""
    return {
        "ConnectionFailed": _("not connected"),
        "CallTimeout": _("timed out"),
        "KeyRefused": _("key refused"),
        "NotAllowed": _("not allowed"),
        "NotFound": _("gone"),
        "RateLimited": _("too many requests"),
    }.get(type(error).__name__, _("not renewed"))


def footer(scope: Scope | None, keymap: Mapping[str, str], message: str) -> Sides:
    """The keys of the focused pane; or a message, which wins."""
    if message:
        return [(f" {message}", "bar--strong")], []
    actions = sorted((a for a in ACTIONS if a.footer), key=lambda a: a.footer)
    wide = (
        (Scope.MOVE, Scope.GO, Scope.DO) if scope in _WALKING else (Scope.MOVE,) if scope in _CHOOSING else ()
    )
    here = [a for a in actions if a.scope is scope or a.scope in wide]
    left, right = (
        keys(*((key, _(action.label)) for action in group for key in keys_of(action, keymap)[:1]))
        for group in (here, [a for a in actions if a.scope is Scope.APP])
    )
    return left, right
