"""A plan played against a script: what BILLmanager answers to each question and write, in turn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

import attrs

from billmanager_1c import MemoryStore
from billmanager_1c.errors import PaymentTaken
from billmanager_1c.ledger import (
    Attempt,
    AttemptId,
    AttemptOp,
    Dossier,
    Link,
    Look,
    Perform,
    Sighting,
    Target,
    Terms,
    Tick,
    Verdict,
    make_mark,
    observe,
)
from billmanager_1c.models import (
    AccountId,
    CompanyId,
    Contract,
    ContractId,
    CurrencyId,
    DocumentKind,
    DocumentRef,
    Money,
    PayerId,
    Payment,
    PaymentDocument,
    PaymentId,
    PaymentLine,
    PaymentMethodId,
    PaymentRow,
    PaymentStatus,
    ProviderId,
    Subaccount,
    SubaccountId,
)
from billmanager_1c.plans.effects import (
    Acknowledge,
    Consult,
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
from billmanager_1c.plans.run import Run
from billmanager_1c.ports.store import Decision

T = TypeVar("T")

REF = DocumentRef(DocumentKind.CASH_RECEIPT, "00000000-0000-4000-8000-000000000001")
ONE = ContractId("00000000-0000-4000-8000-00000000000a")
NOON = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)
OURS = PaymentId(70)
MINUTE = dt.timedelta(minutes=1)

TARGET = Target(
    account_id=AccountId(1),
    subaccount_id=SubaccountId(1),
    provider_id=ProviderId(1),
    currency_id=CurrencyId(126),
    payer_id=PayerId(5),
    company_id=CompanyId(1),
    method_id=PaymentMethodId(3),
    amount=Decimal("100.00"),
    paid_on=NOON.date(),
    document_number="1",
    document_date=NOON.date(),
    description="за услуги",
    mark=make_mark("upp", REF, ONE, 1),
)
ACCOUNT = Subaccount(
    id=SubaccountId(1),
    account_id=AccountId(1),
    account="ООО «Проба»",
    provider_id=ProviderId(1),
    currency_id=CurrencyId(126),
    currency="RUB",
)

DOCUMENT = PaymentDocument(
    ref=REF,
    version="1",
    number=TARGET.document_number,
    date=NOON.date(),
    posted=True,
    amount=TARGET.amount,
    lines=(PaymentLine(contract=Contract(id=ONE, subaccount_id=ACCOUNT.id), amount=TARGET.amount),),
)


def a_run(**changes: Any) -> Run:
    """Return a run that knows the client."""
    terms = Terms(
        base="upp", owner="me", lease=5 * MINUTE, settle=15 * MINUTE, retry_first=MINUTE, retry_last=60 * MINUTE
    )
    run = Run(terms=terms, export_from=dt.date(2026, 1, 1), proven=True, **changes)
    run.reference.subaccounts = {ACCOUNT.id: ACCOUNT}
    return run


def shown(status: int = PaymentStatus.NEW, **changes: Any) -> Payment:
    """Return our payment as its form shows it."""
    ours = Payment(
        id=OURS,
        status=status,
        amount=TARGET.amount,
        payer_id=TARGET.payer_id,
        company_id=TARGET.company_id,
        method_id=TARGET.method_id,
        paid_at=NOON,
        document_number=TARGET.document_number,
        document_date=TARGET.document_date,
        description=TARGET.description,
        mark=TARGET.mark,
    )
    return attrs.evolve(ours, **changes)


def row(payment_id: int = OURS, **changes: Any) -> PaymentRow:
    """Return a payment as the list shows it."""
    ours = PaymentRow(
        id=PaymentId(payment_id),
        status=PaymentStatus.NEW,
        amount=Money(TARGET.amount, "RUB"),
        payer_id=TARGET.payer_id,
        account_name=ACCOUNT.account,
    )
    return attrs.evolve(ours, **changes)


def attempt(op: AttemptOp, **changes: Any) -> Attempt:
    """Return a write that was begun at noon."""
    begun = Attempt(
        id=AttemptId("a"),
        contract_id=ONE,
        gen=1,
        op=op,
        target_rev=1,
        target=None if op is AttemptOp.CANCEL else TARGET,
        payment_id=None if op is AttemptOp.CREATE else OURS,
        random_number="abcdefghijkl",
        fence=1,
        high_water=60,
        started_at=NOON,
        send_by=NOON + 5 * MINUTE,
        settle_after=NOON + 20 * MINUTE,
    )
    return attrs.evolve(begun, **changes)


def to_do(op: AttemptOp, **changes: Any) -> Perform:
    """Return the write as the core asks for it."""
    link = Link(contract_id=ONE, payment_id=None if op is AttemptOp.CREATE else OURS)
    return attrs.evolve(Perform(attempt=attempt(op), link=link, before=None, known=(TARGET,)), **changes)


def to_find(op: AttemptOp, **changes: Any) -> Look:
    """Return the look at a write as the core asks for it."""
    link = Link(contract_id=ONE, payment_id=None if op is AttemptOp.CREATE else OURS)
    return Look(attempt=attempt(op, **changes), link=link, known=(TARGET,))


def see(
    store: MemoryStore, document: PaymentDocument = DOCUMENT, link: Link | None = None, *, wanted: bool = True
) -> MemoryStore:
    """Have a store know a document, and its line as it stands."""
    amounts = {ONE: document.amount} if wanted else {}
    sighting = Sighting(ref=document.ref, digest=repr(document), version="1", amounts=amounts, reason="not posted")

    def take_in(dossier: Dossier, now: dt.datetime) -> Verdict[None]:
        seen = observe(dossier, sighting, document, Tick(now=now, attempt_id=AttemptId("a"))).dossier
        return Verdict(seen.with_link(link) if link else seen, None)

    store.transact(document.ref, take_in, actor="an earlier run", at=NOON)
    return store


def holding(payment_id: int) -> MemoryStore:
    """Return a store in which another document has a payment."""
    store, other = MemoryStore(), DocumentRef(REF.kind, "00000000-0000-4000-8000-000000000002")

    def bind(dossier: Dossier, now: dt.datetime) -> Verdict[None]:
        return Verdict(dossier.with_link(Link(contract_id=ONE, payment_id=PaymentId(payment_id))), None)

    store.transact(other, bind, actor="another run", at=NOON)
    return store


def play(
    plan: Plan[T], *script: object, now: dt.datetime = NOON, store: MemoryStore | None = None
) -> tuple[T, list[Any]]:
    """Answer each call with the next line of the script; return how it ended, and what was called."""
    lines: Iterator[object] = iter(script)
    called: list[Any] = []
    result = _play(plan, lines, called, now, store or MemoryStore())
    assert next(lines, None) is None, "the plan ended before its script"
    return result, called


def _play(plan: Plan[T], lines: Iterator[object], called: list[Any], now: dt.datetime, store: MemoryStore) -> T:
    try:
        effect = next(plan)
        while True:
            match effect:
                case (
                    OpenChanges()
                    | NextBatch()
                    | ReadDocuments()
                    | ListModulePayments()
                    | Acknowledge()
                    | SaveAccounts()
                ):
                    called.append(effect)
                    answer = next(lines, None)
                case TransactAll(decisions=decisions, cursor=cursor):
                    bound = [Decision(ref=ref, decide=_at(decide, now)) for ref, decide in decisions]
                    kept = {"adapter": "upp", "cursor": cursor} if cursor else {}
                    answer = store.transact_all(bound, actor="this run", at=now, **kept)
                case Send(operation=operation) | Walk(listing=operation):
                    called.append(operation)
                    answer = next(lines, None)  # a call more than the script has lines shows in what was called
                case Consult(question=question):
                    answer = question(store)
                case Now():
                    answer = now
                case Tell():
                    answer = None
                case Transact(ref=ref, decide=decide):
                    try:
                        answer = store.transact(ref, _at(decide, now), actor="this run", at=now)
                    except PaymentTaken as error:
                        answer = error
                case Together(plans=plans):
                    answer = [_play(plan, lines, called, now, store) for plan in plans]
                case _:
                    raise AssertionError(f"the script has no answer to {effect}")
            effect = plan.throw(answer) if isinstance(answer, Exception) else plan.send(answer)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def _at(
    decide: Callable[[Dossier, Tick], Verdict[T]], now: dt.datetime
) -> Callable[[Dossier, dt.datetime], Verdict[T]]:
    return lambda dossier, _: decide(dossier, Tick(now=now, attempt_id=AttemptId("b")))
