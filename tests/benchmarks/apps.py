"""What the explorer is compared with: ``python -m tests.benchmarks.apps bare`` or ``table N``."""

from __future__ import annotations

import sys
from typing import Any

from textual.app import App, ComposeResult


class Bare(App[None]):
    """Nothing but a line of text."""

    def compose(self) -> ComposeResult:
        from textual.widgets import Static

        yield Static("ready")


class Table(App[None]):
    """A tree, and a table of rows like those of the explorer's list."""

    CSS = "Tree { width: 34; dock: left; }"

    def __init__(self, rows: int) -> None:
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        from textual.widgets import DataTable, Tree

        tree: Tree[Any] = Tree("services")
        for number in range(8):
            tree.root.add_leaf(f"environment {number}")
        tree.root.expand()
        yield tree
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        from textual.widgets import DataTable

        table = self.query_one(DataTable)
        table.add_columns("Name", "State", "IP address", "vCPU", "Memory", "Age")
        table.add_rows(
            (f"web-{n:05}", "Running", f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", n % 8, "4 GB", "3d")
            for n in range(self._rows)
        )
        table.border_title = f"ready {self._rows}"
        table.styles.border = ("solid", "white")
        table.focus()


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    (Bare() if kind == "bare" else Table(int(rest[0]))).run()
