"""TLS: what is trusted, what is not, and why."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path as FilePath

import pytest
import trustme

from cloudmc_tui.api import BadSettings, ConnectionFailed, OutcomeUnknown
from cloudmc_tui.path import Path

from .conftest import Connect
from .rawserver import hang, raw, reply, reset, serving

GOOD = reply(200, '{"data": []}')
LIST = Path.parse("compute-qc/production/instances")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: FilePath) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    return server_context(authority.issue_cert("127.0.0.1"))


def https(port: int) -> str:
    return f"https://127.0.0.1:{port}/v1"


async def test_an_authority_of_ones_own(connect: Connect, tls: ssl.SSLContext, bundle: str) -> None:
    async with serving(GOOD, tls=tls) as server, connect(https(server.port), verify=bundle) as client:
        assert await client.services() == []


async def test_an_authority_named_in_the_environment(
    connect: Connect, tls: ssl.SSLContext, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    async with serving(GOOD, tls=tls) as server, connect(https(server.port)) as client:
        assert await client.services() == []


async def test_an_authority_in_the_systems_store(
    connect: Connect, tls: ssl.SSLContext, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_default_certs(context: ssl.SSLContext, purpose: object = None) -> None:
        context.load_verify_locations(bundle)

    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", load_default_certs)
    async with serving(GOOD, tls=tls) as server, connect(https(server.port)) as client:
        assert await client.services() == []


async def test_no_verification_when_it_is_turned_off(connect: Connect, tls: ssl.SSLContext) -> None:
    async with serving(GOOD, tls=tls) as server, connect(https(server.port), verify=False) as client:
        assert await client.services() == []


async def failing(connect: Connect, port: int, **settings: object) -> ConnectionFailed:
    async with connect(https(port), **settings) as client:
        with pytest.raises(ConnectionFailed) as caught:
            await client.send("POST", LIST)
        assert "not sent: " in str(caught.value)
        with pytest.raises(ConnectionFailed) as caught:
            await client.services()
    assert caught.value.kind == "tls"
    assert caught.value.hint
    return caught.value


async def test_an_unknown_authority(connect: Connect, tls: ssl.SSLContext) -> None:
    async with serving(GOOD, tls=tls) as server:
        error = await failing(connect, server.port)
        assert f"the certificate of 127.0.0.1:{server.port} is signed by an authority that this" in str(error)
        assert "SSL_CERT_FILE" in error.hint
        assert server.seen == []


async def test_an_expired_certificate(connect: Connect, authority: trustme.CA, bundle: str) -> None:
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    expired = authority.issue_cert("127.0.0.1", not_before=past, not_after=past + datetime.timedelta(days=1))
    async with serving(GOOD, tls=server_context(expired)) as server:
        error = await failing(connect, server.port, verify=bundle)
        assert "has expired" in str(error)
        assert server.connections <= 2  # asking again would not renew it


async def test_a_certificate_of_the_future(connect: Connect, authority: trustme.CA, bundle: str) -> None:
    begin = datetime.datetime(2300, 1, 1, tzinfo=datetime.timezone.utc)
    early = authority.issue_cert("127.0.0.1", not_before=begin, not_after=begin + datetime.timedelta(days=1))
    async with serving(GOOD, tls=server_context(early)) as server:
        assert "is not valid yet" in str(await failing(connect, server.port, verify=bundle))


@pytest.mark.parametrize("name", ["other.example", "127.0.0.2"])
async def test_a_certificate_for_another_host(
    connect: Connect, authority: trustme.CA, bundle: str, name: str
) -> None:
    async with serving(GOOD, tls=server_context(authority.issue_cert(name))) as server:
        assert "is not made out to 127.0.0.1" in str(await failing(connect, server.port, verify=bundle))


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n", b"\x00" * 64]
)
async def test_a_server_without_tls(connect: Connect, data: bytes) -> None:
    async with serving(raw(data)) as server:
        server.greeting = data
        error = await failing(connect, server.port)
        assert f"127.0.0.1:{server.port} does not speak TLS" in str(error)


async def test_a_server_that_hangs_up_on_the_handshake(connect: Connect) -> None:
    async with serving(raw(b"")) as server:
        server.greeting = b""
        assert "closed the connection during the TLS handshake" in str(await failing(connect, server.port))


async def test_https_spoken_to_as_http(connect: Connect, tls: ssl.SSLContext) -> None:
    async with serving(GOOD, tls=tls) as server, connect(server.url) as client:
        with pytest.raises(ConnectionFailed) as caught:
            await client.services()
    assert caught.value.kind == "closed"


async def test_a_client_certificate(
    connect: Connect, authority: trustme.CA, tls: ssl.SSLContext, bundle: str, tmp_path: FilePath
) -> None:
    authority.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED
    own = authority.issue_cert("operator@example.org")
    both, certificate, key = (tmp_path / name for name in ("both.pem", "cert.pem", "key.pem"))
    own.private_key_and_cert_chain_pem.write_to_path(both)
    own.cert_chain_pems[0].write_to_path(certificate)
    own.private_key_pem.write_to_path(key)
    for files in ((str(both),), (str(certificate), str(key))):
        settings: dict[str, object] = {"verify": bundle, "client_certificate": files}
        async with serving(GOOD, tls=tls) as server, connect(https(server.port), **settings) as client:
            assert await client.services() == []
    async with serving(GOOD, tls=tls) as server, connect(https(server.port), verify=bundle) as client:
        with pytest.raises(ConnectionFailed, match=r"certificate required|handshake|closed") as caught:
            await client.services()
    assert caught.value.kind in ("tls", "closed")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"verify": "{folder}/none.pem"}, "certificate authorities: there is no file"),
        ({"verify": "{folder}/empty.pem"}, "cannot be read as certificates"),
        ({"client_certificate": ("{folder}/none.pem",)}, "No such file"),
        ({"client_certificate": ("{folder}/empty.pem", "{folder}/empty.pem")}, "client certificate"),
    ],
)
async def test_certificate_files_that_cannot_be_used(
    connect: Connect, tmp_path: FilePath, settings: dict[str, object], said: str
) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    given: dict[str, object] = {
        name: value.format(folder=tmp_path)
        if isinstance(value, str)
        else tuple(str(each).format(folder=tmp_path) for each in value)  # type: ignore[attr-defined]
        for name, value in settings.items()
    }
    async with connect("https://cloud.test/v1", **given) as client:
        with pytest.raises(BadSettings, match=said) as caught:
            await client.services()
    assert "PEM" in caught.value.hint


async def test_a_file_that_was_missing_may_turn_up(
    connect: Connect, tls: ssl.SSLContext, authority: trustme.CA, tmp_path: FilePath
) -> None:
    bundle = tmp_path / "late.pem"
    async with serving(GOOD, tls=tls) as server, connect(https(server.port), verify=str(bundle)) as client:
        with pytest.raises(BadSettings):
            await client.services()
        authority.cert_pem.write_to_path(bundle)
        assert await client.services() == []


async def test_an_encrypted_key_never_asks_on_the_terminal(
    connect: Connect, authority: trustme.CA, tmp_path: FilePath
) -> None:
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_pem_private_key,
    )

    own = authority.issue_cert("operator@example.org")
    key = load_pem_private_key(own.private_key_pem.bytes(), None)
    certificate, locked = tmp_path / "cert.pem", tmp_path / "locked.pem"
    own.cert_chain_pems[0].write_to_path(certificate)
    password = b"pa55word"
    locked.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(password))
    )
    files = (str(certificate), str(locked))
    async with connect("https://cloud.invalid/v1", client_certificate=files) as client:
        with pytest.raises(BadSettings, match="client certificate"):
            await client.services()
    async with connect("https://cloud.invalid/v1", client_certificate=(*files, "pa55word")) as client:
        with pytest.raises(ConnectionFailed) as caught:
            await client.services()
    assert caught.value.kind == "dns"


async def test_a_tunnel_through_a_proxy(connect: Connect, tls: ssl.SSLContext, bundle: str) -> None:
    async with serving(GOOD, tls=tls) as server, serving() as proxy:
        proxy.tunnel_to = server.port
        settings = {"proxy": f"http://127.0.0.1:{proxy.port}"}
        async with connect(https(server.port), verify=bundle, **settings) as client:
            assert await client.services() == []
        assert "mc-api-key" not in proxy.seen[0].headers
        assert server.seen[0].headers["mc-api-key"]
        async with connect(https(server.port), **settings) as client:
            for _ in range(10):  # more often than there are slots: none is lost
                with pytest.raises(ConnectionFailed) as caught:
                    await client.services()
        assert caught.value.kind == "tls"
        assert f"the certificate of 127.0.0.1:{server.port} is signed by" in str(caught.value)


@pytest.mark.parametrize("action", [reset(), hang(b"HTTP/1.1 200")])
async def test_what_breaks_inside_tls(
    connect: Connect, tls: ssl.SSLContext, bundle: str, action: object
) -> None:
    from cloudmc_tui.api import Timeouts

    async with serving(action, tls=tls) as server:  # type: ignore[arg-type]
        limits = Timeouts(read=0.2)
        async with connect(https(server.port), verify=bundle, timeouts=limits) as client:
            with pytest.raises(OutcomeUnknown):
                await client.send("POST", LIST)
