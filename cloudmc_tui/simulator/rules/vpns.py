"""VPNs: remote access, their users, and site to site.

Inferred: a site-to-site VPN connects at once; a change of its settings keeps its state; a VPC has
one VPN to a gateway.
"""

from __future__ import annotations

from typing import Any

from cloudmc_tui.simulator import errors
from cloudmc_tui.simulator.body import Body
from cloudmc_tui.simulator.rules.base import Call, deletion, operation
from cloudmc_tui.simulator.tasks import Steps

_ENCRYPTION = ("aes128", "aes192", "aes256", "3des")
_HASH = ("md5", "sha1", "sha256", "sha384", "sha512")
_GROUPS = ("modp1024", "modp1536", "modp2048", "modp3072", "modp4096", "modp6144", "modp8192")
_CHOICES = {
    "ikeEncryptionAlgorithm": _ENCRYPTION,
    "ikeHashAlgorithm": _HASH,
    "ikeDhGroup": _GROUPS,
    "espEncryptionAlgorithm": _ENCRYPTION,
    "espHashAlgorithm": _HASH,
    "espPerfectForwardSecrecy": (*_GROUPS, "none"),
}
_LIFETIMES = {"ikeLifetime": 86_400, "espLifetime": 86_400}
_FLAGS = ("dpd", "forceEncap")


def _set_vpn_status(call: Call, status: str) -> None:
    vpc_id = call.env["remoteaccessvpns"].hidden(call.row["id"]).get("vpcId")
    vpc = call.env["vpcs"].rows.get(vpc_id or "")
    if vpc is not None:
        call.env.change("vpcs", vpc, vpnStatus=status)


@operation("remoteaccessvpns", "?enable", states=("Disabled",))
def enable(call: Call) -> Steps:
    """Let VPN users in; the pre-shared key is shown while it is enabled."""
    yield
    call.change(state="Enabled", presharedKey=call.env.secret())
    _set_vpn_status(call, "Enabled")
    return call.row


@operation("remoteaccessvpns", "?disable", states=("Enabled",))
def disable(call: Call) -> Steps:
    """Let nobody in any more; the pre-shared key is gone."""
    yield
    call.change(state="Disabled", presharedKey=None)
    _set_vpn_status(call, "Disabled")
    return call.row


@operation("vpnusers", "create", weight=0.4)
def create_user(call: Call) -> Steps:
    """The result has no id, as the Go client knows it."""
    call.body.require("username", "password")
    username = call.body.text("username")
    if call.env["vpnusers"].first(username=username) is not None:
        raise errors.taken("username", username)
    yield
    call.env["vpnusers"].add({"id": call.env.new_id(), "username": username})
    return {"username": username}


deletion("vpnusers")


def _settings(body: Body) -> dict[str, Any]:
    """What of a site-to-site VPN's settings the body has."""
    found: dict[str, Any] = {
        "name": body.maybe("name"),
        "gateway": body.address("gateway"),
        "cidrList": body.cidrs("cidrList"),
        "ipSecPsk": body.maybe("ipSecPsk"),
        **{member: body.choice(member, options) for member, options in _CHOICES.items()},
        **{member: body.whole(member, 1, most) for member, most in _LIFETIMES.items()},
        **{member: body.flag(member) for member in _FLAGS if member in body},
    }
    return {member: value for member, value in found.items() if value is not None}


def _check_gateway(call: Call, vpc_id: str, gateway: str | None) -> None:
    other = call.env["sitetositevpns"].first(vpcId=vpc_id, gateway=gateway)
    if other is not None and other is not call.row:
        raise errors.taken("gateway", other["gateway"])


@operation("sitetositevpns", "create", weight=1.2)
def create_site_to_site(call: Call) -> Steps:
    """Join a VPC to a remote network."""
    body, env = call.body, call.env
    body.require("name", "vpcId", "gateway", "cidrList", "ipSecPsk", *_CHOICES, *_LIFETIMES)
    vpc = call.refer("vpcId", "vpcs")
    row = {
        "id": env.new_id(),
        "state": "Pending",
        "vpcId": vpc["id"],
        **dict.fromkeys(_FLAGS, False),
        **_settings(body),
    }
    _check_gateway(call, vpc["id"], row["gateway"])
    with call.provisional("sitetositevpns", env["sitetositevpns"].add(row)):
        yield
    env["sitetositevpns"].change(row, state="Connected")
    return row


@operation("sitetositevpns", "update")
def update_site_to_site(call: Call) -> Steps:
    """Change what is given of its settings."""
    changes = _settings(call.body)
    if "gateway" in changes:
        _check_gateway(call, call.row["vpcId"], changes["gateway"])
    yield
    call.change(**changes)
    return call.row


@operation("sitetositevpns", "?reset", states=("Disconnected",))
def reset(call: Call) -> Steps:
    """Disconnected → Pending → Connected."""
    with call.passing("Pending"):
        yield
    call.change(state="Connected")
    return call.row


deletion("sitetositevpns")
