"""Command lines with fields: argument by argument, and no value becomes more than a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudmc_tui.outside.template import TemplateError, read_template

VALUES = {"name": "web-01", "ip": "10.0.0.1", "odd": "a b; rm -rf $HOME `x`", "dash": "-oProxyCommand=x"}


def filled(*parts: object) -> list[str]:
    return read_template(list(parts)).fill(lambda field: VALUES.get(field, ""))


def test_each_argument_stays_one() -> None:
    assert filled("ping", "-c", "3", "{ip}") == ["ping", "-c", "3", "10.0.0.1"]
    assert filled("echo", "{odd}", "x{name}y{ip}z") == ["echo", VALUES["odd"], "xweb-01y10.0.0.1z"]


def test_what_has_no_value_is_left_out_with_its_group_or_refused() -> None:
    assert filled("ssh", ["-p", "{port}"], ["-l", "{name}"], "{ip}") == ["ssh", "-l", "web-01", "10.0.0.1"]
    with pytest.raises(TemplateError, match="there is no port"):
        filled("ssh", "{port}")


def test_no_value_becomes_an_option() -> None:
    for part in ("{dash}", ["-l", "{dash}"]):
        with pytest.raises(TemplateError, match="taken for an option"):
            filled("ssh", part)
    assert filled("ssh", "host={dash}") == ["ssh", "host=-oProxyCommand=x"]


@pytest.mark.parametrize("value", ["a\nb", "a\x00b", "a\x1b[2Jb", "a\u202eb"])
def test_a_value_with_characters_that_nobody_sees_is_refused(value: str) -> None:
    with pytest.raises(TemplateError, match="nobody sees"):
        read_template(["echo", "{x}"]).fill(lambda _field: value)


def test_home_is_found_in_what_the_user_wrote_and_not_in_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    template = read_template(["~/bin/go", "~/.ssh/{x}", "{x}"])
    assert template.fill(lambda _field: "~root") == ["/home/me/bin/go", "/home/me/.ssh/~root", "~root"]
    assert template.program == str(Path("/home/me/bin/go"))


def test_braces_are_doubled() -> None:
    assert filled("jq", "{{ name: .{name} }}") == ["jq", "{ name: .web-01 }"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("ssh {ip}", "has to be a list"),
        ([], "has to be a list"),
        (["ssh", 22], "texts in quotes"),
        (["ssh", []], "texts in quotes"),
        (["{name}"], "begin with the program"),
        ([["ssh"], "x"], "begin with the program"),
        ([""], "begin with the program"),
        (["echo", "{name"], "plain braces"),
        (["echo", "{}"], "plain braces"),
        (["sh", "-c", "ping {ip}"], "hands values to a shell"),
        (["/bin/bash", "-xc", "ping {ip}"], "hands values to a shell"),
    ],
)
def test_what_cannot_be_used_is_told(value: object, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        read_template(value)


def test_a_shell_may_have_values_as_arguments() -> None:
    assert filled("sh", "-c", 'ping "$1"', "sh", "{ip}") == ["sh", "-c", 'ping "$1"', "sh", "10.0.0.1"]
