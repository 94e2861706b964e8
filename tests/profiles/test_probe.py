"""Testing a profile against real servers: each step with what it found, or with what to try."""

from __future__ import annotations

import asyncio
import datetime
import json
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

import pytest
import trustme
from msgspec.structs import replace

from cloudmc_tui.api import Secret, Timeouts
from cloudmc_tui.api.checks import LABELS, Check, Outcome
from cloudmc_tui.profiles import HeldKey, Profile, demo_profile
from cloudmc_tui.profiles.probe import check_profile
from cloudmc_tui.profiles.sources import CommandKey, EnvironmentKey, PromptKey
from tests.api.rawserver import Action, RawServer, hang, raw, reply, serving

KEY = "SENTINEL-k3y-77aa"

SERVICES = reply(200, json.dumps({"data": [{"id": "s", "serviceCode": "compute-qc", "name": "Q"}]}))
ORGANIZATIONS = reply(200, json.dumps({"data": [{"id": "o-1", "name": "Acme"}, {"id": "o-2", "name": "B"}]}))
REFUSED = reply(403, json.dumps({"errors": [{"code": 1002, "message": "The API key is not valid."}]}))
FORBIDDEN = reply(403, json.dumps({"errors": [{"code": 1003, "message": "You may not."}]}))
GONE = reply(404, json.dumps({"errors": [{"code": 1004, "message": "Nothing here."}]}))

ALL = ["name", "connection", "certificate", "source", "api", "key", "organizations", "services"]


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Test Authority")


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: FilePath) -> str:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    return server_context(authority.issue_cert("localhost", "127.0.0.1"))


def profile(server: RawServer | int, scheme: str = "https", **more: Any) -> Profile:
    port = server if isinstance(server, int) else server.port
    return Profile("x", f"{scheme}://127.0.0.1:{port}/v1", HeldKey(Secret(KEY), "a test"), **more)


async def checks_of(tested: Profile, **more: Any) -> dict[str, Check]:
    """The checks by their ids; none shows the key, and nothing follows a failure."""
    checks = [check async for check in check_profile(tested, **more)]
    told = repr(checks)
    assert KEY not in told
    assert [c.id for c in checks] == [i for i in LABELS if i in {c.id for c in checks}], "in their order"
    assert all(c.outcome is not Outcome.FAILED for c in checks[:-1])
    assert all(c.elapsed >= 0 for c in checks)
    return {check.id: check for check in checks}


async def failure_of(tested: Profile, step: str) -> Check:
    checks = await checks_of(tested)
    assert list(checks) == ALL[: ALL.index(step) + 1]
    assert checks[step].outcome is Outcome.FAILED
    return checks[step]


# What a good connection shows


async def test_a_good_connection_over_tls(tls: ssl.SSLContext, ca_file: str) -> None:
    async with serving(SERVICES, ORGANIZATIONS, tls=tls) as server:
        checks = await checks_of(profile(server, ca_file=ca_file))
        assert [*checks] == ALL
        assert {c.outcome for c in checks.values()} == {Outcome.OK}
        assert checks["name"].detail == "127.0.0.1: 127.0.0.1"
        assert checks["connection"].detail == f"127.0.0.1 port {server.port}"
        assert "issued by Test Authority" in checks["certificate"].detail
        assert checks["certificate"].detail.startswith("until 3000-01-01 (")
        assert checks["source"].detail == "a test"
        assert checks["api"].detail == f"https://127.0.0.1:{server.port}/v1"
        assert checks["organizations"].detail == "2: Acme, B"
        assert checks["services"].detail == "1: compute-qc"
        assert [seen.headers.get("mc-api-key") for seen in server.seen] == [KEY, KEY]


