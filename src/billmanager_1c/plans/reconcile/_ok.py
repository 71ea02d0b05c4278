"""Lines that agree: kept as what they were made from, for there may be millions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, overload

from ...models import ContractId, Payment, PaymentDocument
from ...reports import ClassTotal, LineClass, ReconciledLine
from ...reports._reconciliation import add
from ._inputs import RemotePayment, read_payment


class Agreed(NamedTuple):
    """A line and its payment."""

    document: PaymentDocument
    contract_id: ContractId
    amount: Decimal
    payment: Payment | RemotePayment


class OkLines(Sequence[ReconciledLine]):
    """What agrees, by date. Nothing is put in order, or made into a line, before somebody asks.

    ``documents`` have one line each, and the payment at the same place in ``payments``.
    """

    def __init__(
        self,
        documents: Sequence[PaymentDocument] = (),
        payments: Sequence[Payment] = (),
        others: Sequence[Agreed] = (),
    ) -> None:
        self._documents = documents
        self._payments = payments
        self._others = others
        self._order: list[int] | None = None

    def __len__(self) -> int:
        return len(self._documents) + len(self._others)

    @overload
    def __getitem__(self, index: int) -> ReconciledLine: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[ReconciledLine, ...]: ...
    def __getitem__(self, index: int | slice) -> ReconciledLine | tuple[ReconciledLine, ...]:
        if self._order is None:
            self._order = sorted(range(len(self)), key=self._key)
        if isinstance(index, slice):
            return tuple(self._line(place) for place in self._order[index])
        return self._line(self._order[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # a sequence of values that are made anew

    def totals(self, sums: Mapping[str, Decimal]) -> dict[str, ClassTotal]:
        """Add up by currency; ``sums`` are those of the documents of one line."""
        amounts = {currency: [total] for currency, total in sums.items()}
        lines = Counter(document.currency for document in self._documents) if len(sums) > 1 else Counter()
        if len(sums) == 1:
            lines[next(iter(sums))] = len(self._documents)
        for agreed in self._others:
            amounts.setdefault(agreed.document.currency, []).append(agreed.amount)
            lines[agreed.document.currency] += 1
        return {
            currency: ClassTotal(lines=lines[currency], onec=(total := add(amounts[currency])), billmanager=total)
            for currency in sorted(amounts)
        }

    def _at(self, place: int) -> Agreed:
        count = len(self._documents)
        if place >= count:
            return self._others[place - count]
        document = self._documents[place]
        contract = document.lines[0].contract
        assert contract is not None
        return Agreed(document, contract.id, document.amount, self._payments[place])

    def _key(self, place: int) -> tuple[object, ...]:
        agreed = self._at(place)
        ref = agreed.document.ref
        return agreed.document.date, f"{ref.kind.value}:{ref.id}", agreed.contract_id

    def _line(self, place: int) -> ReconciledLine:
        document, contract_id, amount, payment = self._at(place)
        shown = payment if isinstance(payment, RemotePayment) else read_payment(payment)
        return ReconciledLine(
            line_class=LineClass.OK,
            ref=document.ref,
            contract_id=contract_id,
            payment_id=shown.id,
            amount=amount,
            credited=shown.amount,
            currency=document.currency,
            number=document.number.strip(),
            date=document.date,
            paid_on=document.payment_date,
            credited_on=shown.paid_on,
            who=document.counterparty.name if document.counterparty else "",
        )
