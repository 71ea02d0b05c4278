"""Payment method (design.md §5): by which method a document's money came in."""

from decimal import Decimal
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c.matching import METHOD_NAMES, MethodMatch, MethodRefusal, MethodRule, match_payment_method
from billmanager_1c.models import (
    Company,
    CompanyId,
    Currency,
    CurrencyId,
    DocumentKind,
    LegalStatus,
    PaymentMethod,
    PaymentMethodId,
    Provider,
    ProviderId,
    QuarantineCode,
)

CASH, ORDER, CARD = DocumentKind.CASH_RECEIPT, DocumentKind.INCOMING_PAYMENT_ORDER, DocumentKind.CARD_PAYMENT
COMPANY, PROVIDER, RUB, USD = CompanyId(3), ProviderId(4), CurrencyId(126), CurrencyId(153)
GOOD = PaymentMethod(
    id=PaymentMethodId(1),
    names=("Cash", "Оплата наличными"),
    currency_id=RUB,
    company_ids=frozenset({COMPANY}),
    provider_ids=frozenset({PROVIDER}),
    legal_statuses=frozenset({1, 2, 3}),
    min_amount=Decimal("10.00"),
    max_amount=Decimal("1000.00"),
)


def method(id: int = 1, **changes: Any) -> PaymentMethod:
    """Make a method for cash that fits, but for the changes."""
    return attrs.evolve(GOOD, id=PaymentMethodId(id), **changes)


def ask(methods: list[PaymentMethod], kind: DocumentKind = CASH, **options: Any) -> MethodMatch | MethodRefusal:
    """Ask for a method for a hundred roubles from a legal entity, but for the options."""
    wanted: dict[str, Any] = {
        "company": COMPANY,
        "provider": PROVIDER,
        "currency": RUB,
        "amount": Decimal("100.00"),
        "payer_type": LegalStatus.LEGAL_ENTITY,
    }
    return match_payment_method(kind, methods, **(wanted | options))


def chosen(methods: list[PaymentMethod], kind: DocumentKind = CASH, **options: Any) -> MethodMatch:
    """Ask, and insist on a match."""
    answer = ask(methods, kind, **options)
    assert isinstance(answer, MethodMatch), str(answer)
    return answer


def test_a_method_that_fits() -> None:
    """The only method that fits is taken, and nothing is odd about it."""
    answer = chosen([GOOD])
    assert (answer.method, answer.rule, answer.lost, answer.notes) == (GOOD, MethodRule.ONLY_ONE, (), ())
    assert '#1 "Cash"' in answer.sentence


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"active": False}, "it is inactive"),
        ({"company_ids": frozenset({CompanyId(9)})}, "it is not linked to the company #3"),
        ({"company_ids": frozenset()}, "it is not linked to the company #3"),
        ({"provider_ids": frozenset({ProviderId(9)})}, "it is not linked to the provider #4"),
        ({"provider_ids": frozenset()}, "it is not linked to the provider #4"),
        ({"currency_id": USD}, "its currency is #153, not #126"),
        ({"currency_id": None}, "its currency is unknown, not #126"),
        ({"legal_statuses": frozenset({1, 3})}, "it is not open to payers of the legal status 2"),
        ({"min_amount": Decimal("100.01")}, "the amount 100.00 is below its minimum 100.01"),
        ({"max_amount": Decimal("99.99")}, "the amount 100.00 is above its maximum 99.99"),
        ({"commission_amount": Decimal("0.01")}, "it takes a commission"),
        ({"commission_percent": Decimal("2.5")}, "it takes a commission"),
        ({"names": ("Оплата через банк", "Bank")}, "its name does not contain the words"),
        ({"names": ()}, "its name does not contain the words"),
    ],
)
def test_each_condition_fails_alone(changes: dict[str, Any], reason: str) -> None:
    """Each condition of the rule is enough to fail, and is the only reason given.

    “Active; linked to the company and to the provider; in the currency; open to the payer's legal status; amount within
    its limits and no commission; its name (any language) contains the words for the document kind”.
    """
    refusal = ask([method(**changes)])
    assert isinstance(refusal, MethodRefusal)
    assert refusal.code is QuarantineCode.NO_METHOD
    (lost,) = refusal.lost
    assert len(lost.reasons) == 1
    assert lost.reasons[0].startswith(reason)
    assert reason in refusal.facts[0]


