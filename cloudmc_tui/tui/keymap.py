"""Which keys do what: a preset, and over it what the user's ``[keys]`` say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from textual.keys import KEY_ALIASES, Keys, _character_to_key

from cloudmc_tui.formats.nearest import nearest
from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import _
from cloudmc_tui.profiles.problems import unknown
from cloudmc_tui.tui.actions import ACTIONS, NO_KEY, Action, Scope, character_of, key_name

PRESETS: Mapping[str, Mapping[str, str]] = {
    "default": {},
    "vim": {
        "move.page_down": "pagedown,ctrl+f,ctrl+d",
        "move.page_up": "pageup,ctrl+b,ctrl+u",
        "go.back": "backspace,ctrl+o",
        "go.bookmark": "b,m",
        "go.bookmarks": "B,apostrophe",
        "go.find": "f,asterisk",
        "list.mark": "space,v",
        "list.refresh": "r,ctrl+r",
        "do.update": "e,i",
        "do.new": "n,O",
        "app.organizations": "ctrl+g",
        "pane.next": "tab,ctrl+w",
        "app.quit": "q,Z",
        "form.next": "tab,down,ctrl+n",
        "form.previous": "shift+tab,up,ctrl+p",
    },
    "k9s": {
        "list.refresh": "r,ctrl+r",
        "list.columns": "w,ctrl+w",
        "list.sort": "N",
        "list.export": "E,ctrl+s",
        "list.unmark": "u,ctrl+backslash",
        "entity.json": "y,J",
        "entity.copy": "c",
        "entity.changes": "C",
        "entity.ssh": "s,S",
        "go.back": "backspace,left_square_bracket,minus",
        "go.palette": "ctrl+p,ctrl+a",
    },
}
"""What a preset has other than the default, by action. ``ctrl+d`` deletes in none of them, whatever it does
in k9s."""

_NAMES = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "del": "delete",
    "ins": "insert",
    **{alias: key for key, aliases in KEY_ALIASES.items() for alias in aliases if key != "ctrl+at"},
    "ctrl+h": "backspace",
    "ctrl+left_square_bracket": "escape",
}
"""Other names of keys; and keys that a terminal cannot tell from others."""

_KNOWN = {key.value for key in Keys if not key.value.startswith("<")} - {"any"}

_MAIN = (Scope.PANES, Scope.GO, Scope.DO, Scope.OWN, Scope.APP)
"""What there is in every pane: a pane's own key in its place would hide it."""

_TOGETHER = (*_MAIN, Scope.MOVE, Scope.LIST, Scope.ENTITY)
"""What there is at the same time in the main screen."""

_IN_PANES = (Scope.TREE, Scope.OPERATIONS, Scope.TASKS)

_TYPING = (Scope.FORM, Scope.PROMPT, Scope.CHOICE, Scope.FIND, Scope.EDITOR)
"""Where letters are typed."""

Report = Callable[[tuple[str, ...], str], None]
"""Takes the key of what is wrong in the config file, and what is wrong with it."""


class Keymap(Struct):
    """What is bound to what.

    Attributes:
        keys: an action's id → its keys as Textual names them, with commas between; only of actions that have
            others than by default.
        actions: all of them, the user's own commands among them.
    """

    keys: dict[str, str] = field(default_factory=dict)
    actions: Sequence[Action] = ACTIONS

    def keys_of(self, action: Action) -> tuple[str, ...]:
        """An action's keys, as Textual names them."""
        return _split(self.keys.get(action.id, action.keys))

    def to_textual(self) -> dict[str, str]:
        """The keymap as Textual takes it. An action that shares a key with a changed one has to be in it:
        Textual would take the key from it."""
        changed = [a for a in self.actions if a.id in self.keys]
        touched = {key for a in changed for key in (*self.keys_of(a), *_split(a.keys))}
        return {
            a.id: ",".join(self.keys_of(a)) or NO_KEY
            for a in self.actions
            if a.id in self.keys or touched.intersection(_split(a.keys))
        }


