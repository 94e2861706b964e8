"""Look whether all is well: terminal, versions, folders, profiles and their key sources, endpoints.

It changes nothing and prints no key. The exit status is 0 only when all is well.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

from cloudmc_tui.api.checks import Outcome
from cloudmc_tui.api.settings import hide_userinfo
from cloudmc_tui.cli.arguments import add_output
from cloudmc_tui.cli.connect import asker
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.cli.surroundings import Finding, ask_tmux, folders, packages, terminal
from cloudmc_tui.formats.scrub import scrub
from cloudmc_tui.formats.tables import json_text
from cloudmc_tui.formats.text import fit, visible, width
from cloudmc_tui.language import N_, _, number
from cloudmc_tui.profiles import Ask, Config, Profile, ProfileError, Severity, load_config
from cloudmc_tui.profiles.choose import choose
from cloudmc_tui.profiles.probe import check_profile

_SEVERITIES = {
    Severity.ERROR: Outcome.FAILED,
    Severity.WARNING: Outcome.WARNING,
    Severity.NOTE: Outcome.SKIPPED,
}

_MARKS = {
    Outcome.OK: N_("ok"),
    Outcome.WARNING: N_("warning"),
    Outcome.FAILED: N_("failed"),
    Outcome.SKIPPED: "-",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_output(parser, "text", "json")
    parser.add_argument("--profile", metavar="NAME", help=_("test the endpoint of this profile alone"))
    parser.add_argument("--no-test", action="store_true", help=_("test no endpoints"))


async def run(options: argparse.Namespace) -> int:
    """Look, and tell."""
    config = await asyncio.to_thread(load_config)
    found = await asyncio.to_thread(lambda: list(_here(config)))
    found += _profiles(config)
    if not options.no_test:
        found += await _endpoints(config, options.profile)
    well = all(each.outcome in (Outcome.OK, Outcome.SKIPPED) for each in found)
    if options.output == "json":
        sys.stdout.write(json_text({"well": well, "findings": [_as_json(each) for each in found]}))
    else:
        _print(found)
        bad = sum(each.outcome in (Outcome.WARNING, Outcome.FAILED) for each in found)
        said = (
            _("all is well")
            if well
            else _("{bad} of {count} findings want attention", bad=bad, count=len(found))
        )
        print(f"cloudmc-tui: {said}", file=sys.stderr)
    return Exit.DONE if well else Exit.FAILED


def _here(config: Config) -> Iterator[Finding]:
    columns, lines = shutil.get_terminal_size()
    yield from terminal(
        os.environ,
        at_terminal=sys.stdout.isatty(),
        encoding=sys.stdout.encoding or "unknown",
        size=(columns, lines),
        tmux=ask_tmux,
    )
    yield from packages()
    yield from folders(config.file)


def _profiles(config: Config) -> list[Finding]:
    """The config file's mistakes, and each profile with the source of its key."""

    def finding(name: str, outcome: Outcome, detail: str, hint: str = "") -> Finding:
        return Finding(_("profiles"), name, outcome, detail, hint)

    found = [
        finding(
            problem.profile or _("config file"), _SEVERITIES[problem.severity], str(problem), str(config.file)
        )
        for problem in config.problems
    ]
    if not config.names:
        found.append(
            finding(
                _("config file"), Outcome.SKIPPED, _("no profiles yet"), "cloudmc-tui profiles add --help"
            )
        )
    for name, profile in config.profiles.items():
        endpoint = hide_userinfo(profile.endpoint)
        told = _(
            "{endpoint}, {value}, key: {key_source}",
            endpoint=endpoint,
            value=profile.mode.word,
            key_source=profile.key_source,
        )
        found.append(finding(name, Outcome.OK, told + (_(" (default)") if name == config.default else "")))
        found += [finding(name, Outcome.WARNING, warning) for warning in profile.warnings]
    return found


async def _endpoints(config: Config, wanted: str | None) -> list[Finding]:
    """Test endpoints: of one profile where it is named, of the environment's, else of all."""
    ask = asker() if wanted else None  # nobody wants to be asked for ten keys
    try:
        chosen = choose(os.environ, lambda: config, profile=wanted)
        one = wanted is not None or chosen.name not in config.profiles
        profiles = [chosen] if one else list(config.profiles.values())
    except ProfileError as error:
        if wanted is not None:
            raise
        if not config.profiles:
            return [] if config.names or not _environment() else [_not_chosen(error)]
        profiles = list(config.profiles.values())
    found = await asyncio.gather(*(_tested(profile, ask) for profile in profiles))
    return [each for one_profile in found for each in one_profile]


def _environment() -> bool:
    return any(os.environ.get(name) for name in ("CLOUDMC_ENDPOINT", "CLOUDMC_API_KEY", "CLOUDMC_PROFILE"))


def _not_chosen(error: ProfileError) -> Finding:
    return Finding(_("endpoints"), _("environment"), Outcome.FAILED, str(error).split("\n")[0], error.hint)


async def _tested(profile: Profile, ask: Ask | None) -> list[Finding]:
    return [
        Finding(
            _("endpoints"),
            profile.name,
            check.outcome,
            _("{label}: {detail}", label=check.label, detail=check.detail),
            check.hint,
            check.elapsed,
        )
        async for check in check_profile(profile, ask)
    ]


def _print(found: Sequence[Finding]) -> None:
    for section, findings in groupby(found, key=lambda each: each.section):
        listed = list(findings)
        names = max(width(visible(each.name)) for each in listed)
        print(_("{section}:", section=section))
        for each in listed:
            took = "" if each.seconds is None else f"  ({number(round(each.seconds * 1000))} ms)"
            mark = _(_MARKS[each.outcome])
            line = f"  {mark:8} {fit(visible(each.name), names)}  {visible(each.detail)}{took}"
            print(scrub(line).rstrip())
            if each.hint:
                print(scrub(f"  {'':8} {'':{names}}  → {visible(each.hint)}"))


def _as_json(finding: Finding) -> dict[str, object]:
    told: dict[str, object] = {
        "section": finding.section,
        "name": finding.name,
        "outcome": "note" if finding.outcome is Outcome.SKIPPED else finding.outcome.value,
        "detail": scrub(finding.detail),
        "hint": scrub(finding.hint),
    }
    return told if finding.seconds is None else {**told, "seconds": round(finding.seconds, 6)}
