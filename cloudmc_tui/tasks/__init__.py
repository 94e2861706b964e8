"""Tasks: the ledger that remembers each one that was begun, and the watcher that follows it to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudmc_tui.lazy import lazily

if TYPE_CHECKING:
    from cloudmc_tui.tasks.async_ledger import AsyncLedger
    from cloudmc_tui.tasks.errors import LedgerError, NoSuchTask
    from cloudmc_tui.tasks.events import (
        CaughtUp,
        Event,
        Events,
        LedgerTrouble,
        Paused,
        PollFailed,
        Resumed,
        TaskEnded,
        TaskPolled,
        TaskStarted,
    )
    from cloudmc_tui.tasks.ledger import Claim, Ledger
    from cloudmc_tui.tasks.line import Pace
    from cloudmc_tui.tasks.record import FINISHED, Status, TaskRecord
    from cloudmc_tui.tasks.redact import Redacted
    from cloudmc_tui.tasks.timing import RateLimiter
    from cloudmc_tui.tasks.watcher import Watcher
else:
    __getattr__ = lazily(
        __name__,
        {
            "async_ledger": ["AsyncLedger"],
            "errors": ["LedgerError", "NoSuchTask"],
            "events": [
                "CaughtUp",
                "Event",
                "Events",
                "LedgerTrouble",
                "Paused",
                "PollFailed",
                "Resumed",
                "TaskEnded",
                "TaskPolled",
                "TaskStarted",
            ],
            "ledger": ["Claim", "Ledger"],
            "line": ["Pace"],
            "record": ["FINISHED", "Status", "TaskRecord"],
            "redact": ["Redacted"],
            "timing": ["RateLimiter"],
            "watcher": ["Watcher"],
        },
    )

__all__ = [
    "FINISHED",
    "AsyncLedger",
    "CaughtUp",
    "Claim",
    "Event",
    "Events",
    "Ledger",
    "LedgerError",
    "LedgerTrouble",
    "NoSuchTask",
    "Pace",
    "Paused",
    "PollFailed",
    "RateLimiter",
    "Redacted",
    "Resumed",
    "Status",
    "TaskEnded",
    "TaskPolled",
    "TaskRecord",
    "TaskStarted",
    "Watcher",
]
