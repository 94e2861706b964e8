"""Load catalog files: TOML in, a checked :class:`Catalog` out.

The program's own files lie in ``services/`` beside this module. A user's files of the same form are
laid over them, member by member, so that a file of three lines can change one column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import tomli

from cloudmc_tui.catalog.checks import contradictions
from cloudmc_tui.catalog.schema import ServiceType

SERVICES = Path(__file__).with_name("services")
"""The folder of the program's own catalog files."""


class CatalogError(ValueError):
    """A catalog file that is malformed or contradicts itself.

    Attributes:
        file: the file's name.
        key: the dotted key, or empty when the file is no TOML at all.
        reason: what is wrong with it.
    """

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file = file
        self.key = key
        self.reason = reason


@dataclass(frozen=True)
class Catalog:
    """Every service type that the program knows, by name."""

    services: Mapping[str, ServiceType]

    @cached_property
    def _by_connection_type(self) -> dict[str, ServiceType]:
        return {t.casefold(): s for s in self.services.values() for t in s.connection_types}

    def service_type(self, connection_type: str) -> ServiceType | None:
        """The service type of a service connection, by its ``type``; none when unknown."""
        return self._by_connection_type.get(connection_type.casefold())


def load_catalog(user_folder: Path | None = None) -> Catalog:
    """Read all catalog files.

    Args:
        user_folder: a folder of the user's own ``*.toml`` files, laid over the program's.

    Raises:
        CatalogError: naming file, key and reason.
    """
    files = sorted(SERVICES.glob("*.toml"))
    if user_folder is not None and user_folder.is_dir():
        files += sorted(user_folder.glob("*.toml"))
    raw: dict[str, dict[str, Any]] = {}
    last_file: dict[str, str] = {}
    for file in files:
        document = _read(file)
        name = document.get("service_type")
        if not isinstance(name, str) or not name:
            raise CatalogError(file.name, "service_type", "is missing: it names what the file describes")
        raw[name] = _overlay(raw[name], document) if name in raw else document
        last_file[name] = file.name
    services = {name: _convert(document, last_file[name]) for name, document in raw.items()}
    seen: dict[str, str] = {}
    for name, service in services.items():
        for connection_type in service.connection_types:
            if (other := seen.setdefault(connection_type.casefold(), name)) != name:
                reason = f"{connection_type!r} already means the service type {other!r}"
                raise CatalogError(last_file[name], "connection_types", reason)
    return Catalog(services)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomli.loads(file.read_text(encoding="utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(file.name, "", f"is not valid TOML: {error}") from error
    except OSError as error:
        raise CatalogError(file.name, "", f"cannot be read: {error.strerror}") from error


def _overlay(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Lay one document over another: tables are merged, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _overlay(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _convert(document: dict[str, Any], file: str) -> ServiceType:
    try:
        service = msgspec.convert(document, ServiceType)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `$")
        key = where.rstrip("`").lstrip(".") or "(top level)"
        raise CatalogError(file, _name_keys(document, key), reason) from error
    for key, reason in contradictions(service):
        raise CatalogError(file, key, reason)
    return service


def _name_keys(document: dict[str, Any], key: str) -> str:
    """Put the real keys in place of the ``[...]`` that the decoder prints for a table's member.

    The decoder does not say which member it was, so each candidate is tried in the file's order.
    """
    parts = key.replace("[...]", ".*").split(".")

    def tables(value: Any, depth: int) -> Iterator[list[str]]:
        if depth == len(parts):
            yield []
        elif isinstance(value, dict):
            for name in value if parts[depth] == "*" else [parts[depth]]:
                for rest in tables(value.get(name), depth + 1):
                    yield [name, *rest]
        elif value is None and parts[depth] != "*":
            yield parts[depth:]

    found = [".".join(path) for path in tables(document, 0)]
    return found[0] if len(found) == 1 else key
