"""Diagnosis of both ends, driven without a store: nothing is written anywhere."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar, runtime_checkable

from ..api import Dialect, Operation
from ..errors import BillManager1CError, NotPublished
from ..matching import METHOD_NAMES, MethodNames
from ..plans.diagnose import AskLead, ClientFacts, Inspect
from ..plans.diagnose import diagnose as diagnose_plan
from ..plans.effects import Effect, FindRival, NextBatch, Now, OpenChanges, Plan, ReadDocuments, Send
from ..ports.capabilities import offers
from ..ports.onec import ChangeBatch, History, Inspectable, OneCAdapter, RivalModule
from ..reports import Diagnosis

T = TypeVar("T")


class DiagnosedClient(Protocol):
    """What a diagnosis needs of a client."""

    url: str
    username: str
    dialect: Dialect

    @property
    def auth(self) -> str: ...

    def send(self, operation: Operation[T], *, timeout: float | None = None) -> T: ...


@runtime_checkable
class _TellsTime(Protocol):
    @property
    def clock_lead(self) -> timedelta | None: ...


def diagnose(
    billmanager: DiagnosedClient, onec: OneCAdapter | None = None, *, method_names: MethodNames = METHOD_NAMES
) -> Diagnosis:
    """Check every assumption about this BILLmanager, and 1C, by reading alone.

    It takes some eighty requests. Nothing is saved, and no function that acts is called; filters that somebody left on
    a list under the same log-in are taken off, as each call of the exchange does.

    Args:
        billmanager: a client; its dialect is what is checked.
        onec: an adapter, where its side is to be checked as well.
        method_names: the words that names of payment methods contain, as in the engine's policy.

    A refusal, or trouble on the wire, is a check that does not hold, and no exception.

    Raises:
        TypeError: it was given the asynchronous client.
    """
    if inspect.iscoroutinefunction(billmanager.send):
        raise TypeError("diagnose() takes a BillManagerClient; make a blocking one with the same arguments.")
    facts = ClientFacts(
        dialect=billmanager.dialect,
        username=billmanager.username,
        auth=billmanager.auth,
        is_encrypted=billmanager.url.startswith("https:"),
    )
    return _Looker(billmanager, onec).drive(diagnose_plan(facts, has_onec=onec is not None, method_names=method_names))


class _Looker:
    """Does the effects of the plan. It knows none that writes."""

    def __init__(self, client: DiagnosedClient, onec: OneCAdapter | None) -> None:
        self._client = client
        self._onec = onec
        self._listings: list[Iterator[ChangeBatch]] = []

    def drive(self, plan: Plan[T]) -> T:
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
            case Send(operation=operation) if not operation.writes:
                return self._client.send(operation)
            case AskLead(system=system):
                asked = self._client if system == "BILLmanager" else self._onec
                return asked.clock_lead if isinstance(asked, _TellsTime) else None
            case Now():
                return datetime.now(UTC)
        if self._onec is not None:
            return self._do_in_1c(effect, self._onec)
        raise TypeError(f"a diagnosis asked for {type(effect).__name__}, which it must not")

    def _do_in_1c(self, effect: Effect[Any], onec: OneCAdapter) -> Any:
        match effect:
            case FindRival():
                try:
                    return onec.module_address() if offers(onec, RivalModule) else None
                except NotPublished:
                    return None
            case Inspect():
                return list(onec.inspect()) if offers(onec, Inspectable) else None
            case OpenChanges(since=since) if since is not None:
                listing = onec.changes_since(since) if offers(onec, History) else onec.changes(None)
                self._listings.append(iter(listing))
                return len(self._listings) - 1
            case NextBatch(handle=handle):
                return next(self._listings[handle], None)
            case ReadDocuments(refs=refs):
                return list(onec.read(refs))
        raise TypeError(f"a diagnosis asked for {type(effect).__name__}, which it must not")
