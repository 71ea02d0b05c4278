"""Finding payers and methods: the rate among ten thousand against the rate among ten."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bench_figures import Figure, Size, fastest, timed

from billmanager_1c.matching import PayerIndex, match_payment_method, resolve_payer
from billmanager_1c.models import (
    AccountId,
    CompanyId,
    Counterparty,
    CurrencyId,
    DocumentKind,
    LegalStatus,
    Payer,
    PayerId,
    PaymentMethod,
    PaymentMethodId,
    ProviderId,
)
from billmanager_1c.testing.world import make_inn

FEW, MANY = 10, 10_000
ASKED = 10
"""So many different counterparties are asked for, whatever the number of payers."""


def payers(count: int) -> PayerIndex:
    """Return the payers of one client, each with an INN and a code of its own."""
    return PayerIndex(
        Payer(
            id=PayerId(number),
            name=f"ООО «Клиент-{number}»",
            account_id=AccountId(1),
            legal_status=LegalStatus.LEGAL_ENTITY,
            inn=make_inn(number),
            accounting_code=f"{number:09d}",
        )
        for number in range(1, count + 1)
    )


def counterparties(count: int) -> list[Counterparty]:
    """Return some of those who have a payer: found by INN, by code, and one whom nobody is like."""
    step = count // ASKED
    found = [
        Counterparty(
            id=f"{number:08d}-0000-4000-8000-000000000000",
            name=f"Контрагент {number}",
            code=f"{1 + number * step:09d}",
            inn=make_inn(1 + number * step) if number % 2 else "",
        )
        for number in range(ASKED - 1)
    ]
    nobody = Counterparty(id="99999999-0000-4000-8000-000000000000", name="Никто", inn=make_inn(900_000))
    return [*found, nobody]


def methods(count: int) -> list[PaymentMethod]:
    """Return methods of which the three usual ones suit, and the others are other companies'."""
    names = ("Оплата наличными", "Оплата банковской картой", "Оплата платежной картой через терминал")
    return [
        PaymentMethod(
            id=PaymentMethodId(number),
            names=(names[number % 3],),
            currency_id=CurrencyId(126),
            company_ids=frozenset({CompanyId(number // 3)}),
            provider_ids=frozenset({ProviderId(1)}),
        )
        for number in range(count)
    ]


def match(found: Sequence[PaymentMethod]) -> object:
    """Ask for the method of one kind."""
    return match_payment_method(
        DocumentKind.CASH_RECEIPT, found, company=CompanyId(0), provider=ProviderId(1), currency=CurrencyId(126)
    )


def resolution(size: Size) -> Iterator[Figure]:
    """Compare the rates."""
    rounds, times = size.of(15, 5), size.of(400, 100)

    def asking(index: PayerIndex, who: Sequence[Counterparty]) -> Callable[[], float]:
        return lambda: _seconds(times, lambda: [resolve_payer(one, index) for one in who])

    few, many = fastest(rounds, asking(payers(FEW), counterparties(FEW)), asking(payers(MANY), counterparties(MANY)))
    asked = times * ASKED
    yield Figure(
        what="payers found: rate among 10,000 to the rate among 10",
        measured=f"{asked / many:,.0f}/s",
        against=f"{asked / few:,.0f}/s among 10",
        figure=few / many,
        at_least=0.8,
        note="a PayerIndex per client, as the engine keeps one",
    )


def _seconds(times: int, work: Callable[[], Any]) -> float:
    with timed() as watch:
        for _ in range(times):
            work()
    return watch.cpu
