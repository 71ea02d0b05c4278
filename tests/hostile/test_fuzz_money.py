"""Any text is an amount, or none; any text is an INN with something wrong with it, or a good one."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from doors import read_inn, read_money
from hypothesis import example, given
from hypothesis import strategies as st

from billmanager_1c.api import CreatePayment, Dialect
from billmanager_1c.models import (
    AccountId,
    AmountProblem,
    CurrencyId,
    NewPayment,
    PayerId,
    PaymentMethodId,
    ProviderId,
    check_amount,
)

pytestmark = pytest.mark.property

#: what amounts are made of, with everything that looks like it
letters = st.sampled_from(
    [*"0123456789+-.,eE_ '$₽", "\u00a0", "\u202f", "\u2212", "٣", "५", "３", "½", "\0", "RUB", "NaN"]
)
looks_like_money = st.lists(letters, max_size=30).map("".join)


@given(text=st.text() | looks_like_money)
@example("9" * 100_000)
@example("0." + "0" * 100_000 + "1")
@example(" " * 100_000 + "1")
@example("1 " + " " * 100_000)
@example("1E+999999999")
def test_money(text: str) -> None:
    """Whatever comes is a finite amount of bounded length, or a refusal that quotes no more than its beginning."""
    read_money(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234.50", "1234.50"),
        ("+1.00", "1.00"),
        ("-1.00", "-1.00"),
        ("1.005", "1.005"),
        ("  7 ", "7"),
        ("\u00a07.00\u00a0", "7.00"),
        ("1 ₽", "1"),
        ("9" * 64, "9" * 64),
        ("1,50", None),
        ("1.234,50", None),
        ("1\u00a0234.50", "1234.50"),
        ("1 234.50", "1234.50"),
        ("1\u202f234.50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1,234", None),
        ("1 234\u00a0567.50", None),
        ("1e3", None),
        ("1E+999999999", None),
        ("١٢٣٤", None),
        ("१२", None),
        ("１２.５０", None),
        ("12.5٠", None),
        ("½", None),
        ("\u22125.00", None),
        ("--5", None),
        ("0x10", None),
        ("1_000", None),
        ("9" * 65, None),
        ("0." + "1" * 65, None),
        ("1.00\0", None),
    ],
)
def test_what_counts_as_money(text: str, amount: str | None) -> None:
    """Digits are 0 to 9 and the point is a point: thousands may be set apart, and what has two meanings is refused."""
    assert read_money(text) == (None if amount is None else Decimal(amount))


@given(exponent=st.integers(-(10**9), 10**9), digits=st.integers(-(10**6), 10**6))
@example(exponent=999_999_999, digits=1)
@example(exponent=-999_999_999, digits=1)
@example(exponent=999_999_999, digits=0)
@example(exponent=-999_999_999, digits=0)
def test_no_amount_is_written_out_by_the_gigabyte(exponent: int, digits: int) -> None:
    """An amount of absurd size has a problem with a name, and is refused before it is written into a form."""
    amount = Decimal(f"{digits}E{exponent}")
    problem = check_amount(amount)
    if problem is None:
        assert amount.adjusted() < 64
    payment = NewPayment(
        amount=amount,
        currency_id=CurrencyId(126),
        method_id=PaymentMethodId(1),
        account_id=AccountId(1),
        payer_id=PayerId(1),
        provider_id=ProviderId(1),
        random_number="a1B2c3D4e5F6",
    )
    try:
        params = CreatePayment(payment=payment).call(Dialect()).params
    except ValueError:
        assert problem is not None
    else:
        assert problem in (None, AmountProblem.NOT_POSITIVE)
        assert max(map(len, params.values())) < 150


@given(text=st.text() | st.text("0123456789٠١٢३ \u00a0", min_size=8, max_size=14))
@example("9" * 100_000)
@example("７７０７０８３８９３")
@example("٧٧٠٧٠٨٣٨٩٣")
def test_inn(text: str) -> None:
    """An INN is ten or twelve digits from 0 to 9 with the right check digits; any other text has a named problem."""
    read_inn(text)


def test_nothing_takes_long() -> None:
    """A text of a million characters is judged at once."""
    begun = time.process_time()
    for text in ("9" * 10**6, " " * 10**6 + "x", "1 " * 500_000, "1 \t" * 300_000 + "\n"):
        read_money(text)
        read_inn(text)
    assert time.process_time() - begun < 5
