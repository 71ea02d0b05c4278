"""How many operations the hot paths take: counts, the same on every machine, in place of seconds.

``bench_counts.json`` has those of record. ``REWRITE_COUNTS=1 pytest tests/bench`` writes it anew.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from zoneinfo import ZoneInfo

from bench_export import exchange
from bench_matching import counterparties, match, methods, payers
from bench_onec import adapter, read_window
from bench_reconcile import books
from queues import DAY, EndlessOneC, ForgetfulBillManager

import billmanager_1c
from billmanager_1c import MemoryStore, Policy, SQLiteStore, SyncEngine, reconcile, resolve_payer
from billmanager_1c.api import CreatePayment, Dialect, ListPayments, Reply, decode, encode
from billmanager_1c.models import AccountId, CurrencyId, NewPayment, PayerId, PaymentMethodId, ProviderId
from billmanager_1c.testing.world import make_world

BASELINE = Path(__file__).with_suffix(".json")
FEW, MORE = 10, 50
"""Two sizes: what the second takes beyond the first is what one more takes, without what is done once."""

_HOUSE = str(Path(billmanager_1c.__file__).parent)
_SIMULATORS = str(Path(_HOUSE) / "testing")
Counts = dict[str, float]


@contextmanager
def calls() -> Iterator[Counter[str]]:
    """Count calls of our own Python functions, in this thread and in those that begin meanwhile.

    Comprehensions are left out: since Python 3.12 they are no functions.
    """
    counted: Counter[str] = Counter()
    ours: dict[CodeType, bool] = {}

    def watch(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            code = frame.f_code
            if code not in ours:
                ours[code] = _is_ours(code.co_filename) and not code.co_name.startswith("<")
            if ours[code]:
                counted[code.co_name] += 1

    threading.setprofile(watch)
    sys.setprofile(watch)
    try:
        yield counted
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def _is_ours(file: str) -> bool:
    return file.startswith(_HOUSE) and not file.startswith(_SIMULATORS)


def of_one_more(count: Callable[[int], Counter[str]]) -> Counts:
    """Count for two sizes, and return what one more takes."""
    few, more = count(FEW), count(MORE)
    return {name: round((more[name] - few[name]) / (MORE - FEW), 3) for name in sorted(more) if more[name] != few[name]}


def called(work: Callable[[], object]) -> int:
    """Return how many of our functions are called."""
    with calls() as counted:
        work()
    return counted.total()


def measure() -> dict[str, Counts]:
    """Return all counts."""
    return {
        "requests per payment": of_one_more(_requests),
        "SQLite per payment": of_one_more(_statements),
        "calls": {name: round(count, 3) for name, count in sorted(_calls())},
    }


# -------------------------------------------------------------------------------------------------------- the paths


def _requests(documents: int) -> Counter[str]:
    """Count what BILLmanager is asked about documents of one line; their client is known after the first one."""
    world = make_world(clients=1, documents=documents)
    bill = world.billmanager
    wires = {"onec_wire": world.onec, "billmanager_wire": bill}
    with (
        tempfile.TemporaryDirectory() as folder,
        exchange(world.onec.url, bill.url, Path(folder), width=1, **wires) as (engine, _),
    ):
        engine.load_accounts()
        before = len(bill.requests)
        engine.export_payments()
    return Counter(one.func for one in bill.requests[before:])


def _statements(documents: int) -> Counter[str]:
    """Count commits, statements and rows read of a SQLite store, one document after the other."""
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, SQLiteStore(Path(folder) / "sync.db") as store:
        engine = _engine(documents, store)
        engine.load_accounts()
        store._transactions._connection.set_trace_callback(lambda said: counted.update([_verb(said)]))
        with calls() as made:
            engine.export_payments()
        store._transactions._connection.set_trace_callback(None)
    counted["rows read"] = made["record"]
    return counted


def _verb(statement: str) -> str:
    return statement.split(maxsplit=1)[0]


def _engine(documents: int, store: Any) -> SyncEngine:
    policy = Policy(export_from=DAY, concurrency=1)
    return SyncEngine(onec=EndlessOneC(documents), billmanager=ForgetfulBillManager(), store=store, policy=policy)


def _calls() -> Iterator[tuple[str, float]]:
    yield "export a payment", _per_one(_called_by_export)
    yield "read a document of 1C", _per_one(_called_by_reading)
    yield "reconcile a document", _per_one(lambda count: _called_by_reconciling(*books(count)))
    everybody, asked = payers(1000), counterparties(1000)
    yield "resolve 10 payers among 1,000", called(lambda: [resolve_payer(one, everybody) for one in asked])
    found = methods(30)
    yield "match a method among 30", called(lambda: match(found))
    yield "write a request", called(lambda: encode(_CREATE, dialect=Dialect(), credentials=None))
    yield "parse a page of 100 payments", called(lambda: _parse(100))


def _per_one(count: Callable[[int], int]) -> float:
    return (count(MORE) - count(FEW)) / (MORE - FEW)


def _called_by_export(documents: int) -> int:
    engine = _engine(documents, MemoryStore())
    engine.load_accounts()
    return called(engine.export_payments)


def _called_by_reading(documents: int) -> int:
    simulator = make_world(clients=2, documents=documents).onec
    with adapter(simulator.url, simulator) as onec, calls() as counted:
        read_window(onec)
    return counted.total()


def _called_by_reconciling(documents: Any, payments: Any) -> int:
    return called(lambda: reconcile(documents, payments))


_CREATE = CreatePayment(
    payment=NewPayment(
        amount=Decimal("100.00"),
        currency_id=CurrencyId(126),
        method_id=PaymentMethodId(1),
        account_id=AccountId(1),
        payer_id=PayerId(1),
        provider_id=ProviderId(1),
        random_number="1",
    )
)


def _parse(rows: int) -> object:
    row = {"id": "1", "status": "4", "status_code": "4", "subaccountamount_iso": "100.00 RUB", "number": "1"}
    cells = {name: {"$": value} for name, value in row.items()}
    elem = [cells | {"id": {"$": str(number)}} for number in range(1, rows + 1)]
    body = json.dumps({"doc": {"$func": "payment", "elem": elem, "p_elems": {"$": str(rows)}}}).encode()
    return decode(ListPayments(), Reply(body=body), dialect=Dialect(), zone=ZoneInfo("Europe/Moscow"))
