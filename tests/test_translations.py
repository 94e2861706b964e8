"""Translations are whole and up to what the program says; and what it says can be translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from cloudmc_tui import language
from cloudmc_tui.formats.dates import age, full_date, parse_date
from cloudmc_tui.formats.text import plural
from cloudmc_tui.formats.values import size
from cloudmc_tui.language import ENGLISH, NAMES, counted, english, number, wanted
from cloudmc_tui.profiles.fields import SETTINGS
from cloudmc_tui.profiles.profile import COLORS
from tests import translations

LANGUAGES = [name for name in NAMES if name != ENGLISH]
AGAIN = "run: python -m tests.translations"

NARROW, NO_BREAK = language.NARROW, language.NO_BREAK


# The catalogs


@pytest.mark.parametrize("name", LANGUAGES)
def test_nothing_is_without_a_translation(name: str) -> None:
    assert translations.untranslated(translations.updated(name)) == [], AGAIN


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_files_are_up_to_what_the_program_says(name: str) -> None:
    kept = {message.id for message in translations.read(name)}
    assert kept == {message.id for message in translations.updated(name)}, AGAIN
    compiled = translations.mo_bytes(translations.read(name))
    assert translations.file_of(name, "mo").read_bytes() == compiled, AGAIN


@pytest.mark.parametrize("name", LANGUAGES)
def test_translations_put_in_the_same_values(name: str) -> None:
    for message in translations.read(name):
        for said in translations.forms(message.string) if message.id else ():
            many = translations.forms(message.id if isinstance(message.id, str) else list(message.id))[-1]
            assert translations.placeholders(said) == translations.placeholders(many), message.id


@pytest.mark.parametrize("name", LANGUAGES)
def test_translations_begin_and_end_as_the_messages_do(name: str) -> None:
    """What is put together of several keeps its blanks and line ends."""
    for message in translations.read(name):
        one = translations.one(message.id)
        for said in translations.forms(message.string) if one else ():
            for blank in (" ", "\n"):
                assert one.startswith(blank) == said.startswith(blank), one
                assert one.endswith(blank) == said.endswith(blank), one


def test_french_is_set_as_french_is() -> None:
    """No plain blank before what stands apart, and no straight quotes around a value."""
    for message in translations.read("fr"):
        for said in translations.forms(message.string):
            assert not re.search(r"(?<=[^\W\d]) (?:[:;!»](?: |$)|\?$)", said), said
            assert not re.search(r"« |'\{\w+\}'", said), said


# What the source says

LOOKS_SAID = re.compile(r"[A-Za-z]{2,}[,;:]? [a-z]{2,}")
"""Two words: what stands in quotes is then most probably for people."""

NOT_SAID = re.compile(
    r"""\b(SELECT|INSERT|UPDATE|DELETE|PRAGMA|CREATE|BEGIN|INTO|AND|ORDER|LIMIT)\b | [=<>]\ [:?'] | \|\s
    | ^(cloudmc-tui|pip|chmod|export|read|tmux|keyring|curl|printf|\\n\\n\ \ export)\b
    | ^\#compdef | ^_cloudmc_tui | ^function\ __cloudmc | ^\w+:\ application/ | \{\ ?(height|scrollbar) """,
    re.VERBOSE,
)
"""SQL, commands, styles, headers."""

FOR_DEVELOPERS = {
    "cloudmc_tui/api/log.py",
    "cloudmc_tui/catalog/export.py",  # for `-o json`
    "cloudmc_tui/tasks/redact.py",  # kept in the ledger
    "cloudmc_tui/tui/widgets/lines.py",
}

REGISTRY = ("tui/action.py", "tui/actions.py", "tui/window_actions.py")
"""Where the actions are declared, whose texts are gathered from their registry."""

INTERNAL = {
    *("module {} has no attribute {}", "Content-Type: application/json"),
    *("a secret is not written anywhere", "{method} is no mutation", "every part of it may be empty"),
    *("a pending task has an id", "the ledger takes no result that did not pass redact()", "{} is no end"),
    *("nothing is listed below an entity: {}", "a Redacted is made by redact(), which takes the secrets out"),
    *("location header", "peer closed", "not a database", "not found", "set up", "the request log failed"),
    *("outcome unknown", "no reply", "the thread %s failed", "the terminal has gone", "{} is no mutation"),
}
"""What only a mistake of the program's own, a log or a comparison would say."""

SAYS = {"_", "N_", "ngettext", "counted", "plural"}
SAYS_NOTHING = re.compile(
    r"(_?log(ger)?\b|LOG\b|warnings\.|re\.|getattr|cast\b|lazily|partial|begin\b|isinstance)"
)


