"""How an instance is reached by ssh: its addresses, and the fields of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from cloudmc_tui.formats.text import visible
from cloudmc_tui.language import N_, _
from cloudmc_tui.outside.template import Template, TemplateError, read_template

INSTANCES = "instances"
RULES = "portforwardingrules"
ADDRESSES = "publicipaddresses"
"""The entity types that say how an instance is reached."""

PORT = 22
"""Where ssh listens on an instance."""

DEFAULT = read_template(["ssh", ["-i", "{key}"], ["-p", "{port}"], "{target}"])
"""What is run where the settings say nothing else."""

FIELDS = {
    "target": N_("user@address, or the address alone"),
    "user": N_("the user name"),
    "address": N_("the address that was chosen"),
    "port": N_("the public port of a port forwarding rule; none for port 22"),
    "key": N_("the setting ssh_key"),
    "private": N_("the private address"),
    "public": N_("a public address"),
}
"""The fields beside the instance's own members."""

WAYS = ("private", "public")
"""What the setting ``ssh_address`` can be."""

_ADDRESS = re.compile(r"[0-9A-Za-z][0-9A-Za-z.:%_-]*")
_USER = re.compile(r"[\w.@+\\][\w.@+\\-]*")


class Route(Struct, frozen=True):
    """One way to an instance.

    Attributes:
        way: one of :data:`WAYS`.
        address: an IP address or a host name.
        port: where that is not the usual one.
        through: what leads there, for people.
    """

    way: str
    address: str
    port: str = ""
    through: str = ""


class Settings(Struct, frozen=True):
    """What the config file says of ssh.

    Attributes:
        template: the command line.
        user: the user name, whatever the instance's; empty leaves it to that.
        key: the file of the private key; or empty.
        way: the only way to take; empty lets the person choose.
    """

    template: Template = DEFAULT
    user: str = ""
    key: str = ""
    way: str = ""


def routes(
    instance: Mapping[str, Any],
    rules: Iterable[Mapping[str, Any]] = (),
    addresses: Iterable[Mapping[str, Any]] = (),
) -> list[Route]:
    """The ways to an instance, the private one first.

    Args:
        instance: the entity.
        rules: the environment's port forwarding rules.
        addresses: its public addresses: one with static NAT leads to its instance.
    """
    found = []
    if private := _text(instance.get("ipAddress")):
        found.append(Route("private", private, through=_("private address")))
    found += [
        Route("public", _text(address.get("ipAddress")), through=_("static NAT"))
        for address in addresses
        if "STATIC_NAT" in (address.get("purposes") or ()) and _leads_to(address, instance)
    ]
    for rule in rules:
        port = _public_port(rule)
        if port and rule.get("instanceId") == instance.get("id"):
            shown = "" if port == PORT else str(port)
            found.append(Route("public", _text(rule.get("ipAddress")), shown, _("port forwarding rule")))
    return [route for route in dict.fromkeys(found) if route.address]


def command(
    settings: Settings, instance: Mapping[str, Any], route: Route, every: Iterable[Route] = ()
) -> list[str]:
    """The command line to an instance.

    Args:
        settings: what the config file says.
        instance: the entity.
        route: the way to take.
        every: all ways, for the fields ``private`` and ``public``.

    Raises:
        TemplateError: when a value cannot be used, or is missing.
    """
    user = settings.user or _text(instance.get("username"))
    by_way = {each.way: each.address for each in reversed([route, *every])}
    if user and not _USER.fullmatch(user):
        raise TemplateError(_("'{user}' is no user name that is safe to hand on", user=visible(user)))
    for address in (route.address, *by_way.values()):
        if not _ADDRESS.fullmatch(address):
            raise TemplateError(_("'{address}' is no address", address=visible(address)))
    values = {
        "user": user,
        "address": route.address,
        "target": f"{user}@{route.address}" if user else route.address,
        "port": route.port,
        "key": settings.key,
        "private": by_way.get("private", ""),
        "public": by_way.get("public", ""),
    }
    return settings.template.fill(
        lambda field: values[field] if field in values else _text(instance.get(field))
    )


def _leads_to(address: Mapping[str, Any], instance: Mapping[str, Any]) -> bool:
    """Whether all that comes to a public address goes to an instance."""
    ids = [each.get("id") if isinstance(each, Mapping) else each for each in address.get("instances") or ()]
    private = instance.get("ipAddressId")
    return instance.get("id") in ids or (bool(private) and address.get("privateIpId") == private)


def _public_port(rule: Mapping[str, Any]) -> int | None:
    """The port that a rule leads from to ssh's; none where it leads elsewhere."""
    try:
        first, last, public = (
            int(rule[name]) for name in ("privatePortStart", "privatePortEnd", "publicPortStart")
        )
    except (KeyError, TypeError, ValueError):
        return None
    return public + PORT - first if first <= PORT <= last and rule.get("protocol") == "TCP" else None


def _text(value: object) -> str:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
