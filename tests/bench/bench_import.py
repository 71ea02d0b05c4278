"""The front door: what importing it costs beside importing httpx."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from bench_figures import Figure, Size, fastest

_SCRIPT = "import time; begun = time.process_time_ns(); import {}; print(time.process_time_ns() - begun)"


def seconds(module: str) -> float:
    """Import a module in a fresh interpreter; return the CPU seconds that took."""
    command = [sys.executable, "-c", _SCRIPT.format(module)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1e9


def modules(code: str) -> set[str]:
    """Return what code loads in a fresh interpreter."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def imports(size: Size) -> Iterator[Figure]:
    """Compare importing us with importing httpx, in turn."""
    ours, theirs = fastest(size.of(40, 10), lambda: seconds("billmanager_1c"), lambda: seconds("httpx"))
    yield Figure(
        what="import billmanager_1c: part of import httpx",
        measured=f"{ours * 1e3:.2f} ms",
        against=f"{theirs * 1e3:.1f} ms",
        figure=ours / theirs,
        at_most=0.05,
        note="CPU time in fresh interpreters, in turn, the fastest of each",
    )
    loaded = modules("from billmanager_1c import resolve_payer")
    yield Figure(
        what="from billmanager_1c import resolve_payer: modules of httpx",
        measured=f"{len(loaded)} modules in all",
        figure=sum(name.partition(".")[0] in ("httpx", "httpcore") for name in loaded),
        at_most=0,
    )