def _loose(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The texts of a module that pass no translation."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        chain: list[ast.AST] = [node]
        while chain[-1] in parents:
            chain.append(parents[chain[-1]])
        if not any(_passes(inner, outer) for inner, outer in pairwise(chain)):
            yield node.lineno, text


def _passes(inner: ast.AST, outer: ast.AST) -> bool:
    """Whether what is inside is translated, or is nothing that is said: docstrings, types, logs."""
    if isinstance(outer, ast.Call):
        called = ast.unparse(outer.func)
        return called in SAYS or called.split(".")[-1] == "Action" or bool(SAYS_NOTHING.match(called))
    if isinstance(outer, (ast.AnnAssign, ast.arg)):
        return inner is outer.annotation
    if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return inner is outer.returns
    if isinstance(outer, (ast.Expr, ast.JoinedStr)):  # a docstring; a part, which is looked at with its whole
        return isinstance(inner, ast.Constant)
    return isinstance(outer, ast.Assert)


def test_whatever_is_said_passes_a_translation() -> None:
    loose = []
    for file, tree in translations.sources():
        name = str(file.relative_to(translations.PACKAGE.parent))
        if name in FOR_DEVELOPERS or "/tui/driver/" in name or name.endswith(REGISTRY):
            continue
        for line, text in _loose(tree):
            if LOOKS_SAID.search(text) and not NOT_SAID.search(text) and text not in INTERNAL:
                loose.append(f"{name}:{line}: {text!r}")
    assert not loose, "\n".join(loose)


def test_a_text_that_passes_no_translation_is_found() -> None:
    tree = ast.parse(
        "def f(x):\n    '''A docstring.'''\n    say(f'not {x} said so')\n    say(_('all is well'))\n"
    )
    assert [text for _line, text in _loose(tree) if LOOKS_SAID.search(text)] == ["not {} said so"]


def test_the_colours_are_told_as_they_are() -> None:
    assert ", ".join(COLORS) in SETTINGS["color"]


# The language


@pytest.mark.parametrize(
    ("environ", "setting", "language"),
    [
        ({}, None, "en"),
        ({"LANG": "fr_CA.UTF-8"}, None, "fr"),
        ({"LANG": "fr"}, None, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, None, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "fr_FR@euro"}, None, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, None, "en"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": ""}, None, "fr"),
        ({"LANG": "de_DE.UTF-8"}, None, "en"),
        ({"LANG": "C.UTF-8"}, None, "en"),
        ({"LANG": "de_DE.UTF-8"}, "fr", "fr"),
        ({"LANG": "fr_FR.UTF-8"}, "en", "en"),
        ({"LANG": "fr_FR.UTF-8"}, "tlh", "en"),
    ],
)
def test_setting_and_environment_choose(environ: dict[str, str], setting: str | None, language: str) -> None:
    assert wanted(environ, setting) == language


NOW = 1_781_515_800.0
DATE = parse_date("2026-06-12T09:30:00Z")


def test_values_in_english() -> None:
    assert DATE is not None
    assert (number(12_345), size(1_610_612_736), age(3 * 86_400)) == ("12,345", "1.5 GiB", "3d")
    assert full_date(DATE, NOW) == "2026-06-12 09:30:00 UTC (3d ago)"
    assert (plural(0, "task"), plural(1, "task"), plural(2, "task")) == ("0 tasks", "1 task", "2 tasks")


def test_values_in_french() -> None:
    language.use("fr")
    assert DATE is not None
    assert number(12_345) == f"12{NARROW}345" and number(1_234.5) == f"1{NARROW}234,5"
    assert size(1_610_612_736) == f"1,5{NO_BREAK}Gio" and size(512) == f"512{NO_BREAK}o"
    assert age(3 * 86_400) == f"3{NO_BREAK}j" and age(-90) == f"-1{NO_BREAK}min"
    assert full_date(DATE, NOW) == f"12/06/2026 09:30:00 UTC (il y a 3{NO_BREAK}j)"
    assert (plural(0, "task"), plural(1, "task"), plural(2, "task")) == ("0 tâche", "1 tâche", "2 tâches")
    assert counted("{count} failed", "{count} failed", 2) == "2 échecs"


def test_a_name_in_french_leads_back_to_the_english_one() -> None:
    language.use("fr")
    assert (english("Mémoire"), english("Nom"), english("of their own")) == ("Memory", "Name", "of their own")
    language.use(ENGLISH)
    assert english("Mémoire") == "Mémoire"


def test_values_from_outside_are_never_a_template() -> None:
    language.use("fr")
    assert "{0.__class__}" in language._("there is no '{name}' here", name="{0.__class__}")
    assert plural(2, "{thing}", "{things}") == "2 {things}"


def test_where_the_translations_are_missing_english_is_spoken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "LOCALE", tmp_path)
    language.use("fr")
    assert (language.current(), language._("Name"), number(1_000)) == (ENGLISH, "Name", "1,000")
