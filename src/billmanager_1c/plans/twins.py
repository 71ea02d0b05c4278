"""Twins: payments that somebody typed in by hand, and that may be the money of a line that is to be created.

A possible twin is credited, paid within a week of the document, bound to no line and unmarked; it has the same
subaccount, amount and method, and no document number or the same one (protocol.md §2, Sweep). It is held against the
line that is nearest in time, and a person says whether it is the same money.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

import attrs

from ..api import ListPayments, ReadPayment
from ..errors import ObjectMissing
from ..ledger import Dossier, Link, Suspected, Target, Want, find_mark, is_without_payment
from ..models import ContractId, DocumentRef, Payment, PaymentId, PaymentRow, PaymentStatus
from .days import earlier
from .effects import Consult, Now, Plan, Send, Tell, Walk, Work, ask
from .prepare import renew_accounts
from .resolve import resolve
from .run import Run
from .shown import may_credit

WITHIN = timedelta(days=7)
"""How far apart the days of payment may be."""


@attrs.frozen
class _Line:
    ref: DocumentRef
    link: Link
    target: Target


def may_create(dossier: Dossier) -> bool:
    """Say whether a payment may be created for some line of a document."""
    record = dossier.record
    return record is not None and record.wanted and any(is_without_payment(link) for link in dossier.links.values())


def check_twins(run: Run, dossiers: Sequence[Dossier]) -> Plan[None]:
    """Look for twins of the lines of these documents that have no payment yet."""
    twins = run.twins
    fresh = [one for one in dossiers if one.record and twins.checked.get(one.ref) != one.record.observed_rev]
    twins.reopen(one.ref for one in fresh)
    lines = [line for dossier in fresh if may_create(dossier) for line in _lines(dossier, run)]
    if lines:
        yield from ask(Tell(what=Work.LOOKING_FOR_TWINS))
        yield from _cover(run, [line.target.paid_on for line in lines])
        yield from _know_clients(run, lines)
    pairs = sorted(_pairs(run, lines), key=lambda pair: (_apart(pair[1], pair[0]), pair[1].id))
    ids = list({row.id: None for _, row in pairs})
    taken = (yield from ask(Consult(lambda store: store.holders(ids)))) if ids else {}
    settled: set[tuple[DocumentRef, ContractId]] = set()
    for line, row in pairs:
        key = (line.ref, line.link.contract_id)
        if key in settled or twins.held.get(row.id, key) != key or taken.get(row.id, key) != key:
            continue
        if row.id not in twins.read:
            twins.read[row.id] = yield from _read(row.id)
        shown = twins.read[row.id]
        if shown is not None and _is_twin(shown, line.target):
            twins.held[row.id] = key
            settled.add(key)
            twins.suspected[key] = Suspected(payment_id=row.id, reason=_reason(shown, row))
    for dossier in fresh:
        assert dossier.record is not None
        twins.checked[dossier.ref] = dossier.record.observed_rev


def suspect(run: Run, dossier: Dossier, wants: dict[ContractId, Want]) -> dict[ContractId, Want]:
    """Put a suspicion in the place of what is wanted, for those lines that have a possible twin."""

    def judged(contract_id: ContractId, want: Want) -> Want:
        suspected = run.twins.suspected.get((dossier.ref, contract_id))
        link = dossier.links.get(contract_id)
        known = link is not None and suspected is not None and suspected.payment_id in link.dismissed
        return want if suspected is None or known or not isinstance(want, Target) else suspected

    return {contract_id: judged(contract_id, want) for contract_id, want in wants.items()}


def _lines(dossier: Dossier, run: Run) -> Iterator[_Line]:
    for contract_id, want in resolve(dossier, run).items():
        link = dossier.links.get(contract_id)
        if link is not None and isinstance(want, Target) and is_without_payment(link):
            yield _Line(dossier.ref, link, want)


def _cover(run: Run, days: Sequence[date]) -> Plan[None]:
    """Have the credited payments of all these days and a week around them; a run may be long, or its machine sleep."""
    twins, now = run.twins, (yield from ask(Now()))
    first, last = earlier(min(days), WITHIN), max(days) + WITHIN
    if twins.first is not None and twins.last is not None:
        is_fresh = twins.listed_at is not None and now - twins.listed_at <= run.terms.lease
        if is_fresh and twins.first <= first and last <= twins.last:
            return
        first, last = min(first, twins.first), max(last, twins.last)
    rows = yield from ask(Walk(ListPayments(status=PaymentStatus.CREDITED, paid_from=first, paid_to=last)))
    credited: dict[Decimal | None, list[PaymentRow]] = {}
    for row in rows:
        if row.status == PaymentStatus.CREDITED:  # a filter is not trusted
            credited.setdefault(row.amount.amount if row.amount else None, []).append(row)
    twins.first, twins.last, twins.credited, twins.listed_at = first, last, credited, now


def _know_clients(run: Run, lines: Sequence[_Line]) -> Plan[None]:
    """Load the accounts anew where a payment that may be a twin is of a client whom nobody knows by this name."""
    names = {"", *(subaccount.account for subaccount in run.reference.subaccounts.values())}
    if any(row.account_name not in names for line in lines for row in run.twins.credited_with(line.target.amount)):
        yield from renew_accounts(run)


def _pairs(run: Run, lines: Sequence[_Line]) -> Iterator[tuple[_Line, PaymentRow]]:
    for line in lines:
        for row in run.twins.credited_with(line.target.amount):
            near = row.paid_on is None or _apart(row, line) <= WITHIN
            subaccount = run.reference.subaccounts[line.target.subaccount_id]
            if near and row.id not in line.link.dismissed and may_credit(row, subaccount):
                yield line, row


def _apart(row: PaymentRow, line: _Line) -> timedelta:
    return WITHIN if row.paid_on is None else abs(row.paid_on - line.target.paid_on)


def _read(payment_id: PaymentId) -> Plan[Payment | None]:
    try:
        return (yield from ask(Send(ReadPayment(id=payment_id))))
    except ObjectMissing:
        return None


def _is_twin(shown: Payment, target: Target) -> bool:
    return (
        shown.status == PaymentStatus.CREDITED
        and find_mark(shown.mark) is None
        and shown.amount == target.amount
        and shown.subaccount_id in (None, target.subaccount_id)
        and shown.method_id in (None, target.method_id)
        and (shown.document_number or "").strip() in ("", target.document_number)
    )


def _reason(shown: Payment, row: PaymentRow) -> str:
    when = f" of {row.paid_on:%d.%m.%Y}" if row.paid_on else ""
    return (
        f"Payment {shown.id}{when} in BILLmanager, typed in by hand, may be this money. If it is, call "
        f"engine.adopt(ref, {shown.id}); if not, engine.dismiss(ref, {shown.id})."
    )
