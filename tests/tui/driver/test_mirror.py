"""Random screens through the mirror and past it: the terminals show the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.tui.driver.mirror import Mirror
from tests.tui.driver.emulator import Emulator, Terminal, cells, cursor, differences
from tests.tui.driver.frames import frames, narrow_words

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


class Pair:
    """One terminal that has all of the output, and one that has what the mirror gives."""

    def __init__(self, width: int, height: int, *, erases: bool = True) -> None:
        self.plain = Terminal(width, height)
        self.mirrored = Terminal(width, height)
        self.mirror = Mirror(width, height, erases_in_colour=erases)
        self.feed(ENTER)

    def feed(self, data: str) -> None:
        self.plain.feed(data)
        self.mirror.feed(data)

    def send(self) -> str:
        sent = self.mirror.take()
        self.mirrored.feed(sent)
        return sent

    def resize(self, width: int, height: int) -> None:
        self.plain.resize(width, height)
        self.mirrored.resize(width, height)
        self.mirror.resize(width, height)

    def assert_same(self) -> None:
        self.send()
        assert not differences(self.plain.screen, self.mirrored.screen)
        assert cursor(self.plain.screen) == cursor(self.mirrored.screen)


KINDS = ("frame", "frame", "frame", "full", "send", "resize", "suspend", "lose", "odd", "pass", "sync")


@st.composite
def scripts(draw: st.DrawFn) -> list[tuple[str, object]]:
    """What may happen to a screen: frames, changes of size, suspensions, output of unknown effect."""
    size = width, height = draw(st.integers(12, 40)), draw(st.integers(2, 8))
    script: list[tuple[str, object]] = [("resize", size), ("frame", draw(frames(width, height, full=True)))]
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(
            st.sampled_from(
                (
                    "frame",
                    "frame",
                    "frame",
                    "full",
                    "send",
                    "resize",
                    "suspend",
                    "lose",
                    "odd",
                    "pass",
                    "sync",
                )
            )
        )
        if kind in ("frame", "sync"):
            script.append((kind, draw(frames(width, height))))
        elif kind == "resize":
            width, height = draw(st.integers(12, 40)), draw(st.integers(2, 8))
            script.append(("resize", (width, height)))
        if kind in ("full", "resize", "odd"):  # Textual paints everything when the size is another
            script += [("odd", None)] if kind == "odd" else []
            script.append(("frame", draw(frames(width, height, full=True))))
        elif kind not in ("frame", "sync"):
            script.append((kind, None))
    return script


@given(scripts(), st.booleans())
def test_whatever_happens_the_terminal_shows_what_it_would_show_without(
    script: list[tuple[str, object]], erases: bool
) -> None:
    pair = Pair(40, 8, erases=erases)
    for kind, value in script:
        if kind == "resize":
            assert isinstance(value, tuple)
            pair.resize(*value)
        elif kind == "frame":
            pair.feed(str(value))
        elif kind == "sync":
            pair.feed("\x1b[?2026h")
            pair.feed(str(value))
            pair.send()
            pair.feed("\x1b[?2026l")
        elif kind == "send":
            pair.assert_same()
        elif kind == "suspend":
            pair.feed(LEAVE)
            pair.send()
            pair.mirrored.feed("\x1b[H\x1b[42mwhat another program wrote\x1b[m")
            pair.feed(ENTER)
        elif kind == "lose":
            pair.send()
            pair.mirrored.feed("\x1b[2;2H\x1b[41mwall: the system goes down\x1b[m")
            pair.mirror.repaint()
        elif kind == "odd":
            pair.feed("\x1b[2S\x1b[1;1H")
        elif kind == "pass":
            pair.feed("\x1b]52;c;YQ==\x07")
            assert "\x1b]52;c;YQ==\x07" in pair.mirror.take_passed()
    pair.assert_same()


@given(st.data())
def test_frames_melt_into_one_that_is_hardly_longer_than_they_were(data: st.DataObject) -> None:
    pair = Pair(40, 8)
    pair.feed(data.draw(frames(40, 8, narrow_words, full=True)))
    pair.assert_same()
    before = pair.plain.size, pair.mirrored.size
    for _ in range(data.draw(st.integers(1, 6))):
        pair.feed(data.draw(frames(40, 8, narrow_words)))
    pair.assert_same()
    end_of_the_style_before = len("\x1b[0;53m")
    assert pair.mirrored.size - before[1] <= pair.plain.size - before[0] + end_of_the_style_before


class Disagreeing(Emulator):
    """A terminal that shows clusters wider than Textual takes them for."""

    own_widths = False


@given(st.data())
def test_all_else_is_right_on_a_terminal_with_its_own_idea_of_widths(data: st.DataObject) -> None:
    agreeing, disagreeing = Terminal(40, 6), Terminal(40, 6, Disagreeing)
    mirror = Mirror(40, 6, erases_in_colour=True)
    mirror.feed(ENTER)
    for _ in range(data.draw(st.integers(1, 4))):
        mirror.feed(data.draw(frames(40, 6, full=True)))
        mirror.feed(data.draw(frames(40, 6)))
        output = mirror.take()
        agreeing.feed(output)
        disagreeing.feed(output)
    for line, other in zip(cells(agreeing.screen), cells(disagreeing.screen), strict=True):
        for cell, found in zip(line, other, strict=True):
            if len(cell.text) == 1 and cell.text.isascii() and cell.text != " ":
                assert found == cell


def test_the_same_again_takes_nothing() -> None:
    mirror = Mirror(20, 3)
    mirror.feed(ENTER)
    frame = "\x1b[1;1H\x1b[1;31mname\x1b[0m\n\x1b[2;1H\x1b[44mweb-01\x1b[0m\x1b[1;1H"
    mirror.feed(frame)
    assert mirror.take()
    mirror.feed(frame)
    assert not mirror.take()
    assert not mirror.pending


def test_half_an_update_is_not_sent() -> None:
    mirror = Mirror(20, 3)
    mirror.feed(ENTER)
    mirror.take()
    mirror.feed("\x1b[?2026h")
    mirror.feed("\x1b[1;1Hname")
    assert mirror.take() == ""
    mirror.feed("\x1b[?2026l")
    assert "name" in mirror.take()


def test_one_changed_cell_takes_a_move_and_the_cell() -> None:
    mirror = Mirror(20, 3)
    mirror.feed(ENTER)
    mirror.feed("\x1b[2;1Hweb-01\x1b[1;1H")
    mirror.take()
    mirror.feed("\x1b[2;1Hweb-02\x1b[1;1H")
    assert mirror.take() == "\x1b[2;6H2\x1b[H"


def test_unwanted_sequences_are_not_passed_on() -> None:
    mirror = Mirror(20, 3, unwanted=("\x1b[?1004h",))
    mirror.feed("\x1b[?1004h")
    mirror.feed("\x1b[?2004h")
    assert mirror.take() == "\x1b[?2004h"


def test_before_and_after_the_alternate_screen_output_is_as_it_is() -> None:
    mirror = Mirror(20, 3)
    mirror.feed("a\tb\n")
    assert mirror.take() == "a\tb\n"
    mirror.feed(ENTER)
    mirror.feed("\x1b[1;1H\x1b[31mred\x1b[0m")
    mirror.take()
    mirror.feed(LEAVE)
    mirror.feed("done\n")
    assert mirror.take().endswith("\x1b[m" + LEAVE + "done\n")


def test_the_last_frame_is_not_sent_when_the_screen_is_left() -> None:
    mirror = Mirror(20, 3)
    mirror.feed(ENTER)
    mirror.feed("\x1b[1;1Hnobody sees this")
    mirror.feed(LEAVE)
    assert mirror.take() == ENTER + LEAVE
    assert not mirror.pending


def test_long_frames_are_marked_as_belonging_together_where_textual_does_that() -> None:
    mirror = Mirror(80, 24)
    mirror.feed(ENTER)
    mirror.take()
    frame = "".join(f"\x1b[{y};1H{chr(96 + y) * 80}" for y in range(1, 25))
    mirror.feed("\x1b[?2026h")
    mirror.feed(frame)
    mirror.feed("\x1b[?2026l")
    sent = mirror.take()
    assert sent.startswith("\x1b[?2026h")
    assert sent.endswith("\x1b[?2026l")


@pytest.mark.parametrize("odd", ["\x1b[3S", "a\tb", "\x1b[31:2m", "\x1bM", "\x1b[4h", "\x9b2J", "\x1b[38;7m"])
def test_output_of_unknown_effect_is_passed_on_whole_after_what_came_before(odd: str) -> None:
    mirror = Mirror(20, 3)
    mirror.feed(ENTER)
    mirror.feed("\x1b[1;1Hname")
    mirror.feed(f"\x1b[2;1H{odd}")
    sent = mirror.take()
    assert sent.endswith(f"\x1b[2;1H{odd}")
    assert "name" in sent
    mirror.feed("\x1b[1;1Hname")
    assert "name" in mirror.take()  # it may have gone


def test_styles_that_are_on_no_screen_are_forgotten() -> None:
    pair = Pair(20, 2)
    for red in range(256):
        for green in range(0, 256, 8):
            pair.feed(f"\x1b[1;1H\x1b[38;2;{red};{green};0mred\x1b[0m\x1b[2;1H\x1b[4mkept\x1b[0m\x1b[1;1H")
            pair.send()
    pair.assert_same()
