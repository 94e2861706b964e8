"""Profiles on the command line: listed, shown, added once tested, changed, removed; never a key."""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path as FilePath

import pytest

from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.profiles import load_config
from cloudmc_tui.simulator import Settings, SimulatorApp
from tests.cli.conftest import Command, Outcome, served
from tests.terminal import Terminal

KEY = "SENTINEL-k3y-cli-91"

HAND_MADE = """\
# mine
default = "prod" # for now

[profiles.prod]
endpoint = "https://prod.example/v1"
key_command = "pass show prod"
mode = "protected"
organization = "org-1"
proxy = "http://ann:hunter2@proxy.example:3128"

# plain
[profiles.lab]
endpoint = "http://lab.example/v1"
key_plain = "SENTINEL-k3y-cli-91"
nots = "x"

[profiles.bad]
endpoint = "ftp://bad.example"
key_prompt = true
"""


@pytest.fixture
def file() -> FilePath:
    made = FilePath(os.environ["XDG_CONFIG_HOME"]) / "cloudmc-tui" / "config.toml"
    made.parent.mkdir(parents=True, mode=0o700)
    return made


@pytest.fixture
def full(file: FilePath) -> FilePath:
    file.write_text(HAND_MADE)
    file.chmod(0o600)
    return file


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with served(SimulatorApp(Settings(key=KEY))) as base:
        yield base


@pytest.fixture
def store(tmp_path: FilePath) -> FilePath:
    """A file that holds the key, private to the user."""
    made = tmp_path / "store"
    made.write_text(KEY + "\n")
    made.chmod(0o600)
    return made


Keyless = Callable[..., Outcome]


@pytest.fixture
def keyless(cloudmc: Command) -> Keyless:
    """Run a command, whose output has no key and no password in it."""

    def run(*arguments: str) -> Outcome:
        outcome = cloudmc("profiles", *arguments)
        assert KEY not in outcome.out + outcome.err
        assert "hunter2" not in outcome.out + outcome.err
        assert "Traceback" not in outcome.err
        return outcome

    return run


# Looking


def test_the_list(keyless: Keyless, full: FilePath) -> None:
    for outcome in (keyless(), keyless("list")):
        assert outcome.status == Exit.DONE
        assert outcome.lines[0].split() == ["NAME", "ENDPOINT", "ORGANIZATION", "MODE", "KEY"]
        assert [line.split()[0] for line in outcome.lines[1:]] == ["prod", "lab", "bad"]
        assert re.search(r"command: pass show prod +default$", outcome.lines[1])
        assert outcome.lines[3].endswith("has mistakes")
        assert f"{full}: line 15: profiles.lab.nots: there is no 'nots' here" in outcome.err
        assert "line 18: profiles.bad.endpoint" in outcome.err


def test_the_list_for_programs(keyless: Keyless, full: FilePath) -> None:
    for arguments in (("-o", "json"), ("list", "-o", "json")):
        prod, lab, bad = json.loads(keyless(*arguments).out)
        assert (prod["name"], prod["mode"], prod["default"], prod["usable"]) == (
            "prod",
            "protected",
            True,
            True,
        )
        assert (lab["key"], lab["usable"], bad["usable"]) == ("in the config file itself", True, False)
        assert "line 18" in bad["problems"][0]


def test_no_profiles_yet(keyless: Keyless) -> None:
    outcome = keyless()
    assert (outcome.status, outcome.out) == (Exit.DONE, "")
    assert "profiles add" in outcome.err
    assert json.loads(keyless("-o", "json").out) == []


def test_one_whole(keyless: Keyless, full: FilePath) -> None:
    lines = dict(re.split(r"  +", line, maxsplit=1) for line in keyless("show", "prod").lines)
    assert lines["endpoint"] == "https://prod.example/v1"
    assert lines["key"] == "command: pass show prod"
    assert lines["proxy"] == "•••@proxy.example:3128"
    assert lines["file"] == str(full)
    lab = json.loads(keyless("show", "lab", "-o", "json").out)
    assert ["key_plain" in w for w in lab["warnings"]] == [True, False]
    assert "travels in clear" in lab["warnings"][1]
    assert "has no" not in keyless("show", "bad").out
    outcome = keyless("show", "prdo")
    assert (outcome.status, outcome.out) == (Exit.USAGE, "")
    assert "did you mean prod?" in outcome.err


