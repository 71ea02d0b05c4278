"""Group commit by itself: who leads, who waits, and what an interruption does."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from billmanager_1c.store._group import CommitGroup, Turn


def _do(turns: Sequence[Turn[object]]) -> None:
    for turn in turns:
        turn.take()
        turn.over = True


class Door:
    """A commit that waits behind a door the first time, while others gather."""

    def __init__(self, then: type[BaseException] | None = None) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()
        self.sizes: list[int] = []
        self._then = then

    def __call__(self, turns: Sequence[Turn[object]]) -> None:
        self.sizes.append(len(turns))
        if len(self.sizes) == 1:
            self.entered.set()
            self.opened.wait(10)
            if self._then is not None:
                raise self._then
        _do(turns)


def _gather(group: CommitGroup, door: Door, results: dict[int, object]) -> list[threading.Thread]:
    """Let one thread lead and five wait behind it."""

    def work(number: int) -> None:
        try:
            results[number] = group.submit(lambda: number * 10)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 (told by the test)
            results[number] = error

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    threads[0].start()
    assert door.entered.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(group._waiting) < 5:
        threading.Event().wait(0.001)
    return threads


def test_those_who_waited_share_the_next_commit() -> None:
    """Five that come while one commits are committed together, each with its own result."""
    door, results = Door(), {}
    group = CommitGroup(door)
    threads = _gather(group, door, results)
    door.opened.set()
    for thread in threads:
        thread.join(10)
    assert results == {number: number * 10 for number in range(6)}
    assert door.sizes == [1, 5]


def test_interrupted_leader_leaves_the_others_to_the_next() -> None:
    """Ctrl-C reaches the one who was leading; everybody else's work is done."""
    door, results = Door(then=KeyboardInterrupt), {}
    group = CommitGroup(door)
    threads = _gather(group, door, results)
    door.opened.set()
    for thread in threads:
        thread.join(10)
    assert isinstance(results.pop(0), KeyboardInterrupt)
    assert results == {number: number * 10 for number in range(1, 6)}


def test_error_belongs_to_the_one_who_made_it() -> None:
    """The error of one turn is raised to its caller, and the group goes on."""

    def commit(turns: Sequence[Turn[object]]) -> None:
        for turn in turns:
            turn.error = LookupError("mine")
            turn.over = True

    group = CommitGroup(commit)
    with pytest.raises(LookupError, match="mine"):
        group.submit(lambda: 1)
    group._commit = _do
    assert group.submit(lambda: 1) == 1