def read_keymap(
    preset: str,
    table: Mapping[str, Any],
    report: Report,
    actions: Sequence[Action] = ACTIONS,
    places: Mapping[str, tuple[str, ...]] | None = None,
) -> Keymap:
    """The keymap of a preset and of what a user changed in it.

    Args:
        preset: one of :data:`PRESETS`.
        table: ``[keys]``: action id → a key, or several in a list or with commas between; none in ``""``.
        report: told what cannot be used, and which action lost a key.
        actions: all that there are.
        places: where in the config file an action's keys stand that are not in ``[keys]``.
    """
    keymap = Keymap(actions=actions)
    by_id = {action.id: action for action in actions}
    for identity, keys in PRESETS[preset].items():
        if identity in by_id:
            keymap.keys[identity] = keys
    chosen: dict[str, Action] = {}
    for identity, value in table.items():
        action = by_id.get(identity)
        place = (places or {}).get(identity, ("keys", identity))
        if action is None:
            report(place, unknown(identity, by_id))
            continue
        try:
            wanted = _read(value)
            _check(action, wanted)
            added = [key for key in wanted if key not in keymap.keys_of(action)]
            _check_needed(keymap, action, added, chosen)
        except ValueError as error:
            report(place, str(error))
            continue
        chosen[identity] = action
        for other in actions:
            lost = [k for k in keymap.keys_of(other) if k in added and clash(action, other)]
            if lost:
                left = [k for k in keymap.keys_of(other) if k not in lost]
                keymap.keys[other.id] = ",".join(left)
                if other.id not in table:
                    has = _("has {shown} left", shown=_shown(left)) if left else _("is without a key now")
                    report(
                        place,
                        _(
                            "{shown} was the key of {id}, which {has}",
                            shown=_shown(lost),
                            id=other.id,
                            has=has,
                        ),
                    )
        keymap.keys[identity] = ",".join(wanted)
    keymap.keys = {i: keys for i, keys in keymap.keys.items() if keys != by_id[i].keys}
    return keymap


def clash(one: Action, other: Action) -> bool:
    """Whether two actions cannot have the same key: where both are to be had, one would hide the other."""
    if one.anywhere or other.anywhere or one.scope is other.scope:
        return True
    scopes = {one.scope, other.scope}
    if scopes <= set(_TOGETHER):
        return True
    return bool(scopes & set(_IN_PANES)) and bool(scopes & {*_MAIN, Scope.MOVE})


def key_of(text: str) -> str:
    """A key as Textual names it, from how people write it: ``?``, ``shift+a``, ``PgDn``.

    Raises:
        ValueError: when there is no such key, with the nearest that there is.
    """
    text = text.strip()
    if len(text) == 1:
        return _character_to_key(text)
    *modifiers, base = text.lower().split("+") if not text.endswith("++") else [*text[:-2].split("+"), "plus"]
    base = _NAMES.get(base, base)
    if modifiers == ["shift"] and len(base) == 1:
        return base.upper()
    if len(base) == 1:
        base = _character_to_key(base)
    order = [m for m in ("ctrl", "alt", "shift") if m in modifiers]
    key = "+".join((*order, base))
    key = _NAMES.get(key, key)
    known = base in _KNOWN or key in _KNOWN or bool(character_of(base))
    if not known or len(order) != len(modifiers):
        near = nearest(key, sorted(_KNOWN))
        hint = (
            _("did you mean {near!r}?", near=near)
            if near
            else _("write a character, or ctrl+x, F5, PgDn and the like")
        )
        raise ValueError(_("'{text}' is no key; {hint}", text=visible(text), hint=hint))
    return key


def _read(value: object) -> list[str]:
    """The keys of an entry.

    Raises:
        ValueError: when they are none.
    """
    parts: list[Any] = value if isinstance(value, list) else [value]
    if not all(isinstance(part, str) for part in parts):
        raise ValueError(_('has to be a key in quotes, or several: ["r", "ctrl+r"]'))
    if len(parts) == 1 and parts[0] != ",":
        parts = str(parts[0]).split(",")
    return list(dict.fromkeys(key_of(part) for part in parts if part.strip()))


def _check(action: Action, keys: Sequence[str]) -> None:
    """Refuse keys that would be a trap.

    Raises:
        ValueError: saying why.
    """
    if action.needed and not keys:
        raise ValueError(_("has to have a key: without it there would be no way out, or no help"))
    for key in keys:
        if action.loses and key == "ctrl+d":
            raise ValueError(_("ctrl+d deletes nothing here: it is too easily pressed by mistake"))
        if character_of(key) and (
            action.anywhere or (action.scope in _TYPING and key not in _split(action.keys))
        ):
            raise ValueError(
                _("{key_name} is typed there: use one with ctrl, or a function key", key_name=key_name(key))
            )


def _check_needed(keymap: Keymap, action: Action, added: Sequence[str], chosen: Mapping[str, Action]) -> None:
    """Refuse keys that another action has to keep, or that the user gave to one already.

    Raises:
        ValueError: saying which.
    """
    for other in keymap.actions:
        if other is action or not clash(action, other):
            continue
        keys = keymap.keys_of(other)
        taken = [key for key in keys if key in added]
        if taken and other.id in chosen:
            raise ValueError(_("{shown} is the key of {id} already", shown=_shown(taken), id=other.id))
        if taken and other.needed and len(taken) == len(keys):
            raise ValueError(
                _("{shown} is the only key of {id}, which has to have one", shown=_shown(taken), id=other.id)
            )


def _split(keys: str) -> tuple[str, ...]:
    return tuple(k for key in keys.split(",") if (k := key.strip()) and k != NO_KEY)


def _shown(keys: Sequence[str]) -> str:
    return " and ".join(key_name(key) for key in keys)
