"""The config file as read: what it can say, what is wrong in it and where, and what still works then."""

from __future__ import annotations

import os
from pathlib import Path as FilePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.api import Secret
from cloudmc_tui.profiles import Config, Mode, Severity, child_environment, config_file, load_config
from cloudmc_tui.profiles.config import read_config
from cloudmc_tui.profiles.sources import (
    CommandKey,
    EnvironmentKey,
    FileKey,
    KeyringKey,
    KeySource,
    PlainKey,
    PromptKey,
)

GOOD = """\
default = "prod"

[profiles.prod]
endpoint = "https://prod.example/v1"
key_env = "PROD_KEY"
"""


def config(text: str, folder: FilePath = FilePath("/nowhere")) -> Config:
    return read_config(text, folder / "config.toml")


def bad(line: str) -> Config:
    """A config whose second profile has this line, in line 10."""
    text = f'{GOOD}\n[profiles.bad]\nendpoint = "https://bad.example/v1"\nkey_prompt = true\n{line}\n'
    return config(text)


def test_everything_that_a_profile_can_say(tmp_path: FilePath) -> None:
    for name in ("ca.pem", "me.pem", "me.key"):
        (tmp_path / name).touch()
    found = config(
        """
        [profiles."the best one"]
        endpoint = "cloud.example"
        organization = "org-1"
        key_command = ["pass", "show", "a b"]
        mode = "read-only"
        color = "#FF8000"
        ca_file = "ca.pem"
        client_certificate = "me.pem"
        client_key = "me.key"
        proxy = "http://ann:hunter2@proxy.example:3128"
        connect_timeout = 5
        read_timeout = 6.5
        call_timeout = 7
        path = "compute-qc/production"
        notes = "careful"
        """,
        tmp_path,
    )
    assert found.problems == ()
    profile = found.profiles["the best one"]
    assert (profile.endpoint, profile.organization_id) == ("cloud.example", "org-1")
    assert profile.key == CommandKey(("pass", "show", "a b"))
    assert profile.key_source == "command: pass show 'a b'"
    assert (profile.mode, profile.color) == (Mode.READ_ONLY, "#ff8000")
    assert (profile.path, profile.notes) == ("compute-qc/production", "careful")
    assert "hunter2" not in repr(profile)
    settings = profile.settings(Secret("key"))
    assert settings.verify == str(tmp_path / "ca.pem"), "relative to the config file's folder"
    assert settings.client_certificate == (str(tmp_path / "me.pem"), str(tmp_path / "me.key"))
    assert settings.proxy == "http://ann:hunter2@proxy.example:3128"
    limits = settings.timeouts
    assert (limits.connect, limits.read, limits.call) == (5, 6.5, 7)
    assert settings.organization_id == "org-1"


