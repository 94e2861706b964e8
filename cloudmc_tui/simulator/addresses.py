"""Addresses: the private ranges, public addresses and MACs that an environment hands out."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network

from cloudmc_tui.simulator import errors
from cloudmc_tui.simulator.store import Environment, Row

_DOCUMENTATION = [
    address
    for block in ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24")
    for address in list(IPv4Network(block))[10:250]
]
_SHOWN_FIRST = 90
"""How many addresses of the documentation ranges each of the first environments has."""
_BENCHMARK = IPv4Network("198.18.0.0/15")
_SLICE = 4096
_FIRST_HOST = 10
"""Hosts below it in a subnet are left to the platform."""


_parsed = lru_cache(maxsize=1024)(IPv4Network)


def public(env: Environment) -> str:
    """The next public address, from ranges that are nobody's.

    Raises:
        ApiError: 400, the environment has used up its own.
    """
    number = env.counters["public"]
    env.counters["public"] += 1
    shown = _DOCUMENTATION[env.index * _SHOWN_FIRST : (env.index + 1) * _SHOWN_FIRST]
    if number < len(shown):
        return str(shown[number])
    number -= len(shown)
    if number >= _SLICE:
        raise errors.no_room("There are no free public addresses.")
    return str(_BENCHMARK[(env.index * _SLICE + number) % _BENCHMARK.num_addresses])


def vpc_range(env: Environment) -> str:
    """The next /22 for a VPC."""
    number = env.counters["vpc"]
    env.counters["vpc"] += 1
    base = int(IPv4Address("10.0.0.0")) + ((env.index * 16) % 256 << 16)
    return f"{IPv4Address(base + (number % 1024 << 10))}/22"


def subnet(env: Environment, vpc: Row) -> IPv4Network:
    """The first /24 of a VPC's range that no network has.

    Raises:
        ApiError: 400, the VPC is full.
    """
    taken = {row["cidr"] for row in env["networks"].where(vpcId=vpc["id"])}
    for candidate in IPv4Network(vpc["cidr"]).subnets(new_prefix=24):
        if str(candidate) not in taken:
            return candidate
    raise errors.no_room("The VPC's address range is used up.", vpcId=vpc["id"], cidr=vpc["cidr"])


def host(env: Environment, network: Row, wanted: str | None = None) -> str:
    """Reserve a private address.

    Args:
        env: the network's environment.
        network: where.
        wanted: a particular address, or None for the next free one.

    Raises:
        ApiError: 400: outside the network, taken, or none left.
    """
    memory = env["networks"].hidden(network["id"])
    used: set[int] = memory.setdefault("used", set())
    block = _parsed(network["cidr"])
    if wanted is None:
        number = memory.get("next", min(_FIRST_HOST, block.num_addresses - 2))
        while number in used:
            number += 1
        if number >= block.num_addresses - 1:
            raise errors.no_room("The network has no free addresses.", networkId=network["id"])
        memory["next"] = number + 1
    else:
        address = _in_block(wanted, block)
        if str(address) == network["gateway"]:
            raise errors.invalid("ipAddress", "is the network's gateway")
        number = int(address) - int(block.network_address)
        if number in used:
            raise errors.taken("ipAddress", wanted)
    used.add(number)
    return str(block[number])


def _in_block(wanted: str, block: IPv4Network) -> IPv4Address:
    try:
        address = IPv4Address(wanted)
    except ValueError:
        raise errors.invalid("ipAddress", "must be an IPv4 address", value=wanted) from None
    if address not in block or address in (block.network_address, block.broadcast_address):
        raise errors.invalid("ipAddress", f"must be a host of {block}", value=wanted)
    return address


def release(env: Environment, network_id: str, address: str) -> None:
    """Give a private address back; the network may be gone already."""
    network = env["networks"].rows.get(network_id)
    if network is None:
        return
    memory = env["networks"].hidden(network_id)
    number = int(IPv4Address(address)) - int(_parsed(network["cidr"]).network_address)
    memory.setdefault("used", set()).discard(number)
    memory["next"] = min(number, memory.get("next", number))


def mac(env: Environment) -> str:
    """A locally administered MAC address."""
    return "02:" + env.rng.getrandbits(40).to_bytes(5, "big").hex(":")
