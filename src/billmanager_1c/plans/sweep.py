"""The sweep: payments with our marks that no line has, looked for once a run before anything is written.

It is what protects a store that was restored from yesterday's backup, or lost: what stands in BILLmanager is found by
its mark and bound again instead of being made once more (protocol.md §2, Sweep).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import attrs

from ..api import ListPayments, ReadPayment
from ..errors import AccessDenied, BillManagerError, LicenseProblem, LoginFailed, ObjectMissing, PaymentTaken, SlowDown
from ..ledger import (
    Dossier,
    Found,
    FoundAs,
    LinkState,
    Mark,
    Target,
    Tick,
    Verdict,
    bind_found,
    find_mark,
    line_of,
    short_hash,
)
from ..matching import has_method_words
from ..models import (
    ContractId,
    DocumentId,
    DocumentKind,
    DocumentRef,
    Payment,
    PaymentDocument,
    PaymentId,
    PaymentRow,
    PaymentStatus,
    Subaccount,
    guid,
)
from ..ports.store import Store
from .collect import take_in
from .days import earlier
from .doubts import make_sure_of
from .effects import Consult, Now, Plan, Send, Tell, Together, Transact, Walk, Work, ask
from .outcomes import Tally
from .prepare import renew_accounts
from .resolve import find_subaccount
from .run import Run
from .shown import INERT, OVER, credited_subaccount, standing_of, stands_for

BEHIND = 1000
"""So many ids behind the last one seen are looked at again: they may have been committed late."""

BEFORE = timedelta(days=7)
"""So long before its document's date a payment may have been paid."""

CHUNK = 200
"""Payments read together; what was read is remembered after each chunk."""

_KEY = "swept"


@attrs.frozen(kw_only=True)
class Swept:
    """How far earlier sweeps came."""

    #: the greatest id seen; None where there was no sweep
    high: int | None = None
    #: everything with an id above ``high - BEHIND`` was created on this day or later, as far as that is known
    since: date | None = None
    #: ids above ``high - BEHIND`` that were read and are not ours, and whether they were unpaid then
    foreign: Mapping[int, bool] = attrs.field(factory=dict)
    #: ids of ours that a person was told of
    told: frozenset[int] = frozenset()


def sweep(run: Run, tally: Tally | None = None) -> Plan[None]:
    """Bind again what carries our mark, above the last id seen less :data:`BEHIND`; the first time, since the start.

    With a tally a payment is left unbound while its document cannot be read from 1C, and looked at by each sweep.
    """
    tally = Tally() if tally is None else tally
    swept = yield from ask(Consult(_recall))
    newest = run.high_water
    floor = 0 if swept.high is None else min(swept.high, newest) - BEHIND
    since = swept.since or run.export_from
    rows = yield from (_of_documents_since(since) if swept.since is None else ask(_made_since(since)))
    above = [row for row in rows if row.id > floor and _is_news(row, swept)]
    before = len(run.warnings)
    foreign = yield from bind_marked(run, above, swept, tally)
    if swept.high is not None and len(run.warnings) > before:
        run.warnings.append(
            "Payments of this infobase stand in BILLmanager that this store did not know: it was restored from a "
            "backup, or another installation exports the same infobase. In the second case switch one of them off."
        )
        yield from _check_bound(run, rows, since)
    yield from _check_sums(run, rows)
    yield from _remember(_after(swept, rows, foreign, run.told, newest, tally.unbound))


def recover(run: Run, since: date, tally: Tally | None = None) -> Plan[None]:
    """Bind again everything created since a day that carries our mark, however long ago it was last seen."""
    rows = yield from _of_documents_since(since)
    tally = Tally() if tally is None else tally
    foreign = yield from bind_marked(run, rows, tally=tally)
    yield from _check_bound(run, rows, since)
    yield from _check_sums(run, rows)
    swept = yield from ask(Consult(_recall))
    if since <= run.export_from:  # everything has been looked at: the first sweep need not do it again
        yield from _remember(_after(swept, rows, foreign, run.told, run.high_water, tally.unbound))
    elif (
        tally.unbound and swept.high is not None
    ):  # older than the last sweep looked: the next one looks from the start
        yield from _remember(attrs.evolve(swept, high=_below(swept.high, tally.unbound), since=None))


def _made_since(day: date) -> Walk[PaymentRow]:
    """List what was created since a day; a day earlier, for BILLmanager's calendar may be in another zone."""
    return Walk(ListPayments(created_from=earlier(day, timedelta(days=1))))


