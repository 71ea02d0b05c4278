"""Decisions: drawn from a seed by name, written down, and taken back one by one to find out which of them matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from hashlib import blake2b
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Decision(NamedTuple):
    """Something that happened although nothing makes it happen: the how-manieth under this name."""

    name: str
    number: int


class Choices:
    """Decisions of one run.

    Each is drawn from the seed, its name and its number, so that taking one back moves none of the others. What
    :meth:`happens` decides can be taken back; the rest (how long a request takes) is mere colour.
    """

    def __init__(self, seed: int, *, only: Collection[Decision] | None = None) -> None:
        self.seed = seed
        #: if set: everything else does not happen
        self._only = None if only is None else frozenset(only)
        self._counts: Counter[str] = Counter()
        self.made: list[Decision] = []

    def happens(self, name: str, probability: float) -> bool:
        """Decide whether something out of the ordinary happens."""
        if probability <= 0:
            return False
        decision = Decision(name, self._next(name))
        if self._draw(*decision) >= probability or (self._only is not None and decision not in self._only):
            return False
        self.made.append(decision)
        return True

    def among(self, name: str, options: Sequence[T]) -> T:
        """Take one of the options."""
        return options[int(self._draw(name, self._next(name)) * len(options))]

    def between(self, name: str, low: float, high: float) -> float:
        """Take a number."""
        return low + self._draw(name, self._next(name)) * (high - low)

    def _next(self, name: str) -> int:
        self._counts[name] += 1
        return self._counts[name]

    def _draw(self, name: str, number: int) -> float:
        digest = blake2b(f"{self.seed}/{name}/{number}".encode(), digest_size=7).digest()
        return int.from_bytes(digest) / (1 << 56)


def shrink(
    decisions: Sequence[Decision], still_fails: Callable[[Sequence[Decision]], bool], *, budget: int = 200
) -> list[Decision]:
    """Return fewer decisions with which it still fails: halves first, then smaller parts, then one by one."""
    kept, size = list(decisions), max(1, len(decisions) // 2)
    while budget > 0:
        start, dropped = 0, False
        while start < len(kept) and budget > 0:
            fewer = kept[:start] + kept[start + size :]
            budget -= 1
            if still_fails(fewer):
                kept, dropped = fewer, True
            else:
                start += size
        if size == 1 and not dropped:
            break
        size = max(1, size // 2)
    return kept
