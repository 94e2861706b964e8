"""The levels above the entities (services, environments, entity types) described as entity types."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import tomli

from cloudmc_tui.catalog.schema import EntityType, ServiceType
from cloudmc_tui.language import ENGLISH, current
from cloudmc_tui.path import Level

_FILE = Path(__file__).with_name("levels.toml")
_NAMES = {Level.ROOT: "services", Level.SERVICE: "environments", Level.ENVIRONMENT: "entity_types"}


@cache
def _levels(language: str) -> ServiceType:
    document = tomli.loads(_FILE.read_text(encoding="utf-8"))
    if language != ENGLISH:
        from cloudmc_tui.catalog.loader import spoken

        document = spoken(document)
    return msgspec.convert(document, ServiceType)


def level_type(level: Level) -> EntityType:
    """What stands below a path of this level: services below the root, environments below a
    service, entity types below an environment.

    Raises:
        KeyError: below an environment it is the catalog that knows.
    """
    return _levels(current()).types[_NAMES[level]]
