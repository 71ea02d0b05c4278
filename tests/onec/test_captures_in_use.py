"""The whole export with each way to notice changes: what 1C tells reaches BILLmanager, and 1C may forget it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal

import attrs
import pytest

from billmanager_1c import MemoryStore, Policy, SyncEngine
from billmanager_1c.models import DocumentRef
from billmanager_1c.onec import ExchangePlan, QueueRegister, Window
from billmanager_1c.reports import Action
from billmanager_1c.testing import Fault
from billmanager_1c.testing.onec import OneCSimulator
from billmanager_1c.testing.ready import settings_for
from billmanager_1c.testing.world import FIRST_DAY, World, make_world


@attrs.frozen
class Scene:
    """An engine between two simulators, after its first run."""

    world: World
    engine: SyncEngine
    node: str
    #: one of the documents that were exported
    ref: DocumentRef

    def is_taken_in(self, onec: OneCSimulator) -> bool:
        """Say whether 1C remembers nothing that it has to tell us."""
        return onec.queued == () and onec.registered(self.node) == {}


@pytest.fixture(params=["exchange plan", "queue register"])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Export a world once; the daily look at everything is done for today."""
    world = make_world(clients=4, documents=8)
    onec = world.onec
    is_queue = request.param == "queue register"
    onec.switches = attrs.evolve(onec.switches, queue_changes=is_queue, queue_deletions=is_queue)
    node = onec.add_exchange_node(composition=[] if is_queue else None)
    with ExitStack() as stack:
        settings = settings_for(world.billmanager, onec)
        client = settings.billmanager(transport=world.billmanager)
        adapter = settings.onec(
            transport=onec,
            changes=QueueRegister() if is_queue else ExchangePlan(node, fallback=Window(days=1)),
        )
        engine = SyncEngine(
            onec=stack.enter_context(adapter),
            billmanager=stack.enter_context(client),
            store=MemoryStore(),
            policy=Policy(export_from=FIRST_DAY),
        )
        report = engine.export_payments()
        exported = {row.ref for row in report.outcomes if row.action is Action.EXPORTED}
        yield Scene(world, engine, node, min(exported, key=str))


def test_a_change_of_an_old_document_arrives(scene: Scene) -> None:
    """In the next run, not the next day."""
    onec, ref = scene.world.onec, scene.ref
    onec.renumber(ref.id, "УПП00099999")
    report = scene.engine.export_payments()
    assert {row.ref for row in report.outcomes if row.action is Action.UPDATED} == {ref}
    assert scene.is_taken_in(onec)


def test_a_deletion_arrives(scene: Scene) -> None:
    """What was exported is cancelled; the others stay."""
    onec, ref = scene.world.onec, scene.ref
    onec.delete(ref.id)
    report = scene.engine.export_payments()
    assert {row.ref for row in report.outcomes if row.action is Action.CANCELLED} == {ref}
    assert scene.is_taken_in(onec)


def test_a_run_without_changes_is_cheap(scene: Scene) -> None:
    """One question to 1C for the changes, however many documents there are."""
    onec = scene.world.onec
    scene.engine.export_payments()
    onec.forget_requests()
    scene.engine.export_payments()
    assert not any("Date ge" in each.query.get("$filter", "") for each in onec.requests)
    sets = [each.path for each in onec.requests if not each.path.startswith(("Constant_", "Catalog_", "Document_"))]
    assert len(sets) <= 2


@pytest.mark.parametrize("scene", ["exchange plan"], indirect=True)
@pytest.mark.parametrize("look", ["plan", "find", "explain"])
def test_looking_takes_nothing_away_from_the_export(scene: Scene, look: str) -> None:
    """The export died between its commit and the acknowledgement; then a document is changed, and somebody looks.

    Were he shown the change under the number that the export acknowledges next, 1C would forget it unexported.
    """
    onec, engine, ref = scene.world.onec, scene.engine, scene.ref
    other = next(each.ref for each in engine.find(date=FIRST_DAY) if each.ref != ref)
    onec.repost(other.id)
    onec.faults.arm(Fault.ONEC_500, where="NotifyChangesReceived", times=1)
    assert engine.export_payments().problems
    onec.renumber(ref.id, "УПП00099999")
    written = onec.registered(scene.node)
    match look:
        case "plan":
            engine.plan()
        case "find":
            engine.find(number="УПП00099999")
        case "explain":
            engine.explain(ref)
    assert onec.registered(scene.node) == written
    report = engine.export_payments()
    assert ref in {row.ref for row in report.outcomes if row.action is Action.UPDATED}


@pytest.mark.parametrize("posted", [False, True])
def test_a_document_without_a_date_stops_no_other(scene: Scene, posted: bool) -> None:
    """The empty date is an ordinary value in 1C: the document is skipped, with its reason."""
    onec, engine = scene.world.onec, scene.engine
    kind, lines = scene.ref.kind, [(engine.explain(scene.ref).lines[0].contract_id, "10.00")]
    undated = onec.add_document(kind, lines=lines, date="0001-01-01T00:00:00", posted=posted)
    dated = onec.add_document(kind, lines=lines, date=f"{FIRST_DAY}T10:00:00")
    report = engine.export_payments()
    assert report.problems == ()
    told = {row.ref.id: row for row in report.outcomes}
    assert told[dated].action is Action.EXPORTED
    assert told[undated].action is Action.SKIPPED
    assert "older than" in told[undated].reason
    assert undated in {each.ref.id for each in engine.find(amount=Decimal("10.00"))}
    assert scene.is_taken_in(onec)
