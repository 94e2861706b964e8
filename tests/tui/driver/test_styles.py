"""Styles: what SGR does, and the way from one to another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.tui.driver.styles import PLAIN, NotUnderstood, Style, Styles

ATTRIBUTES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 21, 51, 52, 53)
COLOURS = ("", "31", "94", "38;5;208", "38;2;12;34;56")
BACKGROUNDS = ("", "42", "103", "48;5;17", "48;2;1;2;3")

any_style = st.builds(
    Style,
    st.frozensets(st.sampled_from(ATTRIBUTES), max_size=3),
    st.sampled_from(COLOURS),
    st.sampled_from(BACKGROUNDS),
    st.just(""),
)


def after(styles: Styles, number: int, sequence: str) -> int:
    """The style after a sequence as the driver sends it."""
    if not sequence:
        return number
    assert sequence.startswith("\x1b[")
    assert sequence.endswith("m")
    return styles.apply(number, sequence[2:-1])


@given(any_style, any_style)
def test_a_change_ends_in_the_style_that_was_wanted(old: Style, new: Style) -> None:
    styles = Styles()
    before, wanted = styles.number(old), styles.number(new)
    assert after(styles, before, styles.change(before, wanted)) == wanted
    assert after(styles, before, styles.change(None, wanted)) == wanted


@given(any_style, any_style)
def test_a_change_is_never_longer_than_saying_all_anew(old: Style, new: Style) -> None:
    styles = Styles()
    before, wanted = styles.number(old), styles.number(new)
    assert len(styles.change(before, wanted)) <= len(styles.change(None, wanted))


@given(any_style, any_style)
def test_a_blank_gets_the_background_it_needs_and_no_lines(old: Style, new: Style) -> None:
    styles = Styles()
    before, blank = styles.number(old), styles.blank(styles.number(new))
    sequence, reached = styles.change_for_blank(before, blank)
    assert after(styles, before, sequence) == reached
    assert styles.blank(reached) == blank


@pytest.mark.parametrize(
    ("parameters", "style"),
    [
        ("", Style()),
        ("1;31", Style(frozenset((1,)), "31")),
        ("1;2;22;3", Style(frozenset((3,)))),
        ("4;21;24;9", Style(frozenset((9,)))),
        ("38;5;9;48;2;1;2;3", Style(frozenset(), "38;5;9", "48;2;1;2;3")),
        ("38;2;1;2;3;39;49", Style()),
        ("97;107", Style(frozenset(), "97", "107")),
        ("7;;1", Style(frozenset((1,)))),
    ],
)
def test_sgr_parameters_are_understood(parameters: str, style: Style) -> None:
    styles = Styles()
    assert styles.style(styles.apply(PLAIN, parameters)) == style


@pytest.mark.parametrize("parameters", ["4:3", "58;5;1", "38", "38;2;1;2", "38;9;1", "10", "108"])
def test_what_is_not_understood_is_said(parameters: str) -> None:
    with pytest.raises(NotUnderstood):
        Styles().apply(PLAIN, parameters)


def test_changes_are_relative_where_that_is_shorter() -> None:
    styles = Styles()
    plain = styles.number(Style(frozenset(), "38;2;1;2;3", "48;2;4;5;6"))
    bold = styles.number(Style(frozenset((1,)), "38;2;1;2;3", "48;2;4;5;6"))
    assert styles.change(plain, bold) == "\x1b[1m"
    assert styles.change(bold, plain) == "\x1b[22m"
    assert styles.change(bold, PLAIN) == "\x1b[m"


def test_a_link_is_opened_and_closed() -> None:
    styles = Styles()
    link = styles.linked(PLAIN, ";https://example.com")
    assert styles.change(PLAIN, link) == "\x1b]8;;https://example.com\x1b\\"
    assert styles.change(link, PLAIN) == "\x1b]8;;\x1b\\"
    assert styles.blank(link) == link


def test_renewed_styles_have_the_numbers_that_are_asked_for() -> None:
    styles = Styles()
    red = styles.apply(PLAIN, "31")
    for number in range(256):
        styles.apply(PLAIN, f"38;5;{number}")
    renew = styles.renew()
    assert styles.style(renew(red)) == Style(frozenset(), "31")
    assert renew(PLAIN) == PLAIN
