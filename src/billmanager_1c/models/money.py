"""Money: ``Decimal`` from text to text; a float never comes near it."""

from __future__ import annotations

import enum
import re
from decimal import Decimal

import attrs

CENT = Decimal("0.01")

#: digits before the point, and after it, that any amount of money may have; a stranger may send millions
_MOST_DIGITS = 64
_PLAIN = re.compile(r"[-+]?[0-9]{1,64}(?:\.[0-9]{1,64})?")
#: a space, one that does not break, a thin one, and a narrow one that does not break
_GAP = " \u00a0\u2009\u202f"
_SET_APART = (  # by one and the same gap; commas only before a point, for 1,000 may be one with three places
    rf"[1-9][0-9]{{0,2}}(?:(?P<gap>[{_GAP}])[0-9]{{3}}(?:(?P=gap)[0-9]{{3}}){{0,19}}(?:\.[0-9]{{1,64}})?"
    r"|(?:,[0-9]{3}){1,20}\.[0-9]{1,64})"
)
_CELL = re.compile(
    rf"(?P<amount>{_PLAIN.pattern}|[-+]?{_SET_APART})(?:[\s{_GAP}]+(?P<unit>[^\s{_GAP}0-9.,].*))?", re.ASCII
)
_THOUSANDS = str.maketrans("", "", f"{_GAP},")


class AmountProblem(enum.Enum):
    """Why an amount cannot be exported."""

    NOT_POSITIVE = "it is not greater than zero"
    FRACTION = "it has more than two decimal places"
    NOT_FINITE = "it is not a number"
    TOO_LARGE = "it has more digits than any amount of money"


@attrs.frozen
class Money:
    """An amount together with its unit as BILLmanager printed it: an ISO code or a sign such as ``$``."""

    #: the amount, exactly as many decimal places as were printed
    amount: Decimal
    #: what stood behind the amount; empty where nothing did
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}".rstrip()


def check_amount(amount: Decimal) -> AmountProblem | None:
    """Say why the amount cannot be exported: amounts have two places and are greater than zero (design.md §5)."""
    if not amount.is_finite():
        return AmountProblem.NOT_FINITE
    _, digits, exponent = amount.as_tuple()
    # Not by quantize(): that raises for amounts of more digits than the context of the moment has.
    if isinstance(exponent, int) and exponent < -2 and any(digits[exponent + 2 :]):
        return AmountProblem.FRACTION
    if abs(amount.adjusted()) >= _MOST_DIGITS:  # written out, 1E+999999999 would be a gigabyte
        return AmountProblem.TOO_LARGE
    if amount <= 0:
        return AmountProblem.NOT_POSITIVE
    return None


def parse_amount(text: str) -> Decimal:
    """Read a plain decimal amount such as ``1234.50``.

    Raises:
        ValueError: the text is anything else: a comma, a space inside, an exponent, ``NaN``, digits of another script.
    """
    match = _PLAIN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not an amount: {text[:40]!r}")
    return Decimal(match[0])


def parse_money(text: str) -> Money:
    """Read a cell of a BILLmanager list, such as ``10.00 RUB``, ``5.00 $`` or ``7.00`` (billmanager-api.md §3).

    Thousands may be set apart, as in ``1 000.00`` and ``1,000.00``: none were seen to be, and none can be misread.

    Raises:
        ValueError: the text does not start with an amount, or with one that can be read in two ways.
    """
    match = _CELL.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not an amount of money: {text[:40]!r}")
    return Money(Decimal(match["amount"].translate(_THOUSANDS)), (match["unit"] or "").strip())
