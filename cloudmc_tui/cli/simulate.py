"""Serve the demo cloud over HTTP on this machine, for scripts, tests and other clients."""

from __future__ import annotations

import argparse
import sys

from cloudmc_tui.cli.arguments import natural, port, seconds, share
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.language import _
from cloudmc_tui.profiles.choose import ENDPOINT_VARIABLE
from cloudmc_tui.profiles.sources import KEY_VARIABLE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--host", default="127.0.0.1", help=_("the address to listen on (127.0.0.1)"))
    parser.add_argument("--port", type=port, default=0, help=_("the port; 0, the default, takes a free one"))
    parser.add_argument("--key", default="demo-key", help=_("the API key it answers to (demo-key)"))
    parser.add_argument("--seed", type=int, default=1, help=_("same seed, same cloud (1)"))
    parser.add_argument("--scale", type=natural, metavar="N", help=_("instances in each environment"))
    parser.add_argument(
        "--latency", type=seconds, default=0.0, metavar="S", help=_("seconds that each request takes")
    )
    parser.add_argument(
        "--task-seconds", type=seconds, default=3.0, metavar="S", help=_("a typical task's length (3)")
    )
    parser.add_argument(
        "--task-memory", type=seconds, default=1800.0, metavar="S", help=_("forget tasks after (1800)")
    )
    parser.add_argument(
        "--fail", type=share, default=0.0, metavar="RATE", help=_("share of requests and tasks that fail")
    )


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from cloudmc_tui.simulator import ServeError, Settings, serve

    settings = Settings(
        seed=options.seed,
        scale=options.scale,
        latency=options.latency,
        task_seconds=options.task_seconds,
        task_memory=options.task_memory,
        fail_rate=options.fail,
        key=options.key,
    )

    def announce(base: str) -> None:
        print(base, flush=True)
        key = options.key if options.key == "demo-key" else _("the key given with --key")
        told = (
            _("A simulated CloudMC cloud. In another terminal:")
            + f"\n\n  export {ENDPOINT_VARIABLE}={base}\n  export {KEY_VARIABLE}={key}\n  cloudmc-tui\n\n"
            + _("Ctrl-C ends it.")
        )
        print(told, file=sys.stderr, flush=True)

    try:
        serve(settings, options.host, options.port, announce)
    except ServeError as error:
        print(f"cloudmc-tui: {error}", file=sys.stderr)
        return Exit.FAILED
    return Exit.DONE
