"""The command ``cloudmc-tui``: to the subcommands, or to the explorer."""

from __future__ import annotations

import argparse
import gc
import os
import sys

from cloudmc_tui.language import _


def main() -> int:
    """Run the program with the process's arguments.

    Returns:
        the exit status.
    """
    _speak()
    from cloudmc_tui.cli import main as cli

    options = cli.parse(sys.argv[1:])
    from cloudmc_tui.cli.exits import Exit
    from cloudmc_tui.logs import start_logging, tell_crash

    stop_logging = start_logging(debug=options.debug)
    try:
        return _explore(options) if options.command == cli.EXPLORE else cli.run(options)
    except Exception as error:  # nobody expected it: no traceback, whose values could be secrets
        print(tell_crash(error), file=sys.stderr)
        return Exit.FAILED
    finally:
        stop_logging()


def _speak() -> None:
    """Choose the language before anything is said. Most have no such setting: only who has one pays for
    reading the config file here."""
    from cloudmc_tui.cli.encoding import let_all_be_said
    from cloudmc_tui.folders import config_file
    from cloudmc_tui.language import use, wanted

    file, setting = config_file(), None
    try:
        text = file.read_bytes()
    except OSError:
        text = b""  # told by who needs the file
    if b"language" in text:
        from cloudmc_tui.profiles import load_config

        setting = load_config(file).settings.get("language")
    use(wanted(os.environ, setting))
    let_all_be_said()


def _explore(options: argparse.Namespace) -> int:
    gc.disable()  # until it runs: see there
    from cloudmc_tui.cli.connect import demo_of, profile_of
    from cloudmc_tui.cli.exits import Exit, UsageError
    from cloudmc_tui.cli.main import complain
    from cloudmc_tui.path import Path, PathError
    from cloudmc_tui.profiles import NoConnection, ProfileError, demo_profile, load_config
    from cloudmc_tui.tui.looks import COLOR_VARIABLE, CannotShow, look_of

    first_run = False
    at_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    try:
        path = Path.parse(options.path)
        try:
            profile = profile_of(options)
        except NoConnection:
            if not at_terminal:
                raise
            first_run, profile = True, demo_profile()
        if not at_terminal:
            raise UsageError(
                _(
                    "the explorer needs a terminal. In a script or a pipe use: cloudmc-tui ls, "
                    "cloudmc-tui show"
                )
            )
        config = load_config()
        settings = config.settings
        look = look_of(os.environ).wanted(settings.get("colors"), settings.get("ascii"))
        os.environ.setdefault(COLOR_VARIABLE, look.colors.system)
        from cloudmc_tui.tui.run import explore

        return explore(
            profile,
            path,
            config=config,
            look=look,
            demo=demo_of(options),
            theme=options.theme,
            low_bandwidth=options.low_bandwidth,
            first_run=first_run,
            read_only=options.read_only,
        )
    except (PathError, ProfileError, UsageError, CannotShow) as error:
        complain(error)
        return Exit.USAGE


if __name__ == "__main__":
    sys.exit(main())
