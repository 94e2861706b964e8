"""A line to type into."""

from __future__ import annotations

from textual.widgets import Input

from cloudmc_tui.tui.widgets.box import Clipped


class Entry(Input, Clipped, inherit_bindings=False):
    """An input that does not scroll by keys: arrows up and down are for what is around it."""

    BINDINGS = Input.BINDINGS
