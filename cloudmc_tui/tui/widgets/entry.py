"""A line to type into."""

from __future__ import annotations

from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input


class Entry(Input, inherit_bindings=False):
    """An input that does not scroll by keys: arrows up and down are for what is around it."""

    BINDINGS = Input.BINDINGS

    virtual_size = Reactive(Size(0, 0))
    """How wide its text is. Textual lays the whole screen out when that changes, at once and before what the
    key asked for; but no line is as wide as its text."""
