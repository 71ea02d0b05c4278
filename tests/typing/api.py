"""What type checkers must see of the public face. Checked by mypy, never run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import assert_never, assert_type

import billmanager_1c
from billmanager_1c import BillManagerClient, diagnose, match_company, match_payment_method, reconcile, resolve_payer
from billmanager_1c.api import Dialect
from billmanager_1c.matching import CompanyMatch, CompanyRefusal, MethodMatch, MethodRefusal, PayerMatch, PayerRefusal
from billmanager_1c.models import (
    Company,
    CompanyId,
    ContractId,
    Counterparty,
    CurrencyId,
    DocumentKind,
    DocumentRef,
    Organization,
    Payer,
    PayerId,
    Payment,
    PaymentDocument,
    PaymentId,
    PaymentMethod,
    PaymentRow,
    ProviderId,
)
from billmanager_1c.onec import MemoryAdapter, ODataAdapter
from billmanager_1c.plans.reconcile import KnownLine, RemotePayment
from billmanager_1c.plans.reconcile import reconcile as by_its_own_door
from billmanager_1c.reports import Diagnosis, Reconciliation


def a_payer_or_a_reason(counterparty: Counterparty, payers: Sequence[Payer]) -> PayerId | str:
    """The two answers are all there are, and isinstance tells them apart."""
    answer = resolve_payer(counterparty, payers, fallback="refuse")
    if isinstance(answer, PayerMatch):
        return answer.payer.id
    if isinstance(answer, PayerRefusal):
        return answer.message
    assert_never(answer)


def a_company_or_a_reason(organization: Organization, companies: Sequence[Company]) -> None:
    """A company is found or refused."""
    assert_type(match_company(organization, companies), CompanyMatch | CompanyRefusal)


def a_method_or_a_reason(methods: Sequence[PaymentMethod]) -> None:
    """Ids of different things do not mix, and an amount is a Decimal."""
    answer = match_payment_method(
        DocumentKind.CASH_RECEIPT,
        methods,
        company=CompanyId(1),
        provider=ProviderId(2),
        currency=CurrencyId(126),
        amount=Decimal("100.00"),
    )
    assert_type(answer, MethodMatch | MethodRefusal)
    match_payment_method(
        DocumentKind.CASH_RECEIPT,
        methods,
        company=CompanyId(1),
        provider=ProviderId(2),
        currency=CurrencyId(126),
        amount=100.0,  # type: ignore[arg-type]  # money is never a float
    )


def both_sides(
    documents: Iterable[PaymentDocument],
    forms: list[Payment],
    rows: list[PaymentRow],
    links: list[tuple[DocumentRef, ContractId, PaymentId | None]],
) -> None:
    """Forms and rows may come together, and links are tuples as well as values."""
    assert_type(reconcile(documents, [*forms, *rows], links=links), Reconciliation)
    assert_type(reconcile(documents, forms).totals["ok"]["RUB"].onec, Decimal)
    reconcile(forms, documents)  # type: ignore[arg-type]  # 1C comes first


def from_elsewhere(
    documents: Iterable[PaymentDocument], ref: DocumentRef, line: ContractId, payment: PaymentId
) -> Reconciliation:
    """A payment put together from anywhere is compared as well, and a link may say more than three things."""
    put_together = RemotePayment(id=payment, status=4, amount=Decimal("100.00"), currency="RUB")
    known = KnownLine(ref=ref, contract_id=line, payment_id=payment, reason="adopted")
    assert_type(by_its_own_door(documents, [put_together]), Reconciliation)
    return reconcile(documents, [put_together], links=[known])


def which_library() -> str:
    """The version is a text, and there from the start."""
    return billmanager_1c.__version__


def what_is_wrong(client: BillManagerClient, odata: ODataAdapter, memory: MemoryAdapter) -> Dialect:
    """Any client and any adapter can be looked at, or the client alone; the dialect that fits is a value."""
    assert_type(diagnose(client), Diagnosis)
    assert_type(diagnose(client, odata).ok, bool)
    return diagnose(client, memory).dialect
