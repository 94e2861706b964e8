"""The one address of CloudMC: ``SERVICE/ENVIRONMENT/ENTITY_TYPE/ENTITY``.

Tree, breadcrumbs, the ``:`` command line, bookmarks, command-line arguments, logs and the task
ledger all speak in paths. Left to right, the scope gets more specific.
"""

from __future__ import annotations

from enum import IntEnum
from urllib.parse import quote

from msgspec import Struct

from cloudmc_tui.language import _


class PathError(ValueError):
    """A text that is not a path; the message says why."""


class Level(IntEnum):
    """How deep a path goes: the number of its parts."""

    ROOT = 0
    SERVICE = 1
    ENVIRONMENT = 2
    ENTITY_TYPE = 3
    ENTITY = 4

    @property
    def word(self) -> str:
        """CloudMC's word for what stands at this level, such as ``"entity type"``."""
        return (
            _("connection"),
            _("service"),
            _("environment"),
            _("entity type"),
            _("entity"),
        )[self]

    @property
    def plural(self) -> str:
        """The word for several of them."""
        return (
            _("connections"),
            _("services"),
            _("environments"),
            _("entity types"),
            _("entities"),
        )[self]


class Path(Struct, frozen=True, order=True):
    """An address of zero to four parts, immutable and hashable.

    Attributes:
        parts: the parts, unencoded: at most service code, environment name, entity type and
            entity id. Only the last of four may contain ``/``.
    """

    parts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.parts) > Level.ENTITY:
            raise PathError(_("a path has at most four parts, not {count}", count=len(self.parts)))
        for level, part in enumerate(self.parts, 1):
            if not part:
                raise PathError(_("the {word} is empty", word=Level(level).word))
            if "/" in part and level < Level.ENTITY:
                word = Level(level).word
                raise PathError(_("the {word} may not contain '/': {part!r}", word=word, part=part))

    @classmethod
    def parse(cls, text: str) -> Path:
        """Read a path as a person types it.

        A leading slash is allowed, and so is a trailing one above the entity; everything after the
        third slash (a leading one not counted) is the entity's id, slashes included.

        Args:
            text: such as ``"compute-qc/production/instances"``.

        Raises:
            PathError: when a part is empty.
        """
        text = text.removeprefix("/")
        parts = text.split("/", 3)
        if not parts[-1]:
            parts.pop()
        return cls(tuple(parts))

    def __str__(self) -> str:
        return "/".join(self.parts)

    @property
    def level(self) -> Level:
        return Level(len(self.parts))

    @property
    def service(self) -> str | None:
        """The service code, such as ``compute-qc``."""
        return self._part(Level.SERVICE)

    @property
    def environment(self) -> str | None:
        """The environment's name."""
        return self._part(Level.ENVIRONMENT)

    @property
    def entity_type(self) -> str | None:
        """The entity type, such as ``instances``."""
        return self._part(Level.ENTITY_TYPE)

    @property
    def entity(self) -> str | None:
        """The entity's id (its name for the types that have no id)."""
        return self._part(Level.ENTITY)

    def _part(self, level: Level) -> str | None:
        return self.parts[level - 1] if len(self.parts) >= level else None

    @property
    def name(self) -> str:
        """The last part, or an empty text for the root."""
        return self.parts[-1] if self.parts else ""

    @property
    def parent(self) -> Path:
        """One level up; the root is its own parent."""
        return Path(self.parts[:-1])

    def child(self, part: str) -> Path:
        """One level down.

        Raises:
            PathError: below an entity, or when the part is empty.
        """
        return Path((*self.parts, part))

    def up_to(self, level: Level) -> Path:
        """The first parts of this path, down to a level at most."""
        return Path(self.parts[:level])

    def is_within(self, other: Path) -> bool:
        """Whether this path is the other one or lies below it."""
        return self.parts[: len(other.parts)] == other.parts

    def url_path(self) -> str:
        """The path as the URL spells it: every part percent-encoded, slashes and dots included.

        A part that is only dots is encoded as well: it would otherwise be read as a step up. Half a
        surrogate pair, which no server will know, is encoded like any other character.
        """
        return "/".join(_encode(part) for part in self.parts)


def _encode(part: str) -> str:
    encoded = quote(part, safe="", errors="surrogatepass")
    return encoded.replace(".", "%2E") if set(part) == {"."} else encoded


ROOT = Path()
"""The connection itself: the parent of every service."""
