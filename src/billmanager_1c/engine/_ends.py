"""The two ends that plans write to beside BILLmanager, for code that may block: the store and 1C."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Generator, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import attrs

from ..errors import NotPublished
from ..ledger import AttemptId, Dossier, Tick, Verdict
from ..plans.effects import (
    Acknowledge,
    Consult,
    Effect,
    FindRival,
    ListModulePayments,
    NextBatch,
    OpenChanges,
    ReadDocuments,
    SaveAccounts,
    Transact,
    TransactAll,
)
from ..plans.run import Run
from ..ports.capabilities import offers
from ..ports.clock import Clock
from ..ports.onec import AccountsSink, ChangeBatch, History, OneCAdapter, Peek, RivalModule
from ..ports.store import Decide, Decision, Store

StoreEffect: TypeAlias = Transact[Any] | TransactAll | Consult[Any]


class Moments:
    """What time it is for a run, and what its decisions are given.

    Deadlines go by the time of the store's last transaction and a clock that never goes back: what another host, or a
    hand at this one's clock, makes of the hour does not matter.
    """

    def __init__(self, run: Run, clock: Clock) -> None:
        self._run = run
        self._clock = clock
        #: the moment of the last transaction, and what the two clocks of this machine showed then
        self._last = (clock.now(), clock.now(), clock.monotonic())

    @property
    def actor(self) -> str:
        """Who writes, for the journal."""
        return self._run.terms.owner

    @property
    def adapter(self) -> str:
        """Whose cursor is kept."""
        return self._run.terms.base

    def by_store(self) -> datetime:
        """Return the present moment as the store would tell it."""
        at, wall, steady = self._last
        # A machine that slept knows it only by its wall clock; one whose clock was set back only by the steady one.
        passed = max(self._clock.now() - wall, timedelta(seconds=self._clock.monotonic() - steady))
        return at + passed

    def tick(self) -> Tick:
        """Make what one transaction is given."""
        return Tick(
            now=self._clock.now(),
            attempt_id=AttemptId(uuid.uuid4().hex),
            high_water=self._run.high_water,
            jitter=secrets.randbelow(1000) / 1000,
        )

    def bind(self, decide: Callable[[Dossier, Tick], Verdict[Any]], tick: Tick) -> Decide[Any]:
        """Give a decision its tick, with the moment that the store goes by."""

        def run(dossier: Dossier, now: datetime) -> Verdict[Any]:
            self._last = (now, self._clock.now(), self._clock.monotonic())
            return decide(dossier, attrs.evolve(tick, now=now))

        return run

    def bind_all(self, effect: TransactAll, tick: Tick) -> list[Decision]:
        """Give one tick to all decisions of a transaction."""
        return [Decision(ref=ref, decide=self.bind(decide, tick)) for ref, decide in effect.decisions]


def do_in_store(effect: StoreEffect, store: Store, moments: Moments) -> Any:
    """Do what a plan asks of the store."""
    match effect:
        case Transact(ref=ref, decide=decide):
            tick = moments.tick()
            return store.transact(ref, moments.bind(decide, tick), actor=moments.actor, at=tick.now)
        case TransactAll(cursor=cursor):
            tick = moments.tick()
            return store.transact_all(
                moments.bind_all(effect, tick),
                actor=moments.actor,
                at=tick.now,
                adapter=moments.adapter if cursor is not None else None,
                cursor=cursor,
            )
        case Consult(question=question):
            return question(store)


class OneCEnd:
    """Does what a plan asks of 1C."""

    def __init__(self, adapter: OneCAdapter, *, is_dry: bool = False) -> None:
        self._adapter = adapter
        #: nothing is kept of what is shown, so 1C should not note that it was
        self._is_dry = is_dry
        self._listings: dict[int, Iterator[ChangeBatch]] = {}

    def do(self, effect: Effect[Any]) -> Any:
        """Do it. An effect that is none of 1C's is a mistake of ours."""
        adapter = self._adapter
        match effect:
            case OpenChanges(cursor=cursor, since=since):
                handle = len(self._listings)
                if since is not None and offers(adapter, History):
                    self._listings[handle] = iter(adapter.changes_since(since))
                elif self._is_dry and offers(adapter, Peek):
                    self._listings[handle] = iter(adapter.peek(cursor))
                else:
                    self._listings[handle] = iter(adapter.changes(cursor))
                return handle
            case NextBatch(handle=handle):
                return next(self._listings[handle], None)
            case Acknowledge(cursor=cursor):
                return adapter.acknowledge(cursor)
            case ReadDocuments(refs=refs):
                return list(adapter.read(refs))
            case FindRival():
                # Whether the module is absent is the adapter's to say: any other refusal leaves it open.
                return adapter.module_address() if offers(adapter, RivalModule) else None
            case ListModulePayments():
                return list(adapter.module_payments()) if offers(adapter, RivalModule) else []
            case SaveAccounts(subaccounts=subaccounts):
                if not offers(adapter, AccountsSink):
                    return False
                try:
                    adapter.save_accounts(subaccounts)
                except NotPublished:
                    return False  # this base has no such catalogue: ISPsystem's configuration was never merged into it
                return True
        raise nobody_can(effect)

    @property
    def has_listings(self) -> bool:
        """True if some may not have been read to their ends."""
        return bool(self._listings)

    def close(self) -> None:
        """Leave listings that were not read to their ends."""
        for listing in self._listings.values():
            if isinstance(listing, Generator):
                listing.close()
        self._listings.clear()


def nobody_can(effect: Effect[Any]) -> TypeError:
    """Return what to raise at an effect that has no hand."""
    return TypeError(f"a plan asked for {type(effect).__name__}, which nobody can do")
