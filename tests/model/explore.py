"""Explore the model further than the tests do: ``nox -s model -- --faults 3``.

The last line is JSON. The exit status is 1 where a state was found that must not be.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import attrs
from model_scenarios import MORE
from model_search import Search
from model_words import story


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Explore every scenario and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=3, help="how many faults may happen on one way")
    parser.add_argument("--only", default="", help="scenarios whose name has these words")
    parser.add_argument("--most-states", type=int, default=None, help="stop a scenario after so many states")
    options = parser.parse_args()
    total = {"faults": options.faults, "states": 0, "transitions": 0, "converged": 0, "violations": 0}
    begun, cut_short = time.monotonic(), []
    for scenario in MORE:
        if options.only not in scenario.name:
            continue
        since = time.monotonic()
        search = Search(attrs.evolve(scenario, faults=options.faults), most_states=options.most_states)
        found = search.run()
        for violation in found.violations.values():
            say(f"\n{scenario.name}: {story(violation, search.core)}\n")
        say(
            f"{scenario.name}: {found.states:,} states, {found.transitions:,} transitions, "
            f"{found.converged:,} ends reached, {len(found.violations)} kinds of violation, "
            f"{time.monotonic() - since:.0f} s"
        )
        total["states"] += found.states
        total["transitions"] += found.transitions
        total["converged"] += found.converged
        total["violations"] += found.violating_states
        cut_short += [scenario.name] * found.cut_short
    say(json.dumps({**total, "cut_short": cut_short, "seconds": round(time.monotonic() - begun, 1)}))
    return 1 if total["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
