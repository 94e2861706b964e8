"""CloudMC on the wire: the client, its envelope, its errors. Importing this does not import httpx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudmc_tui.lazy import lazily

if TYPE_CHECKING:
    from cloudmc_tui.api.client import Client
    from cloudmc_tui.api.errors import (
        BadReply,
        BadSettings,
        CallTimeout,
        CloudMCError,
        ConnectionFailed,
        ErrorItem,
        KeyRefused,
        NotAllowed,
        NotFound,
        OutcomeUnknown,
        RateLimited,
        Rejected,
        ServerFailed,
        WriteRefused,
    )
    from cloudmc_tui.api.log import RequestLog, RequestRecord
    from cloudmc_tui.api.models import Collection, Environment, Noted, Organization, Reply, Service, Task
    from cloudmc_tui.api.probe import open_client, probe_endpoint
    from cloudmc_tui.api.settings import (
        ConnectionSettings,
        Secret,
        Timeouts,
        is_bare,
        is_loopback,
        parse_endpoint,
    )
else:
    __getattr__ = lazily(
        __name__,
        {
            "client": ["Client"],
            "errors": [
                "BadReply",
                "BadSettings",
                "CallTimeout",
                "CloudMCError",
                "ConnectionFailed",
                "ErrorItem",
                "KeyRefused",
                "NotAllowed",
                "NotFound",
                "OutcomeUnknown",
                "RateLimited",
                "Rejected",
                "ServerFailed",
                "WriteRefused",
            ],
            "log": ["RequestLog", "RequestRecord"],
            "models": ["Collection", "Environment", "Noted", "Organization", "Reply", "Service", "Task"],
            "probe": ["open_client", "probe_endpoint"],
            "settings": [
                "ConnectionSettings",
                "Secret",
                "Timeouts",
                "is_bare",
                "is_loopback",
                "parse_endpoint",
            ],
        },
    )

__all__ = [
    "BadReply",
    "BadSettings",
    "CallTimeout",
    "Client",
    "CloudMCError",
    "Collection",
    "ConnectionFailed",
    "ConnectionSettings",
    "Environment",
    "ErrorItem",
    "KeyRefused",
    "NotAllowed",
    "NotFound",
    "Noted",
    "Organization",
    "OutcomeUnknown",
    "RateLimited",
    "Rejected",
    "Reply",
    "RequestLog",
    "RequestRecord",
    "Secret",
    "ServerFailed",
    "Service",
    "Task",
    "Timeouts",
    "WriteRefused",
    "is_bare",
    "is_loopback",
    "open_client",
    "parse_endpoint",
    "probe_endpoint",
]
