"""Filling a cloud: a service's catalogue, and the made-up entities of an environment.

Everything is drawn from the environment's own random source, so that the order in which
environments are looked at changes nothing.
"""

from __future__ import annotations

from cloudmc_tui.simulator.seeding.environment import populate

__all__ = ["populate"]
