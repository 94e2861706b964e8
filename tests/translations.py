"""What the program says, gathered from its source and catalog, and its translations, kept up to it.

    python -m tests.translations

brings each ``.po`` up to date (what is new has no translation yet, what is not said any more goes) and
compiles it. A test fails where that was forgotten, or where a translation is missing.
"""

from __future__ import annotations

import ast
import io
import string
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import tomli
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from cloudmc_tui.catalog.loader import WORDS
from cloudmc_tui.cli.main import COMMANDS
from cloudmc_tui.language import DOMAIN, ENGLISH, LOCALE, NAMES
from cloudmc_tui.tui.actions import ACTIONS, Scope
from cloudmc_tui.tui.themes import own_folder

PACKAGE = LOCALE.parent
SIMULATOR = PACKAGE / "simulator"
"""Plays CloudMC's servers, whose words stay as they are; what serves it speaks to people."""


UNWANTED = tuple(
    f'"{name}:'.encode()
    for name in (
        *("POT-Creation-Date", "PO-Revision-Date", "Last-Translator"),
        *("Language-Team", "Generated-By", "Report-Msgid-Bugs-To", "Project-Id-Version"),
    )
)
"""Headers that say nothing."""


class Message(NamedTuple):
    """Something that the program says.

    Attributes:
        one: in English; for one, where it goes with a count.
        many: for any other count; empty where it goes with none.
        file: where it is from, below the package.
    """

    one: str
    many: str
    file: str


def messages() -> list[Message]:
    """Everything that the program says, in the order of its source."""
    found = [*_of_source(), *_of_actions(), *_of_themes(), *_of_catalog()]
    return list({(m.one, m.many): m for m in reversed(found)}.values())[::-1]


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """The modules that may say something, parsed."""
    for file in sorted(PACKAGE.rglob("*.py")):
        if SIMULATOR not in file.parents or file.name == "serve.py":
            yield file, ast.parse(file.read_text("utf-8"))


def _of_source() -> Iterator[Message]:
    for file, tree in sources():
        name = str(file.relative_to(PACKAGE.parent))
        if file.parent.name == "cli" and file.stem in COMMANDS:
            yield Message(ast.get_docstring(tree, clean=False) or "", "", name)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield from (Message(*texts, name) for texts in _said(node.func.id, node.args))


def _said(function: str, arguments: list[ast.expr]) -> Iterator[tuple[str, str]]:
    """The texts of a call that translates."""
    texts = [a.value if isinstance(a, ast.Constant) else None for a in arguments]
    match function, texts:
        case "_" | "N_", [str(text), *_rest] if text:
            yield text, ""
        case "ngettext" | "counted", [str(one), str(many), *_rest]:
            yield one, many
        case "plural", [_, str(one)]:
            yield one, f"{one}s"
        case "plural", [_, str(one), str(many)]:
            yield one, many


def _of_actions() -> Iterator[Message]:
    """The registry of actions, whose texts pass :func:`~cloudmc_tui.language._` where they are shown."""
    name = "cloudmc_tui/tui/actions.py"
    for action in ACTIONS:
        yield from (Message(text, "", name) for text in (action.label, action.help))
    yield from (Message(scope.heading, "", name) for scope in Scope)


def _of_themes() -> Iterator[Message]:
    for file in sorted(own_folder().glob("*.toml")):
        yield Message(tomli.loads(file.read_text("utf-8"))["label"], "", f"themes/{file.name}")


def _of_catalog() -> Iterator[Message]:
    for file in sorted(PACKAGE.glob("catalog/**/*.toml")):
        document = tomli.loads(file.read_text("utf-8"))
        name = str(file.relative_to(PACKAGE.parent))
        yield from (Message(text, "", name) for text in _words(document))
        for kind in document["types"].values():
            if any(o.get("scope") == "collection" for o in kind.get("operations", {}).values()):
                yield Message(f"a new {kind['singular']}", "", name)


def _words(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _words(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner, key if isinstance(inner, str) else "")
    elif isinstance(value, str) and key in WORDS and value:
        yield value


# Files


def file_of(language: str, suffix: str = "po") -> Path:
    """Where a language's translations are."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.{suffix}"


def read(language: str) -> Catalog:
    """A language's translations as they are."""
    with file_of(language).open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str) -> Catalog:
    """A language's translations brought up to what the program says."""
    file = file_of(language)
    old = read(language) if file.exists() else Catalog(locale=language)
    new = Catalog(
        locale=language, project="CloudMC TUI", version="", copyright_holder="", fuzzy=False,
        header_comment=f"# CloudMC TUI in {NAMES[language]}.",
    )  # fmt: skip
    for message in messages():
        key = (message.one, message.many) if message.many else message.one
        known = old.get(message.one)
        kept = known.string if known is not None and isinstance(known.id, str) == isinstance(key, str) else ""
        new.add(key, kept or (("",) * new.num_plurals if message.many else ""), [(message.file, 0)])
    return new


def po_text(catalog: Catalog) -> bytes:
    """A catalog as a ``.po`` file, without what changes with the day and with every line of source."""
    out = io.BytesIO()
    write_po(out, catalog, width=100, include_lineno=False)
    return b"".join(line for line in out.getvalue().splitlines(True) if not line.startswith(UNWANTED))


def mo_bytes(catalog: Catalog) -> bytes:
    """A catalog, compiled: the same bytes for the same translations."""
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=timezone.utc)
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def placeholders(text: str) -> set[str]:
    """What a message has values put in for, in either of Python's notations."""
    named = {f"{{{name}}}" for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}
    percent = {f"%{part[:1]}" for part in text.split("%")[1:] if part[:1] in ("s", "d", "r", "(")}
    return named | percent


def untranslated(catalog: Catalog) -> list[str]:
    """What has no translation."""
    return [one(m.id) for m in catalog if m.id and not all(forms(m.string))]


def one(identity: Any) -> str:
    """A message in English; the form for one."""
    return identity if isinstance(identity, str) else str(identity[0])


def forms(said: Any) -> list[str]:
    """Each form of a message or of its translation."""
    return [said] if isinstance(said, str) else [str(form) for form in said or [""]]


def main() -> int:
    """Bring every language up to date, and compile it."""
    missing = 0
    for language in NAMES:
        if language == ENGLISH:
            continue
        catalog = updated(language)
        file = file_of(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(po_text(catalog))
        file_of(language, "mo").write_bytes(mo_bytes(read(language)))
        for text in untranslated(catalog):
            missing += 1
            sys.stdout.write(f"{language}: not translated: {text!r}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
