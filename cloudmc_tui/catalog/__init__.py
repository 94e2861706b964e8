"""What CloudMC can do, as data: one TOML file a service type, and the schema that loads it."""

from __future__ import annotations

from cloudmc_tui.catalog.loader import Catalog, CatalogError, load_catalog
from cloudmc_tui.catalog.schema import (
    Condition,
    Danger,
    EntityField,
    EntityType,
    FieldType,
    Operation,
    OperationField,
    Scope,
    ServiceType,
    Tone,
    Unit,
    ValueType,
)

__all__ = [
    "Catalog",
    "CatalogError",
    "Condition",
    "Danger",
    "EntityField",
    "EntityType",
    "FieldType",
    "Operation",
    "OperationField",
    "Scope",
    "ServiceType",
    "Tone",
    "Unit",
    "ValueType",
    "load_catalog",
]
