"""argparse's own words in the language that is spoken: it looks them up with two functions of its module."""

from __future__ import annotations

import argparse

from cloudmc_tui.language import N_, _, ngettext

WORDS = (
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("unrecognized arguments: %s"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("unknown parser %(parser_name)r (choices: %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("expected one argument"),
    N_("expected at most one argument"),
    N_("expected at least one argument"),
    N_("the following arguments are required: %s"),
    N_("one of the arguments %s is required"),
    N_("not allowed with argument %s"),
    N_("ignored explicit argument %r"),
    N_("unexpected option string: %s"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
)
"""What argparse may say to a person; the rest is for whoever declares options."""


def teach_argparse() -> None:
    """Let argparse speak as the program does."""
    vars(argparse).update({"_": _, "ngettext": ngettext})
