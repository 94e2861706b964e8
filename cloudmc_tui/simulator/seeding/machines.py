"""Made-up instances with their volumes, and the images and keys that they are made from."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter

from cloudmc_tui.simulator import build, names
from cloudmc_tui.simulator.keys import fingerprint
from cloudmc_tui.simulator.seeding import catalogue
from cloudmc_tui.simulator.store import Environment, Row

_USER_DATA = "#cloud-config\npackage_update: true\npackages:\n  - chrony\n  - node-exporter\n"

_SIZES = {"front": (2, 4), "app": (3, 4, 5), "data": (5, 6, 7)}
"""Indices of the compute offerings that a tier's machines have."""

_STATES = ("Stopped",) * 10 + ("Error", "Destroyed") + ("Running",) * 88
"""What share of the machines is in which state."""
_FIXED_STATES = {
    5: "Stopped",
    9: "Stopped",
    15: "Error",
    19: "Starting",
    23: "Destroyed",
    27: "Stopped",
    30: "Stopping",
}
"""So that even a small environment has some of each."""

SETTLES = {"Starting": ("Running", 240.0), "Stopping": ("Stopped", 180.0)}
"""Where a seeded state on the way leads, and after how many seconds."""


def images_and_keys(env: Environment) -> None:
    """A template and an ISO of the environment's own, and SSH keys."""
    rng, zones = env.rng, list(env["zones"].rows.values())
    made = env.start - 86400 * 12.3
    golden = catalogue.template(
        rng, zones, made, "image-maison-web", "Ubuntu Linux (64-bit)", "ubuntu", 16, public=False
    )
    env["templates"].add(golden)
    env["isos"].add(
        catalogue.iso(
            rng,
            zones,
            made,
            "pilotes-imprimantes",
            "Label printer drivers",
            "",
            31,
            False,
            True,
            public=False,
        )
    )
    for name in names.SSH_KEYS[: 2 + env.size % 3]:
        blob = b"\x00\x00\x00\x0bssh-ed25519" + rng.getrandbits(256).to_bytes(32, "big")
        key = f"ssh-ed25519 {b64encode(blob).decode()} {name}"
        env["sshkeys"].add({"id": name, "name": name, "fingerprint": fingerprint(key)})


def instances(env: Environment, subnets: dict[str, list[Row]]) -> None:
    """The environment's instances, each with a NIC, a root volume and, for some, a data volume."""
    rng = env.rng
    templates = list(env["templates"].rows.values())
    linux, windows = [t for t in templates if t["sshEnabled"]], [t for t in templates if not t["sshEnabled"]]
    offerings = list(env["computeofferings"].rows.values())
    custom = next(o for o in offerings if o["custom"])
    keys = list(env["sshkeys"].rows)
    awkward = env.name == "development"
    turns: Counter[str] = Counter()
    for number, (name, tier) in enumerate(names.machines(env.size, awkward)):
        template = rng.choice(windows) if number % 11 == 10 else rng.choice(linux)
        if number % 13 == 7:
            offering, cpus, memory = custom, 6, 12 * 1024
        else:
            offering = offerings[rng.choice(_SIZES[tier])]
            cpus, memory = offering["cpuCount"], offering["memoryInMB"]
        state = _FIXED_STATES.get(number) or rng.choice(_STATES if number > 5 else ("Running",))
        network = subnets[tier][turns[tier] % len(subnets[tier])]
        turns[tier] += 1
        made = env.start - 86400 * rng.uniform(2, 700)
        row = build.instance(
            env, name, names.hostname(name), template, offering, network, cpus, memory, state
        )
        if template["sshEnabled"]:
            env["instances"].change(row, sshKeyName=rng.choice(keys))
            if number % 4 == 0:
                env["instances"].hidden(row["id"])["userData"] = _USER_DATA
        _volumes(env, row, tier, number, template, made)


def _volumes(env: Environment, instance: Row, tier: str, number: int, template: Row, made: float) -> None:
    root = max(20, template["size"] // 1024**3 + 10)
    build.volume(env, f"ROOT-{instance['hostname']}", "os", root, instance, made, instance)
    if tier == "data" or number % 9 == 3:
        fixed = [o for o in env["diskofferings"].rows.values() if not o["customSize"]]
        offering = fixed[number % len(fixed)]
        name = f"DATA-{instance['hostname']}"
        build.volume(env, name, "data", offering["gbSize"], instance, made + 60, instance, offering)
