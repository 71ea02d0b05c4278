"""What becomes of an export at 1, 10 and 100 times the work: documents, clients, payers, methods.

``python bench_growth.py documents=1000 clients=20 …`` exports once and prints what it took as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench_figures import Figure, Size, timed

from billmanager_1c import Policy, SQLiteStore, SyncEngine

sys.path.append(str(Path(__file__).parents[1] / "load"))
import queues

FACTORS = (1, 10, 100)
_USUAL = {"documents": 500, "clients": 20, "payers": 1, "methods": 3}
_FIRST = {"documents": 100, "clients": 10, "payers": 1, "methods": 3}
"""What each is at 1×, while the others are as usual."""


def growth(size: Size) -> Iterator[Figure]:
    """Let one of them grow at a time."""
    factors = FACTORS[:2] if size.quick else FACTORS
    usual = {**_USUAL, "documents": size.of(_USUAL["documents"], 30)}
    for what, first in {**_FIRST, "documents": size.of(_FIRST["documents"], 20)}.items():
        sizes = [first * factor for factor in factors]
        runs = [_export({**usual, what: count}) for count in sizes]
        told = f"{what}: {', '.join(f'{count:,}' for count in sizes)}"
        for key, title in (
            ("milliseconds", "CPU ms per document"),
            ("requests", "requests per document"),
            ("megabytes", "MB held at the end"),
        ):
            values = [run[key] for run in runs]
            yield Figure(
                what=f"growth of {told}: {title}",
                measured=" → ".join(f"{value:.2f}" for value in values),
                figure=values[-1] / values[0],
                series={"size": sizes, key: values},
            )


def _export(amounts: Mapping[str, int]) -> dict[str, float]:
    command = [sys.executable, __file__, *(f"{name}={count}" for name, count in amounts.items())]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def run(documents: int, clients: int, payers: int, methods: int) -> dict[str, Any]:
    """Export so much to a BILLmanager that answers at once."""
    queues.CLIENTS, queues.PAYERS, queues.METHODS = clients, payers, methods
    onec, billmanager = queues.EndlessOneC(documents), queues.ForgetfulBillManager()
    with tempfile.TemporaryDirectory() as folder, SQLiteStore(Path(folder) / "sync.db") as store:
        policy = Policy(export_from=queues.DAY, concurrency=8)
        engine = SyncEngine(onec=onec, billmanager=billmanager, store=store, policy=policy)
        engine.load_accounts()
        before = billmanager.requests
        with timed() as watch:
            exported = engine.export_payments().counts["exported"]
        if exported != documents:
            raise AssertionError(f"{exported} of {documents} were exported")
        return {
            "milliseconds": watch.cpu / documents * 1e3,
            "requests": (billmanager.requests - before) / documents,
            "megabytes": queues.resident_megabytes(),
        }


if __name__ == "__main__":
    given = dict(word.split("=") for word in sys.argv[1:])
    sys.stdout.write(json.dumps(run(**{name: int(count) for name, count in given.items()})))