def _of_documents_since(day: date) -> Plan[list[PaymentRow]]:
    """List what may be the money of documents of a day and later.

    A document may bear a later date than the day on which its payment was made: then the day of payment tells of it.
    """
    made = yield from ask(_made_since(day))
    paid = yield from ask(Walk(ListPayments(status=PaymentStatus.CREDITED, paid_from=earlier(day, BEFORE))))
    return list({row.id: row for row in [*paid, *made]}.values())


def _check_bound(run: Run, rows: Sequence[PaymentRow], since: date) -> Plan[None]:
    """Read those payments that should be credited and are not among the rows: a store of yesterday does not know.

    The rows show everything created since a day, and so all payments of documents of that day and later.
    """
    credited = {row.id for row in rows if row.status == PaymentStatus.CREDITED}
    first = min((row.id for row in rows), default=0)
    after = 0
    while page := (yield from ask(_synced(after))):
        after = page[-1][0]
        for ref, contract_id, payment_id, day in [line for _, lines in page for line in lines]:
            if (payment_id >= first or day >= since) and payment_id not in credited:
                yield from make_sure_of(run, ref, contract_id, payment_id)


def _check_sums(run: Run, rows: Sequence[PaymentRow]) -> Plan[None]:
    """Read those payments of ours that show another sum than the store remembers: it may be older than they are."""
    sums = {row.id: row.amount.amount for row in rows if row.status == PaymentStatus.CREDITED and row.amount}
    for ref, contract_id, payment_id in (yield from ask(Consult(lambda store: list(_other_sums(store, sums))))):
        yield from make_sure_of(run, ref, contract_id, payment_id)


def _other_sums(store: Store, sums: Mapping[PaymentId, Decimal]) -> Iterator[tuple[DocumentRef, ContractId, PaymentId]]:
    ids = list(sums)
    for start in range(0, len(ids), CHUNK):
        held = store.holders(ids[start : start + CHUNK])
        dossiers = store.dossiers({ref for ref, _ in held.values()})
        for payment_id, (ref, contract_id) in held.items():
            link = dossiers[ref].links.get(contract_id)
            if link is None or link.payment_id != payment_id or link.state is LinkState.REMOTE_MISSING:
                continue
            is_at_work = link.state.is_intent or link.state.is_unknown
            if not is_at_work and link.applied is not None and link.applied.amount != sums[payment_id]:
                yield ref, contract_id, payment_id


_Line = tuple[DocumentRef, ContractId, PaymentId, date]


def _synced(after: int) -> Consult[list[tuple[int, list[_Line]]]]:
    def question(store: Store) -> list[tuple[int, list[_Line]]]:
        page = store.documents_in([LinkState.SYNCED], after=after, limit=CHUNK)
        dossiers = store.dossiers(ref for _, ref in page)
        return [(place, list(_bound_lines(dossiers[ref]))) for place, ref in page]

    return Consult(question)


def _bound_lines(dossier: Dossier) -> Iterator[_Line]:
    for link in dossier.links.values():
        if link.state is LinkState.SYNCED and link.payment_id is not None and dossier.record is not None:
            yield dossier.ref, link.contract_id, link.payment_id, dossier.record.document.date


def _is_news(row: PaymentRow, swept: Swept) -> bool:
    """Leave out what is known to be somebody else's; what was unpaid then may have been written to since."""
    was_unpaid = swept.foreign.get(row.id)
    return was_unpaid is None or (was_unpaid and row.status not in INERT)


def _after(
    swept: Swept,
    rows: Sequence[PaymentRow],
    foreign: Mapping[int, bool],
    told: set[int],
    newest: int,
    unbound: Iterable[int],
) -> Swept:
    high = _below(max([newest, swept.high or 0, *(row.id for row in rows)]), unbound)
    recent = [row for row in rows if row.id > high - BEHIND]
    days = [row.created_on for row in recent if row.created_on is not None]
    known = len(days) == len(recent) >= BEHIND
    return Swept(
        high=high,
        since=min(days) if known else swept.since,
        foreign=_merged(swept, foreign, high),
        told=_recent(swept.told | told, high),
    )


def _below(high: int, unbound: Iterable[int]) -> int:
    """Return an id from which the next sweep looks far enough back to meet again what had to be left unbound."""
    return min([high, *(id + BEHIND - 1 for id in unbound)])


def _merged(swept: Swept, foreign: Mapping[int, bool], high: int) -> dict[int, bool]:
    return {id: unpaid for id, unpaid in {**swept.foreign, **foreign}.items() if id > high - BEHIND}


def _recent(ids: Iterable[int], high: int) -> frozenset[int]:
    return frozenset(id for id in ids if id > high - BEHIND)


