"""What the word at the cursor of a shell can become. Asks the disk only: never the network, never a key."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cloudmc_tui.catalog import Catalog, CatalogError, EntityType, load_catalog
from cloudmc_tui.catalog.levels import level_type
from cloudmc_tui.cli.main import COMMANDS, EXPLORE, parser_of
from cloudmc_tui.database import DatabaseError
from cloudmc_tui.folders import cache_folder, state_folder, user_catalog_folder
from cloudmc_tui.formats.text import shorten, visible
from cloudmc_tui.formats.values import title_of
from cloudmc_tui.inventory.disk import Cache, Scope
from cloudmc_tui.language import _
from cloudmc_tui.path import ROOT, Level, Path, PathError
from cloudmc_tui.profiles import ProfileError, load_config
from cloudmc_tui.profiles.choose import choose
from cloudmc_tui.session import CACHE_FILE, LEDGER_FILE
from cloudmc_tui.tasks import Ledger, LedgerError

Candidate = tuple[str, str]
"""What to insert, and what it is."""

LIMIT = 500
"""How many entities are offered at most: more than that, nobody reads."""

_PLAIN = re.compile(r"[\w.,:@%+/=-]+")
"""What a shell takes as it is, without quotes."""

_NOTHING_TO_OFFER = (ProfileError, PathError, CatalogError, DatabaseError, LedgerError, OSError)
"""What keeps from knowing what there is: at the prompt of a shell it is passed over."""


def candidates(words: Sequence[str]) -> list[Candidate]:
    """What the last of some words can become.

    Args:
        words: those of the command line up to the cursor, without the program's name; the last may be
            empty. A shell that divides words at ``=``, as bash does, may have done so.

    Returns:
        those that begin with what is there already; where the shell has divided at ``=``, only what comes
        after it.
    """
    whole = _joined(words)
    current = whole[-1] if whole else ""
    found = [c for c in _Line(whole[:-1], current).candidates() if c[0].startswith(current)]
    skip = len(current) - len(words[-1]) if words and words[-1] != "=" else len(current)
    return [
        (value[skip:], shorten(visible(what), 60))
        for value, what in found
        if _PLAIN.fullmatch(value) and (len(value) > len(current) or not skip)
    ]


def _joined(words: Sequence[str]) -> list[str]:
    """The words as they were before a shell divided them at ``=``."""
    joined: list[str] = []
    glue = False
    for word in words:
        if joined and (word == "=" or glue):
            joined[-1] += word
        else:
            joined.append(word)
        glue = word == "="
    return joined


class _Line:
    """A command line whose last word is being written."""

    def __init__(self, before: Sequence[str], current: str) -> None:
        self._current = current
        self._parser, rest = parser_of(before)
        self._command: str = self._parser.get_default("command")
        self._given: dict[str, list[str]] = {}
        self._wanted: argparse.Action | None = None
        self._read(rest)

    def _read(self, words: Sequence[str]) -> None:
        """Find what each word is the value of, and what the next one will be."""
        pending: argparse.Action | None = None
        positionals = _positionals(self._parser)
        for word in words:
            option = self._parser._option_string_actions.get(word)
            if option is not None:
                pending = option if option.nargs != 0 else None
                self._given.setdefault(option.dest, [])
            elif pending is not None:
                self._given[pending.dest].append(word)
                pending = None
            elif not word.startswith("-") and positionals:
                action = positionals[0]
                self._given.setdefault(action.dest, []).append(word)
                if action.nargs not in ("*", "+"):
                    positionals.pop(0)
                if isinstance(action, argparse._SubParsersAction) and word in action.choices:
                    self._parser = action.choices[word]
                    positionals = _positionals(self._parser)
        self._wanted = pending or (positionals[0] if positionals else None)
        self._is_option_value = pending is not None

    def candidates(self) -> Iterator[Candidate]:
        if self._current.startswith("-") and not self._is_option_value:
            yield from self._options()
            return
        action = self._wanted
        if action is None:
            return
        if action.choices is not None:
            texts = {a.dest: a.help or "" for a in getattr(action, "_choices_actions", ())}
            yield from ((str(choice), texts.get(str(choice), "")) for choice in action.choices)
        values: dict[str, Callable[[], Iterator[Candidate]]] = {
            "path": self._paths,
            "profile": self._profiles,
            "name": self._profiles,
            "ids": self._tasks,
            "operation": self._operations,
            "field": self._fields,
            "filter": lambda: self._members("="),
            "sort": self._members,
            "columns": self._members,
        }
        if self._command == EXPLORE and action.dest == "path" and "/" not in self._current:
            yield from ((name, _(what)) for name, what in COMMANDS.items())
        if action.dest in values:
            with contextlib.suppress(
                ProfileError, PathError, CatalogError, DatabaseError, LedgerError, OSError
            ):
                yield from values[action.dest]()

    def _options(self) -> Iterator[Candidate]:
        for action in self._parser._actions:
            if action.help != argparse.SUPPRESS:
                long = [o for o in action.option_strings if o.startswith("--")]
                yield from ((option, action.help or "") for option in long or action.option_strings)

    # From the config file, the ledger, the catalog

    def _profiles(self) -> Iterator[Candidate]:
        config = load_config()
        for name in config.names:
            profile = config.profiles.get(name)
            yield name, profile.endpoint if profile else _("has mistakes")

    def _tasks(self) -> Iterator[Candidate]:
        file = state_folder() / LEDGER_FILE
        if file.exists():
            with Ledger(file) as ledger:
                for record in ledger.recent(50):
                    yield str(record.key), f"{record.status.value} {_(record.label)} {record.title}"

    def _operations(self) -> Iterator[Candidate]:
        kind, path = self._target()
        for name, operation in (kind.operations if kind else {}).items():
            if (operation.scope.value == "entity") is (path.level is Level.ENTITY):
                yield name, operation.label

    def _fields(self) -> Iterator[Candidate]:
        kind, _path = self._target()
        operation = kind.operations.get(self._first("operation")) if kind else None
        name, sign, _typed = self._current.partition("=")
        for each, field in (operation.fields if operation else {}).items():
            if not sign:
                yield f"{each}=", field.label
            elif each == name:
                choices = field.choices or (["true", "false"] if field.type.value == "boolean" else [])
                yield from ((f"{each}={choice}", "") for choice in choices)

    def _members(self, sign: str = "") -> Iterator[Candidate]:
        kind, _path = self._target()
        for name, member in (kind.fields if kind else {}).items():
            yield f"{name}{sign}", member.label

    # From the cache

    def _paths(self) -> Iterator[Candidate]:
        typed, slash, _last = self._current.rpartition("/")
        above = Path.parse(typed) if typed else ROOT
        if above.level is Level.ENTITY:
            return
        end = "/" if above.level < Level.ENTITY_TYPE else ""
        if above.level is Level.ENVIRONMENT:
            service = self._service_type(above)
            for name, kind in (service.types if service else {}).items():
                yield f"{typed}{slash}{name}{end}", kind.label
            return
        entity_type = level_type(above.level) if end else self._kind(above)
        for entity in self._kept(above)[:LIMIT]:
            identity = str(entity.get(entity_type.id if entity_type else "id") or "")
            title = title_of(entity, entity_type) if entity_type else identity
            called = title if not end and _PLAIN.fullmatch(title) and "/" not in title else identity
            if called:
                yield f"{typed}{slash}{called}{end}", identity if called == title else title

    def _kept(self, path: Path) -> Sequence[dict[str, Any]]:
        """What is known to be below a path."""
        file = cache_folder() / CACHE_FILE
        profile = choose(
            os.environ,
            load_config,
            demo="demo" in self._given,
            profile=self._first("profile") or None,
            endpoint=self._first("endpoint") or None,
            organization_id=self._first("org") or None,
        )
        if profile.demo or not file.exists():
            return ()
        with Cache(file) as cache:
            for entry in cache.entries():  # the endpoint may be a bare host in the profile
                scope = entry.scope
                if entry.path == str(path) and scope == Scope(
                    profile.name, scope.endpoint, profile.organization_id or ""
                ):
                    kept = cache.recall(scope, path)
                    return kept.entities if kept else ()
        return ()

    def _service_type(self, path: Path) -> Any:
        """The service type of a path; the only one, where nothing is known of the service."""
        catalog: Catalog = load_catalog(user_catalog_folder())
        for service in self._kept(ROOT):
            if service.get("serviceCode") == path.service:
                return catalog.service_type(str(service.get("type")))
        return next(iter(catalog.services.values())) if len(catalog.services) == 1 else None

    def _kind(self, path: Path) -> EntityType | None:
        service = self._service_type(path)
        return service.types.get(path.entity_type) if service else None

    def _target(self) -> tuple[EntityType | None, Path]:
        """What the command is about."""
        path = Path.parse(self._first("path"))
        return self._kind(path) if path.entity_type else None, path

    def _first(self, dest: str) -> str:
        return next(iter(self._given.get(dest, ())), "")


def _positionals(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [
        action for action in parser._actions if not action.option_strings and action.help != argparse.SUPPRESS
    ]
