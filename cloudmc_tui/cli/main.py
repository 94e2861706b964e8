"""The command line: its grammar, and the way from arguments to an exit status.

Importing this is light, so that ``--help`` and a mistake are answered at once: only the module of the
chosen subcommand is imported, and what runs it.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from cloudmc_tui import __version__
from cloudmc_tui.cli.arguments import natural, seconds
from cloudmc_tui.cli.exits import Exit, UsageError, exit_for
from cloudmc_tui.cli.words import teach_argparse
from cloudmc_tui.language import ENGLISH, N_, _, use

COMMANDS = {
    "ls": N_("list what is below a path"),
    "show": N_("show one service, environment or entity, whole"),
    "run": N_("run an operation on an entity, or create one"),
    "tasks": N_("list the tasks that were started on this machine"),
    "task": N_("show tasks, or follow them to their end"),
    "cache": N_("show or clear the listings that are kept between sessions"),
    "profiles": N_("list, add, change, test and remove connections"),
    "doctor": N_("look whether all is well: terminal, folders, profiles, endpoints"),
    "catalog": N_("print every operation that the program knows"),
    "simulate": N_("serve the demo cloud on this machine"),
    "completion": N_("print what makes a shell complete subcommands, paths and profiles"),
}
"""The subcommands: each is a module of this package with ``add_arguments`` and ``run``."""

EXPLORE = "explore"
"""What is done when no subcommand is given."""

CONNECTION: dict[str, dict[str, Any]] = {
    "--demo": {"action": "store_true", "help": N_("the demo cloud, in process")},
    "--profile": {"metavar": "NAME", "help": N_("a profile of the config file")},
    "--endpoint": {"metavar": "URL", "help": N_("the API's base URL, or a bare host")},
    "--org": {"metavar": "ID", "help": N_("act in this organization")},
    "--read-only": {"action": "store_true", "help": N_("send nothing that changes anything")},
    "--seed": {"type": int, "help": argparse.SUPPRESS},
    "--scale": {"type": natural, "help": argparse.SUPPRESS},
    "--latency": {"type": seconds, "help": argparse.SUPPRESS},
}
"""The options that choose the connection."""

EXPLORER: dict[str, dict[str, Any]] = {
    "--theme": {"metavar": "NAME", "help": N_("a theme: night, day, …")},
    "--low-bandwidth": {
        "action": argparse.BooleanOptionalAction,
        "help": N_("send little to the terminal, and seldom; of itself over SSH"),
    },
}
"""The options of the explorer alone."""

DEBUG: dict[str, Any] = {"action": "store_true", "help": N_("write every request to the program's log")}
"""The option ``--debug``, which all have."""

_WITH_VALUE = {name for name, how in (CONNECTION | EXPLORER).items() if "action" not in how}

_SIGNED = ("--sort",)
"""Options whose value may begin with a dash."""

EPILOG = N_(
    """\
subcommands (each has a --help of its own):
{commands}

examples:
  cloudmc-tui --demo                                    explore the demo cloud
  cloudmc-tui compute-qc/production                     explore, starting there
  cloudmc-tui ls compute-qc/production/instances        list the instances
  cloudmc-tui ls … --filter 'state=Running memory>=4GB' --sort -memoryInMB
  cloudmc-tui show compute-qc/production/instances/ID   one entity, whole
  cloudmc-tui run compute-qc/production/instances/web-01 stop --wait
  cloudmc-tui profiles add prod --endpoint URL --key-command 'pass show cloudmc/prod'
  cloudmc-tui simulate --port 8080                      serve the demo cloud

A PATH is SERVICE/ENVIRONMENT/ENTITY_TYPE/ENTITY, as far as needed; /ls is the service "ls". The
connection is a profile (--profile, CLOUDMC_PROFILE, or the default one), or taken from CLOUDMC_ENDPOINT,
CLOUDMC_API_KEY and CLOUDMC_ORG_ID; the key is never taken from a flag.

exit status: 0 done, 1 failed, 2 usage or bad input, 3 cannot connect, 4 not allowed, 5 not found,
6 refused by the write guard, 7 timed out or outcome unknown, 130 interrupted
"""
)


class Parser(argparse.ArgumentParser):
    """A parser that takes options by their whole names and says safely what it does not understand."""

    def __init__(self, prog: str, **more: Any) -> None:
        super().__init__(
            prog, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **more
        )

    def error(self, message: str) -> NoReturn:
        from cloudmc_tui.formats.text import visible

        super().error(visible(message))


def add_connection(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the connection."""
    for name, how in CONNECTION.items():
        parser.add_argument(name, **spoken(how))


