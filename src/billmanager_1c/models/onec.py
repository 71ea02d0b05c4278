"""The nouns of 1C, as an accountant would name them. Nothing here knows how they travel."""

from __future__ import annotations

import datetime as dt
import enum
import re
import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import NewType

import attrs

from .billmanager import SubaccountId
from .inn import Inn, normalize_code, normalize_inn

DocumentId = NewType("DocumentId", str)
"""The GUID of a document (``Ref_Key``) in lower case."""

ContractId = NewType("ContractId", str)
"""The GUID of a contract in lower case; :data:`NO_CONTRACT` where a line names none."""

NO_CONTRACT = ContractId("00000000-0000-0000-0000-000000000000")


# uuid.UUID reads digits as int() does: with underscores between them, and in any script.
_GUID = re.compile(r"\{?[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?", re.ASCII | re.IGNORECASE)
_KEPT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def guid(value: str | uuid.UUID) -> str:
    """Return the GUID in the one form in which it is kept and compared: lower case with hyphens.

    Raises:
        ValueError: the text is no GUID.
    """
    if isinstance(value, uuid.UUID):
        return str(value)
    if _KEPT.fullmatch(value):  # nearly all of them, and there are many
        return value
    text = value.strip()
    if not _GUID.fullmatch(text):
        raise ValueError(f"not a GUID: {text[:40]!r}")
    return str(uuid.UUID(text))


def _document_id(value: str | uuid.UUID) -> DocumentId:
    return DocumentId(guid(value))


def _contract_id(value: str | uuid.UUID) -> ContractId:
    return ContractId(guid(value))


def _subaccount_id(value: int | str | None) -> SubaccountId | None:
    if value is None or value == "":
        return None
    return SubaccountId(int(value))


class DocumentKind(enum.Enum):
    """The three documents of 1C that bring a customer's money."""

    CASH_RECEIPT = "cash_receipt"
    """Приходный кассовый ордер."""

    INCOMING_PAYMENT_ORDER = "incoming_payment_order"
    """Платёжное поручение входящее."""

    CARD_PAYMENT = "card_payment"
    """Оплата от покупателя платёжной картой."""

    @property
    def title(self) -> str:
        """The Russian name, as people say it."""
        return _TITLES[self]

    @property
    def short(self) -> str:
        """The Russian name as accountants shorten it, for tables."""
        return _SHORT[self]


_TITLES = {
    DocumentKind.CASH_RECEIPT: "Приходный кассовый ордер",
    DocumentKind.INCOMING_PAYMENT_ORDER: "Платёжное поручение входящее",
    DocumentKind.CARD_PAYMENT: "Оплата платёжной картой",
}
_SHORT = {
    DocumentKind.CASH_RECEIPT: "ПКО",
    DocumentKind.INCOMING_PAYMENT_ORDER: "ПП входящее",
    DocumentKind.CARD_PAYMENT: "Оплата картой",
}


class OperationKind(enum.Enum):
    """What a document says it is about (``ВидОперации``)."""

    CUSTOMER_PAYMENT = "customer_payment"
    """Оплата от покупателя: the only kind that is a customer's money."""

    CUSTOMER_REFUND = "customer_refund"
    """Возврат покупателю: the same document type of the card kind, with the opposite sign."""

    OTHER = "other"


@attrs.frozen
class DocumentRef:
    """Which document of the infobase: its kind and its GUID. Number and date identify nothing."""

    kind: DocumentKind = attrs.field(converter=DocumentKind)
    id: DocumentId = attrs.field(converter=_document_id)

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"


@attrs.frozen(kw_only=True)
class Organization:
    """Организация: our own legal entity that received the money."""

    #: GUID of the catalogue item
    id: str = attrs.field(converter=guid)
    name: str = ""
    inn: Inn = attrs.field(default=Inn(""), converter=normalize_inn)
    kpp: str = attrs.field(default="", converter=normalize_code)


@attrs.frozen(kw_only=True)
class Counterparty:
    """Контрагент: who paid."""

    #: GUID of the catalogue item
    id: str = attrs.field(converter=guid)
    name: str = ""
    #: код контрагента, as text: leading zeros matter
    code: str = attrs.field(default="", converter=normalize_code)
    inn: Inn = attrs.field(default=Inn(""), converter=normalize_inn)
    kpp: str = attrs.field(default="", converter=normalize_code)
    #: True for ФизЛицо; a sole proprietor is not a person here
    is_person: bool = False


@attrs.frozen(kw_only=True)
class Contract:
    """Договор контрагента: what the money was paid under, and the way to the subaccount."""

    id: ContractId = attrs.field(converter=_contract_id)
    name: str = ""
    #: the BILLmanager subaccount that the contract names in 1C (ЛицевойСчетВBILLmanager), None where it names none
    subaccount_id: SubaccountId | None = attrs.field(default=None, converter=_subaccount_id)


@attrs.frozen(kw_only=True)
class PaymentLine:
    """Строка расшифровки платежа."""

    #: None where the line names no contract
    contract: Contract | None
    #: in the document's currency
    amount: Decimal


def _lines(lines: Iterable[PaymentLine]) -> tuple[PaymentLine, ...]:
    # Not plain ``tuple``: mypy then refuses every argument, as it does not see through the constructor's type variable.
    return tuple(lines)


@attrs.frozen(kw_only=True)
class PaymentDocument:
    """A payment document of 1C as it is now."""

    ref: DocumentRef
    #: opaque token of this state of the document: compared for equality, never for order
    version: str
    #: the number people see; unique neither across years nor across infobases
    number: str
    #: the document's date in the infobase's own calendar; it never passes through UTC. ``date.min`` where it has none:
    #: older than any first day of the export
    date: dt.date
    #: проведён
    posted: bool
    #: помечен на удаление
    deletion_mark: bool = False
    #: Оплачено; None where this kind of document has no such flag
    paid: bool | None = None
    operation: OperationKind = OperationKind.CUSTOMER_PAYMENT
    organization: Organization | None = None
    counterparty: Counterparty | None = None
    #: ISO 4217 code of the document's currency
    currency: str = "RUB"
    #: СуммаДокумента
    amount: Decimal
    lines: tuple[PaymentLine, ...] = attrs.field(default=(), converter=_lines)
    #: ДатаОплаты, None where this kind of document has none or it is empty
    paid_on: dt.date | None = None
    #: number and date of the client's own payment order, where the document has them
    incoming_number: str = ""
    incoming_date: dt.date | None = None
    #: назначение платежа
    purpose: str = ""

    @property
    def payment_date(self) -> dt.date:
        """``ДатаОплаты`` where the kind has it, else the document's date (design.md §5)."""
        return self.paid_on or self.date


@attrs.frozen(kw_only=True)
class MissingDocument:
    """1C was asked for this document by its key and said that there is none."""

    ref: DocumentRef
