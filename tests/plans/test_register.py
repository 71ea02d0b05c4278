"""The register of ISPsystem's module: which of its payments are bound, and to which line."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from script import ACCOUNT, DOCUMENT, ONE, OURS, REF, a_run, holding, play, see, shown

from billmanager_1c import MemoryStore
from billmanager_1c.api import Page, ReadPayment
from billmanager_1c.errors import BadReply
from billmanager_1c.ledger import Link, LinkState
from billmanager_1c.models import (
    Contract,
    ContractId,
    PaymentDocument,
    PaymentId,
    PaymentLine,
    PaymentStatus,
    SubaccountId,
)
from billmanager_1c.plans.effects import ReadDocuments
from billmanager_1c.plans.recover import recover_links
from billmanager_1c.plans.run import Run

TWO = ContractId("00000000-0000-4000-8000-00000000000b")
OTHER = attrs.evolve(ACCOUNT, id=SubaccountId(2), account="ООО «Другое»")
LONG_AGO = dt.date(2025, 12, 31)
CREDITED = PaymentStatus.CREDITED


def recovered(
    *answers: object,
    store: MemoryStore,
    payment_id: PaymentId | None = OURS,
    since: dt.date = DOCUMENT.date,
    read: PaymentDocument | None = None,
) -> tuple[Run, list[Any]]:
    """Recover links where the register says that the module made this payment for our document."""
    store.save_subaccounts([ACCOUNT, OTHER])
    run = a_run()
    books, listed = ([], [], Page(rows=(), number=1, total=0)), ([], [])
    documents = () if read is None else ([read],)
    script = (*books, *listed, [(REF, payment_id)], *documents, *answers)
    return run, play(recover_links(run, since), *script, store=store)[1]


def with_lines(**subaccounts: SubaccountId | None) -> PaymentDocument:
    """Return our document with a line for each of these contracts, and the subaccount that it names."""
    ids = {"one": ONE, "two": TWO}
    half = DOCUMENT.amount / len(subaccounts)
    lines = [
        PaymentLine(contract=Contract(id=ids[name], subaccount_id=named), amount=half)
        for name, named in subaccounts.items()
    ]
    return attrs.evolve(DOCUMENT, lines=tuple(lines))


def states(store: MemoryStore) -> dict[ContractId, tuple[LinkState, PaymentId | None]]:
    """Return how the lines stand that have a payment."""
    links = store.dossier(REF).links
    return {id: (link.state, link.payment_id) for id, link in links.items() if link.payment_id is not None}


def test_document_that_the_store_does_not_know_is_read_from_1c() -> None:
    """“A company can move over without exporting a payment twice”: a new store knows no document at all."""
    store = MemoryStore()
    _, called = recovered(shown(CREDITED), store=store, read=DOCUMENT)
    assert any(isinstance(operation, ReadDocuments) for operation in called)
    assert states(store) == {ONE: (LinkState.SYNCED, OURS)}


def test_payment_that_a_line_has_is_not_asked_about() -> None:
    """“A payment holds at most one line.”"""
    store = see(holding(OURS))
    _, called = recovered(store=store)
    assert not any(isinstance(operation, ReadPayment) for operation in called)
    assert states(store) == {}


@pytest.mark.parametrize(
    ("document", "since"),
    [(LONG_AGO, LONG_AGO), (DOCUMENT.date, DOCUMENT.date + dt.timedelta(days=1))],
    ids=["older than the export", "older than was asked for"],
)
def test_document_that_is_older_is_left_alone(document: dt.date, since: dt.date) -> None:
    """Bound to a document that is none of this exchange, its payment would be cancelled."""
    store = see(MemoryStore(), attrs.evolve(DOCUMENT, date=document), Link(contract_id=ONE), wanted=False)
    recovered(store=store, since=since)
    assert states(store) == {}


def test_payment_that_was_refunded_since_is_not_made_again() -> None:
    """“The module credited it, and a person took it out since: it is his line's all the same, and waits for him.”"""
    store = see(MemoryStore())
    run, _ = recovered(shown(PaymentStatus.REFUNDED), store=store)
    assert states(store) == {ONE: (LinkState.REMOTE_CHANGED, OURS)}
    assert any("took it out" in warning for warning in run.warnings)


@pytest.mark.parametrize(
    ("subaccounts", "credits", "bound"),
    [
        ({"one": ACCOUNT.id, "two": OTHER.id}, OTHER.id, TWO),
        ({"one": ACCOUNT.id, "two": OTHER.id}, SubaccountId(9), None),
        ({"one": ACCOUNT.id, "two": ACCOUNT.id}, ACCOUNT.id, None),
    ],
    ids=["the second", "neither", "either"],
)
def test_line_is_told_by_the_subaccount(
    subaccounts: dict[str, SubaccountId], credits: SubaccountId, bound: ContractId | None
) -> None:
    """“The line that a payment of the document is of: the one whose subaccount it credits”; where that is one."""
    store = see(MemoryStore(), with_lines(**subaccounts))
    run, _ = recovered(shown(CREDITED, subaccount_id=credits), [], store=store)
    assert states(store) == ({} if bound is None else {bound: (LinkState.SYNCED, OURS)})
    assert bool(run.warnings) is (bound is None)


@pytest.mark.parametrize(("status", "is_bound"), [(CREDITED, False), (PaymentStatus.REFUNDED, True)])
def test_only_line_is_enough_for_money_that_was_taken_out(status: int, *, is_bound: bool) -> None:
    """“Of money that a person took out the only line is enough”; what is money must credit its subaccount."""
    store = see(MemoryStore(), with_lines(one=None))
    recovered(shown(status), store=store)
    assert bool(states(store)) is is_bound


def test_register_that_names_no_number_is_told_of() -> None:
    """Whoever moves over looks for that payment himself: the next export would make another one."""
    store = see(MemoryStore())
    run, _ = recovered(store=store, payment_id=None)
    assert any("no number" in warning for warning in run.warnings)


def test_document_of_the_register_that_cannot_be_read_is_told_of() -> None:
    """It stops no other; whoever moves over recovers once more, else it would be exported when it is mended."""
    store = MemoryStore()
    run, _ = recovered(BadReply("The field Date is not a date.", system="1C"), store=store)
    assert states(store) == {}
    assert list(store.noted()) == [REF]
    assert any("recover_links() again" in warning for warning in run.warnings)
    run, _ = recovered(BadReply("The field Date is not a date.", system="1C"), store=holding(OURS))
    assert not any("recover_links() again" in warning for warning in run.warnings)
