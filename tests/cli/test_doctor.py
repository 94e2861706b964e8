"""The doctor: what it looks at, what it makes of it, and that it is well only when all is."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path as FilePath
from typing import Any

import pytest

from cloudmc_tui.api.checks import Outcome
from cloudmc_tui.cli import surroundings
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.cli.surroundings import Finding
from cloudmc_tui.simulator import Settings, SimulatorApp
from tests.cli.conftest import Command, program, served
from tests.terminal import Terminal

KEY = "SENTINEL-k3y-doc-17"


@pytest.fixture
def folder() -> FilePath:
    made = FilePath(os.environ["XDG_CONFIG_HOME"]) / "cloudmc-tui"
    made.mkdir(parents=True, mode=0o700)
    return made


@pytest.fixture
def write(folder: FilePath) -> Callable[[str], FilePath]:
    def config(text: str) -> FilePath:
        file = folder / "config.toml"
        file.write_text(text)
        file.chmod(0o600)
        return file

    return config


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with served(SimulatorApp(Settings(key=KEY))) as base:
        yield base


Examine = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def examine(cloudmc: Command) -> Examine:
    """Ask the doctor; gives the exit status and the findings."""

    def run(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
        outcome = cloudmc("doctor", "-o", "json", *arguments)
        assert KEY not in outcome.out + outcome.err
        told = json.loads(outcome.out)
        bad = [f for f in told["findings"] if f["outcome"] in ("warning", "failed")]
        assert told["well"] == (outcome.status == Exit.DONE) == (not bad)
        return outcome.status, told["findings"]

    return run


def bad(findings: list[dict[str, Any]]) -> list[str]:
    """What is not well, each in one line."""
    unwell = [f for f in findings if f["outcome"] in ("warning", "failed")]
    return [f"{f['section']} {f['name']}: {f['detail']}" for f in unwell]


# As a whole


def test_all_is_well_on_a_fresh_machine(examine: Examine) -> None:
    status, findings = examine()
    assert (status, bad(findings)) == (Exit.DONE, [])
    assert {f["section"] for f in findings} == {"terminal", "versions", "folders", "profiles"}
    assert not list(FilePath(os.environ["HOME"]).rglob("cloudmc-tui")), "nothing was made"


def test_all_is_well_with_a_profile_that_works(
    examine: Examine, write: Callable[[str], FilePath], endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIM_KEY", KEY)
    write(f'[profiles.sim]\nendpoint = "{endpoint}"\nkey_env = "SIM_KEY"\n')
    status, findings = examine()
    assert (status, bad(findings)) == (Exit.DONE, [])
    steps = [f for f in findings if f["section"] == "endpoints"]
    assert [s["detail"].split(":")[0] for s in steps][-1] == "services seen"
    assert all(s["seconds"] >= 0 for s in steps)
    (told,) = [f for f in findings if f["section"] == "profiles"]
    assert told["detail"] == f"{endpoint}, normal, key: $SIM_KEY"


def test_for_people(cloudmc: Command, write: Callable[[str], FilePath], endpoint: str) -> None:
    write(f'[profiles.sim]\nendpoint = "{endpoint}"\nkey_plain = "{KEY}"\n')
    outcome = cloudmc("doctor")
    assert outcome.status == Exit.FAILED
    assert KEY not in outcome.out + outcome.err
    assert [line for line in outcome.lines if line.endswith(":") and line[0] != " "] == [
        "terminal:", "versions:", "folders:", "profiles:", "endpoints:",
    ]  # fmt: skip
    assert any(line.startswith("  warning  sim  the key of the profile 'sim'") for line in outcome.lines)
    assert "1 of " in outcome.err
    assert "findings want attention" in outcome.err


def test_several_profiles_are_all_tested_and_one_alone_where_it_is_named(
    examine: Examine, write: Callable[[str], FilePath], endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIM_KEY", KEY)
    down = 'endpoint = "http://127.0.0.1:1/v1"'
    write(
        f'default = "sim"\n[profiles.sim]\nendpoint = "{endpoint}"\nkey_env = "SIM_KEY"\n'
        f'[profiles.down]\n{down}\nkey_env = "SIM_KEY"\n'
        f'[profiles.asks]\nendpoint = "{endpoint}"\nkey_prompt = true\n'
    )
    status, findings = examine()
    assert status == Exit.FAILED
    (only,) = bad(findings)
    assert "endpoints down: connected: 127.0.0.1:1 refuses connections" in only
    assert {f["name"] for f in findings if f["section"] == "endpoints"} == {"sim", "down", "asks"}
    asks = [f for f in findings if f["section"] == "endpoints" and f["name"] == "asks"]
    assert asks[-1]["outcome"] == "note", "nobody is asked for keys"
    assert examine("--profile", "sim")[0] == Exit.DONE
    assert examine("--no-test")[0] == Exit.DONE


def test_a_profile_that_is_not_there(cloudmc: Command, write: Callable[[str], FilePath]) -> None:
    write('[profiles.sim]\nendpoint = "x.example"\nkey_prompt = true\n')
    outcome = cloudmc("doctor", "--profile", "smi")
    assert (outcome.status, outcome.out) == (Exit.USAGE, "")
    assert "did you mean sim?" in outcome.err


def test_the_environments_connection(
    examine: Examine, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDMC_ENDPOINT", endpoint)
    status, findings = examine()
    assert status == Exit.FAILED
    assert "no API key: set CLOUDMC_API_KEY" in bad(findings)[0]
    monkeypatch.setenv("CLOUDMC_API_KEY", KEY)
    status, findings = examine()
    assert (status, bad(findings)) == (Exit.DONE, [])
    assert {f["name"] for f in findings if f["section"] == "endpoints"} == {"environment"}


def test_mistakes_of_the_config_file(examine: Examine, write: Callable[[str], FilePath]) -> None:
    file = write(
        f'[profiles.a]\nendpoint = "ftp://x"\nkey_plain = "{KEY}"\n'
        '[profiles.b]\nendpoint = "x.invalid"\nkey_prompt = true\nnots = 1\n[other]\n'
    )
    _, findings = examine("--no-test")
    told = {f["detail"].split(":")[0]: f for f in findings if f["hint"] == str(file)}
    assert [f["outcome"] for f in told.values()] == ["failed", "warning", "note"]
    assert list(told) == ["line 2", "line 7", "line 8"]
    write("what is this")
    status, findings = examine()
    assert status == Exit.FAILED
    assert "is not valid TOML" in bad(findings)[0]


def test_what_is_open_to_others(examine: Examine, write: Callable[[str], FilePath], folder: FilePath) -> None:
    write("").chmod(0o644)
    folder.chmod(0o755)
    status, findings = examine()
    assert status == Exit.FAILED
    told = [f for f in findings if f["name"] == "privacy"]
    assert [f["hint"] for f in told] == [f"chmod go-rwx {folder}", f"chmod go-rwx {folder / 'config.toml'}"]
    folder.chmod(0o700)
    (folder / "config.toml").chmod(0o600)
    assert examine()[0] == Exit.DONE


def test_a_config_file_elsewhere(
    examine: Examine, tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "mine"
    elsewhere.mkdir(mode=0o700)
    (elsewhere / "c.toml").touch(mode=0o640)
    monkeypatch.setenv("CLOUDMC_CONFIG", str(elsewhere / "c.toml"))
    _, findings = examine()
    assert "folders privacy" in bad(findings)[0]
    assert str(elsewhere / "c.toml") in bad(findings)[0]


def test_a_file_where_a_folder_should_be(examine: Examine) -> None:
    state = FilePath(os.environ["XDG_STATE_HOME"])
    state.mkdir()
    (state / "cloudmc-tui").touch(mode=0o600)
    status, findings = examine()
    assert status == Exit.FAILED
    assert "is no folder" in bad(findings)[0]


def test_the_key_of_a_named_profile_is_asked_for(write: Callable[[str], FilePath], endpoint: str) -> None:
    write(f'[profiles.sim]\nendpoint = "{endpoint}"\nkey_prompt = true\n')
    with Terminal(["doctor", "--profile", "sim"], environ={"LC_ALL": "C.UTF-8"}) as terminal:
        terminal.wait_for("API key for sim")
        terminal.press(KEY, "enter")
        assert terminal.wait() == Exit.DONE
        assert "120×40" in terminal.text
        assert KEY.encode() not in terminal.written


def test_as_a_program_of_its_own(endpoint: str) -> None:
    outcome = program("doctor", "-o", "json", CLOUDMC_ENDPOINT=endpoint, CLOUDMC_API_KEY=KEY)
    assert outcome.err == ""
    assert json.loads(outcome.out)["findings"]
    assert KEY not in outcome.out


# The terminal


def terminal(environ: dict[str, str] | None = None, **more: Any) -> dict[str, Finding]:
    how: dict[str, Any] = {"at_terminal": True, "encoding": "utf-8", "size": (120, 40)}
    how["tmux"] = lambda _option: None
    found = surroundings.terminal({"TERM": "xterm-256color", **(environ or {})}, **{**how, **more})
    return {each.name: each for each in found}


def test_a_good_terminal() -> None:
    found = terminal({"COLORTERM": "truecolor"})
    assert {each.outcome for each in found.values()} <= {Outcome.OK, Outcome.SKIPPED}
    assert found["TERM"].detail == "xterm-256color: 16 million colours"
    assert terminal()["TERM"].detail == "xterm-256color: 256 colours"
    assert "NO_COLOR" in terminal({"NO_COLOR": "1"})["TERM"].detail


@pytest.mark.parametrize(
    ("environ", "more", "name", "outcome", "said"),
    [
        ({"TERM": "dumb"}, {}, "TERM", Outcome.FAILED, "dumb"),
        ({"TERM": ""}, {}, "TERM", Outcome.FAILED, "not set"),
        ({"TERM": "vt100"}, {}, "TERM", Outcome.WARNING, "16 colours or fewer"),
        ({}, {"encoding": "ascii"}, "Unicode", Outcome.WARNING, "ascii"),
        ({}, {"size": (79, 24)}, "size", Outcome.WARNING, "79×24"),
        ({}, {"at_terminal": False}, "output", Outcome.SKIPPED, "a pipe or a file"),
        ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, {}, "SSH", Outcome.SKIPPED, "sends little"),
        ({"STY": "1.x"}, {}, "clipboard", Outcome.SKIPPED, "through screen"),
    ],
)
def test_other_terminals(
    environ: dict[str, str], more: dict[str, Any], name: str, outcome: Outcome, said: str
) -> None:
    found = terminal(environ, **more)[name]
    assert found.outcome is outcome
    assert said in found.detail
    assert found.hint or outcome is Outcome.SKIPPED


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ({"set-clipboard": "on"}, Outcome.OK),
        ({"set-clipboard": "external", "allow-passthrough": "on"}, Outcome.OK),
        ({"set-clipboard": "external", "allow-passthrough": "off"}, Outcome.WARNING),
        ({"set-clipboard": "off"}, Outcome.WARNING),
        ({}, Outcome.SKIPPED),
    ],
)
def test_tmux_and_the_clipboard(options: dict[str, str], outcome: Outcome) -> None:
    found = terminal({"TMUX": "socket,1,0"}, tmux=options.get)["clipboard"]
    assert found.outcome is outcome
    assert ("tmux set -g set-clipboard on" in found.hint) == (outcome is Outcome.WARNING)


def test_tmux_is_asked(tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "tmux"
    fake.write_text(
        f"#!{sys.executable}\n"
        "import os, sys\n"
        "assert 'CLOUDMC_API_KEY' not in os.environ\n"
        "if sys.argv[1:] == ['show-options', '-gqv', 'allow-passthrough']: print('on')\n"
        "if sys.argv[1:] == ['show-options', '-sqv', 'set-clipboard']: print('external')\n"
    )
    fake.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CLOUDMC_API_KEY", KEY)
    asked = [surroundings.ask_tmux(name) for name in ("allow-passthrough", "set-clipboard", "other")]
    assert asked == ["on", "external", None]
    fake.unlink()
    assert surroundings.ask_tmux("set-clipboard") is None


# Packages


def test_a_package_that_is_missing(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version

    def version(name: str) -> str:
        if name in ("tomlkit", "keyring"):
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(surroundings, "version", version)
    status, findings = examine()
    told = {f["name"]: f for f in findings if f["section"] == "versions"}
    assert status == Exit.FAILED
    assert (told["tomlkit"]["outcome"], told["tomlkit"]["hint"]) == ("failed", "pip install tomlkit")
    assert told["keyring"]["outcome"] == "note"
    assert told["httpx"]["detail"] == real("httpx")
    assert told["Python"]["outcome"] == "ok"
