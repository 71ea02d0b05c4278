"""Finding documents by what a person knows of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from ..ledger import Dossier
from ..models import DocumentRef, PaymentDocument, PaymentId
from ..ports.store import Store
from ..reports import DocumentSummary
from .effects import Consult, Plan, Tell, Work, ask

_PAGE = 500


def find_documents(
    *,
    number: str | None,
    date: date | None,
    inn: str | None,
    amount: Decimal | None,
    payment_id: PaymentId | None,
) -> Plan[list[DocumentSummary]]:
    """Find the documents that fit everything that is given, in the order in which they were first seen."""
    if payment_id is not None:
        held = yield from ask(Consult(lambda store: store.holders([payment_id])))
        refs = [ref for ref, _ in held.values()]
        dossiers = yield from ask(Consult(lambda store: [store.dossier(ref) for ref in refs]))
        return [DocumentSummary.of(dossier) for dossier in dossiers if dossier.record is not None]

    def fits(document: PaymentDocument) -> bool:
        counterparty = document.counterparty
        return (
            (number is None or number.strip() in _numbers(document))
            and (date is None or date in (document.date, document.incoming_date))
            and (inn is None or (counterparty is not None and str(counterparty.inn or "") == inn.strip()))
            and (amount is None or amount in (document.amount, *(line.amount for line in document.lines)))
        )

    found: list[DocumentSummary] = []
    after = 0
    since = _EARLIEST if date is None else date
    while page := (yield from ask(_known(since, after))):
        after = page[-1][0]
        yield from ask(Tell(what=Work.SEARCHING, expected=len(page)))
        found += yield from ask(_fitting([ref for _, ref in page], fits))
        yield from ask(Tell(done=len(page)))
    return found


_EARLIEST = date.min


def _numbers(document: PaymentDocument) -> set[str]:
    """Return the numbers by which people know it: as 1C keeps it, without its leading zeros, and the bank's."""
    own = document.number.strip()
    return {own, own.lstrip("0"), document.incoming_number.strip()} - {""}


def _known(since: date, after: int) -> Consult[list[tuple[int, DocumentRef]]]:
    return Consult(lambda store: store.documents_since(since, after=after, limit=_PAGE))


def _fitting(refs: list[DocumentRef], fits: Callable[[PaymentDocument], bool]) -> Consult[list[DocumentSummary]]:
    def question(store: Store) -> list[DocumentSummary]:
        dossiers: list[Dossier] = [store.dossier(ref) for ref in refs]
        return [DocumentSummary.of(one) for one in dossiers if one.record is not None and fits(one.record.document)]

    return Consult(question)
