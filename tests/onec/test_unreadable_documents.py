"""One document that 1C shows in a way that cannot be read: it waits and is told of, and the others go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import attrs
import httpx
import pytest

from billmanager_1c import MemoryStore, Policy, SyncEngine
from billmanager_1c.errors import BadReply
from billmanager_1c.models import DocumentKind, DocumentRef
from billmanager_1c.onec import ExchangePlan, QueueRegister, Window
from billmanager_1c.reports import Action, ExportReport
from billmanager_1c.testing.ready import settings_for
from billmanager_1c.testing.world import FIRST_DAY, World, make_world


class Garbling(httpx.BaseTransport):
    """Shows an attribute of some objects as something that it cannot be."""

    def __init__(self, simulator: httpx.BaseTransport) -> None:
        self._simulator = simulator
        self.garbled: dict[str, dict[str, Any]] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask the simulator, and change what it says."""
        answer = self._simulator.handle_request(request)
        body = answer.read().decode("utf-8-sig")
        if not (self.garbled and body) or "json" not in answer.headers["Content-Type"]:
            return answer
        told = json.loads(body)
        for row in told.get("value", [told]):
            for name, value in self.garbled.get(row.get("Ref_Key", ""), {}).items():
                if name in row:
                    row[name] = value
        return httpx.Response(answer.status_code, json=told)


@attrs.frozen
class Scene:
    """An engine between two simulators, of which 1C may show nonsense."""

    world: World
    engine: SyncEngine
    wire: Garbling
    store: MemoryStore

    def garble(self, ref: DocumentRef, **fields: Any) -> None:
        """Have a document shown with nonsense in it, or as it is."""
        self.wire.garbled = {ref.id: fields} if fields else {}


@pytest.fixture(params=["window", "exchange plan", "queue register"])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A world of which nothing has been exported yet."""
    world = make_world(clients=4, documents=12)
    onec = world.onec
    is_queue = request.param == "queue register"
    onec.switches = attrs.evolve(onec.switches, queue_changes=is_queue, queue_deletions=is_queue)
    node = onec.add_exchange_node(composition=[] if is_queue else None)
    ways = {
        "window": Window(days=60),
        "exchange plan": ExchangePlan(node, fallback=Window(days=1)),
        "queue register": QueueRegister(),
    }
    with ExitStack() as stack:
        settings, wire, store = settings_for(world.billmanager, onec), Garbling(onec), MemoryStore()
        engine = SyncEngine(
            onec=stack.enter_context(settings.onec(transport=wire, changes=ways[request.param])),
            billmanager=stack.enter_context(settings.billmanager(transport=world.billmanager)),
            store=store,
            policy=Policy(export_from=FIRST_DAY),
        )
        engine.load_accounts()
        yield Scene(world, engine, wire, store)


ORDER = DocumentKind.INCOMING_PAYMENT_ORDER
NONSENSE: dict[str, Any] = {
    "Date": "вчера",
    "ДатаОплаты": "2026-13-45T00:00:00",
    "Posted": "наверное",
    "Организация_Key": {"x": 1},
    "РасшифровкаПлатежа": ["нет"],
    "DataVersion": ["AAA"],
}
"""What 1C may show in the place of an attribute; an amount that is none makes its document refused, by name."""


def refs_of(report: ExportReport, action: Action) -> set[DocumentRef]:
    """The documents that ended so."""
    return {row.ref for row in report.outcomes if row.action is action}


def an_order(scene: Scene) -> DocumentRef:
    """A document of the bank's that can be exported."""
    actions = scene.engine.plan().actions
    return min((row.ref for row in actions if row.action is Action.EXPORTED and row.ref.kind is ORDER), key=str)


def warnings_of(report: ExportReport, ref: DocumentRef) -> list[str]:
    """What the report says of a document that cannot be read."""
    return [warning for warning in report.warnings if ref.id in warning and "cannot be read" in warning]


@pytest.mark.parametrize("field", NONSENSE)
def test_a_new_one_stops_no_other(scene: Scene, field: str) -> None:
    """It is told of with the attribute and what to do, in each run; nothing is concluded; cured, it is exported."""
    ref, others = an_order(scene), {row.ref for row in scene.engine.plan().actions if row.action is Action.EXPORTED}
    scene.garble(ref, **{field: NONSENSE[field]})
    first = scene.engine.export_payments()
    assert refs_of(first, Action.EXPORTED) == others - {ref}
    second = scene.engine.export_payments()
    for report in (first, second):
        (warning,) = warnings_of(report, ref)
        assert field in warning
        assert ORDER.title in warning
        assert "Correct it in 1C" in warning
        assert (report.problems, {row.ref for row in report.outcomes} & {ref}) == ((), set())
    scene.garble(ref)
    last = scene.engine.export_payments()
    assert refs_of(last, Action.EXPORTED) == {ref}
    assert not warnings_of(last, ref)
    assert not scene.store.noted()