def spoken(how: dict[str, Any]) -> dict[str, Any]:
    """How an option is declared, with its help in the language that is spoken."""
    return {**how, "help": _(how["help"])}


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line. Options may stand before the subcommand as well as after it.

    Args:
        arguments: without the program's name.

    Returns:
        the options, with ``command`` naming the subcommand or ``"explore"``.

    Raises:
        SystemExit: for ``--help``, ``--version`` and what cannot be read (status 2).
    """
    parser, words = parser_of(arguments)
    return parser.parse_args(_joined(words))


AS_SENT = ("ls", "show")
"""The subcommands whose JSON and CSV have no words of the program."""


def _speak(options: argparse.Namespace) -> None:
    """What programs read is English, and so is what goes with it."""
    if getattr(options, "output", "") in ("json", "csv") and options.command not in AS_SENT:
        use(ENGLISH)


def parser_of(arguments: Sequence[str]) -> tuple[argparse.ArgumentParser, list[str]]:
    """The parser of the chosen subcommand, or of the explorer, with the words that it is to read.

    Args:
        arguments: without the program's name.
    """
    teach_argparse()
    words = list(arguments)
    place = _first_word(words)
    if place is None or words[place] not in COMMANDS:
        return _explore_parser(), words
    name = words.pop(place)
    module = importlib.import_module(f"cloudmc_tui.cli.{name}")
    parser = Parser(f"cloudmc-tui {name}", description=_(module.__doc__ or ""))
    parser.set_defaults(command=name, run=module.run)
    module.add_arguments(parser)
    parser.add_argument("--debug", **spoken(DEBUG))
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):  # `profiles test --debug`, too
            for each in action.choices.values():
                each.add_argument("--debug", default=argparse.SUPPRESS, **spoken(DEBUG))
    return parser, words


def _first_word(words: Sequence[str]) -> int | None:
    """The place of the first word that is neither an option nor its value; none after ``--``."""
    place = 0
    while place < len(words) and words[place] != "--":
        if not words[place].startswith("-"):
            return place
        place += 2 if words[place] in _WITH_VALUE else 1
    return None


def _joined(words: Sequence[str]) -> list[str]:
    """``--sort -age`` as ``--sort=-age``, so that the value is not taken for an option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in _SIGNED and word.startswith("-"):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


class _HelpAll(argparse.Action):
    """Shows everything: what a manual page would."""

    def __call__(self, parser: argparse.ArgumentParser, *_more: Any) -> NoReturn:
        sys.stdout.write("\n\n".join(help_texts().values()))
        parser.exit()


def help_texts() -> dict[str, str]:
    """The help of the program as a whole, under an empty name, and of each subcommand."""
    return {name: parser_of([name] if name else [])[0].format_help() for name in ("", *COMMANDS)}


def _explore_parser() -> Parser:
    listed = "\n".join(f"  {name:<10}  {_(what)}" for name, what in COMMANDS.items())
    parser = Parser(
        "cloudmc-tui",
        usage=_("cloudmc-tui [options] [PATH]\n       cloudmc-tui SUBCOMMAND …"),
        description=_("Explore a CloudMC cloud in the terminal, or do one thing with a subcommand."),
        epilog=_(EPILOG, commands=listed),
    )
    parser.set_defaults(command=EXPLORE)
    parser.add_argument("path", nargs="?", default="", metavar="PATH", help=_("where to start"))
    add_connection(parser)
    for name, how in EXPLORER.items():
        parser.add_argument(name, **spoken(how))
    parser.add_argument("--debug", **spoken(DEBUG))
    parser.add_argument(
        "--help-all", action=_HelpAll, nargs=0, help=_("show the help of every subcommand, and exit")
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"cloudmc-tui {__version__}",
        help=_("show program's version number and exit"),
    )
    return parser


def run(options: argparse.Namespace) -> int:
    """Run a subcommand.

    Returns:
        the exit status; errors have been told on stderr.
    """
    _speak(options)
    import asyncio

    from cloudmc_tui.api.errors import CloudMCError
    from cloudmc_tui.catalog import CatalogError
    from cloudmc_tui.cli.signals import Signalled, until_signalled
    from cloudmc_tui.inventory import UnknownPath
    from cloudmc_tui.path import PathError
    from cloudmc_tui.profiles import ProfileError

    if (reconfigure := getattr(sys.stdout, "reconfigure", None)) is not None:
        reconfigure(errors="backslashreplace")  # whatever a terminal's encoding cannot say
    try:
        work = options.run(options)
        status: int = asyncio.run(until_signalled(work)) if asyncio.iscoroutine(work) else work
        sys.stdout.flush()
        return status
    except Signalled as signalled:
        return signalled.status
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing more to say, nor at the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except (CloudMCError, UnknownPath, PathError, ProfileError, CatalogError, UsageError, OSError) as error:
        complain(error)
        return exit_for(error)


def complain(error: Exception) -> None:
    """Say on stderr what happened and what to try."""
    from cloudmc_tui.formats.text import visible

    told = "\n".join(visible(line) for line in str(error).rstrip().split("\n"))
    print(f"cloudmc-tui: {told}", file=sys.stderr)
    if hint := getattr(error, "hint", ""):
        print(f"  {visible(hint)}", file=sys.stderr)
