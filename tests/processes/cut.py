"""The program of ``nox -s cut``: ``cut.py [--images N] [--cuts K] [--seed S]``.

The last line is JSON; the exit code is 1 where a copy lost what it may not lose, or showed half a transaction.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter

from cutting import run


def main() -> int:
    """Cut stores of both journal modes."""
    parser = argparse.ArgumentParser(prog="cut")
    parser.add_argument("--images", type=int, default=150)
    parser.add_argument("--cuts", type=int, default=4)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    seed = int.from_bytes(os.urandom(4)) if asked.seed is None else asked.seed
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    began = time.monotonic()
    results = [run(mode, seed=seed, images=asked.images, cuts=asked.cuts) for mode in ("truncate", "wal")]
    violations = [line for result in results for line in result.violations]
    for line in violations:
        sys.stdout.write(f"{line}\n")
    told = {
        "session": "cut",
        "seed": seed,
        "images": sum(result.images for result in results),
        "cuts": sum(result.cuts for result in results),
        "violations": len(violations),
        "phases": dict(sum((result.phases for result in results), Counter[str]())),
        "beyond_promise": dict(sum((result.beyond_promise for result in results), Counter[str]())),
        "seconds": round(time.monotonic() - began, 1),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