def test_limits_are_included_and_may_be_absent() -> None:
    """“amount within its limits”: a limit itself is within; no limit, or a maximum of zero, limits nothing."""
    assert chosen([GOOD], amount=Decimal(10)).rule is MethodRule.ONLY_ONE
    assert chosen([GOOD], amount=Decimal(1000)).rule is MethodRule.ONLY_ONE
    assert chosen([method(min_amount=None, max_amount=None)], amount=Decimal(10**9)).rule is MethodRule.ONLY_ONE
    assert chosen([method(max_amount=Decimal("0.00"))], amount=Decimal(10**9)).rule is MethodRule.ONLY_ONE
    assert chosen([GOOD], amount=None).rule is MethodRule.ONLY_ONE


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (CASH, "Оплата наличными"),
        (ORDER, "Оплата банковской картой"),
        (CARD, "Оплата платежной картой через терминал"),
    ],
)
def test_words_of_each_kind(kind: DocumentKind, words: str) -> None:
    """Each kind has its own words, and finds its own method among those of all kinds.

    “… the words for the document kind: «Оплата наличными», «Оплата банковской картой» (incoming payment order),
    «Оплата платежной картой через терминал»”.
    """
    assert METHOD_NAMES[kind] == words
    named = [method(number, names=(str(text),)) for number, text in enumerate(METHOD_NAMES.values(), 1)]
    assert chosen(named, kind).method.name == words


@pytest.mark.parametrize(
    "name",
    [
        "ОПЛАТА ПЛАТЁЖНОЙ КАРТОЙ ЧЕРЕЗ ТЕРМИНАЛ",
        "оплата платежной\u00a0картой  через\tтерминал",
        "\u2003Оплата платёжной картой\u202fчерез терминал (касса 2)",
        "Оплата плате\u0308жнои\u0306 картой через терминал",
        "POS: Оплата платежной картой через\nтерминал",
    ],
)
def test_words_are_compared_loosely(name: str) -> None:
    """“compared without case, with ё = е and any white space as one space”, also where ё is two characters."""
    assert chosen([method(names=("Card", name))], CARD).method.names[1] == name
    assert (
        chosen([method(names=("card terminal",))], CARD, names={CARD: "CARD\u00a0 Terminal"}).rule
        is MethodRule.ONLY_ONE
    )


def test_words_are_not_guessed() -> None:
    """Other words, other endings and words in another order do not count."""
    for name in ("Оплата наличным", "Наличными оплата", "Оплата-наличными", "Оплатаналичными"):
        assert isinstance(ask([method(names=(name,))]), MethodRefusal)


def test_words_are_settings() -> None:
    """“the words are settings”: one text, or several of which any is enough."""
    assert chosen([method(names=("Cash desk",))], names={CASH: "cash"}).rule is MethodRule.ONLY_ONE
    assert chosen([method(names=("Cash desk",))], names={CASH: ("kassa", "CASH DESK")}).rule is MethodRule.ONLY_ONE
    assert isinstance(ask([GOOD], names={CASH: "Оплата картой"}), MethodRefusal)


@pytest.mark.parametrize("names", [{}, {CASH: ""}, {CASH: " "}, {CASH: ()}, {CASH: ("", "\u00a0")}])
def test_no_words_match_no_method(names: Any) -> None:
    """Empty words are contained in every name; they are no words, and the refusal says which setting to fill in."""
    refusal = ask([GOOD], names=names)
    assert isinstance(refusal, MethodRefusal)
    assert "method_names" in refusal.message


def test_refusal_lists_each_method_with_all_reasons() -> None:
    """“None: refused, and the answer lists each method with why it failed.”"""
    bad = [method(2, active=False, currency_id=USD), method(1, names=("Bank",), commission_percent=Decimal(1))]
    refusal = ask(bad)
    assert isinstance(refusal, MethodRefusal)
    assert [(lost.candidate.id, len(lost.reasons)) for lost in refusal.lost] == [(1, 2), (2, 2)]
    assert refusal.facts[1] == '#2 "Cash": it is inactive; its currency is #153, not #126'
    assert "set one up in BILLmanager" in refusal.message


