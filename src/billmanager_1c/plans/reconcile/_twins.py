"""Payments typed in by hand that may be the money of lines without one (protocol.md §2, Sweep)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

from ._inputs import Line, RemotePayment

WITHIN = 7
"""How many days apart the days of payment may be."""

_Key = tuple[Decimal, str, dt.date | None, str]


def find_twins(lines: Sequence[Line], free: Sequence[RemotePayment]) -> None:
    """Hold a twin against each line that may have one: the nearest days first; a payment is held against one line.

    A twin has the line's amount, its subaccount or the INN of its counterparty, no document number or the same one, and
    a day of payment within a week. Both sequences come in their order, by key and by id; of equally near pairs the
    first line takes the payment of the smallest id.
    """
    if not lines or not free:
        return
    waiting: dict[_Key, list[RemotePayment]] = {}
    for payment in free:
        number = (payment.document_number or "").strip()
        for who in _names(payment.subaccount_id, payment.payer_inn):
            waiting.setdefault((payment.amount, who, payment.paid_on, number), []).append(payment)
    taken: set[int] = set()
    for apart in range(WITHIN + 1):
        for line in lines:
            if line.twin is not None:
                continue
            queues = [waiting[key] for key in _keys(line, apart) if key in waiting]
            heads = [_first(queue, line, taken) for queue in queues]
            found = min((head for head in heads if head is not None), key=lambda one: one.id, default=None)
            if found is not None:
                line.twin = found
                taken.add(found.id)


def may_be_twin(line: Line, payment: RemotePayment) -> bool:
    """Say whether nothing speaks against a payment that has the line's amount, number and name."""
    subaccount_id, known = line.subaccount_id, line.known
    if subaccount_id is not None and payment.subaccount_id not in (None, subaccount_id):
        return False
    if payment.currency and line.document is not None and payment.currency != line.document.currency:
        return False
    return known is None or payment.id not in known.dismissed


def _keys(line: Line, apart: int) -> Iterator[_Key]:
    document, amount = line.document, line.amount
    assert document is not None and amount is not None
    day, away = document.payment_date, dt.timedelta(days=apart)
    days: dict[dt.date | None, None] = dict.fromkeys(_days(day, away))
    if apart == WITHIN:
        days[None] = None  # a payment that shows no day is as far away as may be
    for who in _names(line.subaccount_id, line.inn):
        for day_of in days:
            for number in dict.fromkeys(("", line.number)):
                yield amount, who, day_of, number


def _days(day: dt.date, away: dt.timedelta) -> Iterator[dt.date]:
    for step in (-away, away):
        try:
            yield day + step
        except OverflowError:  # the first or the last day there is
            continue


def _names(subaccount_id: int | None, inn: str) -> Iterator[str]:
    if subaccount_id is not None:
        yield f"subaccount {subaccount_id}"
    if inn:
        yield f"INN {inn}"


def _first(queue: list[RemotePayment], line: Line, taken: set[int]) -> RemotePayment | None:
    while queue and queue[0].id in taken:
        queue.pop(0)
    return next((one for one in queue if one.id not in taken and may_be_twin(line, one)), None)
