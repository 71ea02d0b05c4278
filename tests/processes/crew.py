"""Workers as processes of their own, the simulators they talk to, and the snares they are killed in.

The simulators live in the parent, which holds the ledger. Each worker has addresses of its own, so a request says
whose it is, and the parent can kill its sender at a chosen moment of the request.
"""

from __future__ import annotations

import datetime as dt
import enum
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import attrs

from billmanager_1c import BillManagerClient, Policy, SQLiteStore, SyncEngine
from billmanager_1c.onec import UPP_1_3, ODataAdapter, Window
from billmanager_1c.store import Store
from billmanager_1c.testing import BillManagerSimulator, OneCSimulator
from billmanager_1c.testing._wire import Outcome, Silence
from billmanager_1c.testing.world import FIRST_DAY

LEASE = 1.5
"""Seconds after which the dead are succeeded. A call is given up after half of it."""


def open_store(url: str) -> Store:
    """Open the store of an address: ``postgresql://…``, or the path of a file."""
    if url.startswith("postgresql://"):
        from billmanager_1c.store.postgres import PostgresStore

        return PostgresStore(url)
    return SQLiteStore(url, busy_timeout=30)


@contextmanager
def open_engine(*, bill: str, onec: str, store: str, lease: float = LEASE) -> Iterator[SyncEngine]:
    """Open both ends and the store, and put an engine between them, as a program of an adopter does."""
    seconds = dt.timedelta(seconds=1)
    policy = Policy(
        export_from=FIRST_DAY,
        concurrency=3,
        timeout=lease / 2 * seconds,
        lease=lease * seconds,
        settle=lease * seconds,
        retry_first=0.2 * seconds,
        retry_last=seconds,
        breaker=None,  # the person changes more at once than anybody should
    )
    with (
        BillManagerClient(bill, username="1c", password="secret", timezone="Europe/Moscow") as client,
        ODataAdapter(
            onec,
            username="Обмен",
            password="пароль",
            configuration=UPP_1_3,
            timezone="Europe/Moscow",
            base="upp",
            changes=Window(days=36_500),  # the documents have their dates, whenever the test is run
        ) as adapter,
        open_store(store) as kept,
    ):
        yield SyncEngine(onec=adapter, billmanager=client, store=kept, policy=policy)


class Moment(enum.StrEnum):
    """When a worker is struck. The numbers are those of the protocol's faults."""

    ANYWHERE = "anywhere"
    """At a moment that nobody chose (1, 2, 6, 9, 10)."""
    LOST = "before_commit"
    """While its request is on the way; it is not carried out (3)."""
    ON_ITS_WAY = "request_outlives_sender"
    """While its request is on the way; it is carried out all the same (3)."""
    COMMITTED = "before_answer"
    """After the server has committed, before the answer (4)."""
    ANSWERED = "after_answer"
    """A moment after the answer: before, in or after its own commit (5, 6, 7, 8)."""
    READING = "while_reading_1c"
    """While it reads 1C (9)."""
    ASLEEP = "sleeps_past_its_lease"
    """Not killed: put to sleep after the server has committed, until its lease is over (13)."""


@attrs.define
class Snare:
    """Waits for a request of one worker."""

    moment: Moment
    #: so many requests that fit go by before
    after: int = 0
    #: seconds between the answer and the strike
    delay: float = 0.0
    sprung: threading.Event = attrs.field(factory=threading.Event)

    def fits(self, *, writes: bool, in_1c: bool) -> bool:
        """Say whether it is for such a request."""
        return in_1c if self.moment is Moment.READING else writes


