"""The command line: its grammar, and the way from arguments to an exit status."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from cloudmc_tui import __version__
from cloudmc_tui.cli.exits import Exit, exit_for
from cloudmc_tui.formats.text import visible

COMMANDS = ("ls", "show", "catalog", "simulate")
"""The subcommands: each is a module of this package with ``add_arguments`` and ``run``."""

EXPLORE = "explore"
"""What is done when no subcommand is given."""

EPILOG = """\
examples:
  cloudmc-tui --demo                                    explore the demo cloud
  cloudmc-tui compute-qc/production                     explore, starting there
  cloudmc-tui ls compute-qc/production/instances        list the instances
  cloudmc-tui ls … --filter 'state=Running memory>=4GB' --sort -memoryInMB
  cloudmc-tui show compute-qc/production/instances/ID   one entity, whole
  cloudmc-tui simulate --port 8080                      serve the demo cloud

A PATH is SERVICE/ENVIRONMENT/ENTITY_TYPE/ENTITY, as far as needed. The connection is taken from
CLOUDMC_ENDPOINT, CLOUDMC_API_KEY and CLOUDMC_ORG_ID; the key is never taken from a flag.

exit status: 0 done, 1 failed, 2 usage or bad input, 3 cannot connect, 4 not allowed, 5 not found,
6 refused by the write guard, 7 timed out or outcome unknown, 130 interrupted
"""


def add_connection(parser: argparse.ArgumentParser, *, default: Any = None) -> None:
    """Add the options that choose the connection."""
    parser.add_argument(
        "--demo", action="store_true", default=default or False, help="the demo cloud, in process"
    )
    parser.add_argument(
        "--endpoint", metavar="URL", default=default, help="the API's base URL, or a bare host"
    )
    parser.add_argument("--org", metavar="ID", default=default, help="act in this organization")
    parser.add_argument("--seed", type=int, default=default, help=argparse.SUPPRESS)
    parser.add_argument("--scale", type=int, default=default, help=argparse.SUPPRESS)
    parser.add_argument("--latency", type=float, default=default, help=argparse.SUPPRESS)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line.

    Args:
        arguments: without the program's name.

    Returns:
        the options, with ``command`` naming the subcommand or ``"explore"``.

    Raises:
        SystemExit: for ``--help``, ``--version`` and what cannot be read (status 2).
    """
    if any(a in COMMANDS for a in arguments[:1]) or _command_after_options(arguments):
        return _command_parser().parse_args(arguments)
    options = _explore_parser().parse_args(arguments)
    options.command = EXPLORE
    return options


def _command_after_options(arguments: Sequence[str]) -> bool:
    """Whether a subcommand follows options, as in ``cloudmc-tui --demo ls``."""
    for argument in arguments:
        if not argument.startswith("-"):
            return argument in COMMANDS
        if argument == "--":
            return False
        if argument in ("--endpoint", "--org", "--seed", "--scale", "--latency", "--theme"):
            return any(a in COMMANDS for a in arguments)
    return False


def _explore_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cloudmc-tui",
        description="Explore a CloudMC cloud in the terminal. Subcommands: " + ", ".join(COMMANDS) + ".",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", nargs="?", default="", metavar="PATH", help="where to start")
    add_connection(parser)
    parser.add_argument("--theme", metavar="NAME", help="a theme: night, day, …")
    parser.add_argument("--version", action="version", version=f"cloudmc-tui {__version__}")
    return parser


def _command_parser() -> argparse.ArgumentParser:
    import importlib

    parser = argparse.ArgumentParser(prog="cloudmc-tui")
    add_connection(parser)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = importlib.import_module(f"cloudmc_tui.cli.{name}")
        doc = (module.__doc__ or "").strip()
        sub = subparsers.add_parser(
            name,
            help=doc.split("\n")[0],
            description=doc,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(sub)
        sub.set_defaults(run=module.run)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run a subcommand.

    Returns:
        the exit status; errors have been told on stderr.
    """
    from cloudmc_tui.api.errors import CloudMCError
    from cloudmc_tui.inventory import UnknownPath

    runner: Callable[[argparse.Namespace], Awaitable[int]] = options.run
    try:
        status = asyncio.run(_awaited(runner, options))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing more to say, nor at the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except (CloudMCError, UnknownPath, ValueError) as error:
        complain(error)
        return exit_for(error)
    return status


async def _awaited(
    runner: Callable[[argparse.Namespace], Awaitable[int]], options: argparse.Namespace
) -> int:
    return await runner(options)


def complain(error: Exception) -> None:
    """Say on stderr what happened and what to try."""
    lines = str(error).split("\n") if isinstance(error, ValueError) else [str(error)]
    print("cloudmc-tui: " + "\n".join(visible(line) for line in lines).rstrip(), file=sys.stderr)
    if hint := getattr(error, "hint", ""):
        print(f"  {visible(hint)}", file=sys.stderr)
