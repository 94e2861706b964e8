"""Random screens as Textual paints them."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.tui.driver.emulator import fits

COLOURS = ("31", "94", "38;5;208", "38;2;12;34;56", "38;2;255;255;255")
BACKGROUNDS = ("42", "103", "48;5;17", "48;2;1;2;3", "48;2;200;200;210")

WORDS = (
    "instances", "web-01", "  ", " " * 20, "a", "Qu\u00e9bec", "\u2500\u2500\u2500", "\u25b8 \u25be",
    "\u4e16\u754c", "\u754c", "\ud55c\uad6d", "e\u0301", "n\u0303o", "\u0e01\u0e33", "\U0001f600",
    "\U0001f469\u200d\U0001f4bb", "\u2764\ufe0f", "\U0001f1e8\U0001f1e6", "\U0001f44d\U0001f3fd",
    "\U0001fae8", "x\u200dy",
)  # fmt: skip
"""Narrow, wide, combined and joined."""


@st.composite
def segments(draw: st.DrawFn, room: int, words: st.SearchStrategy[str]) -> str:
    """Styled text that fits into some cells, as a strip renders itself."""
    out = ""
    left = room
    for _ in range(draw(st.integers(1, 5))):
        text = fits(draw(words), left)
        if not text:
            break
        left -= sum(size for _, size in _measured(text))
        style = draw(styles)
        out += f"\x1b[{style}m{text}\x1b[0m" if style else text
    return out


def _measured(text: str) -> list[tuple[str, int]]:
    from cloudmc_tui.tui.driver.cells import clusters

    return list(clusters(text))


@st.composite
def _styles(draw: st.DrawFn) -> str:
    attributes = draw(st.lists(st.sampled_from(("1", "2", "3", "4", "5", "7", "9", "53")), max_size=2))
    foreground = draw(st.sampled_from(("", *COLOURS)))
    background = draw(st.sampled_from(("", *BACKGROUNDS)))
    return ";".join(code for code in (*attributes, foreground, background) if code)


styles = _styles()
words = st.sampled_from(WORDS) | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
narrow_words = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30)


@st.composite
def frames(
    draw: st.DrawFn, width: int, height: int, words: st.SearchStrategy[str] = words, *, full: bool = False
) -> str:
    """A frame: some places written to, or the whole screen, then the cursor put somewhere.

    Args:
        width: the screen's.
        height: the screen's.
        words: what is written.
        full: every row from its first to its last cell.
    """
    out = ""
    places = draw(
        st.lists(st.tuples(st.integers(0, width - 1), st.integers(0, height - 1)), min_size=1, max_size=8)
    )
    if full:
        for y in range(height):
            text = draw(segments(width, words))
            out += f"\x1b[{y + 1};1H\x1b[{draw(st.sampled_from(BACKGROUNDS))}m{' ' * width}\x1b[0m"
            out += f"\x1b[{y + 1};1H{text}\n" if y < height - 1 else f"\x1b[{y + 1};1H{text}"
    for x, y in () if full else places:
        out += f"\x1b[{y + 1};{x + 1}H{draw(segments(width - x, words))}"
    x, y = places[0]
    return f"{out}\x1b[{y + 1};{x + 1}H"