# Adding


@pytest.mark.parametrize("source", ["env", "file", "command"])
def test_one_is_added_once_a_test_has_passed(
    keyless: Keyless, cloudmc: Command, endpoint: str, store: FilePath, file: FilePath,
    monkeypatch: pytest.MonkeyPatch, source: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("MY_KEY", KEY)
    how = {
        "env": ("--key-env", "MY_KEY"),
        "file": ("--key-file", str(store)),
        "command": ("--key-command", f"cat {store}"),
    }[source]
    outcome = keyless("add", "sim", "--endpoint", endpoint, *how, "--mode", "read-only", "--color", "red")
    assert outcome.status == Exit.DONE
    assert outcome.out == ""
    said = [line.split("  ")[0] for line in outcome.err.splitlines()[:8]]
    assert said == ["ok", "ok", "skipped", "ok", "ok", "ok", "ok", "ok"]
    assert f"written to {file}" in outcome.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    outcome = cloudmc("ls", "--profile", "sim")
    assert (outcome.status, outcome.err) == (Exit.DONE, "")
    assert "compute-qc" in outcome.out
    assert cloudmc("ls").out == outcome.out, "the only one needs no name"
    refused = cloudmc("run", "compute-qc/production/instances/web-01", "stop", "--yes", "--profile", "sim")
    assert refused.status == Exit.REFUSED
    assert "read-only" in refused.err


def test_nothing_is_written_when_the_test_fails(keyless: Keyless, endpoint: str, file: FilePath) -> None:
    outcome = keyless("add", "sim", "--endpoint", endpoint, "--key-command", "printf wrong-key")
    assert outcome.status == Exit.NOT_ALLOWED
    assert "the API key was refused" in outcome.err
    assert "not written, as the test has not passed" in outcome.err
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        outcome = keyless("add", "sim", "--endpoint", f"http://127.0.0.1:{port}", "--key-env", "MY_KEY")
    assert outcome.status == Exit.NO_CONNECTION
    outcome = keyless("add", "sim", "--endpoint", endpoint, "--key-env", "NO_SUCH_VARIABLE")
    assert outcome.status == Exit.NOT_ALLOWED
    outcome = keyless("add", "sim", "--endpoint", endpoint, "--key-prompt")
    assert outcome.status == Exit.NOT_ALLOWED
    assert not file.exists()


def test_unless_it_is_wanted(
    keyless: Keyless, file: FilePath, tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").touch()
    monkeypatch.chdir(tmp_path)
    outcome = keyless(
        "add", "prod", "--endpoint", "https://prod.example/v1", "--key-prompt", "--no-test", "--default",
        "--ca-file", "ca.pem", "--proxy", "http://ann:hunter2@proxy.example", "--connect-timeout", "5",
        "--org", "o", "--path", "a/b", "--notes", "careful", "--no-verify",
    )  # fmt: skip
    assert outcome.status == Exit.DONE
    assert "does not check the server's certificate" in outcome.err
    found = load_config(file)
    profile = found.profiles["prod"]
    assert found.default == "prod"
    assert profile.ca_file == str(tmp_path / "ca.pem")
    assert (profile.timeouts.connect, profile.verify, profile.notes) == (5, False, "careful")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--endpoint", "x.example"], "one of the arguments --key-env"),
        (["--key-prompt"], "required: --endpoint"),
        (["--endpoint", "x.example", "--key-prompt", "--key-env", "X"], "not allowed with"),
        (["--endpoint", "x.example", "--key-plain", "x"], "one of the arguments --key-env"),
    ],
)  # fmt: skip
def test_what_is_no_way_to_add_one(cloudmc: Command, arguments: list[str], said: str) -> None:
    outcome = cloudmc("profiles", "add", "new", *arguments)
    assert outcome.status == Exit.USAGE
    assert said in outcome.err


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        (
            "new",
            ["--endpoint", "ftp://x"],
            "endpoint: the endpoint 'ftp://x' is neither http:// nor https://",
        ),
        ("new", ["--endpoint", "x.example", "--mode", "readonly"], "did you mean 'read-only'?"),
        ("new", ["--endpoint", "x.example", "--color", "grene"], "did you mean 'green'?"),
        ("new", ["--endpoint", "x.example", "--ca-file", "/none.pem"], "there is no file /none.pem"),
        ("prod", ["--endpoint", "x.example"], "there is a profile 'prod' already"),
        ("PROD", ["--endpoint", "x.example"], "capitals alone make no other name"),
        ("demo", ["--endpoint", "x.example"], "take another name"),
    ],
)
def test_mistakes_are_told_and_not_written(
    keyless: Keyless, full: FilePath, name: str, arguments: list[str], said: str
) -> None:
    outcome = keyless("add", name, "--key-prompt", "--no-test", *arguments)
    assert outcome.status == Exit.USAGE
    assert said in outcome.err
    assert full.read_text() == HAND_MADE


