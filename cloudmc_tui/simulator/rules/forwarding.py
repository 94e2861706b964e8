"""Port forwarding and load balancer rules.

From CloudMC's knowledge base: an address has one purpose at a time, and a source NAT or VPN address
takes neither kind of rule. Inferred, as in CloudStack: the rules on an address of a VPC all lead to
one network, and no two of them share a port of a protocol.
"""

from __future__ import annotations

from cloudmc_tui.simulator import build, errors, usage
from cloudmc_tui.simulator.body import Body
from cloudmc_tui.simulator.rules.base import Call, operation
from cloudmc_tui.simulator.rules.ports import port_range
from cloudmc_tui.simulator.store import Environment, Row
from cloudmc_tui.simulator.tasks import Steps

_ALGORITHMS = ("roundrobin", "leastconn", "source")
_STICKINESS = ("LbCookie", "AppCookie", "SourceBased", "none")


def _usable(ip: Row, purpose: str) -> Row:
    """Refuse an address that serves another purpose."""
    others = [p for p in ip["purposes"] if p != purpose]
    if others:
        message = f"The address has the purpose {others[0]}."
        raise errors.rule(message, publicIpId=ip["id"], purpose=others[0])
    return ip


def _reachable(env: Environment, ip: Row, network_id: str) -> None:
    """Refuse a network that an address cannot lead to."""
    network = env.get("networks", network_id)
    if network.get("vpcId") != ip.get("vpcId") or ip.get("networkId", network_id) != network_id:
        raise errors.rule("The address does not lead to this network.", networkId=network_id)


def _nic(call: Call, ip: Row) -> tuple[Row, tuple[str, str]]:
    """The NIC that ports are forwarded to, with the private address's id and text."""
    env, private_ip_id = call.env, call.body.maybe("privateIpId")
    if private_ip_id is not None:
        nic = usage.nic_of(env, private_ip_id)
        if nic is None:
            raise errors.no_reference("privateIpId", "nics", private_ip_id)
        secondary: dict[str, str] = {s["id"]: s["ipAddress"] for s in nic["secondaryIps"]}
        own: str = nic["ipAddress"]
        return nic, (private_ip_id, secondary.get(private_ip_id, own))
    instance = call.refer("instanceId", "instances")
    nics = sorted(env["nics"].where(instanceId=instance["id"]), key=lambda n: not n["isDefault"])
    nic = next((n for n in nics if n["networkId"] == ip.get("networkId")), nics[0])
    return nic, (nic["ipAddressId"], nic["ipAddress"])


@operation("portforwardingrules", "create", weight=0.5)
def forward(call: Call) -> Steps:
    """Forward ports to an instance, or to one of its private addresses."""
    body, env = call.body, call.env
    body.require("ipAddressId", "protocol", "privatePortStart", "publicPortStart")
    protocol = body.choice("protocol", ("TCP", "UDP")) or ""
    private = port_range(body, "privatePortStart", "privatePortEnd")
    public = port_range(body, "publicPortStart", "publicPortEnd")
    if int(private[1]) - int(private[0]) != int(public[1]) - int(public[0]):
        raise errors.invalid("publicPortEnd", "must make a range as long as the private one")
    ip = _usable(call.refer("ipAddressId", "publicipaddresses"), "PORT_FORWARDING")
    nic, private_ip = _nic(call, ip)
    _check_forward(env, ip, nic, protocol, public)
    yield
    ip, nic = env.get("publicipaddresses", ip["id"]), env.get("nics", nic["id"])
    _usable(ip, "PORT_FORWARDING")
    _check_forward(env, ip, nic, protocol, public)
    row = build.port_forwarding(env, ip, nic, protocol, private, public, private_ip)
    usage.refresh(env, ip["id"])
    return row


def _check_forward(env: Environment, ip: Row, nic: Row, protocol: str, public: tuple[str, str]) -> None:
    instance = env.get("instances", nic["instanceId"])
    if instance["state"] in ("Destroyed", "Expunging", "Error"):
        raise errors.wrong_state("forwarding a port", instance["state"], ("Running", "Stopped"))
    _reachable(env, ip, nic["networkId"])
    for rule in env["portforwardingrules"].where(ipAddressId=ip["id"]):
        apart = int(public[1]) < int(rule["publicPortStart"]) or int(rule["publicPortEnd"]) < int(public[0])
        if not apart and rule["protocol"].upper() == protocol.upper():
            raise errors.taken("publicPortStart", public[0])


@operation("portforwardingrules", "delete", weight=0.5)
def unforward(call: Call) -> Steps:
    """The address has no purpose any more when it was the last rule."""
    yield
    call.env["portforwardingrules"].remove(call.row["id"])
    usage.refresh(call.env, call.row["ipAddressId"])
    return {}


