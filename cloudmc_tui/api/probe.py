"""Finding the API's base path on a host of which only the name is known."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from cloudmc_tui.api.client import Client
from cloudmc_tui.api.errors import BadReply, CloudMCError, NotAllowed, NotFound, Rejected, ServerFailed
from cloudmc_tui.api.settings import ConnectionSettings, is_bare, parse_endpoint
from cloudmc_tui.language import _

BASES = ("/v1", "/api/v1", "/api/v2")
"""Where the API has been seen: the older reference, the later one, newer installations."""


async def probe_endpoint(settings: ConnectionSettings, **options: Any) -> str:
    """Find out which base URL the API answers on. Each of the known ones is asked once.

    An endpoint that has a path is taken as it is, and nothing is asked.

    Args:
        settings: whose endpoint may be a bare host.
        options: as for :class:`Client`.

    Returns:
        the first base that gives a listing; else the first that refuses the key.

    Raises:
        BadSettings: when the endpoint or the key cannot be used.
        ConnectionFailed: when there is no connection to the host.
        NotFound: when no base answers like CloudMC; its message tells what each of them said.
        CloudMCError: when the server fails or does not answer in time.
    """
    host = parse_endpoint(settings.endpoint)
    if not is_bare(host):
        return host
    refused, said = [], []
    async with Client(replace(settings, endpoint=host), **options) as client:
        for base in BASES:
            answer = await _ask(client, base)
            if answer is None:
                return host + base
            if isinstance(answer, NotAllowed):
                refused.append(base)
            said.append(answer)
    if refused:
        return host + refused[0]
    for answer in said:
        if isinstance(answer, ServerFailed):
            raise answer
    answers = "; ".join(f"{base}: {answer.message}" for base, answer in zip(BASES, said, strict=True))
    raise NotFound(
        _("no CloudMC API at {host} ({answers})", host=host, answers=answers),
        endpoint=host,
        hint=_("give the endpoint with its path, such as https://cloud.example/api/v1"),
    )


async def _ask(client: Client, base: str) -> CloudMCError | None:
    """Ask one base for the services: none when it gives them, else what it says instead."""
    path = f"{base}/services/connections"
    try:
        envelope = await client.get(path)
    except (BadReply, NotAllowed, NotFound, Rejected, ServerFailed) as error:
        return error
    return None if envelope.has_data else BadReply(_("the reply has no data"), path=path)


async def open_client(settings: ConnectionSettings, **options: Any) -> Client:
    """Make a client, finding out the API's base path first where the endpoint is a bare host.

    Args:
        settings: where, as whom, within which limits.
        options: as for :class:`Client`.

    Raises:
        CloudMCError: see :func:`probe_endpoint`.
    """
    return Client(replace(settings, endpoint=await probe_endpoint(settings, **options)), **options)
