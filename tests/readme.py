"""Make the README's generated parts anew: ``python -m tests.readme`` (``--check`` only compares)."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import tomli

from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.cli.main import COMMANDS, CONNECTION, parser_of
from cloudmc_tui.profiles import config, fields
from cloudmc_tui.tui.actions import ACTIONS, BY_ID, Scope, keys_of
from cloudmc_tui.tui.keymap import PRESETS

README = Path(__file__).parent.parent / "README.md"
PROJECT = README.with_name("pyproject.toml")


def keys() -> str:
    """The key table."""
    lines = ["| | key | | id |", "| --- | --- | --- | --- |"]
    for scope in Scope:
        heading = f"**{scope.heading}**"
        for action in (a for a in ACTIONS if a.scope is scope):
            shown = " ".join(f"`{k}`" for k in keys_of(action)) or "palette"
            lines.append(f"| {heading} | {shown} | {action.help} | `{action.id}` |")
            heading = ""
    return "\n".join(lines)


def keymaps() -> str:
    """What the presets have other than the default."""
    lines = ["| | action | keys |", "| --- | --- | --- |"]
    for preset, changes in PRESETS.items():
        heading = f"**`{preset}`**"
        for identity, changed in changes.items():
            shown = " ".join(f"`{k}`" for k in keys_of(BY_ID[identity], {identity: changed}))
            lines.append(f"| {heading} | `{identity}`: {BY_ID[identity].help} | {shown} |")
            heading = ""
    return "\n".join(lines)


EXITS = {
    Exit.DONE: "done",
    Exit.FAILED: "the operation, the task or the server failed",
    Exit.USAGE: "usage or bad input",
    Exit.NO_CONNECTION: "cannot connect: the message says whether it is the name, the port, TLS or the proxy",
    Exit.NOT_ALLOWED: "not allowed: the key or its permissions",
    Exit.NOT_FOUND: "not found: the message says what there is",
    Exit.REFUSED: "refused by the write guard",
    Exit.UNKNOWN: "timed out, or the outcome is unknown",
    Exit.INTERRUPTED: "interrupted",
}


def commands() -> str:
    """Each subcommand with its options; those that choose the connection once, at the explorer."""
    return "\n\n".join(_command(name) for name in ("", *COMMANDS))


def _command(name: str) -> str:
    parser, _ = parser_of([name] if name else [])
    shared = {"--help", *(("--debug", *CONNECTION) if name not in ("", "simulate") else ())}
    actions = list(_actions(parser, shared))
    words = " ".join(_shown(action) for action in actions if not action.option_strings)
    what = (COMMANDS[name] if name else "the explorer").capitalize()
    lines = [f"**`{' '.join(('cloudmc-tui', name, words)).replace('  ', ' ').strip()}`** {what}.", ""]
    rows = [(_shown(a), a.help or "") for a in actions if a.option_strings]
    for action in actions:
        if isinstance(action, argparse._SubParsersAction):
            for verb, below in action.choices.items():
                told = next(c.help for c in action._choices_actions if c.dest == verb)
                args = " ".join(_shown(a) for a in _actions(below, shared) if not a.option_strings)
                rows.append((f"{verb} {args}".strip(), told or ""))
                rows += [(_shown(a), a.help or "") for a in _actions(below, shared) if a.option_strings]
    unique = list(dict.fromkeys(rows))
    return "\n".join(
        [*lines, "| | |", "| --- | --- |", *(f"| `{_safe(a)}` | {_safe(b)} |" for a, b in unique)]
    )


def _actions(parser: argparse.ArgumentParser, shared: set[str]) -> Iterator[argparse.Action]:
    for action in parser._actions:
        if action.help != argparse.SUPPRESS and not shared.intersection(action.option_strings):
            yield action


def _shown(action: argparse.Action) -> str:
    """An option, or a word, as one writes it."""
    name = ", ".join(action.option_strings)
    if isinstance(action, argparse._SubParsersAction) or action.nargs == 0:
        return name or str(action.metavar)
    value = str(action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest))
    value = f"[{value}]" if action.nargs in ("?", "*") else f"{value} …" if action.nargs == "+" else value
    return f"{name} {value}".strip()


def _safe(text: str) -> str:
    return text.replace("|", "\\|").replace("%%", "%")


def exits() -> str:
    """The exit statuses."""
    return "\n".join(["| exit status | |", "| --- | --- |", *(f"| {int(e)} | {EXITS[e]} |" for e in Exit)])


def settings() -> str:
    """What the config file can say."""
    lines = ["| `[profiles.NAME]` | |", "| --- | --- |"]
    lines += [f"| `{name}` | {_safe(what)} |" for name, what in fields.SETTINGS.items()]
    lines += ["", "| `[settings]` | |", "| --- | --- |"]
    lines += [f"| `{name}` | {_safe(setting.help)} |" for name, setting in config.SETTINGS.items()]
    return "\n".join(lines)


def house() -> str:
    """The packages as the import contract has them: each may use only what is below it."""
    contracts = tomli.loads(PROJECT.read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each["type"] == "layers")
    rows = [[p.split(".")[-1] for p in re.split(" [|:] ", row)] for row in layers]
    lines = ["```mermaid", "flowchart TD"]
    lines += [f"    {' & '.join(above)} --> {' & '.join(below)}" for above, below in pairwise(rows)]
    return "\n".join([*lines, "```"])


PARTS = {
    "keys": keys,
    "keymaps": keymaps,
    "commands": commands,
    "exits": exits,
    "settings": settings,
    "house": house,
}


def generated(text: str) -> str:
    """The README with its generated parts as they should be."""
    for name, make in PARTS.items():
        before, _, rest = text.partition(f"<!-- generated: {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not end:
            raise SystemExit(f"the README has no place for {name}")
        text = f"{before}<!-- generated: {name} -->\n{make()}\n{end}{after}"
    return text


def main(check: bool) -> int:
    """Write the README, or compare it.

    Returns:
        the exit status.
    """
    old = README.read_text("utf-8")
    new = generated(old)
    if check:
        return int(old != new)
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
