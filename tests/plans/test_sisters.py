"""What is read of the other lines of a document, as the plan does it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import attrs
import pytest
from script import DOCUMENT, NOON, ONE, OURS, TARGET, a_run, play, see, shown

from billmanager_1c import MemoryStore
from billmanager_1c.errors import (
    AccessDenied,
    AnswerTimedOut,
    BadPassword,
    BadReply,
    BillManager1CError,
    ConnectionFailed,
    LicenseProblem,
    ObjectMissing,
    OversizeAnswer,
    RefusedByBillManager,
    ServerFailed,
    SlowDown,
    UnknownFunction,
)
from billmanager_1c.ledger import Blocked, Link, LinkState, Want
from billmanager_1c.models import Contract, ContractId, PaymentId, PaymentLine, PaymentStatus
from billmanager_1c.plans.doubts import make_sure_of_sisters

TWO, THREE = (ContractId(f"00000000-0000-4000-8000-00000000000{n}") for n in "bc")
SECOND = PaymentId(OURS + 1)


def beside(*answers: object) -> tuple[Mapping[ContractId, Want], list[int]]:
    """Have a third line wait beside two that are credited, of which one shrinks; return the wants and what was read."""
    sums = {ONE: Decimal(100), TWO: Decimal(20), THREE: Decimal(30)}
    lines = tuple(PaymentLine(contract=Contract(id=id), amount=amount) for id, amount in sums.items())
    document = attrs.evolve(DOCUMENT, amount=sum(sums.values(), Decimal(0)), lines=lines)
    store = see(MemoryStore(), document, Link(contract_id=ONE, state=LinkState.SYNCED, payment_id=OURS, applied=TARGET))
    for link in (
        Link(
            contract_id=TWO, state=LinkState.SYNCED, payment_id=SECOND, applied=attrs.evolve(TARGET, amount=Decimal(50))
        ),
        Link(contract_id=THREE),
    ):
        store = see(store, document, link)
    wants: dict[ContractId, Want] = {id: attrs.evolve(TARGET, amount=amount) for id, amount in sums.items()}
    dossier = store.dossier(document.ref)
    result, called = play(make_sure_of_sisters(a_run(started_at=NOON), dossier, wants), *answers, store=store)
    assert all(want == wants[id] for id, want in result.items() if not isinstance(want, Blocked))
    return result, [operation.id for operation in called]


def test_what_stands_is_read_and_nothing_held_back() -> None:
    """What shrinks is read before it is written to, and not here."""
    wants, read = beside(shown(PaymentStatus.CREDITED))
    assert read == [OURS]
    assert not [want for want in wants.values() if isinstance(want, Blocked)]


@pytest.mark.parametrize(
    "error",
    [
        BadReply("not an amount."),
        OversizeAnswer("not an amount."),
        RefusedByBillManager("not an amount."),
        ObjectMissing("not an amount.", object="profile"),
        AccessDenied("not an amount.", object="payment"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_payment_that_cannot_be_read_holds_back_what_grows(error: BillManager1CError) -> None:
    """“Nothing of the document may grow”; the reason names the payment, why, and what to do."""
    wants, _ = beside(error)
    held = {id: want for id, want in wants.items() if isinstance(want, Blocked)}
    assert list(held) == [THREE]
    assert f"Payment {OURS} stands" in held[THREE].reason
    assert "grow: not an amount. See to it" in held[THREE].reason


@pytest.mark.parametrize(
    "error",
    [
        ConnectionFailed("no"),
        AnswerTimedOut("no"),
        ServerFailed("no"),
        SlowDown("no"),
        LicenseProblem("no"),
        BadPassword("no"),
        UnknownFunction("no"),
        AccessDenied("no"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_trouble_of_the_whole_run_is_handed_on(error: BillManager1CError) -> None:
    """Where nobody answers, or nothing may be read at all, others fare no better."""
    with pytest.raises(type(error)):
        beside(error)
