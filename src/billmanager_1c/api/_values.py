"""How values are written into a form."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from ..models import AmountProblem, check_amount


def amount_text(amount: Decimal) -> str:
    """Write an amount as BILLmanager's own mask wants it: a dot and two places (billmanager-api.md §4.10).

    Raises:
        ValueError: it has more than two decimal places or too many digits, or is not a number.
    """
    problem = check_amount(amount)
    if problem is not None and problem is not AmountProblem.NOT_POSITIVE:
        raise ValueError(f"the amount {amount} cannot be sent: {problem.value}")
    # By text and not by quantize(): that raises for amounts of more digits than the context of the moment has.
    whole, _, fraction = f"{amount:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0'):0<2}"


def start_of(day: dt.date) -> str:
    """Write the first moment of a day on BILLmanager's wall clock (§4.11: no zone on the wire)."""
    return f"{day.isoformat()} 00:00:00"