async def test_a_name_is_resolved(tls: ssl.SSLContext, ca_file: str) -> None:
    async with serving(SERVICES, ORGANIZATIONS, tls=tls) as server:
        tested = replace(profile(server, ca_file=ca_file), endpoint=f"https://localhost:{server.port}/v1")
        checks = await checks_of(tested)
        assert checks["name"].detail.startswith("localhost: ")
        assert "127.0.0.1" in checks["connection"].detail
        assert checks["services"].outcome is Outcome.OK


async def test_plain_http_within_this_machine() -> None:
    async with serving(SERVICES, ORGANIZATIONS) as server:
        checks = await checks_of(profile(server, "http"))
        assert [*checks] == ALL
        assert checks["certificate"].outcome is Outcome.SKIPPED


async def test_a_bare_host_is_asked_for_its_path() -> None:
    async with serving(GONE, SERVICES, SERVICES, ORGANIZATIONS) as server:
        tested = replace(profile(server, "http"), endpoint=f"127.0.0.1:{server.port}")
        checks = await checks_of(tested)
        assert checks["api"].detail.endswith(f"127.0.0.1:{server.port}/api/v1 (found out)")


async def test_the_demo_cloud() -> None:
    checks = await checks_of(demo_profile())
    assert [*checks] == ["api"]


async def test_a_certificate_that_ends_soon(authority: trustme.CA, ca_file: str) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    soon = authority.issue_cert(
        "127.0.0.1",
        not_before=now - datetime.timedelta(days=80),
        not_after=now + datetime.timedelta(days=9.5),
    )
    async with serving(SERVICES, ORGANIZATIONS, tls=server_context(soon)) as server:
        checks = await checks_of(profile(server, ca_file=ca_file))
        assert checks["certificate"].outcome is Outcome.WARNING
        assert "(9 days)" in checks["certificate"].detail
        assert checks["services"].outcome is Outcome.OK


async def test_a_certificate_that_is_not_checked(tls: ssl.SSLContext) -> None:
    async with serving(SERVICES, ORGANIZATIONS, tls=tls) as server:
        checks = await checks_of(profile(server, verify=False))
        assert checks["certificate"].outcome is Outcome.WARNING
        assert "anyone on the way can pose as the server" in checks["certificate"].hint
        assert checks["services"].outcome is Outcome.OK


async def test_a_client_certificate(
    authority: trustme.CA, tls: ssl.SSLContext, ca_file: str, tmp_path: FilePath
) -> None:
    authority.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED
    own = authority.issue_cert("operator@example.org")
    own.cert_chain_pems[0].write_to_path(tmp_path / "me.pem")
    own.private_key_pem.write_to_path(tmp_path / "me.key")
    files = {"client_certificate": str(tmp_path / "me.pem"), "client_key": str(tmp_path / "me.key")}
    async with serving(SERVICES, ORGANIZATIONS, tls=tls) as server:
        checks = await checks_of(profile(server, ca_file=ca_file, **files))
        assert {c.outcome for c in checks.values()} == {Outcome.OK}
    async with serving(SERVICES, ORGANIZATIONS, tls=tls) as server:
        checks = await checks_of(profile(server, ca_file=ca_file))
        assert [*checks.values()][-1].outcome is Outcome.FAILED


# What goes wrong on the way; the key is not sent then