@pytest.mark.parametrize(
    ("line", "source", "label"),
    [
        ('key_env = "A_KEY"', EnvironmentKey("A_KEY"), "$A_KEY"),
        ("key_command = \"op read 'op://a b/c'\"", CommandKey(("op", "read", "op://a b/c")), "op://a b/c"),
        ('key_file = "/etc/key"', FileKey("/etc/key"), "file: /etc/key"),
        ('key_file = "key"', FileKey("/nowhere/key"), "file: /nowhere/key"),
        ("key_prompt = true", PromptKey(), "asked for"),
        ("key_keyring = true", KeyringKey("x"), "keyring: cloudmc-tui, x"),
        ('key_keyring = "ann"', KeyringKey("ann"), "keyring: cloudmc-tui, ann"),
        ('key_plain = "sentinel-key"', PlainKey(Secret("sentinel-key")), "in the config file itself"),
        ('key_prompt = false\nkey_env = "A"', EnvironmentKey("A"), "$A"),
    ],
)
def test_key_sources(line: str, source: KeySource, label: str) -> None:
    found = config(f'[profiles.x]\nendpoint = "https://x.example"\n{line}\n')
    assert found.problems == ()
    assert found.profiles["x"].key == source
    assert label in found.profiles["x"].key_source
    assert "sentinel-key" not in repr(found) + found.profiles["x"].key_source


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('mode = "readonly"', "mode: 'readonly' is none of normal, protected, read-only; did you mean"),
        ("mode = 1", "mode: is a number, and has to be a text in quotes"),
        ('color = "rde"', "color: 'rde' is no colour; did you mean 'red'?"),
        ('color = "#12345"', "color: '#12345' is no colour; there are red, "),
        ('verify = "no"', "verify: is a text, and has to be true or false"),
        ('ca_file = "none.pem"', "ca_file: there is no file /nowhere/none.pem"),
        ('client_certificate = "/none.pem"', "client_certificate: there is no file /none.pem"),
        ('client_key = "/dev/null"', "client_key: there is no client_certificate that it belongs to"),
        ('proxy = "ftp://u:hunter2@x"', "proxy: '•••@x' is no proxy"),
        ('proxy = "http://x:99999"', "proxy: 'http://x:99999' is no proxy"),
        ("read_timeout = 0", "read_timeout: has to be a number of seconds above 0"),
        ("read_timeout = true", "read_timeout: has to be a number of seconds above 0"),
        ("read_timeout = nan", "read_timeout: has to be a number of seconds above 0"),
        ('path = "a//b"', "path: "),
        ("notes = 1979-05-27", "notes: is a date, and has to be a text in quotes"),
        ('key_env = "X"', "key_prompt and key_env exclude each other: a key has one source"),
        ('mode = "\\u001b[2J"', r"mode: '\x1b[2J' is none of"),
    ],
)  # fmt: skip
def test_a_bad_value_is_told_with_its_line_and_the_others_still_work(line: str, said: str) -> None:
    found = bad(line)
    assert list(found.profiles) == ["prod"]
    assert found.broken == ("bad",)
    (problem,) = found.problems
    assert problem.severity is Severity.ERROR
    assert str(problem).startswith("line 10: profiles.bad.")
    assert said in str(problem)
    assert found.told() == (f"/nowhere/config.toml: {problem}",)


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("", "the endpoint is empty"),
        ("ftp://x.example", "is neither http:// nor https://"),
        ("https://ann:hunter2@x.example", "has a user name or a password in it"),
        ("https://x.example/v1?key=1", "has a query or a fragment"),
        ("https://x .example", "has a space"),
        ("https://x.example:port", "is not a URL"),
    ],
)
def test_a_bad_endpoint(endpoint: str, said: str) -> None:
    found = config(f'[profiles.x]\nendpoint = "{endpoint}"\nkey_prompt = true\n')
    (problem,) = found.problems
    assert str(problem).startswith("line 2: profiles.x.endpoint: ")
    assert said in str(problem)
    assert "hunter2" not in str(problem)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('key_env = "sentinel key"', "is no name of an environment variable"),
        ("key_env = 5", "is a number"),
        ("key_command = []", "is empty"),
        ('key_command = ["a", 1]', "has to be a text, or a list of texts"),
        ('key_command = "pass \'show"', "cannot be divided into words: no closing quotation"),
        ('key_file = " "', "is empty"),
        ('key_prompt = "sentinel key"', "has to be true"),
        ("key_keyring = 5", "is a number"),
        ("key_plain = ['sentinel key']", "is a list"),
    ],
)
def test_a_bad_key_source_is_told_without_what_stands_there(source: str, said: str) -> None:
    found = config(f'[profiles.x]\nendpoint = "https://x.example"\n{source}\n')
    (problem,) = found.problems
    assert str(problem).startswith("line 3: profiles.x.key_")
    assert said in str(problem)
    assert "sentinel" not in str(problem)


def test_no_key_source_and_no_endpoint() -> None:
    found = config("[profiles.x]\nnotes = 'nothing'\n")
    assert [str(p) for p in found.problems] == [
        "line 1: profiles.x: has no endpoint: the API's base URL, or a bare host",
        "line 1: profiles.x: says nowhere where its key comes from: one of key_env, key_command, key_file, "
        "key_prompt, key_keyring, key_plain",
    ]


def test_an_unknown_setting_is_a_mistake_that_does_no_harm() -> None:
    found = bad('nots = "mine"')
    (problem,) = found.problems
    assert problem.severity is Severity.WARNING
    assert str(problem) == "line 10: profiles.bad.nots: there is no 'nots' here; did you mean 'notes'?"
    assert found.profiles["bad"].mode is Mode.NORMAL


