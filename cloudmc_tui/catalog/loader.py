"""Load catalog files: TOML in, a checked :class:`Catalog` out.

The program's own files lie in ``services/`` beside this module, each with what it says as JSON: to parse
that takes a twentieth of the time, at every start. A user's files of the same form are laid over them, member
by member, so that a file of three lines can change one column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import msgspec
import tomli
from msgspec import Struct

from cloudmc_tui.catalog.checks import contradictions
from cloudmc_tui.catalog.schema import ServiceType
from cloudmc_tui.formats.system import reason
from cloudmc_tui.language import ENGLISH, _, current

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


class Layer(NamedTuple):
    """A file.

    Attributes:
        file: its name.
        document: what it says.
        checked: whether it is known to contradict itself nowhere, as tests have found.
    """

    file: str
    document: dict[str, Any]
    checked: bool


class Compiled(Struct):
    """What a catalog file says, beside it.

    Attributes:
        source: the checksum of the file that it was made of; of another one, it says nothing.
        document: what that file says.
    """

    source: int
    document: dict[str, Any]

    @classmethod
    def of(cls, source: bytes) -> Compiled:
        """Parse a file.

        Raises:
            tomli.TOMLDecodeError, UnicodeDecodeError: when it is no TOML.
        """
        return cls(crc32(source), tomli.loads(source.decode("utf-8")))


def compiled_of(file: Path) -> Path:
    """Where it is beside a file."""
    return file.with_suffix(".json")


class Catalog(Struct, frozen=True, dict=True):
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
    layers: dict[str, list[Layer]] = {}
    for file in files:
        layer = _read(file)
        name = layer.document.get("service_type")
        if not isinstance(name, str) or not name:
            raise CatalogError(file.name, "service_type", _("is missing: it names what the file describes"))
        layers.setdefault(name, []).append(layer)
    services = {name: _merge(of_service) for name, of_service in layers.items()}
    seen: dict[str, str] = {}
    for name, service in services.items():
        for connection_type in service.connection_types:
            if (other := seen.setdefault(connection_type.casefold(), name)) != name:
                reason = _(
                    "{connection_type!r} already means the service type {other!r}",
                    connection_type=connection_type,
                    other=other,
                )
                raise CatalogError(layers[name][-1].file, "connection_types", reason)
    return Catalog(services)


def _read(file: Path) -> Layer:
    try:
        source = file.read_bytes()
        if file.parent == SERVICES and (known := _known(file)) and known.source == crc32(source):
            return Layer(file.name, known.document, checked=True)
        return Layer(file.name, Compiled.of(source).document, checked=False)
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(file.name, "", _("is not valid TOML: {error}", error=error)) from error
    except OSError as error:
        raise CatalogError(file.name, "", _("cannot be read: {strerror}", strerror=reason(error))) from error


def _known(file: Path) -> Compiled | None:
    try:
        return msgspec.json.decode(compiled_of(file).read_bytes(), type=Compiled)
    except (OSError, ValueError):
        return None


def _overlay(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Lay one document over another: tables are merged, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _overlay(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _merge(layers: Sequence[Layer]) -> ServiceType:
    """Lay the documents of one service type over each other.

    Raises:
        CatalogError: naming the first file with which the fault appears.
    """
    document: dict[str, Any] = {}
    for layer in layers:
        document = _overlay(document, layer.document)
    try:
        return _convert(document, layers[-1].file, checked=len(layers) == 1 and layers[0].checked)
    except CatalogError as error:
        document = {}
        for layer in layers[:-1]:
            document = _overlay(document, layer.document)
            try:
                _convert(document, layer.file)
            except CatalogError as earlier:
                if (earlier.key, earlier.reason) == (error.key, error.reason):
                    raise earlier from error
        raise


WORDS = (
    *("label", "singular", "group", "heading"),
    *("help", "hint", "pending", "reason", "consequences"),
)
"""The keys of a catalog file whose texts are for people."""


def spoken(document: Any, key: str = "") -> Any:
    """A catalog file's document with what is for people in the language that is spoken.

    Args:
        document: all of it, or a value in it.
        key: the value's.
    """
    if isinstance(document, dict):
        return {name: spoken(value, name) for name, value in document.items()}
    if isinstance(document, list):
        return [spoken(value, key if isinstance(value, str) else "") for value in document]
    if not isinstance(document, str) or key not in WORDS:
        return document
    said = _(document)
    if key in ("label", "heading") and document[:1].isupper():  # where the same word also stands in sentences
        said = said[:1].upper() + said[1:]
    return said


def _convert(document: dict[str, Any], file: str, *, checked: bool = False) -> ServiceType:
    try:
        service = msgspec.convert(document if current() == ENGLISH else spoken(document), ServiceType)
    except msgspec.ValidationError as error:
        reason, _at, where = str(error).partition(" - at `$")
        key = _key(document, str(error), where.rstrip("`").removeprefix("."))
        raise CatalogError(file, key or _("(top level)"), reason) from error
    for key, reason in () if checked else contradictions(service):
        raise CatalogError(file, key, reason)
    return service


def _key(document: dict[str, Any], message: str, where: str) -> str:
    """The dotted key of a fault.

    The decoder prints ``[...]`` for a table's member and does not say which one it was: so each
    member is tried alone, to see whether the fault is still there.

    Args:
        document: the whole file.
        message: what the decoder said of it.
        where: the place that it named, without the leading dot.
    """
    parts = where.replace("[...]", ".*").split(".")
    for depth, part in enumerate(parts):
        if part == "*":
            table = _at(document, parts[:depth])
            for name, member in table.items():
                alone = _with(document, parts[:depth], {name: member})
                if _fault(alone) == message:
                    document, parts[depth] = alone, name
                    break
    return ".".join(parts)


def _fault(document: dict[str, Any]) -> str:
    try:
        msgspec.convert(document, ServiceType)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _at(document: dict[str, Any], parts: Sequence[str]) -> dict[str, Any]:
    """The table at a key; empty where there is none."""
    value: Any = document
    for part in parts:
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _with(document: dict[str, Any], parts: Sequence[str], table: dict[str, Any]) -> dict[str, Any]:
    """A copy of a document with another table at a key."""
    if not parts:
        return table
    return {**document, parts[0]: _with(document[parts[0]], parts[1:], table)}