async def test_a_name_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(*arguments: Any, **more: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    check = await failure_of(replace(profile(1), endpoint="https://cloud.nowhere.example"), "name")
    assert "cannot find the host cloud.nowhere.example" in check.detail
    assert "DNS" in check.hint


async def test_name_servers_that_do_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lookup(*arguments: Any, **more: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lookup)
    tested = replace(profile(1), endpoint="https://slow.example", timeouts=Timeouts(connect=0.05))
    assert "slow.example was not found within 0.05 s" in (await failure_of(tested, "name")).detail


async def test_a_bad_endpoint() -> None:
    assert "neither http" in (await failure_of(replace(profile(1), endpoint="ftp://x"), "name")).detail


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def test_a_port_that_nobody_listens_on() -> None:
    port = closed_port()
    check = await failure_of(profile(port), "connection")
    assert check.detail == f"127.0.0.1:{port} refuses connections"
    assert "port" in check.hint


async def test_an_unknown_authority(tls: ssl.SSLContext) -> None:
    async with serving(SERVICES, tls=tls) as server:
        check = await failure_of(profile(server), "certificate")
        assert "signed by an authority that this machine does not know" in check.detail
        assert "in the profile" in check.hint
        assert server.seen == []


async def test_an_expired_certificate(authority: trustme.CA, ca_file: str) -> None:
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    expired = authority.issue_cert("127.0.0.1", not_before=past, not_after=past + datetime.timedelta(days=1))
    async with serving(SERVICES, tls=server_context(expired)) as server:
        check = await failure_of(profile(server, ca_file=ca_file), "certificate")
        assert "has expired" in check.detail
        assert server.seen == []


async def test_a_certificate_for_another_host(authority: trustme.CA, ca_file: str) -> None:
    async with serving(SERVICES, tls=server_context(authority.issue_cert("other.example"))) as server:
        check = await failure_of(profile(server, ca_file=ca_file), "certificate")
        assert "is not made out to 127.0.0.1" in check.detail
        assert server.seen == []


async def test_a_server_without_tls(ca_file: str) -> None:
    async with serving(raw(b"")) as server:
        server.greeting = b"SSH-2.0-OpenSSH_9.6\r\n"
        check = await failure_of(profile(server, ca_file=ca_file), "certificate")
        assert "does not speak TLS" in check.detail


async def test_a_handshake_that_hangs(ca_file: str) -> None:
    async with serving(hang()) as server:
        tested = profile(server, ca_file=ca_file, timeouts=Timeouts(connect=0.1))
        assert (await failure_of(tested, "certificate")).hint


async def test_a_ca_file_that_is_gone(tls: ssl.SSLContext) -> None:
    async with serving(SERVICES, tls=tls) as server:
        check = await failure_of(profile(server, ca_file="/none.pem"), "certificate")
        assert "there is no file '/none.pem'" in check.detail


# Proxies


async def test_a_tunnel_through_a_proxy(tls: ssl.SSLContext, ca_file: str) -> None:
    async with serving(SERVICES, ORGANIZATIONS, tls=tls) as server, serving() as proxy:
        proxy.tunnel_to = server.port
        url = f"http://ann:hunter2@127.0.0.1:{proxy.port}"
        checks = await checks_of(profile(server, ca_file=ca_file, proxy=url))
        assert [*checks] == ALL
        assert f"(the proxy 127.0.0.1:{proxy.port})" in checks["name"].detail
        assert f"port {proxy.port}, on to 127.0.0.1:{server.port}" in checks["connection"].detail
        assert checks["services"].outcome is Outcome.OK
        assert {seen.method for seen in proxy.seen} == {"CONNECT"}
        assert all(seen.headers["proxy-authorization"].startswith("Basic ") for seen in proxy.seen)
        assert all("mc-api-key" not in seen.headers for seen in proxy.seen)
        assert "hunter2" not in repr(checks)


async def test_a_proxy_of_the_environment(
    tls: ssl.SSLContext, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(SERVICES, ORGANIZATIONS, tls=tls) as server, serving() as proxy:
        proxy.tunnel_to = server.port
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        checks = await checks_of(profile(server, ca_file=ca_file))
        assert f"(the proxy 127.0.0.1:{proxy.port})" in checks["name"].detail
        assert checks["services"].outcome is Outcome.OK
    async with serving(SERVICES, ORGANIZATIONS, tls=tls) as server:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert "proxy" not in (await checks_of(profile(server, ca_file=ca_file)))["name"].detail


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(403), "does not connect: 403"),
        (reply(407), "does not connect: 407"),
        (raw(b"SSH-2.0-x\r\n"), "does not answer like one"),
    ],
)
async def test_a_proxy_that_does_not_connect(answer: Action, said: str) -> None:
    async with serving(answer) as proxy:
        tested = profile(1, proxy=f"http://127.0.0.1:{proxy.port}")
        check = await failure_of(tested, "connection")
        assert f"the proxy 127.0.0.1:{proxy.port} {said}" in check.detail
        assert "proxy" in check.hint


