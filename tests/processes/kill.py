"""The program of ``nox -s kill``: ``kill.py [--kills N] [--seed S] [--store sqlite|postgres]``.

The last line is JSON; the exit code is 1 where something happened that must never happen.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from campaign import Result, Terms, run
from stores import fresh_store


def main() -> int:
    """Run one campaign."""
    parser = argparse.ArgumentParser(prog="kill")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--crew", type=int, default=3)
    asked = parser.parse_args()
    seed = int.from_bytes(os.urandom(4)) if asked.seed is None else asked.seed
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    with fresh_store(asked.store) as store:
        terms = Terms(store=store.url, crash=store.crash, seed=seed, kills=asked.kills, crew=asked.crew)
        result = run(terms, _tell)
    for line in result.story:
        sys.stdout.write(f"{line}\n")
    told = {
        "session": "kill",
        "store": asked.store,
        "seed": seed,
        "kills": result.kills,
        "violations": result.violations,
        "moments": dict(result.moments),
        "naps": result.naps,
        "server_crashes": result.crashes,
        "faults_hit": sum(result.faults.values()),
        "documents": result.documents,
        "payments": result.payments,
        "writes": result.writes,
        "seconds": result.seconds,
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if result.violations else 0


def _tell(result: Result) -> None:
    if result.kills % 25 == 0:
        sys.stderr.write(f"{result.kills} kills\n")


if __name__ == "__main__":
    sys.exit(main())
