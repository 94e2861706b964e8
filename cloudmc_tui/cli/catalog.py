"""Print what the program knows of CloudMC: every operation, with its fields."""

from __future__ import annotations

import argparse
import sys

from cloudmc_tui.catalog import Danger, load_catalog
from cloudmc_tui.catalog.export import operations
from cloudmc_tui.cli.arguments import add_output
from cloudmc_tui.cli.exits import Exit
from cloudmc_tui.folders import user_catalog_folder
from cloudmc_tui.formats.tables import json_text, table
from cloudmc_tui.language import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_output(parser, "table", "json")


async def run(options: argparse.Namespace) -> int:
    """Print the catalog."""
    found = list(operations(load_catalog(user_catalog_folder())))
    if options.output == "json":
        sys.stdout.write(json_text(found))
        return Exit.DONE
    headings = (_("service type"), _("entity type"), _("operation"), _("danger"), _("method"), _("fields"))
    rows = [
        (
            op["service_type"],
            op["entity_type"],
            op["operation"],
            Danger(op["danger"]).word,
            op["method"],
            " ".join(f["name"] + ("*" if f["required"] is True else "") for f in op["fields"]),
        )
        for op in found
    ]
    sys.stdout.write(table(headings, rows))
    return Exit.DONE
