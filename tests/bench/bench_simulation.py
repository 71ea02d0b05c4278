"""The simulation beside its simulators: what a seed takes, and what of it they took to answer."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench_figures import Figure, Size, timed

sys.path.append(str(Path(__file__).parents[1] / "simulation"))
import sim_bank

import simulation as simulated
from billmanager_1c.testing.billmanager import BillManagerCore, Request


class Watched(sim_bank.Bank):
    """A BILLmanager that takes the time of its own work.

    Its requests cannot be sent once more to another one: sessions and ids are its own, and people had hands on it.
    """

    worked = 0.0
    requests = 0

    def ask(self, request: Request) -> Any:
        """Answer, without the clock that the simulation has in it: asking the kernel costs as much as an answer."""
        begun = time.perf_counter()
        try:
            return BillManagerCore.ask(self, request)
        finally:
            Watched.worked += time.perf_counter() - begun
            Watched.requests += 1
            self.asked += 1


def run(seeds: range) -> tuple[float, float]:
    """Run the seeds; return the seconds that took, and those of the simulators in it."""
    Watched.worked, Watched.requests = 0.0, 0
    simulated.Bank = Watched
    try:
        with timed() as watch:
            for seed in seeds:
                result = simulated.simulate(seed)
                if result.violations:
                    raise AssertionError(f"seed {seed} breaks {result.violations[0]}")
    finally:
        simulated.Bank = sim_bank.Bank
    return watch.wall, Watched.worked


def simulation(size: Size) -> Iterator[Figure]:
    """Compare."""
    logging.lastResort = None  # what is logged is listened to, and not shown
    seeds = range(size.of(40, 6))
    whole, alone = min((run(seeds) for _ in range(size.of(3, 1))), key=lambda pair: pair[0] / pair[1])
    yield Figure(
        what="simulation of a seed: times what the simulators work for it",
        measured=f"{whole / len(seeds) * 1e3:.0f} ms/seed",
        against=f"{alone / len(seeds) * 1e3:.0f} ms/seed",
        figure=whole / alone,
        at_most=size.bound(3),
        note=f"{len(seeds)} seeds, {Watched.requests / len(seeds):.0f} requests each",
    )
