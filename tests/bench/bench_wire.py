"""The world of the benchmark, served by a process of its own that takes its time for each answer.

``python bench_wire.py billmanager|onec CLIENTS DOCUMENTS SECONDS`` prints the address and serves until its standard
input ends; then it prints what it was asked for.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx

from billmanager_1c.testing._serving import Answer, serve
from billmanager_1c.testing.world import World, make_world

PASSWORDS = {"billmanager": "secret", "onec": "пароль"}


def served_world(clients: int, documents: int) -> World:
    """Make the world: the same one for the same numbers, in whatever process."""
    return make_world(clients=clients, documents=documents)


@attrs.define
class Served:
    """A simulator in another process."""

    url: str
    #: how often each function was asked for; filled when it has ended
    asked: dict[str, int] = attrs.field(factory=dict)
    #: what each subaccount got
    balances: dict[int, str] = attrs.field(factory=dict)


@contextmanager
def serving(what: str, clients: int, documents: int, seconds: float = 0.0) -> Iterator[Served]:
    """Serve one of the two systems until the block ends."""
    command = [sys.executable, __file__, what, str(clients), str(documents), str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        served = Served(process.stdout.readline().strip())
        try:
            yield served
        finally:
            process.stdin.close()
            told = json.loads(process.stdout.readline() or "{}")
            served.asked = told.get("asked", {})
            served.balances = {int(key): value for key, value in told.get("balances", {}).items()}


class Recorder(httpx.BaseTransport):
    """A transport that remembers what was sent, so that it can be sent once more."""

    def __init__(self) -> None:
        self._network = httpx.HTTPTransport()
        self._lock = threading.Lock()
        self.sent: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Remember the body, and send it."""
        body = request.read()
        with self._lock:
            self.sent.append(body)
        return self._network.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._network.close()


def _main(what: str, clients: str, documents: str, seconds: str) -> None:
    world = served_world(int(clients), int(documents))
    simulator: Any = world.billmanager if what == "billmanager" else world.onec
    path = "/billmgr" if what == "billmanager" else f"/{world.onec.publication}"
    asked: Counter[str] = Counter()

    def answer(request: httpx.Request) -> Answer:
        due = time.perf_counter() + float(seconds)
        found: Answer = simulator.answer(request)
        # What the simulator itself worked is part of the time that an answer takes.
        if (left := due - time.perf_counter()) > 0:
            time.sleep(left)
        return found

    with serve(answer) as root:
        sys.stdout.write(f"{root}{path}\n")
        sys.stdout.flush()
        sys.stdin.read()
    if what == "billmanager":
        asked.update(one.func for one in world.billmanager.requests)
        balances = {id: str(world.billmanager.balance(id)) for id in world.expected}
        sys.stdout.write(json.dumps({"asked": asked, "balances": balances}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent))
    _main(*sys.argv[1:])
