"""The clock of a simulated world."""

from __future__ import annotations

import datetime as dt
import time


class WorldClock:
    """A clock for both simulators, the adapter and the engine, so that the world has its own days.

    It runs as every clock does, and time may pass at once. Whoever wants no argument but a function takes :meth:`now`.
    """

    def __init__(self, start: dt.datetime) -> None:
        self._start = start
        self._begun = time.monotonic()

    def now(self) -> dt.datetime:
        """Return the present moment of the world."""
        return self._start + dt.timedelta(seconds=time.monotonic() - self._begun)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def pass_by(self, time: dt.timedelta) -> None:
        """Let time pass at once."""
        self._start += time
