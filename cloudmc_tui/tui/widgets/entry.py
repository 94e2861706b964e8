"""A line to type into."""

from __future__ import annotations

from textual import events
from textual.widgets import Input


class Entry(Input, inherit_bindings=False):
    """An input whose editing keys act in their turn.

    Over a slow link several keys come at once. Textual would let Ctrl-U wait until all that is typed after
    it is there, and then delete that, too. A line does not scroll by keys either: arrows up and down are for
    what is around it.
    """

    BINDINGS = Input.BINDINGS

    async def _on_key(self, event: events.Key) -> None:
        active = self.screen.active_bindings.get(event.key)
        if active is not None and active.node is self and active.enabled and not event.is_printable:
            event.stop()
            event.prevent_default()
            await self.app.run_action(active.binding.action, self)
