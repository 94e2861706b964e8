"""Edits of the config file: what is wanted and nothing else, one session at a time, all or nothing."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

import pytest
import tomli
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from cloudmc_tui.profiles import Mode, edit, load_config
from cloudmc_tui.profiles.document import CannotEdit, Document
from cloudmc_tui.profiles.edit import ConfigError
from cloudmc_tui.profiles.places import statements

VALUES = {"endpoint": "https://new.example/v1", "key_command": ["pass", "show", "x"], "mode": "protected"}

HAND_MADE = """\
# My clouds. Ask Ann before touching prod.
default = "prod" # for now

# The real thing
[profiles.prod]
endpoint   = "https://prod.example/v1" # aligned by hand
  key_env = 'PROD_KEY'
future = { a = 1 } # of a later version

# For trying things
[profiles.staging]
# inside
endpoint = "https://staging.example/v1"
key_prompt = true

  # the end of the profiles

[settings]
theme = "day"
[other.program]
x = [
  1, # one
]
"""


@pytest.fixture
def file(tmp_path: FilePath) -> FilePath:
    made = tmp_path / "config.toml"
    made.write_text(HAND_MADE)
    made.chmod(0o600)
    return made


def changed(file: FilePath, old: str, new: str) -> None:
    """The file is as it was but for one place."""
    assert HAND_MADE.count(old) == 1
    assert file.read_text() == HAND_MADE.replace(old, new)


# What is wanted


def test_the_first_profile_makes_the_file_private(tmp_path: FilePath) -> None:
    file = tmp_path / "new" / "folder" / "config.toml"
    profile = edit.add_profile(file, "prod", VALUES, default=True)
    assert file.read_text() == (
        'default = "prod"\n\n[profiles.prod]\nendpoint = "https://new.example/v1"\n'
        'key_command = ["pass", "show", "x"]\nmode = "protected"\n'
    )
    assert load_config(file).profiles["prod"] == profile
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert sorted(p.name for p in file.parent.iterdir()) == ["config.toml", "config.toml.lock"]


def test_a_new_profile_stands_behind_the_others(file: FilePath) -> None:
    edit.add_profile(file, "new one", {"endpoint": "new.example", "key_prompt": True})
    changed(
        file,
        "key_prompt = true\n\n  # the end",
        'key_prompt = true\n\n[profiles."new one"]\nendpoint = "new.example"\nkey_prompt = true\n'
        "\n  # the end",
    )


def test_a_value_is_changed_in_its_place(file: FilePath) -> None:
    profile = edit.change_profile(file, "prod", {"endpoint": "https://moved.example/v1"})
    assert profile.endpoint == "https://moved.example/v1"
    changed(file, '"https://prod.example/v1"', '"https://moved.example/v1"')


def test_a_new_value_stands_at_the_end_of_its_table_and_before_the_comment_of_the_next(
    file: FilePath,
) -> None:
    assert edit.change_profile(file, "prod", {"mode": "read-only"}).mode is Mode.READ_ONLY
    changed(file, "# of a later version\n", '# of a later version\nmode = "read-only"\n')


def test_a_value_is_taken_out(file: FilePath) -> None:
    edit.change_profile(file, "prod", {"key_env": None, "key_prompt": True})
    changed(
        file,
        "  key_env = 'PROD_KEY'\nfuture = { a = 1 } # of a later version\n",
        "future = { a = 1 } # of a later version\nkey_prompt = true\n",
    )


def test_what_stays_the_same_is_not_written(file: FilePath) -> None:
    before = file.stat()
    edit.change_profile(file, "prod", {"key_env": "PROD_KEY"})
    assert file.stat() == before


def test_a_profile_goes_with_its_comments_and_leaves_the_others_theirs(file: FilePath) -> None:
    edit.remove_profile(file, "staging")
    changed(
        file,
        "# For trying things\n[profiles.staging]\n# inside\n"
        'endpoint = "https://staging.example/v1"\nkey_prompt = true\n\n',
        "",
    )


def test_the_default_goes_with_its_profile(file: FilePath) -> None:
    edit.remove_profile(file, "prod")
    text = file.read_text()
    assert text.startswith("# My clouds. Ask Ann before touching prod.\n\n# For trying things\n[profiles.st")
    assert load_config(file).default is None


def test_a_profile_is_renamed_in_its_place_and_the_default_follows(file: FilePath) -> None:
    edit.rename_profile(file, "prod", "prod.eu")
    assert file.read_text() == HAND_MADE.replace("[profiles.prod]", '[profiles."prod.eu"]').replace(
        'default = "prod"', 'default = "prod.eu"'
    )
    edit.rename_profile(file, "prod.eu", "PROD.EU")
    assert load_config(file).default == "PROD.EU"


def test_a_profile_is_duplicated_with_all_that_it_has(file: FilePath) -> None:
    edit.duplicate_profile(file, "prod", "prod-2")
    data = tomli.loads(file.read_text())["profiles"]
    assert data["prod-2"] == data["prod"]
    assert file.read_text().replace(
        '[profiles.prod-2]\nendpoint = "https://prod.example/v1"\n'
        'key_env = "PROD_KEY"\nfuture = {a = 1}\n\n', "",
    ) == HAND_MADE  # fmt: skip


def test_the_keyrings_entry_keeps_its_name(tmp_path: FilePath) -> None:
    file = tmp_path / "config.toml"
    edit.add_profile(file, "a", {"endpoint": "a.example", "key_keyring": True})
    edit.duplicate_profile(file, "a", "b")
    edit.rename_profile(file, "a", "c")
    assert [p.key_source for p in load_config(file).profiles.values()] == ["keyring: cloudmc-tui, a"] * 2


def test_the_default_is_set_and_taken_back(file: FilePath) -> None:
    edit.set_default(file, "staging")
    changed(file, 'default = "prod" # for now', 'default = "staging" # for now')
    edit.set_default(file, None)
    assert "default" not in tomli.loads(file.read_text())
    edit.set_default(file, "demo")
    assert load_config(file).default == "demo"


def test_settings_of_the_program(file: FilePath) -> None:
    edit.change_settings(file, {"theme": "night", "low_bandwidth": True})
    changed(file, 'theme = "day"\n', 'theme = "night"\nlow_bandwidth = true\n')
    edit.change_settings(file, {"theme": None, "low_bandwidth": None, "never": None})
    changed(file, 'theme = "day"\n', "")


def test_windows_line_ends_stay(file: FilePath) -> None:
    file.write_bytes(HAND_MADE.replace("\n", "\r\n").encode())
    edit.add_profile(file, "new", VALUES)
    edit.change_profile(file, "prod", {"notes": "one\ntwo"})
    edit.remove_profile(file, "staging")
    data = file.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")
    assert load_config(file).profiles["prod"].notes == "one\ntwo"


@pytest.mark.parametrize(
    "text",
    [
        'profiles = { prod = { endpoint = "x.example", key_prompt = true } } # inline\n',
        '[profiles]\nprod = { endpoint = "x.example", key_prompt = true } # inline\n',
        '[profiles]\nprod.endpoint = "x.example" # dotted\nprod.key_prompt = true\n',
        'profiles.prod.endpoint = "x.example" # dotted\nprofiles.prod.key_prompt = true\n',
        '["profiles" . prod]\n"endpoint" = "x.example" # quoted\nkey_prompt = true',
        '[profiles.prod.more]\na = 1 # before\n[profiles.prod]\nendpoint = "x.example"\nkey_prompt = true\n',
    ],
)
def test_unusual_layouts(file: FilePath, text: str) -> None:
    file.write_text(text)
    edit.change_profile(file, "prod", {"mode": "protected", "endpoint": "y.example"})
    edit.add_profile(file, "new", VALUES)
    edit.rename_profile(file, "prod", "other")
    found = load_config(file)
    assert (found.profiles["other"].endpoint, found.profiles["other"].mode) == ("y.example", Mode.PROTECTED)
    assert "new" in found.profiles
    assert text.partition("#")[2].partition("\n")[0] in file.read_text()
    edit.remove_profile(file, "other")
    assert list(load_config(file).profiles) == ["new"]


# What is refused


def test_names_that_are_taken(file: FilePath) -> None:
    for name, said in (
        ("prod", "a profile 'prod' already in"),
        ("Prod", "capitals alone make no other name"),
    ):
        with pytest.raises(ConfigError, match=said):
            edit.add_profile(file, name, VALUES)
        with pytest.raises(ConfigError, match=said):
            edit.rename_profile(file, "staging", name)
    assert file.read_text() == HAND_MADE


@pytest.mark.parametrize("name", ["demo", "environment", "", " x", "a\x1bb"])
def test_names_that_cannot_be(file: FilePath, name: str) -> None:
    with pytest.raises(ConfigError):
        edit.add_profile(file, name, VALUES)
    with pytest.raises(ConfigError):
        edit.rename_profile(file, "prod", name)
    assert file.read_text() == HAND_MADE


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"mode": "wild"}, "mode: 'wild' is none of"),
        ({"endpoint": "ftp://x"}, "endpoint: the endpoint 'ftp://x' is neither"),
        ({"key_prompt": True}, "exclude each other"),
        ({"key_command": None}, "says nowhere where its key comes from"),
        ({"mod": "protected"}, "mod: there is no 'mod' here; did you mean 'mode'?"),
        ({"ca_file": "none.pem"}, "ca_file: there is no file"),
    ],
)
def test_settings_with_mistakes_are_not_written(file: FilePath, values: dict[str, Any], said: str) -> None:
    new = {k: v for k, v in {**VALUES, **values}.items() if v is not None}
    with pytest.raises(ConfigError, match=said):
        edit.add_profile(file, "new", new)
    assert file.read_text() == HAND_MADE


def test_a_change_that_would_leave_mistakes_is_not_written(file: FilePath) -> None:
    with pytest.raises(ConfigError, match="says nowhere where its key comes from"):
        edit.change_profile(file, "prod", {"key_env": None})
    assert file.read_text() == HAND_MADE


@pytest.mark.parametrize(
    "change",
    [
        lambda file: edit.change_profile(file, "prdo", {"mode": "normal"}),
        lambda file: edit.remove_profile(file, "prdo"),
        lambda file: edit.rename_profile(file, "prdo", "x"),
        lambda file: edit.duplicate_profile(file, "prdo", "x"),
        lambda file: edit.set_default(file, "prdo"),
    ],
)
def test_profiles_that_are_not_there(file: FilePath, change: Callable[[FilePath], object]) -> None:
    with pytest.raises(ConfigError, match="did you mean 'prod'"):
        change(file)
    assert file.read_text() == HAND_MADE


@pytest.mark.parametrize("broken", [b"default = \n", b"[profiles.prod]\n[profiles.prod]\n", b"x = '\xff'\n"])
def test_a_broken_file_is_left_alone(file: FilePath, broken: bytes) -> None:
    file.write_bytes(broken)
    with pytest.raises(ConfigError, match="was not changed, as it is"):
        edit.add_profile(file, "new", VALUES)
    assert file.read_bytes() == broken


def test_a_write_protected_file_is_left_alone(file: FilePath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anything
    with pytest.raises(ConfigError, match="write-protected"):
        edit.remove_profile(file, "prod")
    assert file.read_text() == HAND_MADE


def test_a_full_disk_leaves_the_file_as_it_was(file: FilePath, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="no space left on device"):
        edit.remove_profile(file, "prod")
    assert file.read_text() == HAND_MADE
    assert sorted(p.name for p in file.parent.iterdir()) == ["config.toml", "config.toml.lock"]


def test_a_link_stays_one(file: FilePath, tmp_path: FilePath) -> None:
    link = tmp_path / "linked" / "config.toml"
    link.parent.mkdir()
    link.symlink_to(file)
    edit.set_default(link, "staging")
    assert link.is_symlink()
    assert load_config(file).default == "staging"


def test_a_file_that_was_open_to_others_is_not_any_more(file: FilePath) -> None:
    file.chmod(0o644)
    edit.set_default(file, "staging")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


# Several sessions


ADD_MANY = """
import sys
from pathlib import Path
from cloudmc_tui.profiles import edit
sys.stdin.read(1)
for i in range(20):
    edit.add_profile(Path(sys.argv[1]), f"{sys.argv[2]}-{i}", {"endpoint": "x.example", "key_prompt": True})
