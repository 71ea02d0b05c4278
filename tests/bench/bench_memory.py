"""Memory while a long queue is exported: it must not grow with the queue."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench_figures import Figure, Size

QUEUES = Path(__file__).parents[1] / "load" / "queues.py"


def memory(size: Size) -> Iterator[Figure]:
    """Export a queue, and compare what the process holds after a tenth of it and at the end."""
    documents = size.of(100_000, 1000)
    command = [sys.executable, str(QUEUES), str(documents)]
    # What a process holds does not depend on the disk, and 100,000 documents wait long for one.
    memory = Path("/dev/shm")
    place = {"TMPDIR": str(memory)} if memory.is_dir() else {}
    done = subprocess.run(command, env=os.environ | place, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    tenth, end = seen["megabytes_after_a_tenth"], seen["megabytes_at_the_end"]
    yield Figure(
        what=f"memory at the end of {documents:,} documents to that after a tenth",
        measured=f"{end} MB",
        against=f"{tenth} MB",
        figure=end / tenth,
        at_most=1.1,
        note=f"outcomes are a view of the journal: {seen['outcomes']:,} of them can be looked at",
    )