def test_a_broken_file_is_left_alone(keyless: Keyless, full: FilePath) -> None:
    full.write_text(HAND_MADE + "what is this\n")
    outcome = keyless("add", "new", "--endpoint", "x.example", "--key-prompt", "--no-test")
    assert outcome.status == Exit.USAGE
    assert "was not changed, as it is broken: line 20" in outcome.err
    assert full.read_text() == HAND_MADE + "what is this\n"
    assert "prod" in keyless().out, "what can be read still works"


# Testing


def test_a_test_step_by_step(keyless: Keyless, endpoint: str, file: FilePath, store: FilePath) -> None:
    keyless("add", "sim", "--endpoint", endpoint, "--key-file", str(store), "--no-test")
    for outcome in (keyless("test", "sim"), keyless("test")):
        assert outcome.status == Exit.DONE
        steps = [re.split(r"  +", line)[1] for line in outcome.lines]
        assert steps == [
            "name resolved", "connected", "certificate valid", "key read", "API answered", "key accepted",
            "organizations seen", "services seen",
        ]  # fmt: skip
        assert all(re.search(r"\d ms  |\d s  ", line) for line in outcome.lines)
    steps = json.loads(keyless("test", "sim", "-o", "json").out)
    assert {step["outcome"] for step in steps} == {"ok", "skipped"}
    assert steps[-1]["detail"].startswith("2: compute-qc")


def test_a_test_that_fails_says_where_and_what_to_try(keyless: Keyless, full: FilePath) -> None:
    outcome = keyless("test", "bad")
    assert outcome.status == Exit.USAGE
    assert "cannot be used" in outcome.err
    full.write_text('[profiles.x]\nendpoint = "http://127.0.0.1:1/v1"\nkey_prompt = true\n')
    outcome = keyless("test", "x")
    assert outcome.status == Exit.NO_CONNECTION
    assert outcome.lines[-2].startswith("failed   connected")
    assert "see that the port is right" in outcome.lines[-1]


# Changing


def test_a_change(keyless: Keyless, full: FilePath) -> None:
    assert keyless("change", "prod", "--mode", "read-only", "--key-env", "PROD_KEY").status == Exit.DONE
    text = full.read_text()
    assert 'key_env = "PROD_KEY"' in text
    assert "pass show prod" not in text
    assert text.startswith('# mine\ndefault = "prod" # for now\n')
    assert keyless("change", "prod").status == Exit.USAGE
    assert keyless("change", "prdo", "--mode", "normal").status == Exit.USAGE


def test_removing(keyless: Keyless, full: FilePath) -> None:
    assert keyless("remove", "prod").status == Exit.DONE
    assert full.read_text().startswith("# mine\n\n# plain\n[profiles.lab]")
    assert keyless("remove", "prod").status == Exit.USAGE
    assert keyless("remove", "bad").status == Exit.DONE, "one with mistakes, too"


def test_a_key_file_is_left_where_it_is(keyless: Keyless, file: FilePath, store: FilePath) -> None:
    keyless("add", "x", "--endpoint", "x.example", "--key-file", str(store), "--no-test")
    assert f"its key is left where it is (file: {store})" in keyless("remove", "x").err
    assert store.exists()


def test_the_default(keyless: Keyless, full: FilePath) -> None:
    assert keyless("default").out == "prod\n"
    assert keyless("default", "lab").status == Exit.DONE
    assert keyless("default").out == "lab\n"
    assert keyless("default", "labb").status == Exit.USAGE
    assert keyless("default", "--none").status == Exit.DONE
    assert keyless("default").status == Exit.NOT_FOUND


# Using


