"""Many seeds, told in one line of JSON; a failure is shrunk and its story printed.

.. code-block:: text

    python tests/simulation/sim_campaign.py --seeds 500 --first 0 --workers 2
    python tests/simulation/sim_campaign.py --replay 1234
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor

from sim_choices import Decision, shrink
from sim_faults import Fault, Hits

from simulation import Result, simulate

TWICE = 50
"""One seed in so many is run twice, and must leave the same trace."""


def run_seed(seed: int) -> Result:
    """Run a seed; one in fifty twice."""
    result = simulate(seed)
    if seed % TWICE == 0:
        again = simulate(seed)
        if again.digest != result.digest:
            result.violate("determinism", f"seed {seed} left trace {result.digest} and then {again.digest}")
    return result


def run_seeds(seeds: Iterable[int], workers: int) -> Iterator[Result]:
    """Run many, in several processes."""
    if workers < 2:
        yield from map(run_seed, seeds)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(run_seed, seeds, chunksize=4)


def tell(result: Result, *, budget: int = 60) -> str:
    """Say what went wrong with a seed, in as few decisions as do it."""
    first = result.violations[0]

    def still_fails(decisions: Iterable[Decision]) -> bool:
        found = simulate(result.seed, only=tuple(decisions)).violations
        return bool(found) and found[0].invariant == first.invariant

    kept = shrink(result.decisions, still_fails, budget=budget)
    shrunk = simulate(result.seed, only=kept)
    if not shrunk.violations:  # it takes all of them
        kept, shrunk = result.decisions, result
    out_of_the_ordinary = [f"{decision.name} #{decision.number}" for decision in kept if _tells(decision)]
    return "\n".join(
        [
            f"seed {result.seed} breaks {first.invariant}: {first.what}",
            f"of {len(result.decisions)} decisions {len(kept)} are needed, among them:",
            *(f"    {line}" for line in out_of_the_ordinary),
            "the story:",
            *(f"    {line}" for line in shrunk.story.splitlines()[-80:]),
        ]
    )


def _tells(decision: Decision) -> bool:
    return not decision.name.startswith(("document ", "upp paper", "restart", "swarm"))


def summarize(results: Iterable[Result], seconds: float) -> dict[str, object]:
    """Return the figures of a campaign."""
    results = list(results)
    hits = Hits()
    for result in results:
        hits.update(result.hits)
    own = sum(result.simulator_seconds for result in results)
    return {
        "seeds": len(results),
        "violations": sum(bool(result.violations) for result in results),
        "faults_hit": sum(1 for fault in Fault if hits[fault]),
        "seeds_per_second": round(len(results) / seconds, 2),
        "simulated_hours": round(sum(result.hours for result in results)),
        "requests": sum(result.requests for result in results),
        "times_the_simulators": round(sum(result.seconds for result in results) / own, 2) if own else None,
    }


def say(text: str) -> None:
    """Print a text at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run a campaign from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--replay", type=int, help="run this seed alone and print its story")
    options = parser.parse_args()
    logging.lastResort = None  # what is logged is listened to, and not shown
    if options.replay is not None:
        result = simulate(options.replay, keep_story=True)
        say(result.story)
        return bool(result.violations)
    begun, results, told = time.perf_counter(), [], 0
    for result in run_seeds(range(options.first, options.first + options.seeds), options.workers):
        results.append(result)
        if result.violations and told < 5:
            told += 1
            say(tell(result))
    figures = summarize(results, time.perf_counter() - begun)
    hits = Hits()
    for result in results:
        hits.update(result.hits)
    missed = [fault.title for fault in Fault if not hits[fault]]
    if missed:
        say(f"never hit: {', '.join(missed)}")
    say(json.dumps(figures))
    return bool(figures["violations"] or missed)


if __name__ == "__main__":
    raise SystemExit(main())
