"""By which payment method a document's money came in."""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, TypeAlias

import attrs

from ..models import (
    Company,
    CompanyId,
    Currency,
    CurrencyId,
    DocumentKind,
    LegalStatus,
    PaymentMethod,
    Provider,
    ProviderId,
    QuarantineCode,
)
from ._answer import Lost, Refusal, distinct, facts_of, label

MethodNames: TypeAlias = Mapping[DocumentKind, str | Sequence[str]]
"""For each kind of document the words a method's name must contain; of several texts any one is enough."""

METHOD_NAMES: MethodNames = MappingProxyType(
    {
        DocumentKind.CASH_RECEIPT: "Оплата наличными",
        DocumentKind.INCOMING_PAYMENT_ORDER: "Оплата банковской картой",
        DocumentKind.CARD_PAYMENT: "Оплата платежной картой через терминал",
    }
)
"""The words of ISPsystem's own module (design.md §5)."""


class MethodRule(enum.Enum):
    """What decided."""

    ONLY_ONE = "the only one that fits"
    ORDER_PRIORITY = "the smallest order priority"
    SMALLEST_ID = "the smallest order priority, then the smallest id"


@attrs.frozen(kw_only=True)
class MethodMatch:
    """The payment method to use. ``str()`` gives the sentence."""

    method: PaymentMethod
    rule: MethodRule
    #: every other method, with all reasons against it
    lost: tuple[Lost[PaymentMethod], ...] = ()
    #: why this one, for people
    sentence: str
    #: what a person should know though it stops nothing, such as that several methods fit
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.sentence


@attrs.frozen(kw_only=True)
class MethodRefusal(Refusal):
    """No method fits; ``lost`` has each method with all reasons against it, and ``facts`` says the same as text."""

    code: Literal[QuarantineCode.NO_METHOD]
    lost: tuple[Lost[PaymentMethod], ...] = ()


MethodAnswer: TypeAlias = MethodMatch | MethodRefusal
"""What :func:`match_payment_method` returns."""


def match_payment_method(
    kind: DocumentKind,
    methods: Iterable[PaymentMethod],
    *,
    company: Company | CompanyId | int,
    provider: Provider | ProviderId | int,
    currency: Currency | CurrencyId | int,
    amount: Decimal | None = None,
    payer_type: LegalStatus | int | None = None,
    names: MethodNames = METHOD_NAMES,
) -> MethodAnswer:
    """Choose the payment method for a kind of document, by the rules of design.md §5.

    The answer does not depend on the order of ``methods``.

    Args:
        kind: kind of the document.
        methods: all payment methods, with their links and limits.
        company: the company that received the money.
        provider: the provider of the subaccount.
        currency: the currency of the subaccount, in which ``amount`` is.
        amount: None does not ask the limits.
        payer_type: legal status of the payer; None, an unknown one, is not asked.
        names: the words for each kind of document.
    """
    words = _words(names.get(kind, ()))
    wanted = _Wanted(words, company, provider, currency, amount, payer_type)
    fitting: list[PaymentMethod] = []
    failed: list[Lost[PaymentMethod]] = []
    for method in distinct(methods):
        if reasons := _reasons_against(method, wanted):
            failed.append(Lost(candidate=method, reasons=reasons))
        else:
            fitting.append(method)
    if not fitting:
        return _refusal(kind, wanted, tuple(failed))
    fitting.sort(key=lambda method: (method.order_priority, method.id))
    chosen, *others = fitting
    beaten = [Lost(candidate=other, reasons=(_beaten_by(chosen, other),)) for other in others]
    if not others:
        rule = MethodRule.ONLY_ONE
    elif others[0].order_priority > chosen.order_priority:
        rule = MethodRule.ORDER_PRIORITY
    else:
        rule = MethodRule.SMALLEST_ID
    return MethodMatch(
        method=chosen,
        rule=rule,
        lost=(*beaten, *failed),
        sentence=f"The method {label(chosen)} suits «{kind.title}» by name, links, currency and limits; it is"
        f" {rule.value}.",
        notes=_notes(fitting, payer_type),
    )


def has_method_words(name: str, names: MethodNames = METHOD_NAMES) -> bool:
    """Say whether a method's name contains the words for some kind of document."""
    folded = _fold(name)
    return any(word in folded for texts in names.values() for word in _words(texts))


@attrs.frozen
class _Wanted:
    words: tuple[str, ...]
    company: Company | CompanyId | int
    provider: Provider | ProviderId | int
    currency: Currency | CurrencyId | int
    amount: Decimal | None
    payer_type: LegalStatus | int | None


