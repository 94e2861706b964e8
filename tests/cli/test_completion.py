"""What a shell can complete; and bash really doing it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

import pytest

from cloudmc_tui.cli.candidates import candidates
from cloudmc_tui.cli.completion import BASH, SHELLS
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.cli.main import COMMANDS
from cloudmc_tui.inventory.disk import Cache, Scope
from cloudmc_tui.path import Path
from cloudmc_tui.profiles import config_file
from cloudmc_tui.session import CACHE_FILE, cache_folder
from tests.cli.conftest import Command

ENDPOINT = "https://cloud.example/v1"
INSTANCES = "compute-qc/production/instances"

CONFIG = """\
default = "work"
[profiles.work]
endpoint = "cloud.example"
key_command = "this-is-never-run"
[profiles.broken]
mode = "what"
"""


@pytest.fixture(autouse=True)
def kept() -> None:
    """What a session on the profile "work" has seen before."""
    config_file().parent.mkdir(parents=True)
    config_file().write_text(CONFIG, "utf-8")
    rows: dict[str, list[dict[str, Any]]] = {
        "": [{"serviceCode": "compute-qc", "name": "Québec", "type": "CloudCA"}],
        "compute-qc": [{"name": "production", "id": "e1"}, {"name": "it's ours", "id": "e2"}],
        INSTANCES: [
            {"id": "i-1", "name": "web-01"},
            {"id": "i-2", "name": "web\x1b[2J 02"},
            {"id": "i-3", "name": "db-01"},
        ],
    }
    with Cache(cache_folder() / CACHE_FILE) as cache:
        for path, entities in rows.items():
            lines = [json.dumps(each).encode() for each in entities]
            scope = Scope("work", ENDPOINT)
            cache.keep(
                scope, Path.parse(path), lines, entities=len(lines), count=len(lines), fetched_at=cache.now()
            )


def offered(*words: str) -> list[str]:
    return [value for value, _ in candidates(words)]


def test_the_first_word_is_a_subcommand_or_a_path() -> None:
    assert offered("") == [*COMMANDS, "compute-qc/"]
    assert offered("ta") == ["tasks", "task"]
    assert offered("comp") == ["completion", "compute-qc/"]
    assert offered("/comp") == ["/compute-qc/"], "with which a path is told from a subcommand"


@pytest.mark.parametrize(
    "before", [(), ("ls",), ("show",), ("run",), ("--profile", "work", "ls"), ("ls", "-o", "csv")]
)
def test_a_path_is_completed_level_by_level(before: tuple[str, ...]) -> None:
    assert offered(*before, "compute-q") == ["compute-qc/"]
    assert offered(*before, "compute-qc/") == ["compute-qc/production/"], "the other would need quotes"
    assert offered(*before, "compute-qc/production/vol") == ["compute-qc/production/volumes/"]
    assert offered(*before, f"{INSTANCES}/") == [
        f"{INSTANCES}/web-01",
        f"{INSTANCES}/i-2",
        f"{INSTANCES}/db-01",
    ], "a name that a shell would not take as it is gives way to the id"
    assert offered(*before, f"{INSTANCES}/w") == [f"{INSTANCES}/web-01"]


def test_what_it_is_stands_beside_it_and_is_safe() -> None:
    assert candidates([f"{INSTANCES}/"]) == [
        (f"{INSTANCES}/web-01", "i-1"),
        (f"{INSTANCES}/i-2", "web\\x1b[2J 02"),
        (f"{INSTANCES}/db-01", "i-3"),
    ]


def test_only_what_the_chosen_profile_has_seen_is_offered() -> None:
    assert offered("ls", "--demo", "comp") == []
    assert offered("ls", "--org", "o-1", "comp") == []
    assert offered("ls", "--profile", "broken", "comp") == []


def test_operations_and_their_fields() -> None:
    entity = f"{INSTANCES}/web-01"
    assert {"stop", "start", "reboot"} <= set(offered("run", entity, ""))
    assert "create" not in offered("run", entity, "")
    assert "create" in offered("run", INSTANCES, "c")
    assert offered("run", "compute-qc/production/volumes", "create", "-f", "s") == ["sizeInGb="]
    rule = ("run", "compute-qc/production/portforwardingrules", "create", "-f")
    assert offered(*rule, "protocol=") == ["protocol=TCP", "protocol=UDP"]
    assert offered(*rule, "protocol", "=", "U") == ["UDP"], "as bash divides it"
    assert offered(*rule, "protocol", "=") == ["TCP", "UDP"]


def test_options_their_values_and_profiles() -> None:
    assert offered("ls", "--fi") == ["--filter"]
    assert offered("ls", "-o", "") == ["table", "json", "csv"]
    assert offered("--profile", "w") == ["work"]
    assert offered("profiles", "test", "") == ["work", "broken"]
    assert offered("ls", INSTANCES, "--sort", "memoryI") == ["memoryInMB"]
    assert "show" in offered("cache", "")


@pytest.mark.parametrize(
    "words", [[], ["show", "a/b/c/d", ""], ["run", "", "", ""], ["--", ""], ["ls", "-o"]]
)
def test_where_there_is_nothing_to_offer_nothing_is(words: list[str]) -> None:
    assert offered(*words) in ([], [*COMMANDS, "compute-qc/"])


def test_a_broken_cache_and_config_offer_nothing_and_say_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    (cache_folder() / CACHE_FILE).write_bytes(b"no database")
    assert offered("ls", "compute") == []
    config_file().write_text("broken = [", "utf-8")
    assert offered("ls", "compute") == []
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_for_each_shell(cloudmc: Command, shell: str) -> None:
    printed = cloudmc("completion", shell)
    assert printed.status == Exit.DONE and printed.out == SHELLS[shell]
    assert "cloudmc-tui completion --cursor" in printed.out


def test_an_unknown_shell_is_told_which_there_are(cloudmc: Command) -> None:
    for words in ((), ("tcsh",), ("bash", "zsh")):
        refused = cloudmc("completion", *words)
        assert refused.status == Exit.USAGE and "bash, zsh, fish" in refused.err


BashCompletes = Callable[..., list[str]]


@pytest.fixture
def in_bash(tmp_path: FilePath) -> BashCompletes:
    """Let bash complete the last of some words."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash here")
    (tmp_path / "cloudmc-tui").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m cloudmc_tui "$@"\n', "utf-8"
    )
    (tmp_path / "cloudmc-tui").chmod(0o755)
    script = f"""
        PATH="{tmp_path}:$PATH"
        {BASH}
        compopt() {{ :; }}
        COMP_WORDS=(cloudmc-tui "$@"); COMP_CWORD=$#
        _cloudmc_tui
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """

    def complete(*words: str) -> list[str]:
        ran = subprocess.run(
            [bash, "--norc", "-c", script, "bash", *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert ran.stderr == ""
        return ran.stdout.split()

    return complete


def test_bash_completes(in_bash: BashCompletes) -> None:
    assert in_bash("ls", f"{INSTANCES}/d") == [f"{INSTANCES}/db-01"]
    assert in_bash("run", INSTANCES + "/web-01", "rebo") == ["reboot"]
    assert in_bash("--profile", "wo") == ["work"]
