"""The hands of the blocking engine: they do what a plan asks for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from ..api import Listing, Operation
from ..api._operation import R as Row
from ..errors import BillManager1CError, ConnectionFailed, DeadlinePassed
from ..plans.effects import (
    Acknowledge,
    Consult,
    Effect,
    Now,
    Plan,
    SaveAccounts,
    Send,
    Tell,
    Together,
    Transact,
    TransactAll,
    Walk,
)
from ..ports.clock import Clock
from ..ports.onec import OneCAdapter
from ..ports.store import Store
from ._ends import Moments, OneCEnd, do_in_store
from ._errand import Errand
from ._watched import Watched

T = TypeVar("T")


class Client(Protocol):
    """What the engine needs of a BILLmanager client."""

    def send(self, operation: Operation[T], *, timeout: float | None = None) -> T: ...

    def iterate(self, listing: Listing[Row]) -> Iterator[Row]: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Gate:
    """Lets so many requests through in a second, shared by all threads or tasks."""

    def __init__(self, per_second: float | None, clock: Clock) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0

    def take_turn(self) -> float:
        """Take a turn, and return how many seconds it is away."""
        if not self._gap:
            return 0.0
        with self._lock:
            now = self._clock.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        return turn - now


class Driver:
    """What both kinds of hands are, apart from waiting."""

    def __init__(self, errand: Errand[Any], watched: Watched, *, clock: Clock, gate: Gate) -> None:
        self._errand = errand
        self._watched = watched
        self._clock = clock
        self._gate = gate
        self._moments = Moments(errand.run, clock)

    @contextmanager
    def _sending(self, operation: Operation[Any], send_by: datetime | None = None) -> Iterator[None]:
        """Let an operation be sent, unless it must not be; tell how it went."""
        if operation.writes and self._errand.is_dry:
            raise AssertionError(f"a plan that must not write wants to send {type(operation).__name__}")
        if send_by is not None and self._moments.by_store() > send_by:
            raise DeadlinePassed("The lease on the document ran out before the request could be sent.")
        if operation.writes and self._errand.run.is_silent:
            # It waited for its turn while others were left without an answer.
            raise ConnectionFailed("Other calls got no answer from BILLmanager; this one was not sent.")
        with self._watched.request(operation):
            yield


class Hands(Driver):
    """Does the effects of plans, for many threads at once."""

    def __init__(
        self,
        errand: Errand[Any],
        watched: Watched,
        *,
        onec: OneCAdapter,
        client: Client,
        store: Store,
        clock: Clock,
        gate: Gate,
    ) -> None:
        super().__init__(errand, watched, clock=clock, gate=gate)
        self._onec = OneCEnd(onec, is_dry=errand.is_dry)
        self._client = client
        self._store = store
        self._free = threading.Semaphore(errand.requests)

    def drive(self, plan: Plan[T]) -> T:
        """Run a plan to its end."""
        try:
            effect = next(plan)
            while True:
                try:
                    answer = self._do(effect)
                except BillManager1CError as error:
                    effect = plan.throw(error)
                else:
                    effect = plan.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    def _do(self, effect: Effect[Any]) -> Any:
        match effect:
            case Send(operation=operation, send_by=send_by):
                with self._turn(), self._sending(operation, send_by):
                    return self._client.send(operation, timeout=self._errand.timeout)
            case Walk(listing=listing):
                with self._turn(), self._sending(listing):
                    return list(self._client.iterate(listing))
            case Transact() | TransactAll() | Consult():
                return do_in_store(effect, self._store, self._moments)
            case Together(plans=plans):
                return self._drive_together(plans)
            case Now():
                return self._clock.now()
            case Tell():
                return self._watched.told(effect)
            case Acknowledge() if self._errand.is_dry:
                return None
            case SaveAccounts() if self._errand.is_dry:
                return False
            case _:
                return self._onec.do(effect)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._free:
            if (seconds := self._gate.take_turn()) > 0:
                self._clock.sleep(seconds)
            yield

    def _drive_together(self, plans: Sequence[Plan[Any]]) -> list[Any]:
        with ThreadPoolExecutor(self._errand.width, thread_name_prefix="billmanager-1c") as pool:
            futures = [pool.submit(self.drive, plan) for plan in plans]
        return [future.result() for future in futures]
