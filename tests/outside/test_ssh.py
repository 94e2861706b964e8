"""The ways to an instance, and the command lines that they come to."""

from __future__ import annotations

import pytest

from cloudmc_tui.outside.ssh import Route, Settings, command, routes
from cloudmc_tui.outside.template import TemplateError, read_template

WEB = {"id": "i-1", "name": "web-01", "username": "ubuntu", "ipAddress": "10.0.0.1", "ipAddressId": "p-1"}


def rule(**changes: object) -> dict[str, object]:
    usual = {
        "instanceId": "i-1",
        "ipAddress": "203.0.113.7",
        "protocol": "TCP",
        "privatePortStart": "22",
        "privatePortEnd": "22",
        "publicPortStart": "2222",
    }
    return {**usual, **changes}


def ways(*rules: dict[str, object], addresses: list[dict[str, object]] | None = None) -> list[str]:
    return [f"{r.way} {r.address} {r.port}".strip() for r in routes(WEB, rules, addresses or [])]


def test_the_private_address_comes_first_and_then_what_leads_to_its_port_22() -> None:
    assert ways(rule()) == ["private 10.0.0.1", "public 203.0.113.7 2222"]
    assert ways(rule(publicPortStart=22))[1] == "public 203.0.113.7"
    assert ways(rule(privatePortStart="20", privatePortEnd="30", publicPortStart="8020"))[1].endswith("8022")


@pytest.mark.parametrize(
    "changes",
    [
        {"instanceId": "i-2"},
        {"privatePortStart": "80", "privatePortEnd": "80"},
        {"protocol": "UDP"},
        {"publicPortStart": None},
        {"privatePortEnd": "x"},
        {"ipAddress": None},
    ],
)
def test_rules_that_lead_elsewhere_are_no_way(changes: dict[str, object]) -> None:
    assert ways(rule(**changes)) == ["private 10.0.0.1"]


def test_static_nat_is_a_way() -> None:
    nat: dict[str, object] = {"ipAddress": "203.0.113.9", "purposes": ["STATIC_NAT"]}
    there: list[dict[str, object]] = [
        {"instances": [{"id": "i-1"}]},
        {"privateIpId": "p-1"},
        {"instances": ["i-1"]},
    ]
    for address in there:
        assert ways(addresses=[{**nat, **address}]) == ["private 10.0.0.1", "public 203.0.113.9"]
    elsewhere = [{**nat, "instances": ["i-2"]}, {**nat, "purposes": ["SOURCE_NAT"], "instances": ["i-1"]}]
    assert ways(addresses=elsewhere) == ["private 10.0.0.1"]


def test_an_instance_without_any_address_has_no_way() -> None:
    assert routes({"id": "i-1"}, [], []) == []


PUBLIC = Route("public", "203.0.113.7", "2222")
PRIVATE = Route("private", "10.0.0.1")


def test_the_default_command_has_what_is_known() -> None:
    assert command(Settings(), WEB, PRIVATE) == ["ssh", "ubuntu@10.0.0.1"]
    assert command(Settings(key="/k"), WEB, PUBLIC) == [
        "ssh",
        "-i",
        "/k",
        "-p",
        "2222",
        "ubuntu@203.0.113.7",
    ]
    assert command(Settings(), {**WEB, "username": None}, PRIVATE) == ["ssh", "10.0.0.1"]
    assert command(Settings(user="me"), WEB, PRIVATE) == ["ssh", "me@10.0.0.1"]


def test_a_template_has_both_addresses_and_the_instances_members() -> None:
    template = read_template(
        ["mosh", ["--ssh", "ssh -p {port}"], "{user}@{private}", "{name}", ["-J", "{public}"]]
    )
    assert command(Settings(template), WEB, PRIVATE, [PRIVATE, PUBLIC]) == [
        "mosh",
        "ubuntu@10.0.0.1",
        "web-01",
        "-J",
        "203.0.113.7",
    ]


@pytest.mark.parametrize("user", ["-oProxyCommand=x", "a b", "a;b", "$(x)", "a\nb", "`x`", "-l"])
def test_a_user_name_that_is_more_than_that_is_refused(user: str) -> None:
    with pytest.raises(TemplateError, match="no user name"):
        command(Settings(), {**WEB, "username": user}, PRIVATE)


@pytest.mark.parametrize("address", ["-oProxyCommand=x", "10.0.0.1 -x", "a;b", "::1\n", "$(x)"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(TemplateError, match="no address"):
        command(Settings(), WEB, Route("private", address))
