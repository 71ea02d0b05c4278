"""The hands of the blocking engine: they do what a plan asks for."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

import attrs

from ..api import Listing, Operation
from ..api._operation import R as Row
from ..errors import BillManager1CError, DeadlinePassed, NotPublished
from ..ledger import AttemptId, Dossier, Tick, Verdict
from ..plans.effects import (
    Acknowledge,
    Consult,
    Effect,
    FindRival,
    ListModulePayments,
    NextBatch,
    Now,
    OpenChanges,
    Plan,
    ReadDocuments,
    SaveAccounts,
    Send,
    Tell,
    Together,
    Transact,
    TransactAll,
    Walk,
)
from ..plans.run import Run
from ..ports.clock import Clock
from ..ports.onec import AccountsSink, ChangeBatch, History, OneCAdapter, RivalModule
from ..ports.store import Decide, Decision, Store
from ._events import Emitter, EventKind

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
    """Lets so many requests through in a second, shared by all threads."""

    def __init__(self, per_second: float | None, clock: Clock) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Wait for a turn."""
        if not self._gap:
            return
        with self._lock:
            now = self._clock.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        self._clock.sleep(max(0.0, turn - now))


class Hands:
    """Does the effects of plans, for many threads at once.

    Deadlines go by the time of the store's last transaction and a clock that never goes back: what another host, or a
    hand at this one's clock, makes of the hour does not matter.
    """

    def __init__(
        self,
        *,
        onec: OneCAdapter,
        client: Client,
        store: Store,
        clock: Clock,
        gate: Gate,
        run: Run,
        timeout: float,
        concurrency: int = 1,
        watch: Callable[[Tell], None] | None = None,
        emitter: Emitter | None = None,
    ) -> None:
        self._onec = onec
        self._client = client
        self._store = store
        self._clock = clock
        self._gate = gate
        self._run = run
        self._timeout = timeout
        self._listings: dict[int, Iterator[ChangeBatch]] = {}
        self._concurrency = concurrency
        self._watch = watch or (lambda told: None)
        self._emitter = emitter
        #: the moment of the last transaction, and what the two clocks of this machine showed then
        self._last = (clock.now(), clock.now(), clock.monotonic())

    @property
    def store(self) -> Store:
        """The store that plans see."""
        return self._store

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
                self._gate.wait()
                if send_by is not None and self._moment() > send_by:
                    raise DeadlinePassed("The lease on the document ran out before the request could be sent.")
                return self._told(operation, lambda: self._client.send(operation, timeout=self._timeout))
            case Walk(listing=listing):
                self._gate.wait()
                return self._told(listing, lambda: list(self._client.iterate(listing)))
            case Transact(ref=ref, decide=decide):
                tick = self._tick()
                return self._store.transact(ref, self._bound(decide, tick), actor=self._run.terms.owner, at=tick.now)
            case TransactAll(decisions=decisions, cursor=cursor):
                tick = self._tick()
                return self._store.transact_all(
                    [Decision(ref=ref, decide=self._bound(decide, tick)) for ref, decide in decisions],
                    actor=self._run.terms.owner,
                    at=tick.now,
                    adapter=self._onec.base if cursor is not None else None,
                    cursor=cursor,
                )
            case Consult(question=question):
                return question(self._store)
            case Now():
                return self._clock.now()
            case Together(plans=plans):
                return self._drive_together(plans)
            case Tell():
                return self._watch(effect)
            case _:
                return self._do_in_1c(effect)

    def _do_in_1c(self, effect: Effect[Any]) -> Any:
        match effect:
            case FindRival():
                return self._find_rival()
            case ListModulePayments():
                return list(self._onec.module_payments()) if isinstance(self._onec, RivalModule) else []
            case OpenChanges(cursor=cursor, since=since):
                handle = len(self._listings)
                if since is not None and isinstance(self._onec, History):
                    self._listings[handle] = iter(self._onec.changes_since(since))
                else:
                    self._listings[handle] = iter(self._onec.changes(cursor))
                return handle
            case NextBatch(handle=handle):
                return next(self._listings[handle], None)
            case Acknowledge(cursor=cursor):
                return self._onec.acknowledge(cursor)
            case ReadDocuments(refs=refs):
                return list(self._onec.read(refs))
            case SaveAccounts(subaccounts=subaccounts):
                if not isinstance(self._onec, AccountsSink):
                    return False
                try:
                    self._onec.save_accounts(subaccounts)
                except NotPublished:
                    return False  # this base has no such catalogue: ISPsystem's configuration was never merged into it
                return True
        raise TypeError(f"a plan asked for {type(effect).__name__}, which nobody can do")

    def _told(self, operation: Operation[Any], send: Callable[[], T]) -> T:
        """Send, and tell how it went."""
        if self._emitter is None:
            return send()
        begun, error = self._clock.monotonic(), ""
        try:
            return send()
        except BillManager1CError as raised:
            error = type(raised).__name__
            raise
        finally:
            seconds = self._clock.monotonic() - begun
            self._emitter.emit(EventKind.REQUEST, operation=type(operation).__name__, seconds=seconds, error=error)

    def _find_rival(self) -> str | None:
        if not isinstance(self._onec, RivalModule):
            return None
        try:
            return self._onec.module_address()
        except NotPublished:
            return None  # the module is absent

    def _drive_together(self, plans: Sequence[Plan[Any]]) -> list[Any]:
        with ThreadPoolExecutor(self._concurrency, thread_name_prefix="billmanager-1c") as pool:
            futures = [pool.submit(self.drive, plan) for plan in plans]
        return [future.result() for future in futures]

    def _moment(self) -> datetime:
        at, wall, steady = self._last
        # A machine that slept knows it only by its wall clock; one whose clock was set back only by the steady one.
        passed = max(self._clock.now() - wall, timedelta(seconds=self._clock.monotonic() - steady))
        return at + passed

    def _bound(self, decide: Callable[[Dossier, Tick], Verdict[Any]], tick: Tick) -> Decide[Any]:
        """Give a decision its tick, with the moment that the store goes by."""

        def run(dossier: Dossier, now: datetime) -> Verdict[Any]:
            self._last = (now, self._clock.now(), self._clock.monotonic())
            return decide(dossier, attrs.evolve(tick, now=now))

        return run

    def _tick(self) -> Tick:
        return Tick(
            now=self._clock.now(),
            attempt_id=AttemptId(uuid.uuid4().hex),
            high_water=self._run.high_water,
            jitter=secrets.randbelow(1000) / 1000,
        )


class DryHands(Hands):
    """Hands that change nothing anywhere: to be given a store that keeps what is written to itself."""

    def _do(self, effect: Effect[Any]) -> Any:
        match effect:
            case Send(operation=operation) if operation.writes:
                raise AssertionError(f"a plan that must not write wants to send {type(operation).__name__}")
            case Acknowledge():
                return None
            case SaveAccounts():
                return False
        return super()._do(effect)
