"""Keys in their turn: each goes to where those before it led.

Over a slow link several keys come at once. Textual sends each to what has the focus when it comes; that the
one before it has yet to open a window, move the focus or delete what was typed does not hold it back, and so
it would be lost, or typed into the wrong line.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode

ROUNDS = 2
"""How often a key is followed at least: to what it did, and to what came of that."""

MOST_ROUNDS = 8
"""How often it is followed while the focus keeps moving."""

PATIENCE = 0.5
"""Seconds until the next key's turn comes, whatever the one before it still does."""


class Turn(Message):
    """Follows a key on its way up from the focus: when it is at the app, the key has been there, too."""

    def __init__(self, number: int, *, last: bool = False) -> None:
        """Make one.

        Args:
            number: which key's it is.
            last: the key is not followed further.
        """
        super().__init__()
        self.number = number
        self.last = last


class Turns:
    """Whose turn it is."""

    def __init__(self, app: App[None]) -> None:
        """Wait for the first key.

        Args:
            app: what the keys are for; it hands on the ``Turn`` that reaches it.
        """
        self._app = app
        self._waiting: deque[events.Key | events.Paste] = deque()
        self._number = 0
        self._round = 0
        self._busy = False
        self._was_text = False
        self._at: DOMNode | None = None
        self._give_up: Callable[[], None] | None = None

    def take(self, event: events.Key | events.Paste) -> bool:
        """Take what was typed.

        Returns:
            whether it is its turn now; otherwise it is kept until then.
        """
        is_text = self._is_text(event)
        if self._busy and (self._waiting or not (is_text and self._was_text)):
            self._waiting.append(event)
            return False
        self._busy, self._was_text = True, is_text
        return True

    def _is_text(self, event: events.Key | events.Paste) -> bool:
        """Whether it goes into the line that is typed into, and leads nowhere: a word is painted as one."""
        return isinstance(event, events.Key) and event.is_printable and isinstance(self._app.focused, Input)

    def follow(self) -> None:
        """Follow what was just sent to the focus, until it has done all that it does."""
        if self._give_up is not None:
            self._give_up()
        self._number += 1
        self._round = 0
        last = Turn(self._number, last=True)
        timer = asyncio.get_running_loop().call_later(PATIENCE, self._app.post_message, last)
        self._give_up = timer.cancel
        self._send()

    def returned(self, turn: Turn) -> list[events.Key | events.Paste]:
        """Send it round again, or end the turn.

        Returns:
            what is to be sent to the focus now, and then followed.
        """
        if not self._busy or turn.number != self._number:
            return []
        self._round += 1
        moved = self._at is not self._target
        if not turn.last and self._round < (MOST_ROUNDS if moved else ROUNDS):
            self._send()
            return []
        if self._give_up is not None:
            self._give_up()
        self._busy = bool(self._waiting)
        ready = [self._waiting.popleft()] if self._waiting else []
        self._was_text = bool(ready) and self._is_text(ready[0])
        while self._was_text and self._waiting and self._is_text(self._waiting[0]):
            ready.append(self._waiting.popleft())
        return ready

    @property
    def _target(self) -> DOMNode:
        return self._app.focused or self._app.screen

    def _send(self) -> None:
        self._at = target = self._target
        if not target.post_message(Turn(self._number)):  # it is going: nothing comes back from there
            self._app.post_message(Turn(self._number))
