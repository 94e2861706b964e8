"""What CloudMC can do, as data: one TOML file a service type, and the schema that loads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudmc_tui.lazy import lazily

if TYPE_CHECKING:
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
else:
    __getattr__ = lazily(
        __name__,
        {
            "loader": ["Catalog", "CatalogError", "load_catalog"],
            "schema": [
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
            ],
        },
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
