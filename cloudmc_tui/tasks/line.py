"""Whether the server can be asked now, and when to try again where it cannot."""

from __future__ import annotations

import random as random_module

from msgspec import Struct


class Pace(Struct, frozen=True):
    """How often and how long, in seconds.

    Attributes:
        first: until a new task is asked about for the first time.
        factor: by what the time until the next poll grows.
        longest: the most that it grows to.
        shortest: the least between two polls of a task.
        timeout: how long a poll may take.
        concurrency: how many polls may be under way at once.
        renew: how often leases are renewed.
        look: how often to see what other sessions do, while they have something pending.
        longest_hold: the most that the server's ``Retry-After`` is believed.
        longest_probe: the most between two tries to reach a server that is not there.
        farewell: how long the end of a session may take.
    """

    first: float = 1.0
    factor: float = 1.5
    longest: float = 15.0
    shortest: float = 1.0
    timeout: float = 15.0
    concurrency: int = 6
    renew: float = 5.0
    look: float = 2.0
    longest_hold: float = 900.0
    longest_probe: float = 30.0
    farewell: float = 1.0

    def after(self, delay: float, random: random_module.Random) -> float:
        """The time until the next poll: the delay, with jitter, so that tasks do not march in step."""
        return max(self.shortest, delay * random.uniform(0.75, 1.0))

    def grown(self, delay: float) -> float:
        """The delay after this one."""
        return min(self.longest, delay * self.factor)


class Line(Struct):
    """The way to the server: free, held at the server's wish, broken, or closed to our key.

    Attributes:
        pace: how long to wait.
        random: where jitter comes from.
        reason: why nothing is asked for now, in one line; empty when the line is free or just held.
        needs_key: the API key was refused.
        held_until: when the server may be asked again by its ``Retry-After``, by the watcher's clock.
    """

    pace: Pace
    random: random_module.Random
    reason: str = ""
    needs_key: bool = False
    held_until: float = float("-inf")
    _probe_at: float = 0.0
    _probe_delay: float = 0.0
    _probing: bool = False
    _silent: int = 0

    @property
    def broken(self) -> bool:
        """Whether there is no connection: one poll at a time tries whether there is one again."""
        return bool(self.reason) and not self.needs_key

    def free(self, now: float) -> bool:
        """Whether a poll may be sent."""
        return not self.needs_key and now >= self.next(now)

    def next(self, now: float) -> float:
        """When a poll may be sent: now, later, or never on its own (infinity)."""
        if self.needs_key or (self.broken and self._probing):
            return float("inf")
        return max(now, self.held_until, self._probe_at if self.broken else now)

    def sent(self) -> None:
        """A poll is on its way; on a broken line it is the only one."""
        self._probing = self.broken

    def answered(self) -> bool:
        """The server has said something, whatever it was. Returns whether that is news."""
        news = self.broken
        self._silent = 0
        if news:
            self.reason, self._probing, self._probe_delay = "", False, 0.0
        return news

    def lost(self, reason: str, now: float, *, probe: bool) -> bool:
        """There was no connection. Returns whether that is news.

        Args:
            reason: why.
            now: by the watcher's clock.
            probe: whether it was the poll that tried the broken line.
        """
        if self.needs_key or (self.broken and not probe):
            return False
        news = not self.broken
        self.reason = reason
        self._probing = False
        self._probe_delay = min(self.pace.longest_probe, max(self.pace.first, self._probe_delay * 2))
        self._probe_at = now + self.pace.after(self._probe_delay, self.random)
        return news

    def silent(self, reason: str, now: float, *, probe: bool) -> bool:
        """No answer within the time limit: so many in a row, and the line is broken as well."""
        self._silent += 1
        if self._silent < self.pace.concurrency and not self.broken:
            return False
        return self.lost(reason, now, probe=probe)

    def hold(self, seconds: float, now: float) -> None:
        """The server asks to be left alone."""
        self.held_until = max(self.held_until, now + min(seconds, self.pace.longest_hold))

    def refuse(self, reason: str) -> bool:
        """The server does not take the key. Returns whether that is news."""
        news = not self.needs_key
        self.reason, self.needs_key, self._probing = reason, True, False
        return news

    def reset(self) -> bool:
        """Somebody says that it will do again. Returns whether it did not until now."""
        news = bool(self.reason)
        self.reason, self.needs_key, self._probing, self._probe_delay = "", False, False, 0.0
        self._silent = 0
        return news
