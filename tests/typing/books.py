"""What type checkers must see of stores and of what they keep. Checked by mypy, never run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import assert_never, assert_type

from billmanager_1c import ledger, store
from billmanager_1c.ledger import (
    ALIKE,
    BUSY,
    LEFT,
    MADE_SURE_OF,
    NOT_READ,
    Answer,
    Attempt,
    AttemptId,
    AttemptOp,
    AttemptOutcome,
    Blocked,
    DocumentRecord,
    Done,
    Dossier,
    Failed,
    Finding,
    Finished,
    Found,
    FoundAs,
    JournalEntry,
    Link,
    LinkState,
    Look,
    LookBack,
    Looked,
    LookedBack,
    Mark,
    Moved,
    Perform,
    Refused,
    ResolvedBy,
    Seen,
    Sighting,
    Standing,
    Step,
    Suspected,
    Target,
    Terms,
    Tick,
    Trouble,
    Unwanted,
    Verdict,
    Want,
)
from billmanager_1c.models import ContractId, DocumentRef, PaymentDocument, PaymentId, QuarantineCode
from billmanager_1c.ports.store import Decision, Job, Place, Store, StoreSummary, Switch
from billmanager_1c.store import Decide, MemoryStore, SQLiteStore
from billmanager_1c.store.postgres import PostgresStore

SHOWN_AGAIN: list[type] = [store.Decision, store.Job, store.Place, store.Store, store.StoreSummary, store.Switch]


def stores(at: dt.datetime, ref: DocumentRef) -> None:
    """Three are shipped, all of one port; a decision gives back what it returns."""
    shipped: list[Store] = [MemoryStore(), SQLiteStore("sync.db", read_only=True), PostgresStore("postgresql://…")]
    for kept in shipped:
        assert_type(kept.dossier(ref), Dossier)
        assert_type(kept.dossiers([ref]), dict[DocumentRef, Dossier])
        assert_type(kept.job("export"), Job)
        assert_type(kept.place("upp"), Place)
        assert_type(kept.summary(), StoreSummary)
        assert_type(kept.switch(), Switch)
        assert_type(kept.journal(ref), Iterator[JournalEntry])
        decide: Decide[int] = count_links
        assert_type(kept.transact(ref, decide, actor="us", at=at), int)
        kept.transact_all([Decision(ref=ref, decide=decide)], actor="us", at=at)
        kept.transact(ref, silent, actor="us", at=at)  # type: ignore[arg-type]  # a decision answers with a verdict


def count_links(dossier: Dossier, at: dt.datetime) -> Verdict[int]:
    """A decision is a function of what is remembered, and of the moment."""
    return Verdict(dossier, len(dossier.links), note="looked at")


def silent(dossier: Dossier, at: dt.datetime) -> Dossier:
    """Forget the result."""
    return dossier


def what_is_kept(dossier: Dossier) -> Iterator[tuple[LinkState, AttemptOp | None, AttemptOutcome | None]]:
    """A dossier has a record, a link for each line, and the attempts that were made."""
    assert_type(dossier.record, DocumentRecord | None)
    assert_type(dossier.links, Mapping[ContractId, Link])
    assert_type(dossier.attempts, Mapping[AttemptId, Attempt])
    for link in dossier.links.values():
        assert_type(link.applied, Target | None)
        attempt = dossier.open_attempt(link.contract_id)
        yield (link.state, None, None) if attempt is None else (link.state, attempt.op, attempt.outcome)
    for attempt in dossier.attempts.values():
        assert_type(attempt.resolved_by, ResolvedBy | None)


def what_is_wanted(want: Want) -> str | Decimal:
    """A line is to be paid so, is not to be paid, is refused, or looks like a payment that somebody made."""
    match want:
        case Target():
            return want.amount
        case Unwanted() | Suspected():
            return want.reason
        case Blocked():
            assert_type(want.code, QuarantineCode)
            return want.reason
        case _:
            assert_never(want)


def what_comes_next(step: Step) -> Attempt | PaymentId | Dossier | None:
    """The core says what to do, one step at a time; the five kinds are all there are."""
    match step:
        case Perform() | Look():
            return step.attempt
        case LookBack():
            return step.payment_id
        case Finished():
            return step.dossier
        case Moved():
            return None
        case _:
            assert_never(step)


def what_came_of_it(answer: Answer) -> PaymentId | Trouble | Finding | str | None:
    """The core is told what came of a step."""
    match answer:
        case Done():
            return answer.payment_id
        case Failed():
            return answer.trouble
        case Looked():
            return answer.finding
        case Refused():
            return answer.reason
        case _:
            assert_never(answer)


def one_document(
    document: PaymentDocument, dossier: Dossier, wants: Mapping[ContractId, Want], terms: Terms, now: dt.datetime
) -> None:
    """The core is pure: a dossier goes in, a verdict with another one comes out."""
    tick = Tick(now=now, attempt_id=AttemptId("a1"))
    line = ContractId("00000000-0000-4000-8000-000000000017")
    amounts = {line: ledger.amount_in(document, line)}
    sighting = Sighting(ref=document.ref, digest="d", version=document.version, amounts=amounts)
    assert_type(ledger.observe(dossier, sighting, document, tick), Verdict[bool])
    assert_type(ledger.foresee(dossier, wants, terms, tick), list[tuple[Link, AttemptOp | None, Want]])
    unseen = ledger.unseen_sisters(dossier, wants, tick.now, terms, tick, now_or_never=True)
    assert_type(unseen, list[tuple[ContractId, PaymentId, frozenset[ContractId]]])
    assert_type(ledger.start(dossier, wants, 1, terms, tick, now_or_never=False), Verdict[Step])
    assert_type(ledger.postpone(dossier, BUSY, terms, tick), Verdict[None])
    assert_type(LEFT, str)
    attempt = dossier.open_attempt(line)
    if attempt is not None:
        assert_type(ledger.proceed(dossier, attempt, Done(), wants, 1, terms, tick), Verdict[Step])
    back = LookedBack(contract_id=line, credited=True)
    assert_type(ledger.look_back(dossier, back, wants, 1, terms, tick), Verdict[Step])
    if dossier.record is not None:
        assert_type(ledger.amount_of(dossier.record, line), Decimal)
        assert_type(dossier.record.document.date == NOT_READ, bool)


def what_people_decide(dossier: Dossier, line: ContractId, payment: PaymentId, terms: Terms, tick: Tick) -> None:
    """So do the decisions of people, and what is found by looking."""
    seen = Seen(standing=Standing.CREDITED)
    mark = Mark(base="upp", document="…", contract=line, gen=1)
    assert_type(ledger.retry(dossier, line, seen, None, tick), Verdict[str])
    assert_type(ledger.adopt(dossier, line, seen, payment, tick), Verdict[str])
    assert_type(ledger.dismiss(dossier, line, payment, tick), Verdict[str])
    assert_type(ledger.abandon(dossier, line, "paid in cash", tick), Verdict[str])
    assert_type(ledger.lose(dossier, line, payment, seen, tick), Verdict[bool])
    assert_type(ledger.doubt(dossier, line, payment, seen, tick), Verdict[bool])
    for link in dossier.links.values():
        if link.applied is not None:
            found = Found(payment_id=payment, mark=mark, standing=Standing.INERT, target=link.applied)
            assert_type(ledger.bind_found(dossier, found, terms, tick), Verdict[FoundAs])
            assert_type(ledger.take_bill(dossier, line, payment, link.applied, terms, tick), Verdict[bool])
        assert_type(ledger.is_without_payment(link), bool)
        assert_type(link.state in MADE_SURE_OF, bool)
        assert_type([one.is_guess for one in dossier.attempts.values() if one.detail == ALIKE], list[bool])
    assert_type(ledger.is_bound_to(dossier, payment), bool)
    assert_type(ledger.line_of(dossier, mark), ContractId)


def what_is_written_down(before: Dossier, after: Dossier, at: dt.datetime) -> Dossier:
    """The journal is the difference of two dossiers, and tells the story again."""
    journal = ledger.entries(before, after, actor="us", at=at)
    assert_type(journal, list[JournalEntry])
    return ledger.replay(before.ref, journal)


def what_marks_a_payment(ref: DocumentRef, line: ContractId) -> Mark | None:
    """A payment carries a mark by which it is found again."""
    mark = ledger.make_mark("upp", ref, line, 1)
    assert_type((mark, ledger.number_of(mark), ledger.short_hash(mark)), tuple[str, str, str])
    return ledger.find_mark(mark)
