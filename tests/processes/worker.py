"""A worker as an embedder writes it: exports in a loop until it is told to stop, and goes on after trouble that passes.

It is a process of its own: ``python worker.py '{"bill": …, "onec": …, "store": …, …}'``. It says ``ready``, and
``stopping`` and ``stopped`` when SIGTERM came.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time

from crew import open_engine

from billmanager_1c import SyncEngine
from billmanager_1c.errors import BillManager1CError, Repeat


def main() -> None:
    """Work until SIGTERM, or until the parent is gone: then there is nobody left to talk to."""
    parent, terms = os.getppid(), json.loads(sys.argv[1])
    told = threading.Event()
    while not told.is_set() and os.getppid() == parent:
        try:
            with open_engine(**terms) as engine:
                work(engine, told, parent)
        except BillManager1CError as error:
            if error.repeat is Repeat.NEVER:
                raise
            say(f"trouble: {error.message}")
            time.sleep(0.2)
    say("stopped")


def work(engine: SyncEngine, told: threading.Event, parent: int) -> None:
    """Export again and again until SIGTERM came."""

    def stop(number: int, frame: object) -> None:
        told.set()
        engine.stop()
        say("stopping")

    signal.signal(signal.SIGTERM, stop)
    say("ready")
    while not told.is_set() and os.getppid() == parent:
        engine.export_payments()
        time.sleep(0.05)


def say(words: str) -> None:
    """Tell the parent."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
