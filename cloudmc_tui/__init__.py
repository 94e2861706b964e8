"""CloudMC TUI: a terminal explorer for the CloudMC multi-cloud platform."""

from __future__ import annotations

__version__ = "0.1.0"
