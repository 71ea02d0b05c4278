"""What type checkers must see of matching: answers, refusals and their reasons. Checked by mypy, never run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, assert_never, assert_type

from billmanager_1c.matching import (
    METHOD_NAMES,
    BindingSuggestion,
    CompanyAnswer,
    CompanyMatch,
    CompanyRefusal,
    CompanyRule,
    DocumentRefusal,
    Lost,
    MethodAnswer,
    MethodMatch,
    MethodNames,
    MethodRefusal,
    MethodRule,
    Money,
    NotMoney,
    NotMoneyReason,
    PayerAnswer,
    PayerFallback,
    PayerIndex,
    PayerMatch,
    PayerRefusal,
    PayerRule,
    Refusal,
    digest_document,
    facts_of,
    has_method_words,
    judge_document,
    match_company,
    match_payment_method,
    resolve_payer,
    suggest_subaccounts,
)
from billmanager_1c.models import (
    Company,
    Contract,
    ContractId,
    Counterparty,
    Currency,
    DocumentKind,
    Organization,
    Payer,
    PaymentDocument,
    PaymentMethod,
    Provider,
    QuarantineCode,
    Subaccount,
    SubaccountId,
)


def whose_company(organization: Organization | None, companies: Sequence[Company]) -> CompanyRule | str:
    """A match names the rule that chose, and the companies that lost."""
    answer: CompanyAnswer = match_company(organization, companies)
    if isinstance(answer, CompanyMatch):
        assert_type(answer.lost, tuple[Lost[Company], ...])
        assert_type(facts_of(answer.lost), tuple[str, ...])
        return answer.rule
    assert_type(answer, CompanyRefusal)
    return answer.message


def who_pays(counterparty: Counterparty, payers: Sequence[Payer], fallback: PayerFallback) -> PayerRule | str:
    """A refusal has one of the codes that it can have."""
    answer: PayerAnswer = resolve_payer(counterparty, payers, fallback=fallback)
    resolve_payer(counterparty, payers, fallback="first")  # type: ignore[arg-type]  # there are two ways
    match answer:
        case PayerMatch():
            return answer.rule
        case PayerRefusal():
            assert_type(answer.code, Literal[QuarantineCode.NO_PAYER, QuarantineCode.PAYER_INACTIVE])
            refusal: Refusal = answer
            return refusal.message
        case _:
            assert_never(answer)


def many_payers(payers: Sequence[Payer]) -> Payer | None:
    """Payers of one client are sorted once."""
    index = PayerIndex(payers)
    assert_type(index.with_inn("7707083893"), Sequence[Payer])
    return index.last_active


def by_which_method(
    methods: Sequence[PaymentMethod], company: Company, provider: Provider, currency: Currency, names: MethodNames
) -> MethodRule | tuple[str, ...]:
    """Things serve as well as their ids, and the words of the names are the program's own, if it likes."""
    answer: MethodAnswer = match_payment_method(
        DocumentKind.CARD_PAYMENT, methods, company=company, provider=provider, currency=currency, names=names
    )
    assert_type(has_method_words("Оплата наличными", METHOD_NAMES), bool)
    if isinstance(answer, MethodRefusal):
        return answer.facts
    assert_type(answer, MethodMatch)
    return answer.rule


def is_it_money(document: PaymentDocument) -> Mapping[ContractId, Decimal] | NotMoneyReason | QuarantineCode:
    """A document is money, is none, or cannot be told; its digest changes with whatever matters."""
    assert_type(digest_document(document, remark="a payment was bound by hand"), str)
    judged = judge_document(document)
    match judged:
        case Money():
            return judged.amounts
        case NotMoney():
            return judged.reason
        case DocumentRefusal():
            return judged.code
        case _:
            assert_never(judged)


def where_to(contract: Contract, subaccounts: Sequence[Subaccount]) -> SubaccountId:
    """A suggestion says what speaks for it."""
    found = suggest_subaccounts(contract, None, "RUB", subaccounts, {1, 2})
    assert_type(found, list[BindingSuggestion])
    assert_type((found[0].score, found[0].reason), tuple[Decimal, str])
    return found[0].subaccount_id
