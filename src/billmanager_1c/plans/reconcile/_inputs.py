"""What is compared: lines of 1C, what the store knows of them, payments; each in one form, whatever came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeAlias

import attrs

from ...ledger import LinkState, Target
from ...matching import DocumentRefusal, Money, NotMoney, judge_document
from ...models import (
    ContractId,
    DocumentRef,
    PayerId,
    Payment,
    PaymentDocument,
    PaymentId,
    PaymentMethodId,
    PaymentRow,
    QuarantineCode,
    SubaccountId,
)
from ...models import Money as Cell
from ...models.onec import NO_CONTRACT


class LinkLike(Protocol):
    """What is used of a link."""

    @property
    def ref(self) -> DocumentRef: ...
    @property
    def contract_id(self) -> ContractId: ...
    @property
    def payment_id(self) -> PaymentId | None: ...


@attrs.frozen(kw_only=True)
class KnownLine:
    """What the store knows of a document line."""

    ref: DocumentRef
    contract_id: ContractId
    #: the payment that is bound to it
    payment_id: PaymentId | None = None
    #: None where nothing but the payment is known
    state: LinkState | None = None
    code: QuarantineCode | None = None
    reason: str = ""
    #: what was written to the payment, by BILLmanager's own ids
    applied: Target | None = None
    #: a payment that is held against it
    twin_id: PaymentId | None = None
    #: payments that a person has said are not its money
    dismissed: tuple[PaymentId, ...] = ()
    #: why a person took it out of the exchange
    abandoned: str = ""
    #: the subaccount that its contract is bound to by hand
    subaccount_id: SubaccountId | None = None
    #: the document as it was last read, for people: 1C may have it no more
    last_read: PaymentDocument | None = None

    @property
    def is_open_question(self) -> bool:
        """The end of its last write is not known."""
        return self.state is not None and (self.state.is_intent or self.state.is_unknown)

    @property
    def is_refused(self) -> bool:
        """It waits for data or for a person."""
        return bool(self.abandoned) or (
            self.state is not None and (self.state is LinkState.QUARANTINED or self.state.waits_for_person)
        )


@attrs.frozen(kw_only=True)
class RemotePayment:
    """A payment put together from all that was read of it: its row, its form, its payer. None stands for unknown."""

    id: PaymentId
    status: int
    #: what the client's balance gets
    amount: Decimal
    #: ISO 4217 code
    currency: str = ""
    #: the payment's own number
    number: str = ""
    paid_on: date | None = None
    created_on: date | None = None
    subaccount_id: SubaccountId | None = None
    payer_id: PayerId | None = None
    payer_name: str = ""
    payer_inn: str = ""
    method_id: PaymentMethodId | None = None
    document_number: str | None = None
    description: str | None = None
    mark: str | None = None


AnyPayment: TypeAlias = Payment | PaymentRow | RemotePayment
AnyLink: TypeAlias = KnownLine | LinkLike | tuple[DocumentRef, ContractId, PaymentId | None]


@attrs.define(kw_only=True, eq=False)
class Line:
    """A line as 1C shows it, and what the store knows of it. ``amount`` is None where it is no money (any more)."""

    ref: DocumentRef
    contract_id: ContractId
    document: PaymentDocument | None
    amount: Decimal | None
    #: why it is no money
    why: str = ""
    #: why the document is refused as a whole
    code: QuarantineCode | None = None
    message: str = ""
    known: KnownLine | None = None
    #: the payments that are its own: by link, else by mark
    payments: list[RemotePayment] = attrs.field(factory=list)
    #: somebody else's payment that may be its money
    twin: RemotePayment | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What lines are told apart and put in order by."""
        return str(self.ref), self.contract_id

    @property
    def subaccount_id(self) -> SubaccountId | None:
        """The subaccount that the contract names, else the one it is bound to by hand."""
        return self._named or (self.known.subaccount_id if self.known else None)

    @property
    def is_bound_by_hand(self) -> bool:
        """The contract names no subaccount, and the store has one for it."""
        return self._named is None and self.subaccount_id is not None

    @property
    def _named(self) -> SubaccountId | None:
        for line in self.document.lines if self.document else ():
            contract = line.contract
            if contract and contract.id == self.contract_id and contract.subaccount_id is not None:
                return contract.subaccount_id
        return None

    @property
    def shown(self) -> PaymentDocument | None:
        """The document for people to look at: as it is, else as it was."""
        return self.document or (self.known.last_read if self.known else None)

    @property
    def inn(self) -> str:
        """The counterparty's INN; empty where it has none."""
        who = self.document.counterparty if self.document else None
        return who.inn if who else ""

    @property
    def number(self) -> str:
        """The number that the payment would be given: of the client's own order, else of the document."""
        document = self.document
        return "" if document is None else document.incoming_number.strip() or document.number.strip()


