"""Documents to fill a store with, and decisions such as the engine makes, drawn from a seed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random
from typing import TypeAlias, TypeVar

import attrs

from ..ledger import (
    Answer,
    Attempt,
    AttemptId,
    AttemptOp,
    Blocked,
    Done,
    Dossier,
    Failed,
    Finding,
    Looked,
    Refused,
    Sighting,
    Target,
    Terms,
    Tick,
    Trouble,
    Unwanted,
    Verdict,
    Want,
    observe,
    postpone,
    proceed,
    start,
)
from ..models import (
    AccountId,
    CompanyId,
    Contract,
    ContractId,
    CurrencyId,
    DocumentId,
    DocumentKind,
    DocumentRef,
    PayerId,
    PaymentDocument,
    PaymentId,
    PaymentLine,
    PaymentMethodId,
    ProviderId,
    QuarantineCode,
    SubaccountId,
)
from ..ports.store import Decide

NOON = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)
"""When tests of a store begin."""

TODAY = NOON.date()

R = TypeVar("R")
Deed: TypeAlias = Callable[[Dossier], Verdict[R]]
"""A decision that knows its time."""

_TERMS = Terms(
    base="upp",
    owner="first",
    lease=dt.timedelta(minutes=5),
    settle=dt.timedelta(minutes=15),
    retry_first=dt.timedelta(minutes=1),
    retry_last=dt.timedelta(hours=1),
)


def make_ref(number: int) -> DocumentRef:
    """Return the reference of one of our documents."""
    kinds = list(DocumentKind)
    return DocumentRef(kinds[number % len(kinds)], DocumentId(f"00000000-0000-4000-8000-{number:012x}"))


def make_contract_id(number: int) -> ContractId:
    """Return the id of one of our contracts."""
    return ContractId(f"c0000000-0000-4000-8000-{number:012x}")


def make_document(
    number: int,
    *,
    contracts: tuple[int, ...] = (1,),
    amount: str = "100.00",
    day: dt.date = TODAY,
    version: str = "1",
) -> PaymentDocument:
    """Return a document that gives ``amount`` to each of the contracts."""
    lines = [PaymentLine(contract=Contract(id=make_contract_id(id)), amount=Decimal(amount)) for id in contracts]
    return PaymentDocument(
        ref=make_ref(number),
        version=version,
        number=f"ПКО-{number}",
        date=day,
        posted=True,
        amount=sum((line.amount for line in lines), Decimal(0)),
        lines=tuple(lines),
        purpose="Оплата по счёту «№ 1»",
    )


def always(deed: Deed[R]) -> Decide[R]:
    """Return a decision that does not ask for the time."""
    return lambda dossier, now: deed(dossier)


def see(document: PaymentDocument, *, digest: str = "", missing: bool = False, at: dt.datetime = NOON) -> Deed[bool]:
    """Return the decision that takes a reading of 1C in."""
    amounts = {line.contract.id: line.amount for line in document.lines if line.contract} if not missing else {}
    sighting = Sighting(
        ref=document.ref,
        digest=digest or f"{document.version}/{document.amount}",
        version=document.version,
        amounts=amounts,
        missing=missing,
        reason="gone from 1C" if missing else "",
    )
    return lambda dossier: observe(dossier, sighting, document, _tick(at, "seen"))


def make_target(contract_id: ContractId, amount: Decimal) -> Target:
    """Return what a payment for one contract should be."""
    number = int(contract_id[-12:], 16)
    return Target(
        account_id=AccountId(1),
        subaccount_id=SubaccountId(100 + number % 2),
        provider_id=ProviderId(1),
        currency_id=CurrencyId(126),
        payer_id=PayerId(7),
        company_id=CompanyId(2),
        method_id=PaymentMethodId(3),
        amount=amount,
        paid_on=TODAY,
        document_number="17",
        document_date=TODAY,
        description="за хостинг",
        mark="",
    )


def live(seed: int, number: int, *, payment_id: int, at: dt.datetime) -> Deed[object]:
    """Return some decision about a document: pure, and different for every seed."""

    def decide(dossier: Dossier) -> Verdict[object]:
        random = Random(seed)
        terms = attrs.evolve(_TERMS, owner=random.choice(("first", "second")))
        tick = _tick(at, f"attempt-{seed}", random.random())
        attempts = [attempt for attempt in dossier.attempts.values() if attempt.is_open]
        deeds = ["see"] if dossier.record is None else ["see", "start", "start", "postpone", *["proceed"] * 6]
        deed = random.choice(deeds)
        if deed == "see" or dossier.record is None:
            return _see_again(random, number, at)(dossier)
        revision = dossier.record.observed_rev - (random.random() < 0.05)
        wants = _wants(random, dossier)
        if deed == "proceed" and attempts:
            attempt = random.choice(attempts)
            answer = _answer(random, attempt, PaymentId(payment_id))
            return proceed(dossier, attempt, answer, wants, revision, terms, tick)
        if deed == "postpone":
            return postpone(dossier, "BILLmanager asks to come back later", terms, tick)
        return start(dossier, wants, revision, terms, tick, now_or_never=random.random() < 0.5)

    return decide


def _see_again(random: Random, number: int, at: dt.datetime) -> Deed[bool]:
    document = make_document(
        number,
        contracts=tuple(random.sample((1, 2, 3), random.randint(1, 3))),
        amount=f"{random.randint(1, 4)}.50",
        day=NOON.date() + dt.timedelta(days=random.randint(-3, 3)),
        version=f"v{random.randint(1, 9)}",
    )
    return see(document, digest=f"{document.lines}", missing=random.random() < 0.2, at=at)


def _wants(random: Random, dossier: Dossier) -> Mapping[ContractId, Want]:
    assert dossier.record is not None
    wants: dict[ContractId, Want] = {}
    for line in dossier.record.document.lines if dossier.record.wanted else ():
        assert line.contract is not None
        if random.random() < 0.15:
            wants[line.contract.id] = Blocked(code=QuarantineCode.NO_PAYER, reason="add a payer")
        elif random.random() < 0.1:
            wants[line.contract.id] = Unwanted(reason="not a customer's money")
        else:
            wants[line.contract.id] = make_target(line.contract.id, line.amount)
    return wants


def _answer(random: Random, attempt: Attempt, payment_id: PaymentId) -> Answer:
    created = payment_id if attempt.op is AttemptOp.CREATE else None
    answers: list[Answer] = [
        Done(payment_id=created, lingers=random.random() < 0.5),
        Refused(reason="BILLmanager said no"),
        Failed(trouble=random.choice(list(Trouble)), reason="the line went dead"),
        Looked(finding=random.choice(list(Finding)), payment_id=created, reason="looked"),
    ]
    return random.choices(answers, weights=(8, 1, 2, 1))[0]


def _tick(at: dt.datetime, attempt_id: str, jitter: float = 0.5) -> Tick:
    return Tick(now=at, attempt_id=AttemptId(attempt_id), high_water=900, jitter=jitter)