def bind_marked(
    run: Run, rows: Sequence[PaymentRow], swept: Swept | None = None, tally: Tally | None = None
) -> Plan[dict[int, bool]]:
    """Read those payments that no line has and bind those that carry our mark; return the others, and which are unpaid.

    With ``swept``, what was read is remembered as it goes on, so that a sweep that dies is not begun anew.
    Where a document cannot be read from 1C its payment is noted in the tally; without one all of them must be known.
    """
    foreign: dict[int, bool] = {}
    told: set[int] = set(swept.told) if swept is not None else set()
    listed = {row.id: row for row in rows if _may_be_ours(row, run)}
    now = yield from ask(Now())
    settled = now - run.terms.lease - run.terms.settle
    waiting = sorted(listed)
    yield from ask(Tell(what=Work.SWEEPING, expected=len(waiting)))
    for start in range(0, len(waiting), CHUNK):
        ids = waiting[start : start + CHUNK]
        free = yield from _unbound(ids)
        shown = yield from ask(Together([_read(run, payment_id) for payment_id in free]))
        ours: list[tuple[Payment, Mark]] = []
        for payment_id, payment in zip(free, shown, strict=True):
            mark = find_mark(payment.mark) if payment else None
            if payment is not None and mark is not None and mark.base == short_hash(run.terms.base):
                ours.append((payment, mark))
            elif payment is not None and not _may_be_marked_yet(payment, settled):
                # Not one that could not be read, or is gone: a restored BILLmanager may show it again.
                foreign[payment_id] = payment.status in INERT
        unread = yield from _make_known(run, [mark for _, mark in ours], tally)
        for payment, mark in ours:
            if tally is not None and mark in unread:
                tally.unbound[payment.id] = unread[mark]
                run.warnings.append(
                    f"Payment {payment.id} carries the mark of {unread[mark].kind.title} {unread[mark].id}, which "
                    "cannot be read from 1C: it is left alone, and nothing else is made for the document until it can."
                )
                continue
            warning = yield from _bind(run, payment, mark, listed[payment.id])
            if warning and payment.id not in told:
                run.warnings.append(warning)
            told.add(payment.id)
        yield from ask(Tell(what=Work.SWEEPING, done=len(ids)))
        if swept is not None and len(waiting) > CHUNK:
            high = _below(max(swept.high or 0, ids[-1]), tally.unbound if tally is not None else ())
            kept = _merged(swept, foreign, high)
            yield from _remember(attrs.evolve(swept, high=high, foreign=kept, told=_recent(told, high)))
    run.told |= told
    return foreign


def _may_be_ours(row: PaymentRow, run: Run) -> bool:
    """Leave out what is over, and bills that clients made for methods of other kinds: unpaid, they are no money."""
    if row.status in OVER:
        return False
    return row.status not in INERT or not row.method_name or has_method_words(row.method_name, run.method_names)


def _may_be_marked_yet(payment: Payment, settled: datetime) -> bool:
    """Say whether an inert payment is so young that a worker may just be about to write its mark."""
    return payment.status in INERT and (payment.created_at is None or payment.created_at > settled)


def _read(run: Run, payment_id: PaymentId) -> Plan[Payment | None]:
    try:
        return (yield from ask(Send(ReadPayment(id=payment_id))))
    except ObjectMissing:
        return None
    except (LoginFailed, AccessDenied, LicenseProblem, SlowDown):
        raise
    except BillManagerError as error:
        run.warnings.append(f"Payment {payment_id} could not be read for its mark: {error.message}")
        return None


def _unbound(ids: Sequence[PaymentId]) -> Plan[list[PaymentId]]:
    taken = yield from ask(Consult(lambda store: store.holders(ids)))
    return [id for id in ids if id not in taken]


def _refs(mark: Mark) -> list[DocumentRef]:
    id = DocumentId(guid(mark.document))
    return [DocumentRef(kind, id) for kind in DocumentKind]


def _make_known(run: Run, marks: Sequence[Mark], tally: Tally | None) -> Plan[dict[Mark, DocumentRef]]:
    """Read the documents of those marks from 1C; return which cannot be read. A mark does not tell the kind.

    Those that the store knows too: it did not know of the payment, and so it may be as old as the payment is new. What
    it remembers of the document would have the payment cancelled that 1C wants.
    """

    def behind(store: Store) -> dict[Mark, list[DocumentRef]]:
        groups = {mark: _refs(mark) for mark in marks}
        known = {m: [ref for ref in refs if store.dossier(ref).record is not None] for m, refs in groups.items()}
        return {mark: known[mark] or refs for mark, refs in groups.items()}

    groups = yield from ask(Consult(behind))
    yield from take_in(
        run, list(dict.fromkeys(ref for refs in groups.values() for ref in refs)), tally, is_counted=False
    )
    unread = tally.unread if tally is not None else {}
    return {mark: ref for mark, refs in groups.items() for ref in refs if ref in unread}


