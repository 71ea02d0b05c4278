"""The whole export beside versions: what they hide elsewhere is seen, and what did not change is not read again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from decimal import Decimal

import attrs
import pytest

from billmanager_1c import MemoryStore, Policy, SyncEngine
from billmanager_1c.models import DocumentRef, MissingDocument, PaymentDocument
from billmanager_1c.onec import ChangeBatch, ExchangePlan, ODataAdapter, QueueRegister, Stamp, Window
from billmanager_1c.testing import WorldClock
from billmanager_1c.testing.ready import settings_for
from billmanager_1c.testing.world import FIRST_DAY, World, make_world

WAYS = ["window", "exchange plan", "queue register"]


class Earlier:
    """The adapter of a release before: the token of 1C is the whole version."""

    def __init__(self, adapter: ODataAdapter) -> None:
        self._adapter = adapter
        self.base = adapter.base

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Show what changed."""
        for batch in self._adapter.changes(cursor):
            stamps = [Stamp(ref, version.partition(".")[0], day) for ref, version, day in batch.stamps]
            yield attrs.evolve(batch, stamps=stamps)

    def acknowledge(self, cursor: str) -> None:
        """Let it be forgotten."""
        self._adapter.acknowledge(cursor)

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument | MissingDocument]:
        """Read documents."""
        for each in self._adapter.read(refs):
            is_there = isinstance(each, PaymentDocument)
            yield attrs.evolve(each, version=each.version.partition(".")[0]) if is_there else each


@attrs.define
class Room:
    """A world, a store, and whatever stands between them."""

    world: World
    stack: ExitStack
    changes: Window | ExchangePlan | QueueRegister
    store: MemoryStore = attrs.field(factory=MemoryStore)
    clock: WorldClock = attrs.field(factory=lambda: WorldClock(dt.datetime.now(dt.UTC)))

    def adapter(self) -> ODataAdapter:
        """Return the way to 1C."""
        settings = settings_for(self.world.billmanager, self.world.onec)
        return self.stack.enter_context(settings.onec(transport=self.world.onec, changes=self.changes))

    def engine(self, onec: ODataAdapter | Earlier) -> SyncEngine:
        """Return an engine on the store."""
        settings = settings_for(self.world.billmanager, self.world.onec)
        client = self.stack.enter_context(settings.billmanager(transport=self.world.billmanager))
        policy = Policy(export_from=FIRST_DAY)
        return SyncEngine(onec=onec, billmanager=client, store=self.store, policy=policy, clock=self.clock)

    def readings(self) -> int:
        """Count the documents that were read since the requests were forgotten last."""
        asked = [each for each in self.world.onec.requests if each.path.startswith("Document_")]
        return sum(each.query.get("$filter", "").count("Ref_Key eq") for each in asked)


@pytest.fixture(params=WAYS)
def room(request: pytest.FixtureRequest) -> Iterator[Room]:
    """A world of which nothing was exported yet, with each way to notice changes."""
    world = make_world(clients=3, documents=6)
    onec = world.onec
    is_queue = request.param == "queue register"
    onec.switches = attrs.evolve(onec.switches, queue_changes=is_queue, queue_deletions=is_queue)
    node = onec.add_exchange_node()
    ways = {"window": Window(), "exchange plan": ExchangePlan(node), "queue register": QueueRegister()}
    with ExitStack() as stack:
        yield Room(world, stack, ways[request.param])


def test_a_document_loaded_again_under_its_old_token(room: Room) -> None:
    """Fault 61: erased and loaded again from an exchange, it has the same DataVersion and another amount."""
    onec, bill = room.world.onec, room.world.billmanager
    engine = room.engine(room.adapter())
    report = engine.export_payments()
    ref = min((row.ref for row in report.outcomes if row.action == "exported"), key=str)
    stored = dict(onec.stored(ref.id))
    document = next(each for each in room.adapter().read([ref]) if isinstance(each, PaymentDocument))
    (line, *others) = document.lines
    assert not others and line.contract is not None
    before = {payment.amount for payment in bill.payments()}
    room.clock.pass_by(dt.timedelta(hours=25))
    onec.delete(ref.id)
    given = {"guid": ref.id, "number": document.number, "date": str(stored["Date"])}
    onec.add_document(ref.kind, lines=[(line.contract.id, Decimal("7654.32"))], **given)
    assert onec.stored(ref.id)["DataVersion"] == stored["DataVersion"]
    engine.export_payments()
    assert {payment.amount for payment in bill.payments()} - before == {Decimal("7654.32")}


def test_a_store_of_an_earlier_release_is_read_once(room: Room) -> None:
    """Its versions are those of 1C alone; each document is read once more, and not for ever."""
    onec = room.world.onec
    room.engine(Earlier(room.adapter())).export_payments()
    counts = []
    for _ in range(3):
        room.clock.pass_by(dt.timedelta(hours=25))
        onec.forget_requests()
        report = room.engine(room.adapter()).export_payments()
        assert (report.counts["updated"], report.counts["cancelled"], report.problems) == (0, 0, ())
        counts.append(room.readings())
    waiting = len(room.engine(room.adapter()).quarantined())  # what waits for data is read in each run
    assert counts[0] > waiting
    assert counts[1:] == [waiting, waiting]
