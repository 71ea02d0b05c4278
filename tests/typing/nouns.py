"""What type checkers must see of the nouns of both systems. Checked by mypy, never run."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import assert_type

from billmanager_1c.models import (
    Account,
    AccountId,
    AmountProblem,
    Company,
    CompanyId,
    Contract,
    ContractId,
    Counterparty,
    Currency,
    CurrencyId,
    DocumentId,
    DocumentKind,
    DocumentRef,
    Employee,
    Inn,
    InnProblem,
    LegalStatus,
    MissingDocument,
    Money,
    NewPayment,
    OperationKind,
    Organization,
    Payer,
    PayerId,
    Payment,
    PaymentChanges,
    PaymentDocument,
    PaymentId,
    PaymentLine,
    PaymentMethod,
    PaymentMethodId,
    PaymentRow,
    PaymentStatus,
    Provider,
    ProviderId,
    QuarantineCode,
    Subaccount,
    SubaccountId,
    check_amount,
    check_inn,
    guid,
    normalize_code,
    normalize_inn,
    parse_amount,
    parse_money,
)


def what_was_paid(key: uuid.UUID, day: dt.date) -> PaymentDocument:
    """A document is made from what 1C writes: keys in any spelling, numbers as texts."""
    ref = DocumentRef(DocumentKind.INCOMING_PAYMENT_ORDER, key)
    assert_type(ref.id, DocumentId)
    contract = Contract(id=str(key), name="Договор 17", subaccount_id="18")
    assert_type((contract.id, contract.subaccount_id), tuple[ContractId, SubaccountId | None])
    payer = Counterparty(id=key, name="ООО «Проба»", code="777", inn="7707083893", is_person=False)
    assert_type(payer.inn, Inn)
    seller = Organization(id=key, name="ООО «Север»", inn=None, kpp=None)
    PaymentLine(contract=contract, amount=100.0)  # type: ignore[arg-type]  # money is never a float
    return PaymentDocument(
        ref=ref,
        version="AAAB",
        number="00001",
        date=day,
        posted=True,
        operation=OperationKind.CUSTOMER_PAYMENT,
        organization=seller,
        counterparty=payer,
        amount=Decimal("100.00"),
        lines=[PaymentLine(contract=contract, amount=Decimal("100.00"))],
    )


def what_is_gone(ref: DocumentRef) -> MissingDocument:
    """A value says that a document is not there, and nothing else is known of it."""
    missing = MissingDocument(ref=ref)
    missing.ref = ref  # type: ignore[misc]  # values are frozen
    return missing


def who_is_there() -> None:
    """An id is of one thing; the nouns of BILLmanager have theirs."""
    assert_type(Account(id=AccountId(1), name="ООО «Проба»").id, AccountId)
    assert_type(Company(id=CompanyId(1), name="ООО «Север»", inn="7707083893").inn, Inn)
    assert_type(Currency(id=CurrencyId(126), iso="RUB").id, CurrencyId)
    assert_type(Employee(id=1, name="1c", level=28).level, int)
    assert_type(Payer(id=PayerId(1), name="Иванов", legal_status=LegalStatus.INDIVIDUAL).account_id, AccountId | None)
    assert_type(PaymentMethod(id=PaymentMethodId(1), names=("Оплата наличными",)).provider_ids, frozenset[ProviderId])
    assert_type(Provider(id=ProviderId(1), name="Хостинг").id, ProviderId)
    Payer(id=AccountId(1), name="Иванов")  # type: ignore[arg-type]  # a client is not a payer


def where_money_goes(row: Subaccount) -> tuple[AccountId, ProviderId, CurrencyId]:
    """A subaccount is a client's account with a provider in a currency."""
    assert_type((row.id, row.balance), tuple[SubaccountId, Decimal | None])
    return row.account_id, row.provider_id, row.currency_id


def what_stands_there(form: Payment, row: PaymentRow) -> bool:
    """A form shows an amount; a row of the list shows it with its unit, and less of everything else."""
    assert_type((form.amount, row.amount), tuple[Decimal, Money | None])
    assert_type((form.payer_id, row.payer_id), tuple[PayerId | None, PayerId | None])
    assert_type((form.paid_at, row.paid_on), tuple[dt.datetime | None, dt.date | None])
    return form.id == row.id and form.status == PaymentStatus.CREDITED


def what_is_written(payment: PaymentId) -> tuple[NewPayment, PaymentChanges]:
    """A payment is made from what it cannot do without, and edited field by field."""
    new = NewPayment(
        amount=Decimal("100.00"),
        currency_id=CurrencyId(126),
        method_id=PaymentMethodId(1),
        account_id=AccountId(1),
        payer_id=PayerId(1),
        provider_id=ProviderId(1),
        random_number="8d2f",
    )
    PaymentChanges(document_date="2026-11-24")  # type: ignore[arg-type]  # a day is a date
    return new, PaymentChanges(amount=Decimal("99.00"), document_date=dt.date(2026, 11, 24))


def what_is_wrong(amount: Decimal, inn: Inn) -> tuple[AmountProblem | None, InnProblem | None, QuarantineCode]:
    """What is wrong is a value; nothing is raised for it."""
    return check_amount(amount), check_inn(inn), QuarantineCode("bad_amount")


def what_texts_mean(text: str) -> None:
    """Texts become what they mean, or a ``ValueError``."""
    assert_type(guid(text), str)
    assert_type(normalize_code(None), str)
    assert_type(normalize_inn(text), Inn)
    assert_type(parse_amount(text), Decimal)
    assert_type(parse_money(text), Money)