def _bind(run: Run, payment: Payment, mark: Mark, row: PaymentRow) -> Plan[str]:
    """Bind a payment by its mark; return what a person should know of it, if anything."""

    def known(store: Store) -> Dossier | None:
        dossiers = [store.dossier(ref) for ref in _refs(mark)]
        return next((dossier for dossier in dossiers if dossier.record is not None), None)

    dossier = yield from ask(Consult(known))
    if payment.status in OVER:
        return ""
    if dossier is None or _is_too_old(dossier, run):
        return (
            f"Payment {payment.id} carries the mark {mark} of a document that 1C does not have, or that is older than "
            "the export; it is left alone. Settle it by hand."
        )
    yield from _make_sure_of_its_own(run, dossier, mark, payment.id)
    target = yield from _stands(run, payment, row, dossier, mark)
    found = Found(payment_id=payment.id, mark=mark, standing=standing_of(payment), target=target)

    def decide(dossier: Dossier, tick: Tick) -> Verdict[FoundAs]:
        return bind_found(dossier, found, run.terms, tick)

    try:
        result = yield from ask(Transact(dossier.ref, decide))
    except PaymentTaken:
        return ""  # another worker was faster
    run.rebound += result is FoundAs.BOUND
    if result in (FoundAs.BUSY, FoundAs.DISMISSED):
        return ""
    return f"Payment {payment.id} carries the mark of {dossier.ref.kind.title} {dossier.ref.id}: {result.value}."


def _make_sure_of_its_own(run: Run, dossier: Dossier, mark: Mark, found: PaymentId) -> Plan[None]:
    """Read the payment that the line has already: where that one is gone, the one that was found is no second one."""
    link = dossier.links.get(line_of(dossier, mark))
    if link is None or link.state is not LinkState.SYNCED or link.payment_id in (None, found):
        return
    assert link.payment_id is not None
    yield from make_sure_of(run, dossier.ref, link.contract_id, link.payment_id)


def _is_too_old(dossier: Dossier, run: Run) -> bool:
    """Say whether a document is none of this exchange: bound, its payment would be cancelled."""
    record = dossier.record
    return record is not None and record.document.date < run.export_from and not record.wanted


def _stands(run: Run, payment: Payment, row: PaymentRow, dossier: Dossier, mark: Mark) -> Plan[Target]:
    assert dossier.record is not None
    contract_id = line_of(dossier, mark)
    subaccount = _credited(run, payment, row, dossier.record.document, contract_id)
    if subaccount is None and not run.accounts_loaded:
        yield from renew_accounts(run)
        subaccount = _credited(run, payment, row, dossier.record.document, contract_id)
    return stands_for(payment, subaccount or _named(run, dossier.record.document, contract_id))


def _credited(
    run: Run, payment: Payment, row: PaymentRow, document: PaymentDocument, contract_id: ContractId
) -> Subaccount | None:
    """Return the subaccount that a payment surely credits."""
    likely = _named(run, document, contract_id)
    found = credited_subaccount(payment, row, likely, run)
    fits = found is not None and (likely is None or found.id == likely.id or run.accounts_loaded)
    return found if fits else None


def _named(run: Run, document: PaymentDocument, contract_id: ContractId) -> Subaccount | None:
    named = find_subaccount(document, contract_id, run)
    return named if isinstance(named, Subaccount) else None


def _recall(store: Store) -> Swept:
    text = store.recall(_KEY)
    if text is None:
        return Swept()
    kept = json.loads(text)
    since = kept.get("since")
    return Swept(
        high=kept["high"],
        since=date.fromisoformat(since) if since else None,
        foreign={id: id in kept.get("unpaid", kept["foreign"]) for id in kept["foreign"]},
        told=frozenset(kept.get("told", ())),
    )


def _remember(swept: Swept) -> Plan[None]:
    text = json.dumps(
        {
            "high": swept.high,
            "since": swept.since.isoformat() if swept.since else None,
            "foreign": sorted(swept.foreign),
            "unpaid": sorted(id for id, unpaid in swept.foreign.items() if unpaid),
            "told": sorted(swept.told),
        }
    )
    yield from ask(Consult(lambda store: store.remember(_KEY, text)))
