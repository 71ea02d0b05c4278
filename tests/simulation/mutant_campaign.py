"""The table of mutants: which promise each breaks, in which seed, after how many events.

.. code-block:: text

    python tests/simulation/mutant_campaign.py [NAME …]
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor

from mutants import MUTANTS, Mutant
from sim_campaign import say

from simulation import Result, simulate

TRIES = 16
"""So many seeds are tried before a mutant is said to have got away."""


def hunt(mutant: Mutant, tries: int = TRIES) -> Result | None:
    """Return the first run that breaks a promise under the mutant, and keeps it without; None if it got away."""
    for seed in range(mutant.seed, mutant.seed + tries):
        with mutant.switched_on():
            result = simulate(seed, own=mutant.fault, also=mutant.also)
        if result.violations and not simulate(seed, own=mutant.fault, also=mutant.also).violations:
            return result
    return None


def by_name(name: str) -> Mutant:
    """Return the mutant of that name."""
    return next(mutant for mutant in MUTANTS if mutant.name == name)


def _hunt(name: str) -> Result | None:
    logging.lastResort = None
    return hunt(by_name(name))


def table(names: Iterable[str]) -> Iterator[tuple[Mutant, Result | None]]:
    """Hunt several mutants at once."""
    names = list(names)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        yield from zip(map(by_name, names), pool.map(_hunt, names), strict=True)


def main(names: list[str]) -> int:
    """Print the table."""
    escaped = 0
    say(f"{'mutant':<34}{'caught by':<12}{'seed':>5}{'events':>8}  what was seen")
    for mutant, result in table(names or [mutant.name for mutant in MUTANTS]):
        if result is None:
            escaped += 1
            say(f"{mutant.name:<34}{'got away':<12}{'':>5}{'':>8}  {mutant.sentence}")
        else:
            first = result.violations[0]
            seen = " ".join(first.what.split())[:90]
            say(f"{mutant.name:<34}{first.invariant:<12}{result.seed:>5}{result.broken_after:>8}  {seen}")
    say(f"{len(names or MUTANTS)} mutants, {escaped} got away")
    return bool(escaped)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