def test_it_is_named_as_people_name_it(scene: Scene) -> None:
    """By its number, where 1C shows one."""
    ref = an_order(scene)
    (number,) = {row.number for row in scene.engine.plan().actions if row.ref == ref}
    scene.garble(ref, ДатаОплаты="вчера")
    (warning,) = warnings_of(scene.engine.export_payments(), ref)
    assert f"document {number}." in warning
    scene.garble(ref, ДатаОплаты="вчера", Number=None)
    assert warnings_of(scene.engine.export_payments(), ref)


def test_an_exported_one_is_neither_missing_nor_unchanged(scene: Scene) -> None:
    """Its payment stays as it is, and the change arrives when it can be read, whatever 1C remembers by then."""
    report = scene.engine.export_payments()
    ref = min((ref for ref in refs_of(report, Action.EXPORTED) if ref.kind is ORDER), key=str)
    scene.world.onec.unpost(ref.id)
    scene.garble(ref, ДатаОплаты="вчера")
    paid, writes = len(list(scene.world.billmanager.payments())), scene.world.billmanager.writes
    for _ in range(2):
        report = scene.engine.export_payments()
        assert warnings_of(report, ref)
        assert ref not in {row.ref for row in report.outcomes}
    assert (len(list(scene.world.billmanager.payments())), scene.world.billmanager.writes) == (paid, writes)
    scene.garble(ref)
    assert refs_of(scene.engine.export_payments(), Action.CANCELLED) == {ref}


@pytest.mark.parametrize("scene", ["window"], indirect=True)
def test_looking_tells_of_it_and_notes_nothing(scene: Scene) -> None:
    """A plan warns as an export does, and the store is left as it was."""
    ref = an_order(scene)
    scene.garble(ref, Posted="наверное")
    plan = scene.engine.plan()
    assert [warning for warning in plan.warnings if ref.id in warning]
    assert ref not in {row.ref for row in plan.actions}
    assert not scene.store.noted()


@pytest.mark.parametrize("scene", ["window"], indirect=True)
def test_explaining_it_claims_nothing_of_1c(scene: Scene) -> None:
    """New, it is not one that 1C does not have; exported, it is not as 1C says."""
    ref = an_order(scene)
    scene.garble(ref, ДатаОплаты="вчера")
    new = scene.engine.explain(ref)
    assert "1C has no such document" not in new.answer
    assert "ДатаОплаты" in new.answer
    assert "ДатаОплаты" in "".join(str(new).split())
    scene.garble(ref)
    scene.engine.export_payments()
    assert scene.engine.explain(ref).answer.endswith("as 1C says.")
    scene.garble(ref, ДатаОплаты="вчера")
    assert scene.engine.plan([ref]).actions == ()
    assert scene.engine.export_payments([ref]).outcomes == ()
    exported = scene.engine.explain(ref)
    assert "as 1C said when the document was last read." in exported.answer
    assert "ДатаОплаты" in exported.answer
    assert "ДатаОплаты" in "".join(str(exported).split())


@pytest.mark.parametrize("scene", ["window"], indirect=True)
def test_explaining_while_1c_is_closed(scene: Scene) -> None:
    """A document that nobody has read yet is not one that 1C does not have."""
    ref = an_order(scene)
    scene.world.onec.lock()
    answer = scene.engine.explain(ref).answer
    assert "1C has no such document" not in answer
    assert "closed for maintenance" in answer
    scene.world.onec.unlock()
    scene.world.onec.delete(ref.id)
    assert scene.engine.explain(ref).answer == "1C has no such document, and nothing is remembered of one."


@pytest.mark.parametrize("scene", ["window"], indirect=True)
def test_all_of_them_are_no_slip_of_a_pen(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more cannot be read than a run leaves, nothing is kept of the reading, and it is a problem of the run."""
    monkeypatch.setattr("billmanager_1c.plans.collect.UNREAD", 2)
    refs = {row.ref for row in scene.engine.plan().actions}
    scene.wire.garbled = {ref.id: {"Posted": "наверное"} for ref in refs}
    report = scene.engine.export_payments()
    assert [type(problem) for problem in report.problems] == [BadReply]
    assert (sum(report.counts.values()), scene.world.billmanager.writes) == (0, 0)
    scene.wire.garbled = {}
    assert scene.engine.export_payments().counts["exported"] == scene.world.exportable
