"""The virtual clock, what happens on it in which order, and the trace of it."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable
from hashlib import blake2b

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


class Timeline:
    """Events by time; of one moment, in the order in which they were put there."""

    def __init__(self, start: dt.datetime) -> None:
        self._start = start
        #: seconds since the start
        self.time = 0.0
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self.events = 0
        self._hash = blake2b(digest_size=8)
        self.lines: list[tuple[float, str, str]] = []

    def now(self) -> dt.datetime:
        """Return the true moment, aware."""
        return self._start + dt.timedelta(seconds=self.time)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self.time

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Let something happen later."""
        self._count += 1
        heapq.heappush(self._queue, (self.time + max(0.0, seconds), self._count, event))

    def at(self, seconds: float, event: Callable[[], None]) -> None:
        """Let something happen so many seconds after the start."""
        self.after(seconds - self.time, event)

    def step(self, until: float) -> bool:
        """Let the next event happen, unless it lies behind ``until``."""
        if not self._queue or self._queue[0][0] > until:
            self.time = max(self.time, until)
            return False
        self.time, _, event = heapq.heappop(self._queue)
        self.events += 1
        event()
        return True

    def tell(self, who: str, what: str) -> None:
        """Write a line of the story."""
        self.lines.append((self.time, who, what))
        self._hash.update(f"{self.time:.6f} {who} {what}\n".encode())

    @property
    def digest(self) -> str:
        """The hash of the whole trace."""
        return self._hash.hexdigest()

    def story(self, last: int | None = None) -> str:
        """Return the trace for a person to read."""
        lines = self.lines if last is None else self.lines[-last:]
        return "\n".join(f"{_clock(time)}  {who:<10} {what}" for time, who, what in lines)


def _clock(time: float) -> str:
    day, rest = divmod(time, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, seconds = divmod(rest, MINUTE)
    return f"day {int(day) + 1} {int(hours):02}:{int(minutes):02}:{seconds:06.3f}"