@pytest.mark.parametrize("line", ['mod = "read-only"', 'modes = "protected"', 'organisation = "org-1"'])
def test_a_misspelled_safeguard_leaves_a_profile_that_only_reads(line: str) -> None:
    found = bad(line)
    assert found.profiles["bad"].mode is Mode.READ_ONLY
    assert "until that is settled, the profile is read-only" in str(found.problems[0])


@pytest.mark.parametrize("name", ["demo", "environment", " x", "", "a\\tb", "x" * 65])
def test_names_that_cannot_be(name: str) -> None:
    found = config(f'[profiles."{name}"]\nendpoint = "https://x.example"\nkey_prompt = true\n')
    assert not found.profiles
    assert len(found.problems) == 1


def test_names_that_differ_in_capitals_only_are_told() -> None:
    table = '[profiles.{}]\nendpoint = "https://x.example"\nkey_prompt = true\n'
    found = config(table.format("prod") + table.format("PROD"))
    assert list(found.profiles) == ["prod", "PROD"]
    assert "line 4: profiles.PROD: differs from 'prod' only in its capitals" in str(found.problems[0])


@pytest.mark.parametrize(
    ("endpoint", "more", "said"),
    [
        ("http://cloud.example/v1", "", ["the key travels in clear"]),
        ("HTTP://10.0.0.1", "", ["the key travels in clear"]),
        ("http://127.0.0.1:8080/v1", "", []),
        ("http://localhost/v1", "", []),
        ("http://[::1]/v1", "", []),
        ("https://cloud.example", "", []),
        ("https://cloud.example", "verify = false\n", ["anyone on the way can pose as the server"]),
    ],
)
def test_what_is_warned_of_every_time(endpoint: str, more: str, said: list[str]) -> None:
    found = config(f'[profiles.x]\nendpoint = "{endpoint}"\nkey_prompt = true\n{more}')
    warnings = found.profiles["x"].warnings
    assert len(warnings) == len(said)
    assert all(each in warning for each, warning in zip(said, warnings, strict=True))


def test_a_key_in_the_file_itself_is_warned_of_every_time() -> None:
    found = config('[profiles.x]\nendpoint = "https://x.example"\nkey_plain = "sentinel-key"\n')
    (warning,) = found.profiles["x"].warnings
    assert "key_plain" in warning
    assert "sentinel-key" not in warning


def test_what_is_not_ours_is_kept_quiet() -> None:
    found = config(
        "[profile.x]\n[other]\na = 1\n[settings]\ntheme = 'day'\ntheem = 1\nlow_bandwidth = 1\n" + GOOD[18:]
    )
    expected = [
        (Severity.NOTE, "line 1: profile: there is no 'profile' here; did you mean 'profiles'?"),
        (Severity.NOTE, "line 2: other: there is no 'other' here; there are default, profiles, settings"),
        (Severity.NOTE, "line 6: settings.theem: there is no 'theem' here; did you mean 'theme'?"),
        (Severity.WARNING, "line 7: settings.low_bandwidth: has to be true or false"),
    ]
    for problem, (severity, said) in zip(found.problems, expected, strict=True):
        assert problem.severity is severity
        assert str(problem).startswith(said)  # fmt: skip
    assert found.settings == {"theme": "day"}
    assert list(found.profiles) == ["prod"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("default = 5\n", "default: has to be a profile's name"),
        ("profiles = 5\n", "profiles: has to be a table: [profiles]"),
        ("[profiles]\nx = 5\n", "profiles.x: has to be a table: [profiles.x]"),
        ('default = "po"\n' + GOOD[18:], "default: names no profile: there is no 'po' here; did you mean"),
        ('default = "x"\n', "default: names no profile: there are no profiles"),
    ],
)  # fmt: skip
def test_other_mistakes(text: str, said: str) -> None:
    (problem,) = config(text).problems
    assert str(problem).split(": ", 1)[1].startswith(said)


