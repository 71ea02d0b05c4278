"""Money: from text to ``Decimal`` and never by any other way."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from billmanager_1c.models import AmountProblem, Money, check_amount, parse_amount, parse_money

amounts = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**15), max_value=10**15)


@given(amounts)
def test_amount_round_trip(amount: Decimal) -> None:
    """A printed amount is read back digit by digit, with as many places as were printed."""
    assert parse_amount(f"{amount:f}").as_tuple() == amount.as_tuple()
    assert parse_amount(f"  {amount:f}\n") == amount


@pytest.mark.parametrize("unit", ["RUB", "$", "руб.", "¥", "руб. РФ"])
@given(amount=amounts)
def test_money_round_trip(unit: str, amount: Decimal) -> None:
    """A cell of a list gives the amount and what stood behind it; printed, it is the same cell."""
    money = parse_money(f"{amount:f} {unit}")
    assert (money.amount, money.unit) == (amount, unit)
    assert str(money) == f"{amount:f} {unit}"


def test_money_without_unit() -> None:
    """A bare amount is money in a unit that was not said."""
    assert parse_money("7.00") == Money(Decimal("7.00"))
    assert str(parse_money("7.00")) == "7.00"


@pytest.mark.parametrize("gap", [" ", "\u00a0", "\u2009", "\u202f", ","])
@given(amount=amounts)
def test_thousands_set_apart(gap: str, amount: Decimal) -> None:
    """A cell whose thousands are set apart, and its unit, by a space of any width or by commas is the same money."""
    text = f"{amount:,f}".replace(",", gap)
    assert parse_money(f"{text}{gap.replace(',', ' ')}RUB") == Money(amount, "RUB")
    assert parse_money(text) == Money(amount)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1,50",
        "1 000.00",
        "1\u00a0000.00",
        "1_000",
        "1e3",
        "1.5E2",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "1.",
        ".5",
        "1.2.3",
        "--1",
        "0x10",
        "١٢٣",
        "１２",
        "1²",
        "−5.00",
        "1.00 RUB",
        "1.00\x00",
    ],
)
def test_no_amount(text: str) -> None:
    """A comma, a space inside, an exponent, NaN, digits of other scripts: no amount, and the text is quoted."""
    with pytest.raises(ValueError, match="not an amount"):
        parse_amount(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RUB",
        "RUB 5.00",
        "1,50 RUB",
        "1e3 RUB",
        "NaN RUB",
        "5.00RUB",
        "１２ RUB",
        "1,000 RUB",  # a thousand, or one with three places
        "1,000,000 RUB",
        "1.000,00 RUB",
        "1 00.00 RUB",
        "1 0000.00 RUB",
        "1000 000.00 RUB",
        "0 123.00 RUB",
        "1  000.00 RUB",
        "1 000,000.00 RUB",
        "1 000 .00 RUB",
        "5.00 100 RUB",
    ],
)
def test_no_money(text: str) -> None:
    """A cell that does not start with an amount, or whose amount can be read in two ways, is refused, never guessed."""
    with pytest.raises(ValueError, match="not an amount of money"):
        parse_money(text)


@given(st.text())
def test_nothing_but_decimals_is_read(text: str) -> None:
    """Whatever is read is finite and equals what ``Decimal`` makes of the text; everything else is a ``ValueError``."""
    try:
        amount = parse_amount(text)
    except ValueError:
        return
    assert amount.is_finite()
    assert amount == Decimal(text.strip())


@given(st.text(min_size=200))
def test_message_stays_short(text: str) -> None:
    """A long wrong text is not repeated whole in the message."""
    assume(not text.strip().isdigit())
    with pytest.raises(ValueError, match="not an amount") as caught:
        parse_amount(text)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("amount", "problem"),
    [
        ("0.01", None),
        ("1234.5", None),
        ("100", None),
        ("1E+3", None),
        ("1.500", None),
        ("1E+40", None),
        ("123456789012345678901234567890.12", None),
        ("0", AmountProblem.NOT_POSITIVE),
        ("0.00", AmountProblem.NOT_POSITIVE),
        ("0.00000", AmountProblem.NOT_POSITIVE),
        ("-0.00", AmountProblem.NOT_POSITIVE),
        ("-5.00", AmountProblem.NOT_POSITIVE),
        ("0.001", AmountProblem.FRACTION),
        ("10.005", AmountProblem.FRACTION),
        ("1E-5", AmountProblem.FRACTION),
        ("1234567890123456789012345678901234.567", AmountProblem.FRACTION),
        ("NaN", AmountProblem.NOT_FINITE),
        ("sNaN", AmountProblem.NOT_FINITE),
        ("Infinity", AmountProblem.NOT_FINITE),
        ("-Infinity", AmountProblem.NOT_FINITE),
    ],
)
def test_amount_problems(amount: str, problem: AmountProblem | None) -> None:
    """“amounts are ``Decimal`` with two places, > 0”: trailing zeros are no places, and size is no problem."""
    assert check_amount(Decimal(amount)) is problem


@given(st.decimals())
def test_check_amount_is_total(amount: Decimal) -> None:
    """Any ``Decimal`` gets an answer, and a good one is a whole number of hundredths."""
    if check_amount(amount) is None:
        assert amount > 0
        assert (Fraction(amount) * 100).denominator == 1
