"""A document of 1C that cannot be read: what was not begun of it is not begun, and nobody else waits for it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from garbling import NONSENSE, Garbling
from stages import FIRST_DAY, Stage, add_one, add_sister

from billmanager_1c.errors import BadReply
from billmanager_1c.ledger import LinkState
from billmanager_1c.models import DocumentRef
from billmanager_1c.reports import Action
from billmanager_1c.testing import Fault


@pytest.fixture
def onec(stage: Stage) -> Garbling:
    """1C as the engine of the stage sees it."""
    garbling = Garbling(stage.adapter)
    stage.engine = stage.make_engine(onec=garbling)
    stage.engine.load_accounts()
    return garbling


def lose_the_store(stage: Stage, onec: Garbling) -> None:
    """Go on with an empty store."""
    stage.begin_anew()
    stage.engine = stage.make_engine(onec=onec)
    stage.engine.load_accounts()


def states_of(stage: Stage, ref: DocumentRef) -> set[LinkState]:
    """How the lines of a document stand."""
    return {link.state for link in stage.store.dossier(ref).links.values()}


class TestWhatIsKnownOfAnOlderRevision:
    """“Nothing is concluded from it”, and so nothing is begun by what was known before."""

    def test_is_not_exported(self, stage: Stage, onec: Garbling) -> None:
        """Unposted since, perhaps; it is counted as postponed, and the plan and the story say why."""
        ref, subaccount = add_one(stage)
        stage.engine.export_payments([ref], limit=0)
        assert states_of(stage, ref) == {LinkState.PENDING}
        stage.onec.unpost(ref.id)
        onec.garbled = {ref}
        (planned,) = stage.engine.plan([ref]).actions
        assert (planned.action, NONSENSE in planned.reason) == (Action.POSTPONED, True)
        report = stage.engine.export_payments()
        (outcome,) = [row for row in report.outcomes if row.ref == ref]
        assert (outcome.action, NONSENSE in outcome.reason) == (Action.POSTPONED, True)
        assert report.counts["postponed"] == 1
        assert report.counts["exported"] == stage.world.exportable
        assert stage.bill.balance(subaccount) == 0
        assert "The next export" not in stage.engine.explain(ref).answer
        onec.garbled = set()
        assert stage.engine.export_payments([ref]).counts["skipped"] == 1

    def test_is_not_exported_once_its_subaccount_is_known(self, stage: Stage, onec: Garbling) -> None:
        """It waited for data; that these came is no reason to export what nobody can read."""
        ref, subaccount = add_one(stage)
        (contract,) = {line.contract_id for line in stage.engine.plan([ref]).actions}
        stage.onec.change_contract(contract, subaccount_id=None)
        stage.engine.export_payments([ref])
        assert states_of(stage, ref) == {LinkState.QUARANTINED}
        onec.garbled = {ref}
        stage.engine.bind(contract, subaccount)
        (outcome,) = [row for row in stage.engine.export_payments().outcomes if row.ref == ref]
        assert (outcome.action, outcome.code) == (Action.POSTPONED, None)
        assert stage.bill.balance(subaccount) == 0

    @pytest.mark.parametrize(
        ("fault", "state"),
        [(Fault.DOWN, LinkState.BOUND), (Fault.TIMEOUT_BEFORE_COMMIT, LinkState.CREDIT_UNKNOWN)],
        ids=["not credited", "nobody knows whether credited"],
    )
    def test_is_ended_where_it_was_begun(self, stage: Stage, onec: Garbling, fault: Fault, state: LinkState) -> None:
        """What was begun is looked for and ended whatever 1C shows, and the payment is credited once."""
        ref, subaccount = add_one(stage)
        stage.bill.faults.arm(fault, where="payment.setpaid", times=None)
        stage.engine.export_payments([ref])
        stage.bill.faults.disarm()
        assert states_of(stage, ref) == {state}
        stage.onec.unpost(ref.id)
        onec.garbled = {ref}
        stage.clock.pass_by(stage.policy.lease)
        report = stage.engine.export_payments()
        assert [row.action for row in report.outcomes if row.ref == ref] == [Action.EXPORTED]
        assert (stage.bill.balance(subaccount), stage.credited_twice()) == (Decimal("500.00"), [])

    def test_keeps_its_other_line_waiting_too(self, stage: Stage, onec: Garbling) -> None:
        """A document is delivered as a whole: a line that was never begun is not begun beside one that was."""
        ref, subaccount = add_one(stage)
        stage.engine.export_payments([ref])
        (first,) = stage.store.dossier(ref).links
        sister = add_sister(stage, ref, subaccount)
        stage.onec.change_document(ref.id, lines=[(first, Decimal(500)), (sister, Decimal(70))])
        stage.engine.export_payments([ref], limit=0)
        stage.onec.unpost(ref.id)
        onec.garbled = {ref}
        lines = [row for row in stage.engine.export_payments().outcomes if row.ref == ref]
        assert [row.action for row in lines] == [Action.POSTPONED] * 2
        assert stage.bill.balance(subaccount) == Decimal("500.00")


class TestPaymentThatTheStoreDoesNotKnow:
    """“The document waits and the others go on”, after a lost or restored store as well."""

    @pytest.mark.parametrize("is_known", [False, True], ids=["lost", "restored"])
    def test_is_left_unbound_until_its_document_can_be_read(
        self, stage: Stage, onec: Garbling, *, is_known: bool
    ) -> None:
        """Nothing else is made for the document, and the clients of the others have their money."""
        ref, subaccount = add_one(stage)
        first = stage.engine.export_payments()
        lose_the_store(stage, onec)
        if is_known:
            stage.engine.export_payments([ref], limit=0)
        onec.garbled = {ref}
        _, another = add_one(stage, "33.00")
        for _ in range(2):
            report = stage.engine.export_payments()
            assert report.problems == ()
            assert any(f"mark of {ref.kind.title} {ref.id}" in warning for warning in report.warnings) or not is_known
            assert [row.action for row in report.outcomes if row.ref == ref] == [Action.POSTPONED] * is_known
        assert stage.bill.balance(another) == Decimal("33.00")
        onec.garbled = set()
        assert stage.engine.export_payments().problems == ()
        assert states_of(stage, ref) == {LinkState.SYNCED}
        assert (stage.bill.balance(subaccount), stage.credited_twice()) == (Decimal("500.00"), [])
        assert stage.store.summary().links[LinkState.SYNCED] == first.counts["exported"] + 1

    def test_stops_no_recovery(self, stage: Stage, onec: Garbling) -> None:
        """The other links are rebuilt, and the export after it makes nothing anew."""
        ref, _ = add_one(stage)
        exported = stage.engine.export_payments().counts["exported"]
        lose_the_store(stage, onec)
        onec.garbled = {ref}
        report = stage.engine.recover_links(FIRST_DAY)
        assert report.by_mark == exported - 1
        assert any("left alone" in warning for warning in report.warnings)
        onec.garbled = set()
        assert stage.engine.export_payments().counts["exported"] == 0
        assert (states_of(stage, ref), stage.credited_twice()) == ({LinkState.SYNCED}, [])


class TestWhoeverWatches:
    """“Failures are never quiet”: a Configuration that fits no document is no quiet hour."""

    def test_sees_how_many_documents_are_still_to_be_read(self, stage: Stage, onec: Garbling) -> None:
        """One is a slip of a pen: the run succeeds, and the status counts it until it can be read."""
        ref, _ = add_one(stage)
        onec.garbled = {ref}
        assert stage.engine.export_payments().problems == ()
        assert stage.store.job("export").last_success is not None
        assert stage.engine.status().unread == 1
        assert "still to be read from 1C" in str(stage.engine.status())
        onec.garbled = set()
        stage.engine.export_payments()
        assert stage.engine.status().unread == 0

    def test_sees_no_success_where_nothing_at_all_can_be_read(self, stage: Stage, onec: Garbling) -> None:
        """It is a problem of the run and of the plan, and of every run after it, also where nothing new came."""
        stage.engine.export_payments()
        before = stage.store.job("export").last_success
        refused = {refusal.ref for refusal in stage.engine.quarantined()}  # these are read again by every run
        onec.garbled = refused
        for _ in range(2):
            stage.clock.pass_by(dt.timedelta(hours=1))
            assert any("Does the Configuration fit" in problem for problem in stage.engine.plan().problems)
            (problem,) = stage.engine.export_payments().problems
            assert isinstance(problem, BadReply)
            assert NONSENSE in problem.message
        assert stage.store.job("export").last_success == before
        readable, _ = add_one(stage)
        stage.engine.record_change(readable)
        report = stage.engine.export_payments()
        assert (report.problems, report.counts["exported"]) == ((), 1)
        assert [row.ref for row in report.outcomes if row.action is Action.EXPORTED] == [readable]
