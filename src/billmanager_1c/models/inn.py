"""INN and accounting codes: text that looks like a number and must never become one."""

from __future__ import annotations

import enum
from typing import NewType

Inn = NewType("Inn", str)
"""A Russian taxpayer's number as text, without outer spaces, leading zeros kept. Empty where there is none."""

#: the two invisible characters, beside white space of every kind, that exports leave at the ends of a text
_INVISIBLE = "\ufeff\u200b"

_WEIGHTS_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_WEIGHTS_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_WEIGHTS_12 = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


class InnProblem(enum.Enum):
    """What is wrong with an INN. It is reported and never fatal: real bases hold such numbers."""

    NOT_DIGITS = "not digits"
    LENGTH = "neither 10 nor 12 digits"
    CHECK_DIGIT = "the check digit does not agree"


def normalize_inn(text: str | None) -> Inn:
    """Return the INN without outer white space; an absent one is empty."""
    return Inn(normalize_code(text))


def normalize_code(text: str | None) -> str:
    """Return a code as it is compared: text without outer white space, leading zeros kept (design.md §5)."""
    code = (text or "").strip()
    while code and (code[0] in _INVISIBLE or code[-1] in _INVISIBLE):
        code = code.strip(_INVISIBLE).strip()
    return code


def check_inn(inn: str) -> InnProblem | None:
    """Check length and check digits; None means that nothing is wrong. An empty INN has a wrong length.

    The sums are those of the Federal Tax Service (reference/1c-odata.md §5).
    """
    if not (inn.isascii() and inn.isdigit()):
        return InnProblem.NOT_DIGITS if inn else InnProblem.LENGTH
    digits = [int(char) for char in inn]
    if len(digits) == 10:
        agrees = _control(digits, _WEIGHTS_10) == digits[9]
    elif len(digits) == 12:
        agrees = _control(digits, _WEIGHTS_11) == digits[10] and _control(digits, _WEIGHTS_12) == digits[11]
    else:
        return InnProblem.LENGTH
    return None if agrees else InnProblem.CHECK_DIGIT


def _control(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10
