"""How large things become: what an offering fixes, and what it leaves open."""

from __future__ import annotations

from cloudmc_tui.simulator import errors
from cloudmc_tui.simulator.body import Body
from cloudmc_tui.simulator.store import Row

MOST_GB = 16_384
MOST_IOPS = 100_000


def compute(body: Body, offering: Row) -> tuple[int, int]:
    """vCPUs and MB of memory; a custom offering wants ``cpuCount`` and ``memoryInMB`` in the body.

    Raises:
        ApiError: 400, they are missing or the offering does not have them.
    """
    if not offering["custom"]:
        return offering["cpuCount"], offering["memoryInMB"]
    body.require("cpuCount", "memoryInMB")
    cpus = body.whole("cpuCount", 1, 1024) or 0
    memory = body.whole("memoryInMB", 1, 16 * 1024 * 1024) or 0
    for field, value, allowed in (
        ("cpuCount", cpus, offering["availableCpuCountValues"]),
        ("memoryInMB", memory, offering["availableMemoryInMBValues"]),
    ):
        if value not in allowed:
            raise errors.invalid(field, "is not among the offering's values", value=value, allowed=allowed)
    ratio = offering["maxMemoryInMBToCpuRatio"]
    if memory > cpus * ratio:
        raise errors.invalid("memoryInMB", f"may be {ratio} a vCPU at most", value=memory)
    return cpus, memory


def disk(
    body: Body, offering: Row, size_field: str = "sizeInGb", iops_field: str = "iops"
) -> tuple[int, int | None]:
    """GB and, where the offering leaves them open, IOPS.

    Raises:
        ApiError: 400, the offering leaves one open that the body does not have.
    """
    wanted = [size_field] * offering["customSize"] + [iops_field] * offering["customIops"]
    body.require(*wanted)
    size = body.whole(size_field, 1, MOST_GB) if offering["customSize"] else offering["gbSize"]
    iops = body.whole(iops_field, 1, MOST_IOPS) if offering["customIops"] else None
    return size or 0, iops
