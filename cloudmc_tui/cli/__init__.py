"""Face one: the command line, one module a subcommand. Never imports textual."""

from __future__ import annotations

from cloudmc_tui.cli.main import parse, run

__all__ = ["parse", "run"]
