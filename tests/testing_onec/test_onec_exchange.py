"""Exchange plans and the queue register, as 1C keeps them (1c-odata.md §2.1, §2.2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from billmanager_1c.testing.onec import BP_3_0, OneCSimulator, Switches

ATOM = "{http://www.w3.org/2005/Atom}"
TOMBSTONES = "{http://purl.org/atompub/tombstones/1.0}"
PLAN = "ExchangePlan_ОбменСBILLmanager"


@pytest.fixture
def node(onec: OneCSimulator, known: Any) -> str:
    """A node for which everything from now on is registered."""
    assert known.order
    return onec.add_exchange_node()


def call(raw: Any, service: str, node: str, message: int, method: str = "POST") -> Any:
    """Call a service of exchange plans."""
    point = quote(f"'{raw.root}/{PLAN}(guid'{node}')'", safe="'():/")
    return raw.send(method, f"{service}?DataExchangePoint={point}&MessageNo={message}")


def shown(raw: Any, node: str, message: int) -> list[str]:
    """Return the addresses of what a message shows, tombstones with a minus."""
    reply = call(raw, "SelectChanges", node, message)
    assert reply.status_code == 200, reply.text
    feed = ElementTree.fromstring(reply.content)
    assert feed.tag == f"{ATOM}feed"
    names = []
    for each in feed:
        gone = each.tag == f"{TOMBSTONES}deleted-entry"
        address = each.attrib["ref"] if gone else each.findtext(f"{ATOM}id", "")
        names.append(("-" if gone else "") + address.removeprefix(f"{raw.root}/"))
    return names


def received(raw: Any, node: str) -> int:
    """Return the number of the last message that was acknowledged."""
    (row,) = [row for row in raw.rows(PLAN) if row["Ref_Key"] == node]
    return int(row["ReceivedNo"])


def test_a_write_is_shown_until_it_is_acknowledged(onec: OneCSimulator, raw: Any, known: Any, node: str) -> None:
    """Only what changed since the node was made, whole, again and again; then not any more."""
    assert shown(raw, node, 1) == []
    onec.repost(known.cash)
    address = f"Document_ПриходныйКассовыйОрдер(guid'{known.cash}')"
    assert shown(raw, node, 1) == shown(raw, node, 1) == [address]
    assert call(raw, "NotifyChangesReceived", node, 1).status_code == 200
    assert shown(raw, node, 2) == []
    assert received(raw, node) == 1


def test_an_edit_outlives_the_acknowledgement(onec: OneCSimulator, raw: Any, known: Any, node: str) -> None:
    """What was written after it was shown is shown by the next message."""
    onec.repost(known.cash)
    shown(raw, node, 1)
    onec.repost(known.cash)
    call(raw, "NotifyChangesReceived", node, 1)
    assert shown(raw, node, 2) == [f"Document_ПриходныйКассовыйОрдер(guid'{known.cash}')"]


def test_another_number_does_not_see_what_was_shown(onec: OneCSimulator, raw: Any, known: Any, node: str) -> None:
    """A message that was never acknowledged hides its rows from a later one, whose acknowledgement deletes them."""
    onec.repost(known.cash)
    assert shown(raw, node, 1)
    assert shown(raw, node, 2) == []
    call(raw, "NotifyChangesReceived", node, 2)
    assert onec.registered(node) == {}


def test_a_deletion_leaves_a_tombstone(onec: OneCSimulator, raw: Any, known: Any, node: str) -> None:
    """A document that was deleted is shown as gone; one that came back as it is."""
    onec.delete(known.card)
    address = f"Document_ОплатаОтПокупателяПлатежнойКартой(guid'{known.card}')"
    assert shown(raw, node, 1) == [f"-{address}"]
    onec.restore(known.card)
    assert shown(raw, node, 1) == [address]


def test_a_character_that_xml_has_not_spoils_the_package(onec: OneCSimulator, raw: Any, known: Any, node: str) -> None:
    """The whole message is refused, and nothing of it counts as shown."""
    onec.repost(known.cash)
    onec.change_document(known.order, attributes={"Комментарий": "оплата\x02"})
    assert call(raw, "SelectChanges", node, 1).status_code == 400
    assert set(onec.registered(node).values()) == {None}


def test_what_is_not_published_is_passed_over(client_of: Any) -> None:
    """An object outside the composition of the interface is registered and never shown."""
    onec = OneCSimulator(schema=BP_3_0, publish=[PLAN, "Document_ПриходныйКассовыйОрдер"])
    node = onec.add_exchange_node(composition=["Catalog_Контрагенты"])
    onec.add_counterparty("ООО Ромашка")
    assert len(onec.registered(node)) == 1
    assert shown(client_of(onec), node, 1) == []


def test_a_node_made_anew_counts_from_the_beginning(onec: OneCSimulator, raw: Any, known: Any, node: str) -> None:
    """Its numbers are zero and nothing is registered."""
    onec.repost(known.cash)
    shown(raw, node, 1)
    call(raw, "NotifyChangesReceived", node, 1)
    onec.repost(known.cash)
    onec.renew_exchange_node(node)
    assert received(raw, node) == 0
    assert shown(raw, node, 1) == []


@pytest.mark.parametrize(
    ("point", "status"),
    [
        ("", 400),
        ("'not an address'", 400),
        ("'{root}/ExchangePlan_Полный(guid'{node}')'", 404),
        (f"'{{root}}/{PLAN}(guid'11111111-1111-4111-8111-111111111111')'", 404),
        (f"'{{root}}/{PLAN}(guid'{{own}}')'", 400),
    ],
)
def test_only_a_node_of_a_plan_has_changes(onec: OneCSimulator, raw: Any, node: str, point: str, status: int) -> None:
    """The address must be absolute and quoted, and that of a node which is not the base's own."""
    asked = point.format(root=raw.root, node=node, own=onec.own_exchange_node)
    query = f"DataExchangePoint={quote(asked)}&" if asked else ""
    assert raw.send("POST", f"SelectChanges?{query}MessageNo=1").status_code == status