@operation("loadbalancerrules", "create", weight=0.6)
def balance(call: Call) -> Steps:
    """Its network is the one given, that of the address, or that of the instances."""
    body, env = call.body, call.env
    body.require("name", "publicIpId", "publicPort", "privatePort", "algorithm", "protocol")
    ip = _usable(call.refer("publicIpId", "publicipaddresses"), "LOAD_BALANCING")
    instances = call.refer_all("instanceIds", "instances")
    network = call.may_refer("networkId", "networks")
    network_id = network["id"] if network else ip.get("networkId") or _network_of(instances)
    row = {
        "id": env.new_id(),
        "name": body.text("name"),
        "publicIp": ip["ipAddress"],
        "publicIpId": ip["id"],
        "publicPort": body.port("publicPort"),
        "privatePort": body.port("privatePort"),
        "algorithm": body.choice("algorithm", _ALGORITHMS),
        "protocol": body.text("protocol"),
        "instanceIds": [instance["id"] for instance in instances],
        **({"networkId": network_id} if network_id else {}),
        **_stickiness(env, body),
    }
    certificate = body.maybe("sslCertificateId")
    if certificate is not None:
        row["sslCertificateId"] = certificate
    _check_balance(env, row, instances)
    yield
    _usable(env.get("publicipaddresses", ip["id"]), "LOAD_BALANCING")
    _check_balance(env, row, [env.get("instances", i) for i in row["instanceIds"]])
    env["loadbalancerrules"].add(row)
    usage.refresh(env, ip["id"])
    return row


def _network_of(instances: list[Row]) -> str | None:
    return instances[0]["networkId"] if instances else None


def _check_balance(env: Environment, row: Row, instances: list[Row]) -> None:
    """Refuse a port that is taken, and instances or a network that cannot be reached."""
    for other in env["loadbalancerrules"].where(publicIpId=row["publicIpId"], publicPort=row["publicPort"]):
        if other["id"] != row["id"]:
            raise errors.taken("publicPort", row["publicPort"])
    if "networkId" in row:
        _reachable(env, env.get("publicipaddresses", row["publicIpId"]), row["networkId"])
    for instance in instances:
        if instance["state"] == "Destroyed":
            raise errors.wrong_state("balancing load", instance["state"], ("Running", "Stopped"))
        if env["nics"].first(instanceId=instance["id"], networkId=row.get("networkId")) is None:
            raise errors.rule("The instance is not on the rule's network.", instanceId=instance["id"])


def _stickiness(env: Environment, body: Body) -> Row:
    """The members of a stickiness policy; none for the method ``none``."""
    method = body.choice("stickinessMethod", _STICKINESS)
    if method is None or method.casefold() == "none":
        return {}
    return {
        "stickinessMethod": method,
        "stickinessPolicyId": env.new_id(),
        "stickinessPolicyParameters": body.mapping("stickinessPolicyParameters"),
    }


@operation("loadbalancerrules", "update", weight=0.4)
def update_balance(call: Call) -> Steps:
    """Change name and algorithm."""
    changes = {"name": call.body.maybe("name"), "algorithm": call.body.choice("algorithm", _ALGORITHMS)}
    yield
    call.change(**{member: value for member, value in changes.items() if value is not None})
    return call.row


@operation("loadbalancerrules", "?updateInstances", weight=0.5)
def update_instances(call: Call) -> Steps:
    """Set all of a rule's instances. Clients that leave out what is empty say "none" by the id alone."""
    if "id" not in call.body:
        call.body.require("instanceIds")
    env, row = call.env, call.row
    instances = call.refer_all("instanceIds", "instances")
    network_id = row.get("networkId") or _network_of(instances)
    wanted = {**row, **({"networkId": network_id} if network_id else {})}
    _check_balance(env, wanted, instances)
    yield
    call.change(instanceIds=[i["id"] for i in instances if i["id"] in env["instances"]], networkId=network_id)
    usage.refresh(env, row["publicIpId"])
    return row


@operation("loadbalancerrules", "?updateStickiness", weight=0.5)
def update_stickiness(call: Call) -> Steps:
    """Replace the policy; the method ``none`` takes it away."""
    call.body.require("stickinessMethod")
    policy = _stickiness(call.env, call.body)
    yield
    absent = dict.fromkeys(("stickinessMethod", "stickinessPolicyId", "stickinessPolicyParameters"))
    call.change(**{**absent, **policy})
    return call.row


@operation("loadbalancerrules", "delete", weight=0.5)
def unbalance(call: Call) -> Steps:
    """The address has no purpose any more when it was the last rule."""
    yield
    call.env["loadbalancerrules"].remove(call.row["id"])
    usage.refresh(call.env, call.row["publicIpId"])
    return {}
