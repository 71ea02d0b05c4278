"""The pure function, beside one that compares every line with every payment."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from papers import documents_, links_, payments_
from slow_oracle import oracle, totals

from billmanager_1c import reconcile
from billmanager_1c.models import (
    Payment,
    PaymentDocument,
)
from billmanager_1c.plans.reconcile import KnownLine


@pytest.mark.property
@given(documents_(), payments_, links_)
def test_it_says_what_pencil_and_paper_say(
    documents: list[PaymentDocument], payments: list[Payment], links: list[KnownLine]
) -> None:
    """Every line and every payment has the class that a comparison of everything with everything gives it."""
    found = reconcile(documents, payments, links=links)
    told = {}
    for line in [*found.lines, *found.ok]:
        beside = line.ref is None or (line.line_class == "orphan_inert" and line.amount is None)
        key = line.payment_id if beside and line.payment_id is not None else (line.ref, line.contract_id)
        ids = line.payment_ids if line.credited is not None else ()
        told[key] = (line.line_class.value, tuple(sorted(ids)))
    expected = oracle(documents, payments, links)
    # An inert payment of a line that is no money is told of by the line, or beside it: the same class either way.
    assert _flat(told) == _flat(expected)


def _flat(told: dict) -> Counter:
    return Counter((name, ids) for name, ids in told.values())


@pytest.mark.property
@given(documents_(), payments_, links_)
def test_money_is_neither_lost_nor_found(
    documents: list[PaymentDocument], payments: list[Payment], links: list[KnownLine]
) -> None:
    """Over all classes, the totals are what 1C shows and what stands credited, to the kopeck."""
    found = reconcile(documents, payments, links=links)
    onec = sum((total.onec for by in found.totals.values() for total in by.values()), Decimal(0))
    credited = sum((total.billmanager for by in found.totals.values() for total in by.values()), Decimal(0))
    assert (onec, credited) == totals(documents, payments)
    assert sum(total.lines for by in found.totals.values() for total in by.values()) == sum(found.counts.values())


@pytest.mark.property
@given(documents_(), payments_, links_, st.randoms(use_true_random=False))
def test_the_order_of_the_input_makes_no_difference(documents, payments, links, random) -> None:
    """Shuffled, the same input gives the same bytes, and the same lines that agree."""
    before = reconcile(documents, payments, links=links)
    for things in (documents, payments, links):
        random.shuffle(things)
    after = reconcile(iter(documents), iter(payments), links=iter(links))
    assert after.to_json(ok=True).encode() == before.to_json(ok=True).encode()
    assert after == before


@pytest.mark.property
@given(documents_(), payments_, links_)
def test_a_payment_is_told_of_once(documents, payments, links) -> None:
    """No payment is in two lines, and nothing suggests a payment that a line has."""
    found = reconcile(documents, payments, links=links)
    told = [payment_id for line in [*found.lines, *found.ok] for payment_id in line.payment_ids]
    assert len(told) == len(set(told))
    own = {
        id
        for line in [*found.lines, *found.ok]
        if line.ref and line.line_class != "human_twin"
        for id in line.payment_ids
    }
    assert not own & {suggestion.payment_id for suggestion in found.suggestions}
    assert all(50 <= suggestion.score <= 100 for suggestion in found.suggestions)
