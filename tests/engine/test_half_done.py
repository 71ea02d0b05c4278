"""An update that was done in part: what shows old and new values of ours side by side, no person has changed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stages import Stage, add_one

from billmanager_1c.ledger import NOT_READ, LinkState, Target, make_mark
from billmanager_1c.models import (
    AccountId,
    CompanyId,
    ContractId,
    CurrencyId,
    DocumentId,
    DocumentKind,
    DocumentRef,
    PayerId,
    Payment,
    PaymentId,
    PaymentMethodId,
    PaymentStatus,
    ProviderId,
    SubaccountId,
)
from billmanager_1c.plans.shown import person_changed
from billmanager_1c.testing import Fault

HOUR = dt.timedelta(hours=1)
DAY = dt.date(2026, 11, 2)


# ------------------------------------------------------------------------------------------------------ the engine


def _half_done(stage: Stage, *, lost: bool = False) -> tuple[DocumentRef, int, ContractId]:
    """Have 100 for "one" become 150 for "two" of which only the amount arrives, and perhaps no answer comes back."""
    ref, subaccount = add_one(stage, "100.00", purpose="one")
    stage.engine.load_accounts()
    (first,) = stage.engine.export_payments([ref]).outcomes
    assert first.contract_id is not None
    stage.bill.faults.arm(Fault.DROPS_FIELDS, fields=("description",))
    edits: list[object] = []

    def is_edit(request: object) -> bool:
        is_it = "subaccountamount" in getattr(request, "params", {})
        edits.extend([request] if is_it else [])
        return is_it

    def comes_after(request: object) -> bool:
        return bool(edits) and getattr(request, "func", "") == "payment.edit" and request is not edits[0]

    if lost:
        stage.bill.faults.arm(Fault.LOST_ANSWER, where=is_edit)
        stage.bill.faults.arm(Fault.DOWN, where=comes_after, times=None)
    stage.onec.change_document(ref.id, lines=[(first.contract_id, Decimal(150))], purpose="two")
    (half,) = stage.engine.export_payments([ref]).outcomes
    assert half.action == ("postponed" if lost else "quarantined")
    if lost:
        stage.bill.faults.disarm(Fault.DOWN)
    assert stage.bill.balance(subaccount) == Decimal("150.00")
    stage.clock.pass_by(HOUR)
    return ref, subaccount, first.contract_id


def _description(stage: Stage) -> str:
    (payment,) = stage.bill.payments()
    return payment.description


def test_half_done_update_is_completed(stage: Stage) -> None:
    """The rest is written as soon as it can be."""
    ref, subaccount, _ = _half_done(stage)
    assert stage.engine.export_payments([ref]).counts["updated"] == 1
    assert stage.bill.balance(subaccount) == Decimal("150.00")
    assert _description(stage) == "two"


def test_half_done_update_follows_the_next_change(stage: Stage) -> None:
    """What 1C says next is written over it, whatever of it was ours already."""
    ref, subaccount, contract = _half_done(stage)
    stage.onec.change_document(ref.id, lines=[(contract, Decimal(70))], purpose="three")
    assert stage.engine.export_payments([ref]).counts["updated"] == 1
    assert stage.bill.balance(subaccount) == Decimal("70.00")
    assert _description(stage) == "three"


def test_half_done_update_is_cancelled(stage: Stage) -> None:
    """A document that is no money any more takes all of it back."""
    ref, subaccount, _ = _half_done(stage)
    stage.onec.unpost(ref.id)
    assert stage.engine.export_payments([ref]).counts["cancelled"] == 1
    assert stage.bill.balance(subaccount) == 0


def test_half_done_update_whose_answer_was_lost(stage: Stage) -> None:
    """A look at an update that arrived in part says that it did not take effect, and it is made again."""
    ref, subaccount, _ = _half_done(stage, lost=True)
    (link,) = stage.store.dossier(ref).links.values()
    assert link.state is LinkState.UPDATE_UNKNOWN
    assert stage.engine.export_payments([ref]).counts["updated"] == 1
    assert stage.bill.balance(subaccount) == Decimal("150.00")
    assert _description(stage) == "two"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"amount": Decimal(120)}, "amount"),
        ({"description": "by hand"}, "description"),
        ({"paid_at": dt.datetime.combine(DAY, dt.time())}, "paid_on"),
        ({"document_number": "9"}, "document_number"),
    ],
)
@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("unposted", [False, True])
def test_person_changed_what_was_half_done(
    stage: Stage, fields: dict[str, object], told: str, lost: bool, unposted: bool
) -> None:
    """A value that never was ours is a person's, whatever stands beside it: it stays, and he is asked."""
    ref, _, _ = _half_done(stage, lost=lost)
    (payment,) = stage.bill.payments()
    stage.bill.person_edits_payment(payment.id, **fields)  # type: ignore[arg-type]
    left = stage.bill.payment(payment.id)
    if unposted:
        stage.onec.unpost(ref.id)
    (outcome,) = stage.engine.export_payments([ref]).outcomes
    assert (outcome.action, outcome.code) == ("quarantined", "remote_changed")
    assert told in outcome.reason
    assert stage.bill.payment(payment.id) == left


