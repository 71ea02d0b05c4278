"""A worker as an embedder writes it: exports in a loop until it is told to stop, and goes on after trouble that passes.

It is a process of its own: ``python worker.py '{"bill": …, "onec": …, "store": …, …}'``. It says ``ready``, and
``stopping`` and ``stopped`` when SIGTERM came.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time

from crew import open_engine

from billmanager_1c.errors import BillManager1CError, Repeat


def main() -> None:
    """Work until SIGTERM."""
    with open_engine(**json.loads(sys.argv[1])) as engine:
        told = False

        def stop(number: int, frame: object) -> None:
            nonlocal told
            told = True
            engine.stop()
            say("stopping")

        signal.signal(signal.SIGTERM, stop)
        say("ready")
        parent = os.getppid()
        while not told and os.getppid() == parent:  # without its parent there is nobody left to talk to
            try:
                engine.export_payments()
            except BillManager1CError as error:
                if error.repeat is Repeat.NEVER:
                    raise
                say(f"trouble: {error.message}")
            time.sleep(0.05)
    say("stopped")


def say(words: str) -> None:
    """Tell the parent."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
