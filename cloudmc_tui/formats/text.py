"""Text from outside, made safe to show and measured as a terminal shows it.

Every string that came from the API, a file or the environment passes :func:`visible` on its way to a
screen, a table, a log or an error message: it is data, never markup and never a control sequence.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size

from cloudmc_tui.language import ngettext, number

ELLIPSIS = "…"

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_CONTROL = "\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: where control sequences begin

_HIDDEN = (
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # bidi marks, embeddings, overrides, isolates
    "\u200b-\u200d\u2060-\u2065\ufeff\u00ad\u180e\u034f"  # nothing to see, and yet a difference
    "\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a"  # the same, in some scripts
    "\u2028\u2029"  # line and paragraph separator
    "\ud800-\udfff"  # lone surrogates cannot be written at all
    "\U000e0000-\U000e0fff"  # tags and the like: text that hides in text
)

_UNSAFE = re.compile(f"[{_CONTROL}{_HIDDEN}]")

UNSAFE_IN_JSON = re.compile(f"[\x7f-\x9f{_HIDDEN}]")
"""The same in JSON, whose strings have no bare C0 and whose layout has line ends."""


def visible(text: str) -> str:
    """Make whatever a terminal would obey, reorder or hide visible as an escape.

    Args:
        text: any text.

    Returns:
        one line of printable characters; ``"a\\x1b[2J"`` becomes ``"a\\\\x1b[2J"``.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    if char in _NAMED:
        return _NAMED[char]
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def visible_lines(text: str) -> list[str]:
    """The same for a text of several lines: line ends divide it, tabs become spaces."""
    return [visible(line.expandtabs(4)) for line in text.replace("\r\n", "\n").split("\n")]


def width(text: str) -> int:
    """How many terminal cells a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, cells: int, *, right: bool = False, ellipsis: str = ELLIPSIS) -> str:
    """A text cut or padded to exactly so many cells; what is cut ends in an ellipsis.

    Args:
        text: without control characters (see :func:`visible`).
        cells: 0 or more.
        right: align to the right.
        ellipsis: one cell wide.
    """
    if text.isascii():
        length = len(text)
        if length > cells:
            return text[: cells - 1] + ellipsis if cells > 0 else ""
        return text.rjust(cells) if right else text.ljust(cells)
    length = cell_len(text)
    if length > cells:
        return set_cell_size(text, cells - 1) + ellipsis if cells > 0 else ""
    padding = " " * (cells - length)
    return padding + text if right else text + padding


def shorten(text: str, cells: int, *, ellipsis: str = ELLIPSIS) -> str:
    """A text cut to at most so many cells, not padded."""
    return text if width(text) <= cells else fit(text, cells, ellipsis=ellipsis)


def wrapped(text: str, cells: int) -> list[str]:
    """A line as several of at most so many cells, broken at blanks where there are any; nothing is left out.

    Args:
        text: a safe line.
        cells: 2 or more, as some characters are so wide.
    """
    lines = []
    while width(text) > cells:
        head = set_cell_size(text, cells)
        if not text.startswith(head):  # a wide character would be cut: a blank stands for its half
            head = head[:-1]
        blank = head.rfind(" ") + 1
        head = head[:blank] if blank > cells // 2 else head
        lines.append(head)
        text = text[len(head) :]
    return [*lines, text]


def uncapitalized(label: str) -> str:
    """A label as it stands within a sentence: ``"Public IPs"`` gives ``"public IPs"``, ``"VPCs"`` stays."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: ``"1 instance"``, ``"2 instances"``, ``"12,000 entities"``.

    Args:
        count: how many.
        one: the noun in English, or a name of the catalog.
        many: the same for several; by default with an s.
    """
    return f"{number(count)} {ngettext(one, many or one + 's', count)}"