"""


def test_two_sessions_that_edit_at_once_lose_nothing(file: FilePath) -> None:
    command = [sys.executable, "-c", ADD_MANY, str(file)]
    sessions = [subprocess.Popen([*command, name], stdin=subprocess.PIPE) for name in "ab"]
    for session in sessions:
        session.communicate(b"go", timeout=120)
    assert [session.returncode for session in sessions] == [0, 0]
    found = load_config(file)
    assert {name for name in found.profiles if "-" in name} == {f"{s}-{i}" for s in "ab" for i in range(20)}
    assert set(HAND_MADE.splitlines()) <= set(file.read_text().splitlines())


def test_a_session_that_does_not_finish_is_not_waited_for_for_ever(
    file: FilePath, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edit, "LOCK_SECONDS", 0.0)
    with file.with_name("config.toml.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ConfigError, match="being changed by another session"):
            edit.set_default(file, "staging")
    edit.set_default(file, "staging")


# Whatever the file looks like


NAMES = st.sampled_from(["a", "b", "c d", "é", "x.y", '"q"', "prod"])
SETTINGS = st.sampled_from(["endpoint", "notes", "future", "weird key", "mode"])
VALUE = st.one_of(
    st.text(max_size=8),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.lists(st.text(max_size=3), max_size=2),
)
TABLES = st.dictionaries(NAMES, st.dictionaries(SETTINGS, VALUE, max_size=4), max_size=4)
COMMENTS = st.lists(st.sampled_from(["", "# one", "  # two", "#[profiles.a]", "# a = 'b"]), max_size=3)


@st.composite
def files(draw: st.DrawFn) -> str:
    """A config file that somebody has written by hand, with comments and blank lines anywhere."""
    lines = [f"{c}" for c in draw(COMMENTS)]
    if draw(st.booleans()):
        lines.append(f"default = {tomlkit.item(draw(NAMES)).as_string()} # default")
    for name, table in draw(TABLES).items():
        lines += draw(COMMENTS)
        lines.append(f"[profiles.{tomlkit.item(name).as_string()}] # {len(lines)}")
        for setting, value in table.items():
            lines += draw(COMMENTS)
            lines.append(f"'{setting}'={tomlkit.item(value).as_string()} # {len(lines)}")
    lines += draw(COMMENTS)
    if draw(st.booleans()):
        lines += ["[other]", "x = '''", "[profiles.a]", "# no comment", "'''", "y = [1,", " 2] # end"]
    return "\n".join(lines) + draw(st.sampled_from(["", "\n"]))


EDITS = st.one_of(
    st.tuples(st.just("set"), NAMES, SETTINGS, VALUE),
    st.tuples(st.just("unset"), NAMES, SETTINGS),
    st.tuples(st.just("add"), NAMES, st.dictionaries(SETTINGS, VALUE, max_size=3)),
    st.tuples(st.just("rename"), NAMES, st.just("renamed")),
    st.tuples(st.just("default"), NAMES),
)


def comments(text: str) -> list[str]:
    """The comments, in their order."""
    found, values = [], [s.value for s in statements(text)]
    for place, char in enumerate(text):
        if char == "#" and not any(start <= place < end for start, end in values):
            line = text[text.rfind("\n", 0, place) + 1 : place]
            if "#" not in line and (not line.strip() or text[:place].rstrip()[-1:] != "#"):
                found.append(text[place:].partition("\n")[0])
    return found


def others(text: str, name: str) -> list[str]:
    """The lines outside of a profile's table and of the default, blank ones left out."""
    inside: set[int] = set()
    for each in statements(text):
        if each.key[:2] == ("profiles", name) or each.key == ("default",):
            first = text.count("\n", 0, each.start)
            inside |= {first, *range(first, text.count("\n", 0, each.end))}
    return [line for n, line in enumerate(text.split("\n")) if n not in inside and line.strip()]


