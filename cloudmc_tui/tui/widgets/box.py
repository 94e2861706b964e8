"""What widgets are made of: titles that are texts, and content that is cut off."""

from __future__ import annotations

from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widget import Widget


class Clipped(Widget):
    """A widget without scroll bars: what it has no room for is cut off.

    Of several bases it is a later one: the first one hands on its CSS.
    """

    virtual_size = Reactive(Size(0, 0), repaint=False)
    """How large its content is. Textual lays the whole screen out anew when that changes, at the start and at
    a key; but only scroll bars could take room from anything, or look different."""


class Plain(Widget):
    """A widget whose titles say what they are given, letter by letter: names in them come from outside, and
    are no markup.

    Of several bases it is a later one: the first one hands on its CSS.
    """

    def render_str(self, text_content: str | Content) -> Content:
        return Content(text_content) if isinstance(text_content, str) else text_content


class Rows(Vertical, Clipped):
    """Widgets one below the other."""


class Columns(Horizontal, Clipped):
    """Widgets side by side."""


class Box(Rows, Plain):
    """A frame with a title, around what a window shows."""


class Group(Container, Plain):
    """A part of the screen with a title, around what it consists of."""
