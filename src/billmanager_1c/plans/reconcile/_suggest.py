"""Which payment typed in by hand may be the money of which line: suggestions, with what speaks for them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

import attrs

from ...reports import Suggestion
from ._inputs import Line, RemotePayment
from ._twins import WITHIN

LEAST = 50
"""The least score of a suggestion."""

_MOST = 3
"""Suggestions for one line."""

_NEAREST = 5
"""Payments looked at for one line and one sign, the nearest in time: so that it stays linear."""

_NUMBER = re.compile(r"\d+")
_SHORTEST = 3
"""A number of fewer digits, named in a purpose, says nothing."""


def suggest(lines: Sequence[Line], free: Sequence[RemotePayment]) -> list[Suggestion]:
    """Pair lines without money with payments that belong to nothing.

    Of 100: 40 for the same amount, 25 for the same INN, 15 for the same subaccount, 20 for a number that one names and
    the other has, and up to 10 for days that lie near each other; another INN or subaccount takes 25 away. What comes
    to less than 50 is no suggestion.
    """
    if not free:
        return []
    signs: dict[object, _Timeline] = {}
    for payment in free:
        for sign in _signs_of_payment(payment):
            signs.setdefault(sign, _Timeline()).payments.append(payment)
    for timeline in signs.values():
        timeline.sort()
    found: list[Suggestion] = []
    for line in lines:
        day = line.document.payment_date.toordinal() if line.document else 0
        near = {
            payment.id: payment
            for sign in _signs_of_line(line)
            if sign in signs
            for payment in signs[sign].nearest(day)
            if line.known is None or payment.id not in line.known.dismissed
        }
        scored = [_score(line, payment) for _, payment in sorted(near.items())]
        likely = [one for one in scored if one.score >= LEAST]
        found += sorted(likely, key=lambda one: (-one.score, one.payment_id))[:_MOST]
    return found


@attrs.define(eq=False)
class _Timeline:
    """Payments of one sign, by day."""

    payments: list[RemotePayment] = attrs.field(factory=list)
    days: list[int] = attrs.field(factory=list)

    def sort(self) -> None:
        """Put them in order."""
        self.payments.sort(key=lambda one: (_day(one), one.id))
        self.days = [_day(one) for one in self.payments]

    def nearest(self, day: int) -> Iterator[RemotePayment]:
        """Yield the nearest ones; of equally near ones, those of a later day first."""
        right = bisect_left(self.days, day)
        left = right - 1
        for _ in range(min(_NEAREST, len(self.days))):
            takes_right = left < 0 or (right < len(self.days) and self.days[right] - day <= day - self.days[left])
            yield self.payments[right if takes_right else left]
            right, left = (right + 1, left) if takes_right else (right, left - 1)


def _day(payment: RemotePayment) -> int:
    day = payment.paid_on or payment.created_on
    return day.toordinal() if day else 0


def _signs_of_payment(payment: RemotePayment) -> Iterator[object]:
    yield "amount", payment.amount
    if payment.payer_inn:
        yield "amount and INN", payment.amount, payment.payer_inn
    if payment.subaccount_id is not None:
        yield "amount and subaccount", payment.amount, payment.subaccount_id
    for number in _numbers_named(payment):
        yield "document number", number
    for number in _own_numbers(payment):
        yield "payment number", number


def _signs_of_line(line: Line) -> Iterator[object]:
    yield "amount", line.amount
    if line.inn:
        yield "amount and INN", line.amount, line.inn
    if line.subaccount_id is not None:
        yield "amount and subaccount", line.amount, line.subaccount_id
    for number in _document_numbers(line):
        yield "document number", number
    for number in _numbers_in(line.document.purpose if line.document else ""):
        yield "payment number", number


def _score(line: Line, payment: RemotePayment) -> Suggestion:
    score, reasons = 0, []
    for points, reason in _evidence(line, payment):
        score += points
        if points > 0:
            reasons.append(reason)
    return Suggestion(
        ref=line.ref,
        contract_id=line.contract_id,
        payment_id=payment.id,
        score=max(0, min(score, 100)),
        reasons=tuple(reasons),
    )


def _evidence(line: Line, payment: RemotePayment) -> Iterator[tuple[int, str]]:
    if payment.amount == line.amount:
        yield 40, "same amount"
    if line.inn and payment.payer_inn:
        yield (25, f"same INN {line.inn}") if line.inn == payment.payer_inn else (-25, "another INN")
    if line.subaccount_id is not None and payment.subaccount_id is not None:
        same = line.subaccount_id == payment.subaccount_id
        yield (15, f"same subaccount {line.subaccount_id}") if same else (-25, "another subaccount")
    if named := sorted(set(_document_numbers(line)) & set(_numbers_named(payment))):
        yield 20, f"names the number {named[0]}"
    elif line.document and (named := sorted(set(_numbers_in(line.document.purpose)) & set(_own_numbers(payment)))):
        yield 20, f"the purpose in 1C names its number {named[0]}"
    day = payment.paid_on or payment.created_on
    if line.document is not None and day is not None:
        apart = abs((day - line.document.payment_date).days)
        if apart <= WITHIN:
            yield 10 - apart, "the same day" if not apart else f"{apart} days apart" if apart > 1 else "a day apart"


def _document_numbers(line: Line) -> list[str]:
    """Return the numbers by which people call the document, without leading noughts and prefixes."""
    document = line.document
    if document is None:
        return []
    return _short(
        number[-1] for text in (document.number, document.incoming_number) if (number := _NUMBER.findall(text))
    )


def _numbers_named(payment: RemotePayment) -> list[str]:
    """Return the numbers of documents that the payment names: in their field, or in the purpose."""
    field = _NUMBER.findall(payment.document_number or "")
    own = frozenset(_own_numbers(payment))
    return [*_short(field[-1:]), *(number for number in _numbers_in(payment.description or "") if number not in own)]


def _own_numbers(payment: RemotePayment) -> list[str]:
    return _short((str(payment.id), *_NUMBER.findall(payment.number)[-1:]))


def _numbers_in(text: str) -> list[str]:
    return [number for number in _short(_NUMBER.findall(text)[:20]) if len(number) >= _SHORTEST]


def _short(numbers: Iterable[str]) -> list[str]:
    return [number for number in dict.fromkeys(number.lstrip("0") for number in numbers) if number]