# -------------------------------------------------------------------------------------------------------- the rule

REF = DocumentRef(DocumentKind.CASH_RECEIPT, DocumentId("00000000-0000-4000-8000-000000000001"))
BEFORE = Target(
    account_id=AccountId(1),
    subaccount_id=SubaccountId(1),
    provider_id=ProviderId(1),
    currency_id=CurrencyId(126),
    payer_id=PayerId(1),
    company_id=CompanyId(1),
    method_id=PaymentMethodId(1),
    amount=Decimal(100),
    paid_on=DAY,
    document_number="1",
    document_date=DAY,
    description="one",
    mark=make_mark("upp", REF, ContractId("c"), 1),
)
REVISIONS = (
    BEFORE,
    attrs.evolve(BEFORE, amount=Decimal(150), description="two", payer_id=PayerId(2)),
    attrs.evolve(BEFORE, amount=Decimal(70), document_number="2", paid_on=DAY + dt.timedelta(days=1)),
)
FIELDS = ("amount", "payer_id", "method_id", "company_id", "document_number", "document_date", "description", "mark")
NEVER = {
    "amount": Decimal(149),
    "payer_id": PayerId(9),
    "method_id": PaymentMethodId(9),
    "company_id": CompanyId(9),
    "document_number": "9",
    "document_date": dt.date(2020, 1, 1),
    "description": "by hand",
    "mark": "1c:other",
    "paid_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
}


def _shown(revision_of: dict[str, int]) -> Payment:
    """Return a credited payment that shows each field as some revision of ours has it."""
    fields = {name: getattr(REVISIONS[place], name) for name, place in revision_of.items() if name != "paid_on"}
    paid_at = dt.datetime.combine(REVISIONS[revision_of["paid_on"]].paid_on, dt.time(), dt.UTC)
    return Payment(id=PaymentId(1), status=PaymentStatus.CREDITED, paid_at=paid_at, **fields)


mixtures = st.fixed_dictionaries({name: st.integers(0, len(REVISIONS) - 1) for name in (*FIELDS, "paid_on")}).map(
    _shown
)


@pytest.mark.property
@given(shown=mixtures, never=st.none() | st.sampled_from(sorted(NEVER)))
def test_only_what_never_was_ours_is_a_persons(shown: Payment, never: str | None) -> None:
    """Whatever mixture of our values it shows is ours; a single value that never was is a person's, and is named."""
    if never is None:
        assert person_changed(shown, REVISIONS) is None
        return
    told = person_changed(attrs.evolve(shown, **{never: NEVER[never]}), REVISIONS)
    assert told is not None
    assert told.state is LinkState.REMOTE_CHANGED
    assert f"(another {'paid_on' if never == 'paid_at' else never})" in told.reason


def test_what_stood_there_before_it_was_ours() -> None:
    """A payment that shows again what it showed before we had it was given back: of a mixture that is a person's."""
    bill = attrs.evolve(BEFORE, mark="", document_number="")
    shown = _shown(dict.fromkeys((*FIELDS, "paid_on"), 1))
    for field in ("mark", "document_number"):
        told = person_changed(attrs.evolve(shown, **{field: ""}), (*REVISIONS, bill))
        assert told is not None
        assert f"(another {field})" in told.reason
    assert person_changed(attrs.evolve(shown, mark="", document_number=""), (bill, *REVISIONS)) is None


def test_date_that_nobody_read() -> None:
    """A date that crediting reset may be any, until it was read; from then on another one is a person's."""
    reset = attrs.evolve(BEFORE, paid_on=NOT_READ)
    shown = attrs.evolve(_shown(dict.fromkeys((*FIELDS, "paid_on"), 1)), paid_at=NEVER["paid_at"], payer_id=1)
    assert person_changed(shown, (reset, REVISIONS[1])) is None
    assert person_changed(shown, (BEFORE, reset, REVISIONS[1])) is not None
