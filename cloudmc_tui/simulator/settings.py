"""What a simulated cloud is like."""

from __future__ import annotations

from msgspec import Struct


class Settings(Struct, frozen=True):
    """The knobs of a simulated cloud.

    Attributes:
        seed: the same seed and start time give the same cloud, byte for byte.
        scale: instances an environment; ``None`` for the demo's own handful to dozens.
        latency: seconds that every reply takes.
        task_seconds: what a typical task takes, in seconds; it varies by operation. With 0 a
            mutation is done at once and says so in its own reply.
        fail_rate: the share (0 to 1) of requests that fail, and of tasks that end FAILED.
        key: the API key that it answers to.
        task_memory: seconds after its end until a task is forgotten (the API: about 30 minutes).
        now: what time it is when the cloud starts, in seconds since the epoch, for fixed dates;
            ``None`` for the clock's own time.
    """

    seed: int = 1
    scale: int | None = None
    latency: float = 0
    task_seconds: float = 3
    fail_rate: float = 0
    key: str = "demo-key"
    task_memory: float = 1800
    now: float | None = None

    def __post_init__(self) -> None:
        if self.scale is not None and self.scale < 0:
            raise ValueError("scale is a number of instances: 0 or more")
        if not 0 <= self.fail_rate <= 1:
            raise ValueError("fail_rate is a share: from 0 to 1")
        if min(self.latency, self.task_seconds, self.task_memory) < 0:
            raise ValueError("latency, task_seconds and task_memory are seconds: 0 or more")
        if not self.key:
            raise ValueError("the key may not be empty")
