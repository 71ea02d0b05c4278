"""The program of ``nox -s kill``: ``kill.py [--kills N] [--seed S] [--store sqlite|postgres|<url>]``.

The last line is JSON; the exit code is 1 where something happened that must never happen.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from campaign import Result, Terms, run


def main() -> int:
    """Run one campaign."""
    parser = argparse.ArgumentParser(prog="kill")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--store", default="sqlite")
    parser.add_argument("--crew", type=int, default=3)
    asked = parser.parse_args()
    seed = int.from_bytes(os.urandom(4)) if asked.seed is None else asked.seed
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    with _store(asked.store) as store:
        result = run(Terms(store=store, seed=seed, kills=asked.kills, crew=asked.crew), _tell)
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


@contextmanager
def _store(name: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="kill-") as folder:
        yield str(Path(folder) / "sync.db") if name == "sqlite" else name


if __name__ == "__main__":
    sys.exit(main())