def lines_of(document: PaymentDocument) -> Iterator[Line]:
    """Take a document apart: one line for each contract that it names."""
    ref = document.ref
    match judge_document(document):
        case Money(amounts=amounts):
            for contract_id, amount in amounts.items():
                yield Line(ref=ref, contract_id=contract_id, document=document, amount=amount)
        case DocumentRefusal(code=code, message=message, amounts=amounts):
            for contract_id, amount in amounts.items():
                shown = amount if amount.is_finite() and abs(amount.adjusted()) < _MOST_DIGITS else Decimal(0)
                yield Line(
                    ref=ref, contract_id=contract_id, document=document, amount=shown, code=code, message=message
                )
        case NotMoney(reason=reason):
            contracts = [line.contract.id if line.contract else NO_CONTRACT for line in document.lines]
            for contract_id in dict.fromkeys(contracts):
                yield Line(ref=ref, contract_id=contract_id, document=document, amount=None, why=reason.value)


#: of an amount that can be added up; what is refused for its size is none
_MOST_DIGITS = 64


def read_links(links: Iterable[AnyLink]) -> list[KnownLine]:
    """Bring links into one form: a tuple begins with document, contract and payment."""
    known = []
    for link in links:
        if isinstance(link, KnownLine):
            known.append(link)
        elif isinstance(link, tuple):
            ref, contract_id, payment_id = link[:3]
            known.append(KnownLine(ref=ref, contract_id=contract_id, payment_id=payment_id))
        else:
            known.append(KnownLine(ref=link.ref, contract_id=link.contract_id, payment_id=link.payment_id))
    return known


def read_payment(payment: AnyPayment) -> RemotePayment:
    """Bring a payment into one form."""
    if isinstance(payment, RemotePayment):
        return payment
    if isinstance(payment, PaymentRow):
        if payment.amount is None:
            raise ValueError(f"the row of payment {payment.id} shows no amount: read its form, and give that instead")
        return RemotePayment(
            id=payment.id,
            status=payment.status,
            amount=payment.amount.amount,
            currency=currency_of(payment.amount),
            number=payment.number,
            paid_on=payment.paid_on,
            created_on=payment.created_on,
            payer_id=payment.payer_id,
            payer_name=payment.payer_name,
        )
    return RemotePayment(
        id=payment.id,
        status=payment.status,
        amount=payment.amount,
        number=payment.number,
        paid_on=payment.paid_on,
        created_on=payment.created_at.date() if payment.created_at else None,
        subaccount_id=payment.subaccount_id,
        payer_id=payment.payer_id,
        method_id=payment.method_id,
        document_number=payment.document_number,
        description=payment.description,
        mark=payment.mark,
    )


def currency_of(cell: Cell) -> str:
    """Return the currency where the list writes ISO codes; some write a sign or a word."""
    unit = cell.unit
    return unit if len(unit) == 3 and unit.isascii() and unit.isupper() else ""
