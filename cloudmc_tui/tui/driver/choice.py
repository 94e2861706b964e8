"""When which driver is used, and what it is to save."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from textual.driver import Driver

DRIVER_VARIABLE = "CLOUDMC_TUI_DRIVER"
"""``cells`` or ``plain`` decide which driver is used, wherever the program runs."""

FRAMES = 15.0
"""Frames in a second, at most, on a thin link."""

_ERASE_IN_COLOUR = (
    "alacritty", "contour", "foot", "ghostty", "konsole", "linux", "mintty", "rio", "rxvt", "st-", "tmux",
    "vte", "wezterm", "xterm",
)  # fmt: skip
"""Terminals, by the begin of ``TERM``, that give erased cells the present background, and can erase
cells inside a row. Screen does not."""


class Output(Struct, frozen=True):
    """How output goes to the terminal.

    Attributes:
        cells: send only the cells that changed, instead of all that Textual paints.
        erases_in_colour: whether the terminal gives erased cells the present background.
        frames: how many are sent in a second at most; none for no limit.
        few_colours: send the 256 colours' numbers where they are close.
        mouse: whether the terminal reports the mouse.
        focus: whether it reports the loss of the focus.
    """

    cells: bool = True
    erases_in_colour: bool = False
    frames: float | None = None
    few_colours: bool = False
    mouse: bool = True
    focus: bool = True

    def driver_class(self) -> type[Driver] | None:
        """The driver for this; none for Textual's own."""
        if not self.cells:
            return None
        from cloudmc_tui.tui.driver.driver import CellDriver

        return type("CellDriver", (CellDriver,), {"output": self})


def is_remote(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is at the other end of an SSH connection."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))


def choose(environ: Mapping[str, str], low_bandwidth: bool | None = None) -> Output:
    """How output goes to this terminal.

    Args:
        environ: the process's environment.
        low_bandwidth: whether the link is thin; none to find out.
    """
    remote = is_remote(environ)
    thin = remote if low_bandwidth is None else low_bandwidth
    wanted = environ.get(DRIVER_VARIABLE, "").strip().casefold()
    inside_tmux = bool(environ.get("TMUX"))
    cells = wanted != "plain" and (wanted == "cells" or thin or remote or inside_tmux)
    return Output(
        cells=cells,
        erases_in_colour=inside_tmux or environ.get("TERM", "").startswith(_ERASE_IN_COLOUR),
        frames=FRAMES if thin else None,
        few_colours=thin,
        mouse=not thin,
    )
