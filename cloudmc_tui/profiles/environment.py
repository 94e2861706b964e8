"""What the programs that this one starts get to see of its environment."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from cloudmc_tui.profiles.sources import KEY_VARIABLE

_withheld = {KEY_VARIABLE}


def withhold(variables: Iterable[str]) -> None:
    """Keep these variables from every child process from now on: a profile's key is in them."""
    _withheld.update(variables)


def child_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for an editor, an SSH client, a key command: without any key.

    Args:
        environ: the process's environment; by default as it is now.

    Returns:
        a copy without ``CLOUDMC_API_KEY`` and without the variables that profiles take keys from.
    """
    environ = os.environ if environ is None else environ
    return {name: value for name, value in environ.items() if name not in _withheld}
