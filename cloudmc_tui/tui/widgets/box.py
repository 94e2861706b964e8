"""Boxes whose titles are texts: names in them come from outside, and are no markup."""

from __future__ import annotations

from textual.containers import Container, Vertical
from textual.content import Content
from textual.widget import Widget


class Plain(Widget):
    """A widget whose titles say what they are given, letter by letter.

    Of several bases it is a later one: the first one hands on its CSS.
    """

    def render_str(self, text_content: str | Content) -> Content:
        return Content(text_content) if isinstance(text_content, str) else text_content


class Box(Vertical, Plain):
    """A frame with a title, around what a window shows."""


class Group(Container, Plain):
    """A part of the screen with a title, around what it consists of."""
