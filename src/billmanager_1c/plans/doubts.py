"""Making sure of payments that a line believes credited: the store may be older than what stands there."""

from __future__ import annotations

from collections.abc import Mapping

from ..api import ReadPayment
from ..errors import (
    AccessDenied,
    BadReply,
    BillManagerError,
    LicenseProblem,
    LoginFailed,
    ObjectMissing,
    OversizeAnswer,
    SlowDown,
    UnknownFunction,
    WireError,
)
from ..ledger import Blocked, Dossier, Seen, Standing, Tick, Verdict, Want, doubt, lose, unseen_sisters
from ..models import ContractId, DocumentRef, PaymentId, QuarantineCode
from .answers import is_about_right, is_payment
from .effects import Plan, Send, Transact, ask
from .run import Run
from .shown import standing_of, stands_for


def make_sure_of(run: Run, ref: DocumentRef, contract_id: ContractId, payment_id: PaymentId) -> Plan[None]:
    """Read a payment that a line believes credited; what cannot be read is not gone."""
    try:
        seen = yield from _see(payment_id)
    except (WireError, BillManagerError) as error:
        if isinstance(error, ObjectMissing) or not _is_of_one(error):
            raise
        run.warnings.append(f"Payment {payment_id} could not be read: {error.message}")
        return
    yield from _take_in(run, ref, contract_id, payment_id, seen)


def make_sure_of_sisters(
    run: Run, dossier: Dossier, wants: Mapping[ContractId, Want]
) -> Plan[Mapping[ContractId, Want]]:
    """Read what stands for the other lines of a document before one of them grows; return what may be wanted now.

    Beside a payment that cannot be read nothing grows; what is owed is given back all the same.

    Raises:
        WireError: nobody answers.
        BillManagerError: it concerns more than this payment.
    """
    if len(dossier.links) < 2 or not any(link.payment_id is not None for link in dossier.links.values()):
        return wants

    def question(dossier: Dossier, tick: Tick) -> Verdict[list[tuple[ContractId, PaymentId, frozenset[ContractId]]]]:
        found = unseen_sisters(dossier, wants, run.started_at, run.terms, tick, now_or_never=run.now_or_never)
        return Verdict(dossier, found)

    unseen = yield from ask(Transact(dossier.ref, question))
    for place, (contract_id, payment_id, _) in enumerate(unseen):
        try:
            seen = yield from _see(payment_id)
        except (WireError, BillManagerError) as error:
            if not _is_of_one(error):
                raise
            held = frozenset[ContractId]().union(*(beside for _, _, beside in unseen[place:]))
            return {**wants, **dict.fromkeys(held, _held_back(payment_id, error))}
        yield from _take_in(run, dossier.ref, contract_id, payment_id, seen)
    return wants


def _is_of_one(error: WireError | BillManagerError) -> bool:
    """Say whether it is only this payment that cannot be read: others can, and so the run goes on."""
    if isinstance(error, WireError):
        return isinstance(error, BadReply | OversizeAnswer)
    if isinstance(error, AccessDenied):
        return not is_about_right(error)
    return not isinstance(error, LoginFailed | LicenseProblem | SlowDown | UnknownFunction)


def _held_back(payment_id: PaymentId, error: WireError | BillManagerError) -> Blocked:
    return Blocked(
        code=QuarantineCode.REJECTED,
        reason=f"Payment {payment_id} stands for another line of the document and could not be read, so nothing of the "
        f"document may grow: {error.message.rstrip('. ')}. See to it that its form opens in BILLmanager; each run "
        "tries again.",
    )


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
