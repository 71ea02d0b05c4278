"""What people do in BILLmanager's own interface while an integration runs. They are bound by fewer rules."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import attrs

from ...models import PaymentStatus
from ._records import PaymentRecord
from ._world import World, _named

PERSON = "person"
"""The actor of changes that a person made."""


class People(World):
    """Actions of people. Money follows, and the history names the actor ``person``."""

    def person_adds_payment(
        self,
        *,
        subaccount: int,
        method: int,
        amount: Decimal,
        payer: int | None = None,
        company: int | None = None,
        credited: bool = False,
        paid_at: datetime | None = None,
        document_number: str = "",
        document_date: date | None = None,
        description: str = "",
        info: str = "",
    ) -> int:
        """Type in a payment; ``credited`` at once or left new. ``paid_at`` is the server's wall clock, naive."""
        with self._lock:
            payment_id = self.tables.payments.next_id()
            wall = self.wall()
            payment = PaymentRecord(
                id=payment_id,
                number=str(payment_id),
                status=PaymentStatus.CREDITED if credited else PaymentStatus.NEW,
                amount=amount,
                method_amount=amount,
                subaccount_id=self.tables.subaccounts.rows[subaccount].id,
                method_id=self.tables.methods.rows[method].id,
                payer_id=payer,
                company_id=company,
                created_at=wall,
                paid_at=paid_at or (wall if credited else None),
                document_number=document_number,
                document_date=document_date,
                description=description or f"Авансовый платеж #{payment_id}",
                info=info,
            )
            self.keep(payment, actor=PERSON, action="adds")
            return payment_id

    def person_edits_payment(
        self,
        payment_id: int,
        *,
        amount: Decimal | None = None,
        status: int | None = None,
        payer: int | None = None,
        method: int | None = None,
        paid_at: datetime | None = None,
        document_number: str | None = None,
        description: str | None = None,
        info: str | None = None,
    ) -> None:
        """Change a payment; what is not named stays. Status 6 is a refund, 7 fraud, 9 a cancellation."""
        changes = _named(
            amount=amount,
            method_amount=amount,
            status=status,
            payer_id=payer,
            method_id=method,
            paid_at=paid_at,
            document_number=document_number,
            description=description,
            info=info,
        )
        with self._lock:
            self.keep(attrs.evolve(self.payment(payment_id), **changes), actor=PERSON, action="edits")

    def person_credits(self, payment_id: int) -> None:
        """Press "credit"."""
        with self._lock:
            payment = self.payment(payment_id)
            credited = attrs.evolve(payment, status=PaymentStatus.CREDITED, paid_at=payment.paid_at or self.wall())
            self.keep(credited, actor=PERSON, action="credits")

    def person_deletes_payment(self, payment_id: int) -> None:
        """Take the money back, if there is any, and delete the payment."""
        with self._lock:
            self.erase(self.payment(payment_id).id, actor=PERSON, action="deletes")

    def person_sets_filter(self, username: str, func: str, **fields: str) -> None:
        """Leave a filter on a list under a user's name; without fields, take it off."""
        with self._lock:
            self.filters[username, func] = fields

    def spend(self, payment_id: int, amount: Decimal | None = None) -> None:
        """Let services use up a credited payment, wholly or by ``amount``: it cannot be taken back below that."""
        with self._lock:
            payment = self.payment(payment_id)
            used = payment.credited if amount is None else amount
            self.charge(payment.subaccount_id, -used, self.now())
            spent = attrs.evolve(payment, used_amount=payment.used_amount + used)
            self.keep(spent, actor="billing", action="spends")
