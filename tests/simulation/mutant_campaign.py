"""The table of mutants: which promise each breaks, in which seed, after how many events.

.. code-block:: text

    python tests/simulation/mutant_campaign.py [NAME …]
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Sequence
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
    """Return the mutant of that name.

    Raises:
        ArgumentTypeError: there is none; it says which there are.
    """
    known = {mutant.name: mutant for mutant in MUTANTS}
    if name not in known:
        raise argparse.ArgumentTypeError(f"there is no mutant {name!r}; there are {', '.join(known)}")
    return known[name]


def _hunt(name: str) -> Result | None:
    logging.lastResort = None
    return hunt(by_name(name))


def table(mutants: Sequence[Mutant]) -> Iterator[tuple[Mutant, Result | None]]:
    """Hunt several mutants at once."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:  # a name travels to another process, and a mutant does not
        yield from zip(mutants, pool.map(_hunt, [mutant.name for mutant in mutants]), strict=True)


def main(arguments: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mutants", nargs="*", type=by_name, metavar="NAME", help="all where none is named")
    mutants = parser.parse_args(arguments).mutants or MUTANTS
    escaped = 0
    say(f"{'mutant':<34}{'caught by':<12}{'seed':>5}{'events':>8}  what was seen")
    for mutant, result in table(mutants):
        if result is None:
            escaped += 1
            say(f"{mutant.name:<34}{'got away':<12}{'':>5}{'':>8}  {mutant.sentence}")
        else:
            first = result.violations[0]
            seen = " ".join(first.what.split())[:90]
            say(f"{mutant.name:<34}{first.invariant:<12}{result.seed:>5}{result.broken_after:>8}  {seen}")
    say(f"{len(mutants)} mutants, {escaped} got away")
    return bool(escaped)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