def test_the_services_want_a_post_and_a_number(raw: Any, node: str) -> None:
    """A GET is refused, and so is a number that is none."""
    assert call(raw, "SelectChanges", node, 1, method="GET").status_code == 405
    point = quote(f"'{raw.root}/{PLAN}(guid'{node}')'", safe="'():/")
    assert raw.send("POST", f"SelectChanges?DataExchangePoint={point}&MessageNo=first").status_code == 400
    assert raw.send("POST", f"SelectChanges?DataExchangePoint={point}").status_code == 400


def test_rows_of_the_queue_are_deleted_by_key(onec: OneCSimulator, raw: Any, known: Any) -> None:
    """The key is the document and its type; a row that is gone is 404, and a document written again has a row again."""
    onec.switches = Switches(queue_changes=True)
    onec.repost(known.cash)
    key = f"Документ='{known.cash}',Документ_Type='StandardODATA.Document_ПриходныйКассовыйОрдер'"
    resource = f"InformationRegister_ДокументыКВыгрузкеВBILLmanager({key})"
    assert onec.queued == (known.cash,)
    assert raw.send("DELETE", resource).status_code == 204
    assert raw.send("DELETE", resource).status_code == 404
    onec.repost(known.cash)
    assert onec.queued == (known.cash,)


@pytest.mark.parametrize("tells", [True, False])
def test_whether_the_queue_hears_of_deletions(onec: OneCSimulator, known: Any, tells: bool) -> None:
    """A module that is subscribed to writes alone does not know that a document was deleted."""
    onec.switches = Switches(queue_changes=True, queue_deletions=tells)
    onec.delete(known.cash)
    assert onec.queued == ((known.cash,) if tells else ())
