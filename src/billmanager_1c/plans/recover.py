"""Rebuilding the links of a store that was lost, restored, or is new where ISPsystem's module worked before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import attrs

from ..api import ListPayments, ReadPayment
from ..errors import ObjectMissing, PaymentTaken
from ..ledger import Dossier, Link, Seen, Standing, Tick, Verdict, adopt, lose
from ..models import ContractId, DocumentRef, Payment, PaymentId, Subaccount
from ..ports.store import Store
from ..reports import RecoveryReport
from .collect import take_in
from .effects import Consult, ListModulePayments, Now, Plan, Send, Tell, Transact, Walk, Work, ask
from .outcomes import Tally
from .prepare import load_accounts, prepare
from .resolve import find_subaccount
from .run import Run
from .shown import credited_subaccount, standing_of, stands_for
from .sweep import recover

_CHUNK = 500
_REGISTER = "the register of ISPsystem's module names it"


def recover_links(run: Run, since: date) -> Plan[RecoveryReport]:
    """Bind again what carries our marks, and what the register of ISPsystem's module says it made, since a day."""
    started = yield from ask(Now())
    if not (yield from ask(Consult(lambda store: store.subaccounts()))):
        yield from load_accounts(started)
    yield from prepare(run)
    tally = Tally()
    yield from recover(run, since, tally)
    by_mark = run.rebound
    registered = yield from ask(ListModulePayments())
    yield from ask(Tell(what=Work.READING_REGISTER, expected=len(registered)))
    for start in range(0, len(registered), _CHUNK):
        yield from _bind_registered(run, registered[start : start + _CHUNK], since, tally)
        yield from ask(Tell(what=Work.READING_REGISTER, done=len(registered[start : start + _CHUNK])))
    return RecoveryReport(
        at=started,
        by_mark=by_mark,
        by_register=run.rebound - by_mark,
        warnings=tuple(run.warnings),
    )


def _bind_registered(
    run: Run, pairs: Sequence[tuple[DocumentRef, PaymentId | None]], since: date, tally: Tally
) -> Plan[None]:
    def missing(store: Store) -> list[DocumentRef]:
        return [ref for ref, _ in pairs if store.dossier(ref).record is None]

    unknown = yield from ask(Consult(missing))
    yield from take_in(run, list(dict.fromkeys(unknown)), tally, is_counted=False)
    ids = [payment_id for _, payment_id in pairs if payment_id is not None]
    taken = yield from ask(Consult(lambda store: store.holders(ids)))
    for ref, payment_id in pairs:
        if payment_id is None:
            run.warnings.append(
                f"The module's register names a payment for {ref.kind.title} {ref.id} by something that is no number. "
                "Look whether it is in BILLmanager; if so, adopt() it before the next export."
            )
            continue
        if ref in tally.unread:
            if payment_id not in taken:
                run.warnings.append(
                    f"{_named(ref, payment_id)}, which cannot be read from 1C: the payment is left unbound. Correct "
                    "the document, then call recover_links() again before the next export."
                )
            continue
        dossier = yield from ask(_dossier(ref))
        record = dossier.record
        if record is None and payment_id not in taken:
            run.warnings.append(
                f"{_named(ref, payment_id)}, and 1C does not have the document: nobody will cancel the payment. Settle "
                "it by hand."
            )
        if payment_id in taken or record is None or record.document.date < since:
            continue
        if record.document.date < run.export_from and not record.wanted:
            continue  # too old: it is none of this exchange
        warning = yield from _bind(run, dossier, payment_id)
        if warning:
            run.warnings.append(warning)


def _bind(run: Run, dossier: Dossier, payment_id: PaymentId) -> Plan[str]:
    named = _named(dossier.ref, payment_id)
    try:
        shown = yield from ask(Send(ReadPayment(id=payment_id)))
    except ObjectMissing:
        return f"{named}, and BILLmanager has no such payment: the document will be exported."
    standing = standing_of(shown)
    line = yield from _line_of(run, dossier, shown)
    if standing not in (Standing.CREDITED, Standing.TAKEN_OUT) or line is None:
        return f"{named}, and it is not credited, or not to a subaccount of the document (status {shown.status})."
    contract_id, subaccount = line
    seen = Seen(standing=Standing.CREDITED, target=stands_for(shown, subaccount))

    def decide(dossier: Dossier, tick: Tick) -> Verdict[str]:
        if contract_id not in dossier.links:
            dossier = dossier.with_link(Link(contract_id=contract_id))
        taken = adopt(dossier, contract_id, seen, payment_id, tick, why=_REGISTER)
        if taken.result or standing is Standing.CREDITED:
            return taken
        # The module credited it, and a person took it out since: it is his line's all the same, and waits for him.
        lost = lose(taken.dossier, contract_id, payment_id, Seen(standing=standing), tick)
        return attrs.evolve(taken, dossier=lost.dossier)

    try:
        refused = yield from ask(Transact(dossier.ref, decide))
    except PaymentTaken as error:
        return f"{named}. {error.message}"
    if refused:
        return f"{named}. {refused}"
    run.rebound += 1
    if standing is Standing.CREDITED:
        return ""
    return f"{named}, and a person took it out since (status {shown.status}): it is not made again; see quarantined()."


def _named(ref: DocumentRef, payment_id: PaymentId) -> str:
    return f"ISPsystem's module made payment {payment_id} for {ref.kind.title} {ref.id}"


def _line_of(run: Run, dossier: Dossier, shown: Payment) -> Plan[tuple[ContractId, Subaccount | None] | None]:
    """Find the line that a payment of the document is of: the one whose subaccount it credits.

    Of money that a person took out the only line is enough, whatever is known of its subaccount now.
    """
    record = dossier.record
    assert record is not None
    contracts = list(dict.fromkeys(line.contract.id for line in record.document.lines if line.contract))
    found = [(id, find_subaccount(record.document, id, run)) for id in contracts]
    lines = [(id, subaccount) for id, subaccount in found if isinstance(subaccount, Subaccount)]
    if len(lines) > 1:
        rows = yield from ask(Walk(ListPayments(ids=(shown.id,))))
        row = next((row for row in rows if row.id == shown.id), None)
        credited = credited_subaccount(shown, row, None, run)
        lines = [(id, subaccount) for id, subaccount in lines if credited is not None and subaccount.id == credited.id]
    if not lines and len(contracts) == 1 and standing_of(shown) is Standing.TAKEN_OUT:
        return contracts[0], None
    return lines[0] if len(lines) == 1 else None


def _dossier(ref: DocumentRef) -> Consult[Dossier]:
    return Consult(lambda store: store.dossier(ref))
