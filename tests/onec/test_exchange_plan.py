"""Noticing changes by an exchange plan: messages, numbers, tombstones (1c-odata.md §2.1)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from onec_servers import Upp

from billmanager_1c.errors import OneCAccessDenied, OneCObjectMissing, SettingsError
from billmanager_1c.models import DocumentKind, DocumentRef, MissingDocument
from billmanager_1c.onec import UNKNOWN_VERSION, ChangeBatch, ExchangePlan, ODataAdapter, Window
from billmanager_1c.testing import Fault

PLAN = "ExchangePlan_ОбменСBILLmanager"
KEY = "8d9a1c5e-0000-4000-8000-000000000001"


@pytest.fixture
def node(upp: Upp) -> str:
    """A node for which everything from now on is registered."""
    return upp.simulator.add_exchange_node()


@pytest.fixture
def onec(upp: Upp, node: str) -> Iterator[ODataAdapter]:
    """An adapter that asks for it."""
    with upp.adapter(changes=ExchangePlan(node=node, plan=PLAN)) as onec:
        yield onec


def refs(batches: list[ChangeBatch]) -> list[DocumentRef]:
    """Return what the batches show."""
    return [stamp.ref for batch in batches for stamp in batch.stamps]


def take(onec: ODataAdapter, cursor: str | None = None) -> tuple[list[DocumentRef], str | None]:
    """Take all that changed and acknowledge it, as the engine does; return it and the new cursor."""
    shown: list[DocumentRef] = []
    for batch in onec.changes(cursor):
        shown += refs([batch])
        if batch.cursor is not None:
            cursor = batch.cursor
            onec.acknowledge(cursor)
    return shown, cursor


def numbers(upp: Upp, service: str) -> list[str]:
    """Return the numbers of the messages that a service was called for."""
    return [each.query["MessageNo"] for each in upp.simulator.requests if each.path == service]


class TestValue:
    """What an ExchangePlan may be told."""

    @pytest.mark.parametrize("node", [KEY, KEY.upper(), f"{PLAN}(guid'{KEY}')", f"http://1c/x/{PLAN}(guid'{KEY}')"])
    def test_a_node_is_a_guid_or_an_address(self, node: str) -> None:
        """The address brings the plan with it."""
        strategy = ExchangePlan(node=node)
        assert strategy.node == KEY
        assert strategy.plan == (PLAN if "(" in node else None)

    def test_the_prefix_of_a_plan_may_be_left_out(self) -> None:
        """In the configurator a plan is called without it."""
        assert ExchangePlan(node=KEY, plan="ОбменСBILLmanager").plan == PLAN

    @pytest.mark.parametrize("node", ["", "BILLmanager", f"{PLAN}(guid'17')"])
    def test_what_is_no_guid_is_refused(self, node: str) -> None:
        """The message says where to find it."""
        with pytest.raises(SettingsError, match="Ref_Key"):
            ExchangePlan(node=node)


class TestNode:
    """Which node is ours."""

    def test_it_is_found_without_the_name_of_its_plan(self, upp: Upp, node: str) -> None:
        """All published plans are asked, once."""
        ref = upp.add()
        with upp.adapter(changes=ExchangePlan(node)) as onec:
            assert refs(list(onec.changes(None))) == [ref]
            upp.simulator.forget_requests()
            list(onec.changes(None))
        assert [each.path for each in upp.simulator.requests if each.path in ("", PLAN)] == [PLAN]

    def test_without_its_plan_it_can_be_acknowledged_at_once(self, upp: Upp, node: str) -> None:
        """The engine acknowledges before it asks for changes, if it died in between."""
        upp.add()
        with upp.adapter(changes=ExchangePlan(node)) as onec:
            cursor = list(onec.changes(None))[-1].cursor
        assert cursor is not None
        with upp.adapter(changes=ExchangePlan(node)) as onec:
            onec.acknowledge(cursor)
        assert upp.simulator.registered(node) == {}

    @pytest.mark.parametrize("plan", [PLAN, None])
    def test_a_node_that_is_not_there_is_named(self, upp: Upp, plan: str | None) -> None:
        """Deleted, or of another infobase: the message says what to do."""
        with upp.adapter(changes=ExchangePlan(KEY, plan=plan)) as onec, pytest.raises(OneCObjectMissing, match=KEY):
            list(onec.changes(None))

    def test_a_right_that_is_missing_is_named(self, upp: Upp, onec: ODataAdapter) -> None:
        """A person must give it; a window would hide that."""
        upp.simulator.deny(PLAN)
        with pytest.raises(OneCAccessDenied, match=PLAN):
            list(onec.changes(None))

    def test_1c_may_know_itself_by_another_address(self, upp: Upp, node: str) -> None:
        """Behind a proxy the address of the node is that of 1C, not of the proxy."""
        ref = upp.add()
        with upp.adapter(changes=ExchangePlan(node, plan=PLAN, address="http://1c.internal/upp/")) as onec:
            list(onec.changes(None))
            asked = [each.query["DataExchangePoint"] for each in upp.simulator.requests if each.method == "POST"]
        assert asked == [f"'http://1c.internal/upp/odata/standard.odata/{PLAN}(guid'{node}')'"]
        with upp.adapter(changes=ExchangePlan(node, address=upp.simulator.url)) as onec:
            assert refs(list(onec.changes(None))) == [ref]


class TestMessages:
    """What is registered is shown until it is acknowledged."""

    def test_only_what_changed_is_shown(self, upp: Upp, node: str, onec: ODataAdapter) -> None:
        """However old it is; and after the acknowledgement nothing."""
        old = upp.add(DocumentKind.CARD_PAYMENT, date="2019-02-03T10:00:00")
        shown, cursor = take(onec)
        assert shown == [old]
        assert upp.simulator.registered(node) == {}
        assert list(onec.changes(cursor)) == []

    def test_a_stamp_tells_the_date_and_no_version(self, upp: Upp, onec: ODataAdapter) -> None:
        """1C says that the document changed: it is read, whatever version it had and has."""
        ref = upp.add(date="2019-02-03T10:00:00")
        ((stamp,),) = (batch.stamps for batch in onec.changes(None))
        assert (stamp.ref, stamp.version) == (ref, UNKNOWN_VERSION)
        assert stamp.date.isoformat() == "2019-02-03"

    def test_messages_are_numbered_one_by_one(self, upp: Upp, onec: ODataAdapter) -> None:
        """A number is used until it is acknowledged, and an empty message is not acknowledged."""
        upp.add()
        list(onec.changes(None))
        _, cursor = take(onec)
        _, cursor = take(onec, cursor)
        upp.add()
        take(onec, cursor)
        assert numbers(upp, "SelectChanges") == ["1", "1", "2", "2"]
        assert numbers(upp, "NotifyChangesReceived") == ["1", "2"]

    def test_what_is_written_after_it_was_shown_is_shown_again(self, upp: Upp, onec: ODataAdapter) -> None:
        """The acknowledgement is for what was shown."""
        ref = upp.add()
        (batch,) = onec.changes(None)
        upp.simulator.repost(ref.id)
        assert batch.cursor is not None
        onec.acknowledge(batch.cursor)
        assert refs(list(onec.changes(batch.cursor))) == [ref]

    def test_a_large_message_comes_in_batches(self, upp: Upp, node: str) -> None:
        """Only the last one has a cursor: a message is acknowledged whole."""
        added = [upp.add() for _ in range(5)]
        with upp.adapter(changes=ExchangePlan(node), page_size=2) as onec:
            batches = list(onec.changes(None))
        assert [len(batch.stamps) for batch in batches] == [2, 2, 1]
        assert [batch.cursor is None for batch in batches] == [True, True, False]
        assert refs(batches) == added

    def test_what_is_not_ours_is_acknowledged_too(self, upp: Upp) -> None:
        """Objects of other kinds would come again for ever."""
        node = upp.simulator.add_exchange_node(composition=["Catalog_Контрагенты"])
        upp.simulator.add_counterparty("ООО Лютик")
        with upp.adapter(changes=ExchangePlan(node)) as onec:
            assert take(onec)[0] == []
        assert upp.simulator.registered(node) == {}

    def test_a_deletion_is_shown_and_only_the_key_says_that_it_is_one(self, upp: Upp, onec: ODataAdapter) -> None:
        """A document that came back meanwhile is read as it is."""
        gone, back = upp.add(), upp.add()
        _, cursor = take(onec)
        for ref in (gone, back):
            upp.simulator.delete(ref.id)
        shown = [stamp.ref for batch in onec.changes(cursor) for stamp in batch.stamps]
        upp.simulator.restore(back.id)
        assert set(shown) == {gone, back}
        assert {each.ref: isinstance(each, MissingDocument) for each in onec.read(shown)} == {
            gone: True,
            back: False,
        }


class TestAcknowledgement:
    """It may come twice, late, or from another life."""

    def test_twice(self, upp: Upp, node: str, onec: ODataAdapter) -> None:
        """A later change outlives the second one."""
        upp.add()
        _, cursor = take(onec)
        ref = upp.add()
        assert cursor is not None
        onec.acknowledge(cursor)
        assert len(upp.simulator.registered(node)) == 1
        assert refs(list(onec.changes(cursor))) == [ref]

    @pytest.mark.parametrize("cursor", ["queue:Document_А=1", "17", "", f"{KEY}/3", f"{KEY}/1", "node/many"])
    def test_of_another_strategy_or_node(self, upp: Upp, node: str, onec: ODataAdapter, cursor: str) -> None:
        """It concerns nobody here, and changes are shown from the beginning."""
        ref = upp.add()
        onec.acknowledge(cursor)
        assert numbers(upp, "NotifyChangesReceived") == []
        assert ref in refs(list(onec.changes(cursor)))


class TestNodeMadeAnew:
    """Fault 70: its messages count from the beginning, and what was written until then is registered nowhere."""

    def renew(self, upp: Upp, node: str) -> DocumentRef:
        """Write a document of which the new node does not know."""
        ref = upp.add()
        upp.simulator.renew_exchange_node(node)
        return ref

    def test_the_window_makes_it_good(
        self, upp: Upp, node: str, onec: ODataAdapter, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Once; then the node is as good as any."""
        upp.add()
        _, cursor = take(onec)
        before, after = self.renew(upp, node), upp.add()
        with caplog.at_level(logging.WARNING, "billmanager_1c"):
            shown, cursor = take(onec, cursor)
        assert {before, after} <= set(shown)
        assert "made anew" in caplog.text
        assert numbers(upp, "SelectChanges")[-1] == "1"
        assert take(onec, cursor)[0] == []

    def test_the_window_is_shown_once(self, upp: Upp, node: str, onec: ODataAdapter) -> None:
        """Also where nothing is written afterwards: the cursor knows the new node."""
        upp.add()
        _, cursor = take(onec)
        before = self.renew(upp, node)
        shown, cursor = take(onec, cursor)
        assert before in shown
        assert list(onec.changes(cursor)) == []

    def test_an_acknowledgement_that_comes_too_late_hides_nothing(
        self, upp: Upp, node: str, onec: ODataAdapter
    ) -> None:
        """The new node must not look as if it had received the messages of the old one."""
        upp.add()
        _, cursor = take(onec)
        upp.add()
        kept = list(onec.changes(cursor))[-1].cursor  # then we die, before the acknowledgement
        before = self.renew(upp, node)
        assert kept is not None
        onec.acknowledge(kept)
        assert before in take(onec, kept)[0]

    def test_another_node_is_told_from_the_old_one(self, upp: Upp, onec: ODataAdapter) -> None:
        """A person gave us a new key: what was written before is looked for."""
        upp.add()
        _, cursor = take(onec)
        before = upp.add()
        node = upp.simulator.add_exchange_node(code="02")
        with upp.adapter(changes=ExchangePlan(node)) as other:
            assert before in take(other, cursor)[0]

    def test_another_node_that_has_received_as_much_is_another_one(self, upp: Upp, onec: ODataAdapter) -> None:
        """Its numbers tell nothing of what was registered for the old one."""
        upp.add()
        _, cursor = take(onec)
        before = upp.add()
        node = upp.simulator.add_exchange_node(code="02")
        with upp.adapter(changes=ExchangePlan(node)) as other:
            upp.add()
            take(other)
            assert before in take(other, cursor)[0]


def test_the_window_is_a_choice(upp: Upp, node: str) -> None:
    """How far back to look is said with the plan."""
    upp.add(date="2026-11-20T10:00:00")
    upp.simulator.faults.arm(Fault.ONEC_500, where="SelectChanges")
    with upp.adapter(changes=ExchangePlan(node, fallback=Window(days=2))) as onec:
        assert refs(list(onec.changes(None))) == []


def test_nothing_of_it_is_a_write(upp: Upp, onec: ODataAdapter, node: str) -> None:
    """No document is touched by asking for changes or by acknowledging them."""
    upp.add()
    take(onec)
    assert upp.simulator.violations == ()
    assert {each.path for each in upp.simulator.requests if each.method != "GET"} == {
        "SelectChanges",
        "NotifyChangesReceived",
    }


def test_repr_and_errors_name_no_secret(upp: Upp, onec: ODataAdapter, node: str, caplog: Any) -> None:
    """What a person is told about a plan that fails holds no password."""
    upp.simulator.faults.arm(Fault.ONEC_500, where="SelectChanges")
    with caplog.at_level(logging.DEBUG):
        list(onec.changes(None))
    assert "канарейка" not in caplog.text + repr(onec)