# The key and what it sees


async def test_a_key_that_cannot_be_had() -> None:
    async with serving(SERVICES) as server:
        tested = replace(profile(server, "http"), key=CommandKey(("sh", "-c", "echo locked >&2; exit 1")))
        check = await failure_of(tested, "source")
        assert check.detail.endswith("the key command 'sh' failed (status 1): locked")
        tested = replace(tested, key=EnvironmentKey("NO_SUCH_VARIABLE"))
        assert "NO_SUCH_VARIABLE is not set" in (await failure_of(tested, "source")).detail
        assert server.seen == []


async def test_a_key_that_would_have_to_be_asked_for() -> None:
    async with serving(SERVICES, ORGANIZATIONS) as server:
        tested = replace(profile(server, "http"), key=PromptKey())
        checks = await checks_of(tested)
        assert [*checks] == ALL[:4]
        assert checks["source"].outcome is Outcome.SKIPPED
        assert server.seen == []

        async def ask(_prompt: str) -> str:
            return KEY

        assert [*await checks_of(tested, ask=ask)] == ALL


async def test_a_key_that_is_refused() -> None:
    async with serving(REFUSED) as server:
        check = await failure_of(profile(server, "http"), "key")
        assert "the API key was refused" in check.detail


async def test_a_key_that_may_see_little() -> None:
    async with serving(FORBIDDEN, ORGANIZATIONS) as server:
        checks = await checks_of(profile(server, "http"))
        assert checks["key"].outcome is Outcome.OK
        assert checks["services"].outcome is Outcome.WARNING
        assert "You may not." in checks["services"].detail
    async with serving(SERVICES, FORBIDDEN) as server:
        checks = await checks_of(profile(server, "http"))
        assert checks["organizations"].outcome is Outcome.WARNING
        assert checks["services"].outcome is Outcome.OK
    nothing = reply(200, '{"data": []}')
    async with serving(nothing, nothing) as server:
        checks = await checks_of(profile(server, "http"))
        assert {checks[i].detail for i in ("organizations", "services")} == {"none"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(200, "<html>Welcome</html>", content_type="text/html"), "HTML"),
        (GONE, "Nothing here."),
    ],
)
async def test_what_is_no_api(answer: Action, said: str) -> None:
    async with serving(answer) as server:
        assert said in (await failure_of(profile(server, "http"), "api")).detail


async def test_an_organization_that_the_key_does_not_see() -> None:
    for wanted, hint in (("acm", "did you mean o-1 (Acme)?"), ("zzzzzz", "correct it in the profile")):
        async with serving(SERVICES, ORGANIZATIONS) as server:
            check = (await checks_of(profile(server, "http", organization_id=wanted)))["organizations"]
            assert check.outcome is Outcome.WARNING
            assert f"the profile's organization {wanted} is not among the 2 that the key sees" in check.detail
            assert hint in check.hint


async def test_a_clock_that_is_off() -> None:
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 3600))
    services = reply(200, '{"data": []}', date=date)
    async with serving(services, services) as server:
        check = (await checks_of(profile(server, "http")))["clock"]
        assert check.outcome is Outcome.WARNING
        assert check.detail == "the server's clock is 60 minutes ahead of this machine's"
        assert "NTP" in check.hint


async def test_a_test_can_be_left_in_the_middle(tls: ssl.SSLContext, ca_file: str) -> None:
    async with serving(SERVICES, tls=tls) as server:
        testing = check_profile(profile(server, ca_file=ca_file))
        assert (await testing.__anext__()).id == "name"
        await testing.aclose()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from cloudmc_tui.api import retry

    monkeypatch.setattr(retry, "BASE", 0.0)
    yield
