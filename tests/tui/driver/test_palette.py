"""Colours by their number."""

from __future__ import annotations

import pytest

from cloudmc_tui.tui.driver.palette import Palette


@pytest.mark.parametrize(
    ("colour", "sent"),
    [
        ("38;2;255;0;0", "38;5;196"),
        ("48;2;255;3;2", "48;5;196"),
        ("38;2;95;135;175", "38;5;67"),
        ("48;2;18;18;18", "48;5;233"),
        ("38;2;60;40;200", "38;2;60;40;200"),
        ("38;5;9", "38;5;9"),
    ],
)
def test_close_colours_get_a_number_and_others_stay(colour: str, sent: str) -> None:
    assert Palette().reduce(colour) == sent


def test_two_colours_never_become_the_same() -> None:
    palette = Palette()
    first, second = palette.reduce("38;2;255;0;0"), palette.reduce("38;2;255;1;0")
    assert first != second
    assert palette.reduce("48;2;255;0;0") == "48;5;196"
    assert palette.reduce("48;2;255;1;0") == "48;2;255;1;0"
