"""Group commit: what several threads want written goes into one transaction, and none returns before it is durable.

There is no thread of its own. Whoever finds nobody leading becomes the leader, takes everything that waits, commits
it, and wakes the others. A lone thread never waits. Where several were there for the last commit, the leader gives
them a moment to come back: without it the first to return would commit alone, and the rest in the next turn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

_MOMENT = 0.005
"""How many seconds a leader waits, at most, for those who were there for the last commit."""

R_co = TypeVar("R_co", covariant=True)


class Turn(Generic[R_co]):
    """What one caller wants done in the transaction, and how it ended."""

    def __init__(self, work: Callable[[], R_co]) -> None:
        self.work = work
        self.error: Exception | None = None
        self.over = False
        self._result: list[R_co] = []

    def take(self) -> None:
        """Do the work. It may be done again, if the transaction was given up."""
        self.error = None
        self._result = [self.work()]

    def outcome(self) -> R_co:
        """Return what the work returned, or raise what it raised."""
        if self.error is not None:
            raise self.error
        return self._result[0]


class CommitGroup:
    """Gathers turns of many threads for ``commit``, which runs them in one transaction.

    ``commit`` marks turns as over, each with its result or its error. Turns that it leaves, because it was
    interrupted, are given to the next leader.
    """

    def __init__(self, commit: Callable[[Sequence[Turn[object]]], None]) -> None:
        self._commit = commit
        lock = threading.Lock()
        #: a leader has resigned
        self._resigned = threading.Condition(lock)
        #: as many wait as were there last time
        self._gathered = threading.Condition(lock)
        self._waiting: list[Turn[object]] = []
        self._led = False
        #: how many were there for the last commit, in it or waiting behind it
        self._crowd = 1

    def submit(self, work: Callable[[], R_co]) -> R_co:
        """Do ``work`` in a transaction and return its result when that is durable."""
        turn = Turn(work)
        if self._lead_after_waiting(turn):
            batch: list[Turn[object]] = []
            try:
                batch = self._take_waiting()
                self._commit(batch)
            finally:
                self._resign(turn, batch)
        return turn.outcome()

    def _lead_after_waiting(self, turn: Turn[object]) -> bool:
        with self._resigned:
            self._waiting.append(turn)
            if len(self._waiting) >= self._crowd:
                self._gathered.notify()
            try:
                self._resigned.wait_for(lambda: turn.over or not self._led)
            except BaseException:  # Ctrl-C while waiting: what nobody waits for is not done
                if turn in self._waiting:
                    self._waiting.remove(turn)
                raise
            self._led = self._led or not turn.over
            return not turn.over

    def _take_waiting(self) -> list[Turn[object]]:
        with self._gathered:
            self._gathered.wait_for(lambda: len(self._waiting) >= self._crowd, timeout=_MOMENT)
            batch, self._waiting = self._waiting, []
            return batch

    def _resign(self, turn: Turn[object], batch: list[Turn[object]]) -> None:
        with self._resigned:
            self._crowd = len(batch) + len(self._waiting)
            # After a Ctrl-C some of the batch may not be over: the next leader takes them, but not our own.
            self._waiting = [other for other in (*batch, *self._waiting) if not other.over and other is not turn]
            self._led = False
            self._resigned.notify_all()
