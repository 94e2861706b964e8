"""Quotas: what an environment may use."""

from __future__ import annotations

from collections.abc import Callable

from cloudmc_tui.simulator import errors
from cloudmc_tui.simulator.store import Environment


def _instances(member: str) -> Callable[[Environment], float]:
    return lambda env: sum(
        row[member] for row in env["instances"].rows.values() if row["state"] != "Destroyed"
    )


USED: dict[str, Callable[[Environment], float]] = {
    "INSTANCES": lambda env: sum(row["state"] != "Destroyed" for row in env["instances"].rows.values()),
    "INSTANCE_VCPUS": _instances("cpuCount"),
    "INSTANCE_MEMORY": _instances("memoryInMB"),
    "DISK_SIZE": lambda env: sum(row["sizeInGb"] for row in env["volumes"].rows.values()),
    "PUBLIC_IPS": lambda env: len(env["publicipaddresses"]),
}
"""Metric → what is used of it: counts, MB of memory, GB of disk."""


def check(env: Environment, **wanted: float) -> None:
    """Refuse what an environment may not have on top of what it has.

    Args:
        env: the environment.
        wanted: metric → how much more.

    Raises:
        ApiError: 400, naming each quota that would be exceeded.
    """
    items = []
    for metric, more in wanted.items():
        used, ceiling = USED[metric](env), env.quota[metric]
        if more > 0 and used + more > ceiling:
            items += errors.over_quota(metric, ceiling, used, more).items
    if items:
        raise errors.ApiError(400, items)
