"""Diagnosis of both ends, driven without a store: nothing is written anywhere."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from ..api import Dialect, Operation
from ..errors import BillManager1CError
from ..matching import METHOD_NAMES, MethodNames
from ..plans.diagnose import AskLead, ClientFacts, Inspect
from ..plans.diagnose import diagnose as diagnose_plan
from ..plans.effects import Effect, FindRival, NextBatch, Now, OpenChanges, Plan, ReadDocuments, Send
from ..ports.asynchronous import AsyncInspectable, AsyncOneCAdapter
from ..ports.capabilities import offers
from ..ports.onec import Inspectable, Inspected, OneCAdapter
from ..reports import Diagnosis
from ._async_ends import is_async_adapter, onec_end
from ._ends import OneCEnd
from ._threads import Threads

T = TypeVar("T")

#: what a diagnosis may ask of 1C, none of which writes
_READINGS = (FindRival, NextBatch, OpenChanges, ReadDocuments)


class _Diagnosed(Protocol):
    url: str
    username: str
    dialect: Dialect

    @property
    def auth(self) -> str: ...


class DiagnosedClient(_Diagnosed, Protocol):
    """What a diagnosis needs of a client."""

    def send(self, operation: Operation[T], *, timeout: float | None = None) -> T: ...


class DiagnosedAsyncClient(_Diagnosed, Protocol):
    """What a diagnosis in async code needs of a client."""

    async def send(self, operation: Operation[T], *, timeout: float | None = None) -> T: ...  # noqa: ASYNC109 -- of the whole call, as in the client


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
        TypeError: it was given the asynchronous client; that is for :func:`async_diagnose`.
    """
    if inspect.iscoroutinefunction(billmanager.send):
        raise TypeError("diagnose() takes a BillManagerClient; with the async client, await async_diagnose().")
    end = None if onec is None else OneCEnd(onec, is_dry=True)

    def do(effect: Effect[Any]) -> Any:
        match effect:
            case Send(operation=operation) if not operation.writes:
                return billmanager.send(operation)
            case Inspect() if onec is not None:
                return _inspect(onec)
        if end is not None and isinstance(effect, _READINGS):
            return end.do(effect)
        return _look(effect, billmanager, onec)

    try:
        return _drive(_plan(billmanager, onec, method_names), do)
    finally:
        if end is not None:
            end.close()


async def async_diagnose(
    billmanager: DiagnosedAsyncClient,
    onec: OneCAdapter | AsyncOneCAdapter | None = None,
    *,
    method_names: MethodNames = METHOD_NAMES,
) -> Diagnosis:
    """Check the same with the client for async code; see :func:`diagnose`.

    An adapter may be of either kind; one that blocks works in a thread.

    Raises:
        TypeError: it was given the blocking client.
    """
    if not inspect.iscoroutinefunction(billmanager.send):
        raise TypeError("async_diagnose() takes an AsyncBillManagerClient; with the blocking client, call diagnose().")
    threads = Threads(1, "1c")
    end = None if onec is None else onec_end(onec, threads, is_dry=True)

    async def do(effect: Effect[Any]) -> Any:
        match effect:
            case Send(operation=operation) if not operation.writes:
                return await billmanager.send(operation)
            case Inspect() if onec is not None:
                if is_async_adapter(onec):
                    return [each async for each in onec.inspect()] if offers(onec, AsyncInspectable) else None
                return await threads.run(_inspect, onec)
        if end is not None and isinstance(effect, _READINGS):
            return await end.do(effect)
        return _look(effect, billmanager, onec)

    try:
        return await _drive_async(_plan(billmanager, onec, method_names), do)
    finally:
        if end is not None:
            await end.close()


def _plan(client: _Diagnosed, onec: object, method_names: MethodNames) -> Plan[Diagnosis]:
    facts = ClientFacts(
        dialect=client.dialect,
        username=client.username,
        auth=client.auth,
        is_encrypted=client.url.startswith("https:"),
    )
    return diagnose_plan(facts, has_onec=onec is not None, method_names=method_names)


def _inspect(onec: OneCAdapter) -> list[Inspected] | None:
    return list(onec.inspect()) if offers(onec, Inspectable) else None


def _look(effect: Effect[Any], client: _Diagnosed, onec: object) -> Any:
    """Do what needs no waiting. Whatever else there is, a diagnosis has no hand for it: least of all what writes."""
    match effect:
        case AskLead(system=system):
            asked = client if system == "BILLmanager" else onec
            return asked.clock_lead if offers(asked, _TellsTime) else None
        case Now():
            return datetime.now(UTC)
    raise TypeError(f"a diagnosis asked for {type(effect).__name__}, which it must not")


def _drive(plan: Plan[T], do: Callable[[Effect[Any]], Any]) -> T:
    try:
        effect = next(plan)
        while True:
            try:
                answer = do(effect)
            except BillManager1CError as error:
                effect = plan.throw(error)
            else:
                effect = plan.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result


async def _drive_async(plan: Plan[T], do: Callable[[Effect[Any]], Coroutine[Any, Any, Any]]) -> T:
    try:
        effect = next(plan)
        while True:
            try:
                answer = await do(effect)
            except BillManager1CError as error:
                effect = plan.throw(error)
            else:
                effect = plan.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result
