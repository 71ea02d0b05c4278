"""The plan that gathers the three trees and compares them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

from ...api import ListPaymentMethods, ListPayments, ListSubaccounts, ReadPayer, ReadPayment, ReadPaymentMethod
from ...errors import ObjectMissing
from ...ledger import Dossier
from ...models import (
    DocumentId,
    DocumentKind,
    DocumentRef,
    PayerId,
    Payment,
    PaymentDocument,
    PaymentId,
    PaymentMethod,
    PaymentMethodId,
    guid,
)
from ...ports.store import Store
from ...reports import Reconciliation
from ..collect import CHUNK, UNREAD, read_by_halves
from ..days import earlier
from ..effects import Consult, NextBatch, OpenChanges, Plan, Send, Tell, Together, Walk, Work, ask
from ..run import Run
from ._trees import Trees
from ._twins import WITHIN

FORMS = 200
"""Forms read together."""

_PAGE = 1000


def reconcile_trees(run: Run, since: date, until: date | None = None) -> Plan[Reconciliation]:
    """Compare 1C now, the store and BILLmanager now, for documents of these days. Only reading is done.

    The store is asked once, after BILLmanager's list, and what is needed is copied; nothing is held while the rest is
    read and computed. Whatever would be called missing is looked for a second time, on both sides and in the store.

    Requests to BILLmanager: the list of payments since a week before the first day, twice if anything would be called
    missing; the lists of subaccounts and methods; one form for each payment that does not agree by its row, that is in
    no list, whose row shows no day, payer or method, or that no line has (those by a method that the exchange never
    uses are left out unless they are of the amount of a line), and once more for each that is gone; one form for each
    payer of payments that may have been typed in by hand, and for each method of payments that no line has, where its
    name in the list has none of the words. What agrees costs nothing but its row. To 1C: the
    adapter's listing since the first day, and each document once.

    Raises:
        BillManager1CError: something could not be read; then nothing is concluded. Of a few documents of 1C nothing is
            concluded each, and a warning names them.
    """
    trees = Trees(
        base=run.terms.base,
        export_from=run.export_from,
        method_names=run.method_names,
        since=since,
        until=until,
    )
    yield from _read_1c(trees, run)
    for method in (yield from ask(Walk(ListPaymentMethods()))):
        trees.judge_method(method)
        for name in method.names:
            trees.methods.setdefault(name, set()).add(method.id)
    yield from _list_payments(trees)
    yield from _copy_store(trees)
    found = yield from _read_what_differs(trees)
    if not (trees.poor(found) or None in trees.forms.values() or trees.missing):
        return found
    yield from _look_again(trees, trees.poor(found))
    return (yield from _read_what_differs(trees))


def _read_1c(trees: Trees, run: Run) -> Plan[None]:
    """Read the documents of these days: those that 1C lists, and those that the store knows and 1C does not list."""
    yield from ask(Tell(what=Work.READING_1C))
    shown: dict[DocumentRef, None] = {}
    if run.has_history:
        handle = yield from ask(OpenChanges(since=trees.since))
        while (batch := (yield from ask(NextBatch(handle)))) is not None:
            shown.update(dict.fromkeys(ref for ref, _, day in batch.stamps if trees.is_of_these_days(day)))
    else:
        trees.warnings.append("The adapter cannot list everything since a day: only what the store knows was compared.")
    kept = yield from ask(Consult(lambda store: _kept_since(store, trees)))
    yield from _read_documents(trees, dict.fromkeys([*shown, *kept]))


def _kept_since(store: Store, trees: Trees) -> list[DocumentRef]:
    refs: list[DocumentRef] = []
    after = 0
    while page := store.documents_since(trees.since, after=after, limit=_PAGE):
        after = page[-1][0]
        dossiers = store.dossiers(ref for _, ref in page)
        refs += [ref for ref, dossier in dossiers.items() if _is_kept_of(dossier, trees)]
    return refs


def _is_kept_of(dossier: Dossier, trees: Trees) -> bool:
    return dossier.record is not None and trees.is_of_these_days(dossier.record.document.date)


def _read_documents(trees: Trees, refs: Iterable[DocumentRef]) -> Plan[None]:
    wanted = list(refs)
    yield from ask(Tell(what=Work.READING_1C, expected=len(wanted)))
    for start in range(0, len(wanted), CHUNK):
        chunk = [ref for ref in wanted[start : start + CHUNK] if ref not in trees.unreadable]
        if not chunk:
            continue
        found, unreadable = yield from read_by_halves(chunk, UNREAD - len(trees.unreadable))
        trees.leave_out(unreadable)
        for item in found:
            if isinstance(item, PaymentDocument):
                trees.take(item)
            else:
                trees.missing.add(item.ref)
        yield from ask(Tell(done=len(chunk)))


def _list_payments(trees: Trees) -> Plan[None]:
    """Take in the rows that are new: the list may have been old."""
    yield from ask(Tell(what=Work.LISTING_PAYMENTS))
    rows = yield from ask(Walk(ListPayments(created_from=earlier(trees.since, timedelta(days=WITHIN + 1)))))
    for row in rows:
        trees.rows.setdefault(row.id, row)


def _copy_store(trees: Trees) -> Plan[None]:
    """Copy what is needed of the store, in one question."""
    refs = yield from ask(Consult(lambda store: _copy(store, trees, [*trees.documents, *trees.missing])))
    # A line of a document that 1C had no more when it was last read may still have its payment.
    yield from _read_documents(trees, refs)
    # Those of the store may be a day old.
    listed = yield from ask(Walk(ListSubaccounts()))
    trees.subaccounts.update((subaccount.id, subaccount) for subaccount in listed)


def _copy(store: Store, trees: Trees, refs: Collection[DocumentRef]) -> list[DocumentRef]:
    """Copy, and return the documents of these days that have payments and were not read from 1C yet."""
    trees.holders = {payment_id: ref for payment_id, (ref, _) in store.holders(trees.rows).items()}
    others = sorted(set(trees.holders.values()).difference(refs, trees.outside, trees.unreadable), key=str)
    trees.dossiers.update(store.dossiers([*refs, *others, *trees.unreadable]))
    trees.subaccounts = {**store.subaccounts(), **trees.subaccounts}
    trees.bindings = store.bindings()
    return [ref for ref in others if _is_kept_of(trees.dossiers[ref], trees)]


def _read_what_differs(trees: Trees) -> Plan[Reconciliation]:
    """Compare, and read what does not agree by what was read so far, until there is nothing more to read."""
    yield from _read_methods(trees, trees.unread_methods())
    while True:
        yield from ask(Tell(what=Work.COMPARING))
        found = trees.compare()
        forms, payers = trees.unread(found), trees.unread_payers(found)
        if not forms and not payers:
            return found
        yield from _read_forms(trees, forms)
        for payer_id, inn in zip(payers, (yield from ask(Together([_read_inn(id) for id in payers]))), strict=True):
            trees.inns[payer_id] = inn
        yield from _read_marked(trees)


def _read_methods(trees: Trees, ids: Sequence[PaymentMethodId]) -> Plan[None]:
    for method in (yield from ask(Together([_read_method(id) for id in ids]))):
        if method is not None:
            trees.judge_method(method)
    trees.known_methods.update(ids)


def _read_forms(trees: Trees, ids: Sequence[PaymentId]) -> Plan[None]:
    yield from ask(Tell(what=Work.READING_PAYMENTS, expected=len(ids)))
    for start in range(0, len(ids), FORMS):
        chunk = ids[start : start + FORMS]
        shown = yield from ask(Together([_read(payment_id) for payment_id in chunk]))
        trees.forms.update(zip(chunk, shown, strict=True))
        yield from ask(Tell(done=len(chunk)))


def _read(payment_id: PaymentId) -> Plan[Payment | None]:
    try:
        return (yield from ask(Send(ReadPayment(id=payment_id))))
    except ObjectMissing:
        return None


def _read_method(method_id: PaymentMethodId) -> Plan[PaymentMethod | None]:
    try:
        return (yield from ask(Send(ReadPaymentMethod(id=method_id))))
    except ObjectMissing:
        return None


def _read_inn(payer_id: PayerId) -> Plan[str]:
    try:
        return (yield from ask(Send(ReadPayer(id=payer_id)))).inn
    except ObjectMissing:
        return ""


def _read_marked(trees: Trees) -> Plan[None]:
    """Read the documents that marks name; a mark does not tell the kind."""
    guids = trees.unknown_documents()
    if not guids:
        return
    refs = [DocumentRef(kind, DocumentId(guid(text))) for text in guids for kind in DocumentKind]
    yield from _read_documents(trees, refs)
    there = [ref for ref in refs if ref in trees.documents]
    found = {ref.id for ref in refs if ref in trees.documents or ref in trees.outside or ref in trees.unreadable}
    trees.missing -= {ref for ref in refs if ref.id in found}
    yield from ask(Consult(lambda store: _copy(store, trees, there)))


def _look_again(trees: Trees, poor: Collection[DocumentRef]) -> Plan[None]:
    """Read for the second time what was not there: documents, payments, and lines without one."""
    yield from _read_documents(trees, sorted(trees.missing, key=str))
    yield from _list_payments(trees)
    gone = {*trees.outside, *trees.unreadable}
    refs = [ref for ref in sorted({*poor, *trees.missing}, key=str) if ref not in gone]
    yield from ask(Consult(lambda store: _copy(store, trees, refs)))
    yield from _read_forms(trees, sorted(id for id, form in trees.forms.items() if form is None))
