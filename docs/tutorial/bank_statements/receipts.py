"""From a statement to payment documents: which money came from a customer, and who each payment is."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

import attrs

from billmanager_1c.models import (
    Contract,
    Counterparty,
    DocumentId,
    DocumentKind,
    DocumentRef,
    Inn,
    OperationKind,
    Organization,
    PaymentDocument,
    PaymentLine,
)

from .sections import Section
from .statement import PAYER, Statement, receiver

#: never change it: every document's key is made of it
_SPACE = uuid.UUID("b6d1b0f5-2c1e-5a53-9d3a-7a1f0b9c4e21")

#: digits 6 to 8 of an account are its currency, 810 being the rouble of before 1998 that accounts still carry
_CURRENCIES = {"810": "RUB", "643": "RUB", "840": "USD", "978": "EUR"}


class NotACustomer(enum.StrEnum):
    """Why money that came is no customer's."""

    OWN = "a transfer between our own accounts"
    BANK = "a bank order: the bank's own money, or the takings of card terminals"
    RETURN = "somebody returns our own money"


@attrs.frozen(kw_only=True)
class Receipt:
    """Money that came to one of our accounts: one section of a statement, understood. Your rules look at it."""

    #: our account
    account: str
    #: the payer's account; empty where the bank does not say
    payer_account: str
    payer_name: str
    #: empty where the payer has none
    payer_inn: Inn
    payer_kpp: str
    #: of the payer's own payment order
    number: str
    ordered_on: dt.date
    #: ДатаПоступило
    came_on: dt.date
    amount: Decimal
    purpose: str
    #: ВидОплаты: "01" a payment order, "16" a part of one, "17" a bank order …
    order_kind: str

    @property
    def identity(self) -> tuple[str, ...]:
        """What two statements that overlap both say of this payment, and no other payment shares.

        Names, purposes and КПП are not in it: bank clients write them differently from file to file.
        """
        amount = f"{self.amount.normalize():f}"
        days = (self.ordered_on.isoformat(), self.came_on.isoformat())
        return (self.account, self.payer_account, self.number, *days, amount)

    def ref(self, occurrence: int) -> DocumentRef:
        """Return the key of the document: the same on every machine and in every run.

        ``occurrence`` tells twins apart: payments that agree in everything that identifies them.
        """
        name = "\n".join((*self.identity, str(occurrence)))
        return DocumentRef(DocumentKind.INCOMING_PAYMENT_ORDER, DocumentId(str(uuid.uuid5(_SPACE, name))))


def receipts_of(statement: Statement) -> dict[DocumentRef, Receipt]:
    """Return the money that came, by the key of its document.

    Raises:
        StatementRefused: two sections look alike, and no declared total says whether that is one payment or two.
    """
    found: dict[DocumentRef, Receipt] = {}
    seen: Counter[tuple[str, ...]] = Counter()
    for section in filter(statement.came, statement.payments):
        receipt = _receipt(section, statement.accounts)
        seen[receipt.identity] += 1
        if seen[receipt.identity] > 1 and not statement.is_proven:
            raise section.refuse(
                f"payment {receipt.number} stands in the file twice, and the bank declares no ВсегоПоступило that "
                "would say whether it came twice"
            )
        found[receipt.ref(seen[receipt.identity])] = receipt
    return found


def not_a_customer(receipt: Receipt, organizations: Mapping[str, Organization]) -> NotACustomer | None:
    """Say why the money is no customer's; None where it is. ``organizations`` are ours, by account."""
    if receipt.payer_account in organizations:
        return NotACustomer.OWN
    if receipt.payer_inn and receipt.payer_inn in {each.inn for each in organizations.values()}:
        return NotACustomer.OWN
    if receipt.order_kind == "17":
        return NotACustomer.BANK
    if re.match(r"возврат\b", receipt.purpose, re.IGNORECASE):
        return NotACustomer.RETURN
    return None


def document_of(
    ref: DocumentRef, receipt: Receipt, organization: Organization, contract: Contract | None, *, is_customer: bool
) -> PaymentDocument:
    """Return the payment document, as 1C would make it of this line of the statement."""
    code = receipt.account[5:8]
    who = "\n".join((receipt.payer_inn, receipt.payer_kpp) if receipt.payer_inn else (receipt.payer_name,))
    document = PaymentDocument(
        ref=ref,
        version="",
        number=receipt.number,
        date=receipt.came_on,
        posted=True,
        paid=True,
        operation=OperationKind.CUSTOMER_PAYMENT if is_customer else OperationKind.OTHER,
        organization=organization,
        counterparty=Counterparty(
            id=uuid.uuid5(_SPACE, who), name=receipt.payer_name, inn=receipt.payer_inn, kpp=receipt.payer_kpp
        ),
        currency=_CURRENCIES.get(code, code),
        amount=receipt.amount,
        lines=[PaymentLine(contract=contract, amount=receipt.amount)],
        paid_on=receipt.came_on,
        incoming_number=receipt.number,
        incoming_date=receipt.ordered_on,
        purpose=receipt.purpose,
    )
    # Everything that the document says, what your rules say of it included: if one of them changes, it is read again.
    return attrs.evolve(document, version=hashlib.sha256(repr(document).encode()).hexdigest())


def _receipt(section: Section, accounts: frozenset[str]) -> Receipt:
    came_on, ordered_on, amount = section.day("ДатаПоступило"), section.day("Дата"), section.amount("Сумма")
    assert came_on is not None and ordered_on is not None and amount is not None  # read_statement() saw to it
    return Receipt(
        account=receiver(section, accounts),
        payer_account=section.text(*PAYER),
        payer_name=_name(section),
        payer_inn=Inn(_number(section, "ПлательщикИНН")),
        payer_kpp=_number(section, "ПлательщикКПП"),
        number=section.text("Номер"),
        ordered_on=ordered_on,
        came_on=came_on,
        amount=amount,
        purpose=_long(section, "НазначениеПлатежа", 6),
        order_kind=section.text("ВидОплаты"),
    )


def _number(section: Section, name: str) -> str:
    """Return an INN or a КПП; the noughts that bank clients write where there is none are none."""
    text = section.text(name)
    return text if text.strip("0") else ""


def _name(section: Section) -> str:
    """Return the payer's name without the INN and КПП in front of it: only the fields of their own are believed."""
    name = section.text("Плательщик1", "Плательщик")
    name = re.sub(r"^(?:\s*(?:ИНН|КПП)[\s:№]*\d*[\s,/]*)+", "", name, flags=re.IGNORECASE) or name
    if re.search(r"\?{3}", name):
        raise section.refuse("the payer's name was lost when the file was written: there are question marks instead")
    return name


def _long(section: Section, name: str, parts: int) -> str:
    """Return a text that stands in one field, or else in numbered ones."""
    whole = section.text(name)
    pieces = [section.text(f"{name}{part}") for part in range(1, parts + 1)]
    return whole or " ".join(filter(None, pieces))
