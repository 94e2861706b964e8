"""When which driver is used."""

from __future__ import annotations

import pytest

from cloudmc_tui.tui.driver.choice import FRAMES, choose

SSH = {"SSH_CONNECTION": "198.51.100.7 50022 192.0.2.10 22", "TERM": "xterm-256color"}
TMUX = {"TMUX": "/run/tmux/default,1,0", "TERM": "screen-256color"}


@pytest.mark.parametrize("environ", [SSH, {"SSH_TTY": "/dev/pts/3"}, {**SSH, **TMUX}])
def test_over_ssh_the_link_is_taken_for_thin(environ: dict[str, str]) -> None:
    output = choose(environ)
    assert (output.cells, output.mouse, output.frames, output.few_colours) == (True, False, FRAMES, True)


@pytest.mark.parametrize("environ", [SSH, TMUX, {}])
def test_a_flag_says_what_the_link_is(environ: dict[str, str]) -> None:
    thin, wide = choose(environ, True), choose(environ, False)
    assert (thin.cells, thin.mouse, thin.frames) == (True, False, FRAMES)
    assert (wide.mouse, wide.frames, wide.few_colours) == (True, None, False)


def test_under_tmux_only_cells_that_changed_are_sent() -> None:
    output = choose(TMUX)
    assert (output.cells, output.mouse, output.frames) == (True, True, None)


def test_a_variable_turns_it_off_and_on() -> None:
    assert not choose({**SSH, "CLOUDMC_TUI_DRIVER": "plain"}).cells
    assert choose({"CLOUDMC_TUI_DRIVER": "cells"}).cells
    assert choose({"CLOUDMC_TUI_DRIVER": "plain"}).driver_class() is None


@pytest.mark.parametrize(
    ("environ", "erases"),
    [({"TERM": "xterm-256color"}, True), ({"TERM": "screen"}, False), (TMUX, True), ({}, False)],
)
def test_only_terminals_known_for_it_are_made_to_erase_in_colour(
    environ: dict[str, str], erases: bool
) -> None:
    assert choose(environ).erases_in_colour is erases


def test_the_driver_knows_what_was_chosen() -> None:
    from cloudmc_tui.tui.driver.driver import CellDriver

    output = choose(SSH)
    driver_class = output.driver_class()
    assert driver_class is not None
    assert issubclass(driver_class, CellDriver)
    assert driver_class.output == output
