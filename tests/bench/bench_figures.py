"""What a row of the benchmark comes to: a figure beside what it is measured against, and the bound of design.md §9."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Size:
    """How much is to be measured: all of it, or as much as fits into a minute."""

    quick: bool = False

    def of(self, whole: int, quick: int) -> int:
        """Return the number for this size."""
        return quick if self.quick else whole

    def bound(self, bound: float) -> float | None:
        """Return a bound that is one of the whole size; what is done once weighs too much in a small one."""
        return None if self.quick else bound


@attrs.frozen(kw_only=True)
class Figure:
    """One line of the table."""

    what: str
    #: as people read it, with its unit
    measured: str
    #: what it is measured against; empty where the figure is a count and stands alone
    against: str = ""
    #: what is bounded: a ratio, or a count
    figure: float
    #: None: shown beside the others, and bound by nothing
    at_most: float | None = None
    at_least: float | None = None
    #: where it comes from, or why it is as it is
    note: str = ""
    #: what it was at which sizes, to be drawn
    series: Mapping[str, Sequence[float]] | None = None

    @property
    def bound(self) -> str:
        """The bound as it is written."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return "" if self.at_least is None else f"≥ {self.at_least:g}"

    @property
    def holds(self) -> bool | None:
        """Whether the bound holds; None where there is none."""
        if self.at_most is not None:
            return self.figure <= self.at_most
        return None if self.at_least is None else self.figure >= self.at_least

    def told(self) -> dict[str, Any]:
        """Return it for JSON."""
        return attrs.asdict(self) | {"bound": self.bound, "holds": self.holds}


@attrs.define
class Stopwatch:
    """Seconds of the whole machine and of this process."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def timed() -> Iterator[Stopwatch]:
    """Take the time of a block. What earlier blocks left behind is collected before."""
    gc.collect()
    watch = Stopwatch()
    wall, cpu = time.perf_counter(), time.process_time()
    yield watch
    watch.wall, watch.cpu = time.perf_counter() - wall, time.process_time() - cpu


def fastest(rounds: int, *works: Callable[[], float]) -> list[float]:
    """Run all works in turn, again and again, and return the least seconds that each took.

    Others may use the machine meanwhile: they slow down this one and that one, and the fastest round of each is the
    one that they left alone.
    """
    seconds = [[work() for work in works] for _ in range(rounds)]
    return [min(taken) for taken in zip(*seconds, strict=True)]


def median_ratio(rounds: int, ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float, float]:
    """Run both in turn; return the seconds of the round whose ratio, ours to theirs, is the median, and the ratio.

    For what waits for the disk: its moods last longer than a round, and fall on both sides of one.
    """
    pairs = sorted(((ours(), theirs()) for _ in range(rounds)), key=lambda pair: pair[0] / pair[1])
    ours_took, theirs_took = pairs[len(pairs) // 2]
    return ours_took, theirs_took, ours_took / theirs_took