def test_no_methods_at_all() -> None:
    """An empty list is a refusal that points to the rights, since a BILLmanager without methods hardly exists."""
    refusal = ask([])
    assert isinstance(refusal, MethodRefusal)
    assert "rights" in refusal.message


@pytest.mark.parametrize(
    ("priorities", "expected", "rule"),
    [
        ({1: 5, 2: 3, 3: 4}, 2, MethodRule.ORDER_PRIORITY),
        ({10: 3, 9: 3, 11: 3}, 9, MethodRule.SMALLEST_ID),
        ({1: 7, 12: -1}, 12, MethodRule.ORDER_PRIORITY),
    ],
)
def test_several_methods(priorities: dict[int, int], expected: int, rule: MethodRule) -> None:
    """“Several: smallest order priority, then smallest id, and the report says that there were several.”"""
    answer = chosen([method(id, order_priority=priority) for id, priority in priorities.items()])
    assert (answer.method.id, answer.rule) == (expected, rule)
    assert {lost.candidate.id for lost in answer.lost} == priorities.keys() - {expected}
    assert "Several methods fit" in answer.notes[0]


def test_legal_status() -> None:
    """An unknown legal status is not asked, and a method that names none is open to all; both are said in a note."""
    for status in (LegalStatus.LEGAL_ENTITY, 2):
        assert chosen([GOOD], payer_type=status).notes == ()
    (note,) = chosen([method(legal_statuses=frozenset({3}))], payer_type=None).notes
    assert "not asked" in note
    (note,) = chosen([method(legal_statuses=frozenset())]).notes
    assert "open to all" in note


def test_objects_and_ids_are_alike() -> None:
    """Company, provider and currency may be given as values or as their ids."""
    whole = chosen(
        [GOOD],
        company=Company(id=COMPANY, name="Хостинг"),
        provider=Provider(id=PROVIDER, name="Бренд"),
        currency=Currency(id=RUB, iso="RUB"),
    )
    assert whole == chosen([GOOD], company=3, provider=4, currency=126)
    refusal = ask([method(company_ids=frozenset())], company=Company(id=COMPANY, name="Хостинг"))
    assert '#3 "Хостинг"' in str(refusal)


decimals = st.decimals(allow_nan=True, allow_infinity=True)
methods = st.lists(
    st.builds(
        method,
        st.integers(1, 6),
        names=st.lists(st.sampled_from(["Оплата наличными", "Cash", "ОПЛАТА  НАЛИЧНЫМИ №2"]), max_size=2).map(tuple),
        active=st.booleans(),
        currency_id=st.sampled_from([RUB, USD, None]),
        legal_statuses=st.frozensets(st.integers(0, 4)),
        min_amount=st.none() | decimals,
        max_amount=st.none() | decimals,
        commission_percent=st.sampled_from([Decimal(0), Decimal("0.00"), Decimal(1), Decimal("sNaN")]),
        order_priority=st.integers(-1, 1),
    ),
    max_size=6,
)


@given(methods, st.none() | decimals, st.none() | st.integers(0, 4), st.integers(0, 2**32))
def test_method_total_and_order_irrelevant(
    known: list[PaymentMethod], amount: Decimal | None, payer_type: int | None, seed: int
) -> None:
    """No value of the right type makes it raise, every method is accounted for, and the order does not matter."""
    answer = ask(known, amount=amount, payer_type=payer_type)
    lost = [one.candidate.id for one in answer.lost]
    ids = {one.id for one in known}
    assert all(one.reasons for one in answer.lost)
    if isinstance(answer, MethodMatch):
        assert sorted([*lost, answer.method.id]) == sorted(ids)
        assert amount is None or amount.is_finite()
    else:
        assert sorted(lost) == sorted(ids)
        assert answer.code.waits_for == "data"
    shuffled = [*known, *known]
    Random(seed).shuffle(shuffled)
    again = ask(shuffled, amount=amount, payer_type=payer_type)
    # repr: two values that hold NaN are never equal
    assert repr(again) == repr(answer)