@given(text=files(), edits=st.lists(EDITS, min_size=1, max_size=4))
def test_edits_do_what_they_say_and_keep_all_comments_and_the_order(
    text: str, edits: list[tuple[Any, ...]]
) -> None:
    document = Document(text)
    for what, name, *more in edits:
        before, lines = comments(document.text), others(document.text, name)
        old = document.data
        if what == "set":
            document.set(("profiles", name, more[0]), more[1])
        elif what == "add" and name not in old.get("profiles", {}):
            document.add_table(("profiles", name), more[0])
        elif what == "rename" and name in old.get("profiles", {}) and "renamed" not in old["profiles"]:
            document.rename_table(("profiles", name), "renamed")
        elif what == "default":
            document.set(("default",), name)
        elif what == "unset":
            document.remove(("profiles", name, more[0]))
        after = comments(document.text)
        assert tomlkit.parse(document.text).unwrap().keys() == document.data.keys()
        if what == "unset":
            assert len(before) - len(after) <= 1  # the one behind the value
        else:
            assert after == before
        if what != "rename":
            assert others(document.text, name) == lines


@given(text=files(), name=NAMES)
def test_what_is_removed_is_gone_and_nothing_else(text: str, name: str) -> None:
    document = Document(text)
    kept = [s.key for s in statements(text) if s.key[:2] != ("profiles", name)]
    values = {k: v for k, v in document.data.get("profiles", {}).items() if k != name}
    document.remove(("profiles", name))
    assert [s.key for s in statements(document.text)] == kept
    assert repr(document.data.get("profiles", {})) == repr(values)
    assert numbered(others(document.text, name)) == numbered(others(text, name))


def numbered(lines: list[str]) -> list[str]:
    """Those that stand for something: the comments right above a table go with it."""
    return [line for line in lines if re.search(r"# \d+$|default$", line)]


def test_an_edit_that_would_not_come_out_right_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from cloudmc_tui.profiles import document as module

    monkeypatch.setattr(module, "_set", lambda text, *_: text + "# hello")
    monkeypatch.setattr(tomlkit, "dumps", lambda document: "other = 1")
    document = Document("a = 1\n")
    with pytest.raises(CannotEdit):
        document.set(("b",), 1)
    assert (document.text, document.data) == ("a = 1\n", {"a": 1})
