"""What people do to payments after an export, in BILLmanager and in 1C."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, Literal

import attrs

from ..models import DocumentRef, PaymentId
from ._faults import Fault
from .billmanager import BillManagerSimulator
from .onec import OneCSimulator

_REFUNDED, _FRAUD = 6, 7
_CONTRACT = "ДоговорКонтрагента_Key"
_ANOTHER_DAY = dt.date(2026, 11, 30)


@attrs.frozen(kw_only=True)
class Trouble:
    """One thing that is wrong, and what must be said of it."""

    name: str
    #: the call that says it: ``engine.explain(ref)``, or ``engine.reconcile(FIRST_DAY)``
    call: Literal["explain", "reconcile"] = "explain"
    #: the document; None for a payment that no document answers to
    ref: DocumentRef | None
    payment_id: PaymentId | None = None
    #: the code of the refusal or the class of the line; empty where the document is merely left alone, or exported
    code: str = ""
    #: words that must be in the answer: what is the matter, and what to do
    says: tuple[str, ...] = attrs.field(converter=tuple[str, ...])


class Mischief:
    """Does something else to the payment of each document."""

    #: what happens to the payment of a document, one deed each
    DEEDS: Final = (
        "deleted by a person",
        "deleted by a person, then changed in 1C",
        "amount edited by a person",
        "amount edited by a person, then changed in 1C",
        "day edited by a person",
        "payer edited by a person",
        "method edited by a person",
        "refunded by a person",
        "marked as fraud",
        "spent, then unposted in 1C",
        "deleted in 1C",
        "unposted in 1C",
        "copied with its mark",
        "made smaller in 1C",
    )

    def __init__(
        self, billmanager: BillManagerSimulator, onec: OneCSimulator, sound: Mapping[str, DocumentRef]
    ) -> None:
        self._bill = billmanager
        self._onec = onec
        self._sound = sound

    def make(self) -> list[Trouble]:
        """Do all of it; return what is wrong now."""
        return [*self._in_billmanager(), *self._in_both(), *self._in_1c(), *self._lost(), *self._beside()]

    def _in_billmanager(self) -> Iterator[Trouble]:
        bill = self._bill
        ref, id = self._of("deleted by a person")
        bill.person_deletes_payment(id)
        gone = f"Payment {id}", "gone", "retry()"
        yield self._told("deleted by a person", "remote_missing", ref, id, *gone)
        ref, id = self._of("amount edited by a person")
        bill.person_edits_payment(id, amount=Decimal("1.00"))
        yield self._found("amount edited by a person", "amount_diff", ref, id, f"Payment {id} is of 1.00; 1C says")
        ref, id = self._of("day edited by a person")
        bill.person_edits_payment(id, paid_at=dt.datetime.combine(_ANOTHER_DAY, dt.time(12)))
        yield self._found("day edited by a person", "date_diff", ref, id, "is of 2026-11-30; 1C says")
        ref, id = self._of("payer edited by a person")
        bill.person_edits_payment(id, payer=min(bill.tables.payers.rows))
        yield self._found("payer edited by a person", "payer_diff", ref, id, "names payer", "written was")
        ref, id = self._of("method edited by a person")
        bill.person_edits_payment(id, method=min(bill.tables.methods.rows))
        yield self._found("method edited by a person", "method_diff", ref, id, "is by method", "written was")
        ref, id = self._of("refunded by a person")
        bill.person_edits_payment(id, status=_REFUNDED)
        yield self._found("refunded by a person", "status_diff", ref, id, "is not credited", "6 (refunded)")
        ref, id = self._of("marked as fraud")
        bill.person_edits_payment(id, status=_FRAUD)
        yield self._found("marked as fraud", "status_diff", ref, id, "is not credited", "7 (marked as fraud)")

    def _in_both(self) -> Iterator[Trouble]:
        bill, onec = self._bill, self._onec
        ref, id = self._of(deed := "deleted by a person, then changed in 1C")
        bill.person_deletes_payment(id)
        onec.change_document(ref.id, purpose="Оплата, уточнено")
        yield self._told(deed, "remote_missing", ref, id, f"Payment {id}", "gone", "retry()")
        ref, id = self._of(deed := "amount edited by a person, then changed in 1C")
        bill.person_edits_payment(id, amount=Decimal("1.00"))
        onec.change_document(ref.id, purpose="Оплата, уточнено")
        yield self._told(
            deed,
            "remote_changed",
            ref,
            id,
            f"Somebody changed our payment {id} in BILLmanager (another amount)",
            "decide by hand",
        )
        ref, id = self._of(deed := "spent, then unposted in 1C")
        bill.spend(id)
        onec.unpost(ref.id)
        yield self._told(deed, "cancel_refused", ref, id, "Settle it with the client by hand")
        ref, id = self._of(deed := "copied with its mark")
        model = bill.payment(id)
        fields: dict[str, Any] = {"subaccount": model.subaccount_id, "method": model.method_id, "payer": model.payer_id}
        copy = bill.person_adds_payment(amount=model.amount, credited=True, info=model.info, **fields)
        yield self._told(deed, "duplicate", ref, id, f"Cancel {copy} in BILLmanager and call retry()")

    def _in_1c(self) -> Iterator[Trouble]:
        onec = self._onec
        ref, id = self._of(deed := "deleted in 1C")
        onec.delete(ref.id)
        yield self._told(deed, "", ref, id, "1C says, asked by its key, that the document is deleted", "is cancelled")
        ref, id = self._of(deed := "unposted in 1C")
        onec.unpost(ref.id)
        yield self._told(deed, "", ref, id, "posted yes → no", f"Payment {id} is cancelled", "not posted")
        ref, id = self._of(deed := "made smaller in 1C")
        contract = str(onec.stored(ref.id)[_CONTRACT])
        onec.change_document(ref.id, lines=[(contract, Decimal("10.00"))])
        yield self._told(deed, "", ref, id, "amount ", "→ 10.00", f"Payment {id} shows the change")

    def _lost(self) -> Iterator[Trouble]:
        """Lose the answer to a create, and have BILLmanager say nothing when it is looked for."""
        ref, _ = self._of("unposted in 1C")
        contract, amount = str(self._onec.stored(ref.id)[_CONTRACT]), Decimal("4321.00")
        guid = self._onec.add_document(ref.kind, lines=[(contract, amount)], date=_ANOTHER_DAY)
        new = DocumentRef(ref.kind, guid)
        faults = self._bill.faults
        faults.arm(Fault.LOST_ANSWER, where=lambda asked: _creates(asked, amount))
        faults.arm(Fault.DOWN, where=lambda asked: _looks_for(asked, amount), times=None)
        says = "The end of its last write is not known", "finds out how its last write ended"
        yield Trouble(name="answer lost", ref=new, says=says)

    def _beside(self) -> Iterator[Trouble]:
        """Add payments that no document answers to."""
        bill = self._bill
        _, id = self._of("marked as fraud")
        model = bill.payment(id)
        fields: dict[str, Any] = {"subaccount": model.subaccount_id, "method": model.method_id, "payer": model.payer_id}
        extra = bill.person_adds_payment(amount=Decimal("7777.77"), credited=True, **fields)
        yield self._found("credited by hand, and not in 1C", "extra_remote", None, extra, "nothing in 1C answers to it")
        _, id = self._of("day edited by a person")
        info = bill.payment(id).info
        inert = bill.person_adds_payment(amount=Decimal("8888.88"), info=info, **fields)
        yield self._found("inert payment with a mark", "orphan_inert", None, inert, "credits nobody")

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _of(self, deed: str) -> tuple[DocumentRef, int]:
        ref = self._sound[deed]
        words = ref.id.replace("-", "")
        ids = [payment.id for payment in self._bill.payments() if words in payment.info]
        if not ids:
            raise LookupError(f"The document to be {deed} has no payment yet: export first.")
        return ref, min(ids)

    def _told(self, name: str, code: str, ref: DocumentRef, payment_id: int, *says: str) -> Trouble:
        return Trouble(name=name, code=code, ref=ref, payment_id=PaymentId(payment_id), says=says)

    def _found(self, name: str, code: str, ref: DocumentRef | None, payment_id: int | None, *says: str) -> Trouble:
        id = None if payment_id is None else PaymentId(payment_id)
        return Trouble(name=name, call="reconcile", code=code, ref=ref, payment_id=id, says=says)


def _creates(request: Any, amount: Decimal) -> bool:
    return "payment.add" in request.func and str(amount) in request.params.values()


def _looks_for(request: Any, amount: Decimal) -> bool:
    return bool(request.func == "payment") and str(amount) in request.params.values()