def _reasons_against(method: PaymentMethod, wanted: _Wanted) -> tuple[str, ...]:
    reasons = []
    if not method.active:
        reasons.append("it is inactive")
    if _id(wanted.company) not in method.company_ids:
        reasons.append(f"it is not linked to the company {label(wanted.company)}")
    if _id(wanted.provider) not in method.provider_ids:
        reasons.append(f"it is not linked to the provider {label(wanted.provider)}")
    if method.currency_id != _id(wanted.currency):
        own = "unknown" if method.currency_id is None else f"#{method.currency_id}"
        reasons.append(f"its currency is {own}, not {_currency_label(wanted.currency)}")
    status = _status(wanted.payer_type)
    if status is not None and method.legal_statuses and status not in method.legal_statuses:
        reasons.append(f"it is not open to payers of the legal status {status}")
    if wanted.amount is not None:
        reasons += _outside_limits(method, wanted.amount)
    # is_zero() and not a comparison: comparing a signalling NaN raises.
    if not (method.commission_amount.is_zero() and method.commission_percent.is_zero()):
        reasons.append("it takes a commission, so the client would be credited less than was paid")
    if not any(word in name for word in wanted.words for name in map(_fold, method.names)):
        reasons.append("its name does not contain the words")
    return tuple(reasons)


def _outside_limits(method: PaymentMethod, amount: Decimal) -> list[str]:
    if not amount.is_finite():
        return ["the amount is not a number"]
    low, high = method.min_amount, method.max_amount
    reasons = []
    if low is not None and not low.is_nan() and amount < low:
        reasons.append(f"the amount {amount} is below its minimum {low}")
    # A maximum of zero is an empty field of BILLmanager's form, not a method that takes no money.
    if high is not None and not high.is_nan() and not high.is_zero() and amount > high:
        reasons.append(f"the amount {amount} is above its maximum {high}")
    return reasons


def _words(texts: str | Sequence[str]) -> tuple[str, ...]:
    """Fold the words; an empty text is dropped, as it would be contained in every name."""
    return tuple(filter(None, map(_fold, (texts,) if isinstance(texts, str) else texts)))


@lru_cache(maxsize=1024)
def _fold(text: str) -> str:
    """Make texts comparable: without case, with ё = е and any white space as one space.

    NFKC comes first because ё may be typed as е and two dots.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").split())


def _refusal(kind: DocumentKind, wanted: _Wanted, failed: tuple[Lost[PaymentMethod], ...]) -> MethodRefusal:
    if not wanted.words:
        message = f"No words are set for the kind {kind.value}; set them in method_names."
    elif not failed:
        message = "BILLmanager showed no payment method at all; check the rights of the employee."
    else:
        words = " or ".join(f'"{word}"' for word in wanted.words)
        message = (
            f"None of {len(failed)} payment methods suits «{kind.title}»: wanted is an active one without commission"
            f" with {words} in its name, for the company {label(wanted.company)}, the provider"
            f" {label(wanted.provider)} and the currency {_currency_label(wanted.currency)}; set one up in BILLmanager"
            " or change method_names."
        )
    return MethodRefusal(code=QuarantineCode.NO_METHOD, message=message, facts=facts_of(failed), lost=failed)


def _beaten_by(chosen: PaymentMethod, other: PaymentMethod) -> str:
    if other.order_priority > chosen.order_priority:
        return f"it fits, but its order priority {other.order_priority} is greater than {chosen.order_priority}"
    return f"it fits, but its id is greater than {chosen.id}"


def _notes(fitting: Sequence[PaymentMethod], payer_type: LegalStatus | int | None) -> tuple[str, ...]:
    notes = []
    if len(fitting) > 1:
        notes.append(f"Several methods fit: {', '.join(label(method) for method in fitting)}; the first was taken.")
    if payer_type is None:
        notes.append("The payer's legal status is unknown and was not asked.")
    elif not fitting[0].legal_statuses:
        notes.append(f"The method {label(fitting[0])} names no legal status and was taken to be open to all.")
    return tuple(notes)


def _id(thing: Company | Provider | Currency | int) -> int:
    return thing if isinstance(thing, int) else thing.id


def _status(payer_type: LegalStatus | int | None) -> int | None:
    return payer_type.value if isinstance(payer_type, LegalStatus) else payer_type


def _currency_label(currency: Currency | int) -> str:
    return f"#{currency}" if isinstance(currency, int) else f"#{currency.id} {currency.iso}"
