"""Making sure of payments that a line believes credited: the store may be older than what stands there."""

from __future__ import annotations

from collections.abc import Mapping

from ..api import ReadPayment
from ..errors import AccessDenied, BillManagerError, LicenseProblem, LoginFailed, ObjectMissing, SlowDown
from ..ledger import Dossier, LinkState, Seen, Standing, Tick, Verdict, Want, doubt, lose, unseen_sisters
from ..models import ContractId, DocumentRef, PaymentId
from .answers import is_payment
from .effects import Plan, Send, Transact, ask
from .run import Run
from .shown import standing_of, stands_for


def make_sure_of(run: Run, ref: DocumentRef, contract_id: ContractId, payment_id: PaymentId) -> Plan[None]:
    """Read a payment that a line believes credited; what cannot be read is not gone."""
    try:
        seen = yield from _see(payment_id)
    except (ObjectMissing, LoginFailed, AccessDenied, LicenseProblem, SlowDown):
        raise
    except BillManagerError as error:
        run.warnings.append(f"Payment {payment_id} could not be read: {error.message}")
        return
    yield from _take_in(run, ref, contract_id, payment_id, seen)


def make_sure_of_sisters(run: Run, dossier: Dossier, wants: Mapping[ContractId, Want]) -> Plan[None]:
    """Read what stands for the other lines of a document before one of them grows.

    Raises:
        BillManagerError: it could not be read, and so nothing of the document may grow.
    """
    if len(dossier.links) < 2 or not any(link.state is LinkState.SYNCED for link in dossier.links.values()):
        return

    def question(dossier: Dossier, tick: Tick) -> Verdict[list[tuple[ContractId, PaymentId]]]:
        return Verdict(dossier, unseen_sisters(dossier, wants, run.started_at, run.terms, tick))

    for contract_id, payment_id in (yield from ask(Transact(dossier.ref, question))):
        seen = yield from _see(payment_id)
        yield from _take_in(run, dossier.ref, contract_id, payment_id, seen)


def _see(payment_id: PaymentId) -> Plan[Seen]:
    try:
        shown = yield from ask(Send(ReadPayment(id=payment_id)))
    except ObjectMissing as error:
        if not is_payment(error):
            raise
        return Seen(standing=Standing.GONE)
    return Seen(standing=standing_of(shown), target=stands_for(shown, None))


def _take_in(run: Run, ref: DocumentRef, contract_id: ContractId, payment_id: PaymentId, seen: Seen) -> Plan[None]:
    def decide(dossier: Dossier, tick: Tick) -> Verdict[bool]:
        transition = doubt if seen.standing is Standing.CREDITED else lose
        return transition(dossier, contract_id, payment_id, seen, tick)

    if (yield from ask(Transact(ref, decide))):
        what = "of another sum" if seen.standing is Standing.CREDITED else seen.standing.value
        run.warnings.append(f"Payment {payment_id} of {ref.kind.title} {ref.id} is {what}; see quarantined().")
