"""What a service provides to all its environments: zones, offerings, public templates and ISOs."""

from __future__ import annotations

import random

from cloudmc_tui.simulator import dates
from cloudmc_tui.simulator.store import Row

ZONES = {"compute-qc": ("MTL-1", "MTL-2"), "compute-on": ("YYZ-1",)}

_SIZES = ((1, 1), (1, 2), (2, 4), (2, 8), (4, 8), (4, 16), (8, 16), (8, 32), (16, 64))
"""vCPUs and GB of memory of the compute offerings."""

_DISKS = ((25, 250), (100, 1000), (250, 2000), (500, 4000))
"""GB and IOPS of the fixed disk offerings."""

_TIER_SERVICES = (
    "Dhcp", "Dns", "NetworkACL", "PortForwarding", "SourceNat", "StaticNat", "UserData", "Vpn",
)  # fmt: skip
_ISOLATED_SERVICES = (
    "Dhcp", "Dns", "Firewall", "PortForwarding", "SourceNat", "StaticNat", "UserData", "Vpn",
)  # fmt: skip

_TEMPLATES = (
    ("Ubuntu 24.04 LTS", "Ubuntu Linux (64-bit)", "ubuntu", 12),
    ("Debian 12", "Debian GNU/Linux 12 (64-bit)", "debian", 10),
    ("Rocky Linux 9", "Rocky Linux 9", "rocky", 14),
    ("AlmaLinux 9", "AlmaLinux 9", "almalinux", 14),
    ("FreeBSD 14", "FreeBSD 14 (64-bit)", "freebsd", 8),
    ("Windows Server 2022", "Windows Server 2022 (64-bit)", "Administrator", 60),
)
"""Name, OS, default user, GB."""

_ISOS = (
    ("SystemRescue 11", "Rescue system", "Other Linux (64-bit)", 912, True, False),
    ("VirtIO drivers", "Windows drivers for paravirtual devices", "None", 708, False, True),
    ("Guest tools", "Agent and drivers for guests", "None", 54, False, True),
)
"""Name, description, OS, MB, bootable, extractable."""


def _uuid(rng: random.Random) -> str:
    h = f"{rng.getrandbits(128):032x}"
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-b{h[17:20]}-{h[20:]}"


def catalogue(code: str, rng: random.Random, start: float) -> dict[str, list[Row]]:
    """A service's own entities, by type.

    Args:
        code: the service's code.
        rng: where ids come from.
        start: when the world starts: imports lie before it.
    """
    zones = [{"id": _uuid(rng), "name": name} for name in ZONES[code]]
    return {
        "zones": zones,
        "computeofferings": _compute_offerings(rng),
        "diskofferings": _disk_offerings(rng),
        "networkofferings": _network_offerings(rng),
        "vpcofferings": [
            {
                "id": _uuid(rng),
                "name": name,
                "services": [*_TIER_SERVICES, "Lb"],
                "state": "Enabled",
            }
            for name in ("Standard VPC", "Redundant VPC")
        ],
        "templates": [
            template(rng, zones, start - 86400 * (40 + 31 * i), name, os, user, gb)
            for i, (name, os, user, gb) in enumerate(_TEMPLATES)
        ],
        "isos": [iso(rng, zones, start - 86400 * (90 + 17 * i), *facts) for i, facts in enumerate(_ISOS)],
    }


def _compute_offerings(rng: random.Random) -> list[Row]:
    fixed = [
        {
            "id": _uuid(rng),
            "name": f"{cpus} vCPU, {gb} GB",
            "cpuCount": cpus,
            "memoryInMB": gb * 1024,
            "custom": False,
        }
        for cpus, gb in _SIZES
    ]
    custom = {
        "id": _uuid(rng),
        "name": "À la carte",
        "custom": True,
        "availableCpuCountValues": [1, 2, 4, 6, 8, 12, 16, 24, 32],
        "availableMemoryInMBValues": [1024 * gb for gb in (1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128)],
        "maxMemoryInMBToCpuRatio": 16384,
    }
    metal = [
        {
            "id": _uuid(rng),
            "name": f"Bare metal, {cpus} cores, {gb} GB",
            "cpuCount": cpus,
            "memoryInMB": gb * 1024,
            "custom": False,
            "type": "BareMetal",
            "availabilityCount": free,
        }
        for cpus, gb, free in ((24, 192, 3), (48, 512, 2))
    ]
    return [*fixed, custom, *metal]


def _disk_offerings(rng: random.Random) -> list[Row]:
    fixed = [
        {
            "id": _uuid(rng),
            "name": f"{gb} GB, {iops} IOPS",
            "gbSize": gb,
            "customSize": False,
            "customIops": False,
        }
        for gb, iops in _DISKS
    ]
    return [
        *fixed,
        {"id": _uuid(rng), "name": "Any size", "customSize": True, "customIops": False},
        {"id": _uuid(rng), "name": "Any size and speed", "customSize": True, "customIops": True},
    ]


def _network_offerings(rng: random.Random) -> list[Row]:
    kinds = (
        ("Subnet with load balancing", True, (*_TIER_SERVICES, "Lb")),
        ("Subnet", True, _TIER_SERVICES),
        ("Isolated", False, _ISOLATED_SERVICES),
    )
    return [
        {"id": _uuid(rng), "name": name, "vpcOnly": vpc_only, "services": list(services), "state": "ENABLED"}
        for name, vpc_only, services in kinds
    ]


def template(
    rng: random.Random,
    zones: list[Row],
    made: float,
    name: str,
    os: str,
    user: str,
    gb: int,
    public: bool = True,
) -> Row:
    """A template that is ready in the given zones."""
    windows = user == "Administrator"
    return {
        "id": _uuid(rng),
        "name": name,
        "description": f"{name}, kept up to date by the platform" if public else f"{name}, built in house",
        "defaultUsername": user,
        "size": gb * 1024**3,
        "availablePublicly": public,
        "ready": True,
        "dynamicallyScalable": not windows,
        "extractable": not public,
        "sshEnabled": not windows,
        "sshKeyEnabled": not windows,
        "passwordEnabled": True,
        "created": dates.twelve_hours(made),
        "osTypeId": _uuid(rng),
        "osTypeName": os,
        "zoneId": zones[0]["id"],
        "zoneName": zones[0]["name"],
        "availableInZones": [zone["id"] for zone in zones],
        "hypervisor": "KVM",
        "format": "QCOW2",
        "nicAdapter": "virtio",
        "rootDiskController": "scsi",
        "keyboard": "us",
    }


def iso(
    rng: random.Random,
    zones: list[Row],
    made: float,
    name: str,
    description: str,
    os: str,
    mb: int,
    bootable: bool,
    extractable: bool,
    public: bool = True,
) -> Row:
    """An ISO that is ready in the given zones."""
    row = {
        "id": _uuid(rng),
        "name": name,
        "description": description,
        "architectureWidth": 64,
        "size": mb * 1024**2,
        "ready": True,
        "bootable": bootable,
        "availablePublicly": public,
        "extractable": extractable,
        "zoneId": zones[0]["id"],
        "zoneName": zones[0]["name"],
        "created": dates.twelve_hours(made),
        "availableInZones": [zone["id"] for zone in zones],
    }
    if bootable:
        row |= {"osTypeId": _uuid(rng), "osTypeName": os}
    return row
