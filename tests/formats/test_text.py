"""Text from outside: what a terminal would obey or hide is seen, and everything has its exact width."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cloudmc_tui.formats.text import fit, plural, shorten, uncapitalized, visible, visible_lines, width

ANY_TEXT = st.text(st.characters())
"""Every text that Python can hold, halves of surrogate pairs included."""

DIRECTIONAL = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Bidirectional classes that reorder what follows."""


@given(ANY_TEXT)
def test_nothing_is_left_that_a_terminal_obeys(text: str) -> None:
    for char in visible(text):
        assert unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}
        assert unicodedata.bidirectional(char) not in DIRECTIONAL


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("bell\x07", r"bell\x07"),
        ("one\ntwo\rthree\tfour", r"one\ntwo\rthree\tfour"),
        ("nul\x00", r"nul\x00"),
        ("del\x7f", r"del\x7f"),
        ("c1 \x9b31m", r"c1 \x9b31m"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u2066isolate\u2069", r"\u2066isolate\u2069"),
        ("mark\u200f", r"mark\u200f"),
        ("mark\u200e", r"mark\u200e"),
        ("mark\u061c", r"mark\u061c"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("soft\u00adhyphen", r"soft\xadhyphen"),
        ("\ufeffbom", r"\ufeffbom"),
        ("filler\u3164", r"filler\u3164"),
        ("line\u2028separator", r"line\u2028separator"),
        ("half \ud83d", r"half \ud83d"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("hidden\U000e0101", r"hidden\U000e0101"),
    ],
)
def test_it_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "[bold]markup[/bold]",
        "Québec — entrepôt",
        "宽字符",
        "🎉",
        "עברית",
        "e\u0301",
        "a\u00a0b",
        "\\x1b",
    ],
)
def test_printable_text_is_left_alone(text: str) -> None:
    assert visible(text) == text


@given(ANY_TEXT)
def test_showing_twice_changes_nothing(text: str) -> None:
    assert visible(visible(text)) == visible(text)


def test_the_lines_of_a_text_stay_lines() -> None:
    assert visible_lines("#cloud-config\r\n\tusers:\x1b\n") == ["#cloud-config", r"    users:\x1b", ""]


@pytest.mark.parametrize(
    ("text", "cells"),
    [("", 0), ("abc", 3), ("é", 1), ("e\u0301", 1), ("宽字", 4), ("a宽", 3), ("🎉", 2), ("한국", 4)],
)
def test_width_is_what_a_terminal_takes(text: str, cells: int) -> None:
    assert width(text) == cells


@given(ANY_TEXT.map(visible), st.integers(0, 40), st.booleans())
def test_what_is_fitted_takes_exactly_the_room(text: str, cells: int, right: bool) -> None:
    assert cell_len(fit(text, cells, right=right)) == cells


@given(ANY_TEXT.map(visible), st.integers(1, 40))
def test_what_is_cut_says_so_and_what_has_room_is_whole(text: str, cells: int) -> None:
    fitted = fit(text, cells)
    if cell_len(text) <= cells:
        assert fitted.startswith(text)
        assert set(fitted[len(text) :]) <= {" "}
    else:
        assert fitted.endswith("…")


@pytest.mark.parametrize(
    ("text", "cells", "right", "fitted"),
    [
        ("abc", 5, False, "abc  "),
        ("abc", 5, True, "  abc"),
        ("宽字符", 8, True, "  宽字符"),
        ("abcdef", 4, False, "abc…"),
        ("宽字符", 5, False, "宽字…"),
        ("宽字符", 4, False, "宽 …"),  # half a wide character cannot be shown
        ("abc", 1, False, "…"),
        ("abc", 0, False, ""),
    ],
)
def test_fit(text: str, cells: int, right: bool, fitted: str) -> None:
    assert fit(text, cells, right=right) == fitted


def test_a_short_text_is_not_padded_by_shortening() -> None:
    assert shorten("abc", 5) == "abc"
    assert shorten("abcdef", 5) == "abcd…"


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (0, ("instance",), "0 instances"),
        (1, ("instance",), "1 instance"),
        (12000, ("entity", "entities"), "12,000 entities"),
        (1, ("entity", "entities"), "1 entity"),
    ],
)
def test_a_count_agrees_with_its_noun(count: int, words: tuple[str, ...], said: str) -> None:
    assert plural(count, *words) == said


@pytest.mark.parametrize(
    ("label", "within"),
    [("Instances", "instances"), ("Public IPs", "public IPs"), ("VPCs", "VPCs"), ("", "")],
)
def test_a_label_within_a_sentence(label: str, within: str) -> None:
    assert uncapitalized(label) == within
