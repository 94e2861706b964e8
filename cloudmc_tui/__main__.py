"""The command ``cloudmc-tui``: to the subcommands, or to the explorer."""

from __future__ import annotations

import argparse
import sys


def main() -> int:
    """Run the program with the process's arguments.

    Returns:
        the exit status.
    """
    from cloudmc_tui.cli import main as cli

    options = cli.parse(sys.argv[1:])
    return _explore(options) if options.command == cli.EXPLORE else cli.run(options)


def _explore(options: argparse.Namespace) -> int:
    from cloudmc_tui.cli.connect import demo_of, profile_of
    from cloudmc_tui.cli.exits import Exit
    from cloudmc_tui.cli.main import complain
    from cloudmc_tui.path import Path
    from cloudmc_tui.profiles import ProfileError

    try:
        path = Path.parse(options.path)
        try:
            profile = profile_of(options)
        except ProfileError as error:
            if not _wants_demo(error):
                return Exit.USAGE
            options.demo, options.endpoint = True, None
            profile = profile_of(options)
    except ValueError as error:
        complain(error)
        return Exit.USAGE
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        complain(
            ValueError(
                "the explorer needs a terminal. In a script or a pipe use: cloudmc-tui ls, cloudmc-tui show"
            )
        )
        return Exit.USAGE
    from cloudmc_tui.tui.run import explore

    return explore(profile, path, demo=demo_of(options), theme=options.theme)


def _wants_demo(error: Exception) -> bool:
    """Say why there is no connection; at a terminal, offer the demo cloud."""
    print(error, file=sys.stderr)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print("Open the demo cloud now? [y/N] ", end="", file=sys.stderr, flush=True)
    try:
        return sys.stdin.readline().strip().casefold() in ("y", "yes", "o", "oui")
    except KeyboardInterrupt:
        return False


if __name__ == "__main__":
    sys.exit(main())
