"""Values of options: read, and refused with what would do."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

from cloudmc_tui.language import N_, _


def _between(kind: Callable[[str], float], what: str, low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(_("{text!r} is not {what}", text=text, what=_(what)))
        return value

    return read


natural = _between(int, N_("a number: 0, 1, 2, …"), 0, 10**9)
"""How many."""

seconds = _between(float, N_("a number of seconds, 0 or more"), 0, 10**9)
"""How long."""

share = _between(float, N_("a share from 0 to 1"), 0, 1)
"""How often."""

port = _between(int, N_("a port from 0 to 65535"), 0, 65535)
"""Where to listen."""


def add_output(parser: argparse.ArgumentParser, *forms: str, default: str = "") -> None:
    """Add the option that chooses the form of the output; the first form is the default."""
    parser.add_argument(
        "-o", "--output", choices=forms, default=default or forms[0], help=_("the form of the output")
    )
