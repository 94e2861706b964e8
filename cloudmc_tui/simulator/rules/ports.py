"""The ports of a rule, or its ICMP type and code: strings on the wire, whatever was sent."""

from __future__ import annotations

from cloudmc_tui.simulator import errors
from cloudmc_tui.simulator.body import Body

PORTS = ("startPort", "endPort")
ICMP = ("icmpType", "icmpCode")


def port_range(body: Body, first: str, last: str) -> tuple[str, str]:
    """First and last port; the last is the first where it is not given.

    Raises:
        ApiError: 400, the first is missing, or comes after the last.
    """
    body.require(first)
    start = body.port(first) or ""
    end = body.port(last) or start
    if int(end) < int(start):
        raise errors.invalid(last, f"may not be below {first}", value=end)
    return start, end


def ports_of(body: Body, protocol: str) -> dict[str, str]:
    """What goes with a protocol: ports for TCP and UDP, type and code for ICMP, nothing for all.

    Raises:
        ApiError: 400, they are missing or not allowed.
    """
    if protocol.upper() in ("TCP", "UDP"):
        return dict(zip(PORTS, port_range(body, *PORTS), strict=True))
    if protocol.upper() == "ICMP":
        body.require(*ICMP)
        return {member: str(body.whole(member, -1, 255)) for member in ICMP}
    return {}
