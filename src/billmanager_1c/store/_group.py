"""Group commit: what several threads want written goes into one transaction, and none returns before it is durable.

There is no thread of its own. Whoever finds nobody leading becomes the leader, takes everything that waits, commits
it, and wakes the others. A store of one thread commits at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

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
        self._changed = threading.Condition()
        self._waiting: list[Turn[object]] = []
        self._led = False

    def submit(self, work: Callable[[], R_co]) -> R_co:
        """Do ``work`` in a transaction and return its result when that is durable."""
        turn = Turn(work)
        if self._lead_after_waiting(turn):
            batch: list[Turn[object]] = []
            try:
                batch = self._take_waiting()
                self._commit(batch)
            finally:
                self._resign([other for other in batch if not other.over and other is not turn])
        return turn.outcome()

    def _lead_after_waiting(self, turn: Turn[object]) -> bool:
        with self._changed:
            self._waiting.append(turn)
            try:
                self._changed.wait_for(lambda: turn.over or not self._led)
            except BaseException:  # Ctrl-C while waiting: what nobody waits for is not done
                if turn in self._waiting:
                    self._waiting.remove(turn)
                raise
            self._led = self._led or not turn.over
            return not turn.over

    def _take_waiting(self) -> list[Turn[object]]:
        with self._changed:
            batch, self._waiting = self._waiting, []
            return batch

    def _resign(self, left: list[Turn[object]]) -> None:
        with self._changed:
            self._waiting[:0] = left
            self._led = False
            self._changed.notify_all()