def test_the_environment_names_one(
    cloudmc: Command, endpoint: str, full: FilePath, store: FilePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloudmc("profiles", "add", "sim", "--endpoint", endpoint, "--key-file", str(store))
    monkeypatch.setenv("CLOUDMC_PROFILE", "sim")
    assert "compute-qc" in cloudmc("ls").out
    monkeypatch.setenv("CLOUDMC_PROFILE", "bad")
    outcome = cloudmc("ls")
    assert outcome.status == Exit.USAGE
    assert "line 18: profiles.bad.endpoint" in outcome.err
    outcome = cloudmc("ls", "--demo")
    assert (outcome.status, outcome.err) == (Exit.DONE, "")


def test_warnings_are_told_every_time(cloudmc: Command, endpoint: str, file: FilePath) -> None:
    file.write_text(f'[profiles.x]\nendpoint = "{endpoint}"\nkey_plain = "{KEY}"\nnots = ""\n')
    file.chmod(0o644)
    for _ in range(2):
        outcome = cloudmc("ls")
        assert outcome.status == Exit.DONE
        assert "key_plain" in outcome.err
        assert "line 4: profiles.x.nots" in outcome.err
        assert f"{file} is open to others (mode 0644): chmod go-rwx {file}" in outcome.err
        assert KEY not in outcome.out + outcome.err


def test_no_key_is_not_allowed(cloudmc: Command, endpoint: str, file: FilePath) -> None:
    file.write_text(f'[profiles.x]\nendpoint = "{endpoint}"\nkey_prompt = true\n')
    outcome = cloudmc("ls")
    assert (outcome.status, outcome.out) == (Exit.NOT_ALLOWED, "")
    assert "there is no terminal to ask on" in outcome.err
    file.write_text(f'[profiles.x]\nendpoint = "{endpoint}"\nkey_command = "false"\n')
    outcome = cloudmc("ls")
    assert outcome.status == Exit.NOT_ALLOWED
    assert "the key command 'false' failed (status 1)" in outcome.err


def test_tls_proxy_and_time_limits_of_a_profile_are_kept(cloudmc: Command, file: FilePath) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        file.write_text(
            f'[profiles.x]\nendpoint = "http://127.0.0.1:{port}/v1"\nkey_command = "echo {KEY}"\n'
            "read_timeout = 0.2\ncall_timeout = 0.4\n"
        )
        outcome = cloudmc("ls")
        assert outcome.status == Exit.UNKNOWN
        file.write_text(
            '[profiles.x]\nendpoint = "https://cloud.invalid/v1"\nkey_command = "echo x"\n'
            f'proxy = "http://127.0.0.1:{port}"\nconnect_timeout = 0.2\nread_timeout = 0.2\n'
        )
        assert "proxy" in cloudmc("ls").err


def test_the_key_is_asked_for_at_a_terminal(endpoint: str, file: FilePath) -> None:
    file.write_text(f'[profiles.sim]\nendpoint = "{endpoint}"\nkey_prompt = true\n')
    with Terminal(["ls"]) as terminal:
        terminal.wait_for("API key for sim")
        terminal.press(KEY, "enter")
        assert terminal.wait() == Exit.DONE
        assert "compute-qc" in terminal.text
        assert KEY.encode() not in terminal.written
        assert terminal.modes() == terminal.modes_before
    with Terminal(["profiles", "test"]) as terminal:
        terminal.wait_for("API key for sim")
        terminal.press(KEY, "enter")
        assert terminal.wait() == Exit.DONE
        assert KEY.encode() not in terminal.written


@pytest.mark.parametrize(("key", "status"), [("ctrl+c", Exit.INTERRUPTED), ("enter", Exit.NOT_ALLOWED)])
def test_who_gives_no_key_gets_the_terminal_back(
    endpoint: str, file: FilePath, key: str, status: Exit
) -> None:
    file.write_text(f'[profiles.sim]\nendpoint = "{endpoint}"\nkey_prompt = true\n')
    with Terminal(["ls"]) as terminal:
        terminal.wait_for("API key for sim")
        terminal.press(key)
        assert terminal.wait() == status
        assert terminal.modes() == terminal.modes_before


def test_nothing_is_loaded_that_is_not_needed() -> None:
    import subprocess

    code = (
        "import sys\nsys.argv = ['cloudmc-tui', 'ls', '--profile', 'x']\n"
        "from cloudmc_tui.__main__ import main\nmain()\n"
        "print([m for m in ('tomlkit', 'keyring', 'textual') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.stdout == "[]\n"