# Files that are broken as a whole


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ('[profiles.bad]\nendpoint = "https://x\n', "line 8, column"),
        ("[profiles.bad]\nendpoint = \n", "line 8, column"),
        ("[profiles.bad\n", "line 7, column"),
        ("[profiles.bad]\nnotes = '''\nfor ever\n", "line 13, column"),
        ("[profiles.bad]\nkey_plain = \"sentinel-key\n", "line 8, column"),
    ],
)  # fmt: skip
def test_of_a_broken_file_what_can_be_read_still_works(broken: str, place: str) -> None:
    after = '[profiles.after]\nendpoint = "https://after.example"\nkey_prompt = true\n'
    found = config(f"{GOOD}\n{broken}{after}")
    assert found.damaged
    assert found.default == "prod"
    assert list(found.profiles) == ["prod", "after"]
    assert place in str(found.problems[0])
    assert "sentinel-key" not in str(found.problems)


def test_a_table_with_a_broken_line_is_not_used_without_it() -> None:
    after = '[profiles.after]\nendpoint = "x.example"\nkey_prompt = true\n'
    found = config(f'{GOOD}mode "read-only"\n{after}')
    assert list(found.profiles) == ["after"], "what the line was to say could be what matters"
    assert "line 6, column" in str(found.problems[0])


def test_a_name_that_is_there_twice() -> None:
    found = config(GOOD + '[profiles.prod]\nendpoint = "https://other.example"\nkey_prompt = true\n')
    assert str(found.problems[0]).startswith("line 6, column")
    assert "the profile 'prod' is there twice; the one in line 3 counts" in str(found.problems[0])
    assert found.profiles["prod"].endpoint == "https://prod.example/v1"


@given(st.text(alphabet="ab=[].,\"'#{}\n\\ 1", max_size=60))
def test_nothing_that_a_file_can_hold_is_more_than_a_problem(text: str) -> None:
    found = config(f"{text}\n{GOOD[18:]}")
    assert found.problems or found.profiles
    assert found.told() is not None


@given(st.binary(max_size=40))
def test_nor_are_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / f"any-{os.getpid()}.toml"
    file.write_bytes(data)
    load_config(file)
    assert file.read_bytes() == data


def test_a_file_in_another_encoding(tmp_path: FilePath) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"# fine\nnotes = '\xe9'\n")
    found = load_config(file)
    assert found.damaged
    assert [str(p) for p in found.problems] == ["line 2: is not in UTF-8"]


def test_a_file_that_cannot_be_read(tmp_path: FilePath) -> None:
    found = load_config(tmp_path)
    assert found.damaged
    assert [str(p) for p in found.problems] == ["cannot be read: is a directory"]


# Where it is


def test_where_the_file_is(tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config_file({}) == FilePath(os.environ["XDG_CONFIG_HOME"]) / "cloudmc-tui" / "config.toml"
    assert config_file({"CLOUDMC_CONFIG": "~/mine.toml"}) == FilePath.home() / "mine.toml"
    monkeypatch.chdir(tmp_path)
    assert config_file({"CLOUDMC_CONFIG": "mine.toml"}) == tmp_path / "mine.toml"


def test_no_file_is_no_mistake_unless_it_was_named(tmp_path: FilePath) -> None:
    assert load_config(environ={}) == Config(config_file({}))
    found = load_config(environ={"CLOUDMC_CONFIG": str(tmp_path / "none.toml")})
    assert found.told() == (f"{tmp_path}/none.toml: CLOUDMC_CONFIG names a file that is not there",)


# What child processes get to see


def test_children_get_no_keys() -> None:
    config('[profiles.x]\nendpoint = "https://x.example"\nkey_env = "MY_OTHER_KEY"\nmode = "broken"\n')
    environ = {"CLOUDMC_API_KEY": "a", "MY_OTHER_KEY": "b", "PATH": "/bin", "TERM": "xterm"}
    assert child_environment(environ) == {"PATH": "/bin", "TERM": "xterm"}
    assert "CLOUDMC_API_KEY" not in child_environment()


def test_a_language_that_nobody_wrote_is_told_of() -> None:
    config = read_config("[settings]\nlanguage = 'tlh'\n", FilePath("config.toml"))
    assert "language" not in config.settings
    (problem,) = config.problems
    assert str(problem) == "line 2: settings.language: there is no 'tlh' here; there are en, fr"
    assert read_config("[settings]\nlanguage = 'fr'\n", FilePath("config.toml")).settings == {
        "language": "fr"
    }