class Crew:
    """The workers by number. Use as a context manager: whoever lives at the end is killed."""

    def __init__(self, *, size: int, store: str, lease: float = LEASE) -> None:
        self.bill, self.onec = _Bill(self), _OneC(self)
        self.size = size
        #: called after each write that was carried out
        self.after_write: Callable[[], None] = lambda: None
        self._terms: dict[str, Any] = {"store": store, "lease": lease}
        self._snares: dict[int, Snare] = {}
        self._workers: dict[int, Worker] = {}
        self._slots: dict[int | None, int] = {}
        self._addresses: list[dict[str, str]] = []
        self._lock = threading.Lock()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for slot in range(self.size + 1):  # the last is the parent's own
                urls = {"bill": stack.enter_context(self.bill.serve()), "onec": stack.enter_context(self.onec.serve())}
                self._slots |= {urlsplit(url).port: slot for url in urls.values()}
                self._addresses.append(urls)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self.dismiss()
        self._stack.close()

    def engine(self) -> AbstractContextManager[SyncEngine]:
        """Open an engine in this process."""
        return open_engine(**self._addresses[self.size], **self._terms)

    def hire(self, slot: int) -> Worker:
        """Start a worker."""
        worker = Worker(json.dumps({**self._addresses[slot], **self._terms}))
        self._workers[slot] = worker
        return worker

    def dismiss(self) -> None:
        """Kill whoever lives."""
        for worker in self._workers.values():
            worker.die()

    def lay(self, slot: int, snare: Snare) -> None:
        """Lay a snare for a worker."""
        with self._lock:
            self._snares[slot] = snare

    def strike(self, slot: int, moment: Moment) -> None:
        """Kill a worker, or put it to sleep until its lease is over."""
        if moment is Moment.ASLEEP:
            self._workers[slot].sleep(1.3 * self._terms["lease"])
        else:
            self._workers[slot].die()

    def take(self, slot: int) -> bool:
        """Take a snare away that nothing ran into; False if something did meanwhile."""
        with self._lock:
            return self._snares.pop(slot, None) is not None

    def check(self) -> list[str]:
        """Say who ended without having been killed."""
        return [
            f"worker {slot} gave up: {worker.last_words()}" for slot, worker in self._workers.items() if worker.gave_up
        ]

    def meet(
        self, host: str, carry_out: Callable[[], Outcome], *, writes: bool = False, in_1c: bool = False
    ) -> Outcome:
        """Answer a request, and spring the snare that waits for it."""
        slot = self._slots[urlsplit(host).port]
        snare = self._spring(slot, writes=writes, in_1c=in_1c)
        match snare and snare.moment:
            case None:
                outcome = carry_out()
            case Moment.LOST:
                self.strike(slot, Moment.LOST)
                outcome = Silence()
            case Moment.ON_ITS_WAY | Moment.READING as moment:
                self.strike(slot, moment)
                outcome = carry_out()
            case moment:
                outcome = carry_out()
                if moment is Moment.ANSWERED and snare is not None:
                    timer = threading.Timer(snare.delay, self._strike_late, (slot, snare))
                    timer.start()
                    return outcome
                self.strike(slot, moment)
        if writes:
            self.after_write()
        if snare is not None:
            snare.sprung.set()
        return outcome

    def _strike_late(self, slot: int, snare: Snare) -> None:
        self.strike(slot, snare.moment)
        self.after_write()
        snare.sprung.set()

    def _spring(self, slot: int, *, writes: bool, in_1c: bool) -> Snare | None:
        with self._lock:
            snare = self._snares.get(slot)
            if snare is None or not snare.fits(writes=writes, in_1c=in_1c):
                return None
            if snare.after:
                snare.after -= 1
                return None
            return self._snares.pop(slot)


class Worker:
    """A process that exports."""

    def __init__(self, terms: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py")), terms],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.ready, self.stopping = threading.Event(), threading.Event()
        self.said: list[str] = []
        self._cried: list[str] = []
        self._killed = False
        self._lock = threading.Lock()
        self._ears = [threading.Thread(target=ear, daemon=True) for ear in (self._listen, self._hear)]
        for ear in self._ears:
            ear.start()

    @property
    def gave_up(self) -> bool:
        """It ended by itself, and not well."""
        return not self._killed and self._process.poll() not in (None, 0)

    def die(self) -> None:
        """Kill it, at once and for good."""
        with self._lock:
            if self._process.poll() is None:
                self._killed = True
                self._process.kill()
            self._process.wait()
        for ear in self._ears:
            ear.join()

    def sleep(self, seconds: float) -> None:
        """Stop it where it stands, and wake it later."""
        with self._lock:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGSTOP)
        threading.Timer(seconds, self._wake).start()

    def stop(self) -> None:
        """Ask it to stop."""
        self._process.terminate()

    def wait(self) -> int:
        """Wait for its end and return how it ended."""
        code = self._process.wait(timeout=60)
        for ear in self._ears:
            ear.join()
        return code

    def last_words(self) -> str:
        """Return the end of what it said."""
        return "".join([*self.said, *self._cried])[-3000:]

    def _wake(self) -> None:
        with self._lock:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGCONT)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.said.append(line)
                if line == "ready\n":
                    self.ready.set()
                if line == "stopping\n":
                    self.stopping.set()
        self.ready.set()  # whoever waits for the dead waits no longer
        self.stopping.set()

    def _hear(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            self._cried.extend(lines)


class _Bill(BillManagerSimulator):
    def __init__(self, crew: Crew) -> None:
        super().__init__()
        self._crew = crew

    def ask(self, request: Any) -> Outcome:
        answer = super().ask
        return self._crew.meet(request.host, lambda: answer(request), writes=request.writes)


class _OneC(OneCSimulator):
    def __init__(self, crew: Crew) -> None:
        super().__init__()
        self._crew = crew

    def respond(self, request: Any) -> Outcome:
        answer = super().respond
        return self._crew.meet(request.host, lambda: answer(request), in_1c=True)
