"""Whatever comes instead of a message: it is read, or the window is shown; nothing else happens."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onec_servers import Server, collection, make_adapter, resource_of

from billmanager_1c.models import DocumentKind, DocumentRef
from billmanager_1c.onec import ExchangePlan

PLAN, NODE = "ExchangePlan_П", "8d9a1c5e-0000-4000-8000-00000000000e"
KEY = "8d9a1c5e-0000-4000-8000-000000000001"
CASH = "Document_ПриходныйКассовыйОрдер"
FEED = (
    '<?xml version="1.0" encoding="windows-1251"?><feed xmlns="http://www.w3.org/2005/Atom" '
    'xmlns:at="http://purl.org/atompub/tombstones/1.0" '
    'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" '
    'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
    f"<entry><id>http://1c/{CASH}(guid'{KEY}')</id><category term=\"StandardODATA.{CASH}\"/><content><m:properties>"
    f"<d:Ref_Key>{KEY}</d:Ref_Key><d:DataVersion>AAAAAAAAAAI=</d:DataVersion><d:Date>2026-11-24T10:00:00</d:Date>"
    f"</m:properties></content></entry><at:deleted-entry ref=\"{CASH}(guid'{NODE}')\"/></feed>"
).encode()


def shown(body: bytes) -> tuple[set[DocumentRef], bool]:
    """Return what is shown where this body comes, and whether the window was looked at."""

    def answer(request: httpx.Request) -> httpx.Response:
        name = resource_of(request)
        if name == "SelectChanges":
            return httpx.Response(200, content=body)
        return collection([{"Ref_Key": NODE, "ReceivedNo": "4"}] if name == PLAN else [])

    with make_adapter(Server(answer).transport, changes=ExchangePlan(NODE, plan=PLAN), session=False) as onec:
        batches = list(onec.changes(None))
    refs = {stamp.ref for batch in batches for stamp in batch.stamps}
    return refs, any(batch.complete_since is not None for batch in batches)


def test_the_message_as_it_is() -> None:
    """In UTF-8, whatever its declaration says."""
    keys = {DocumentRef(DocumentKind.CASH_RECEIPT, KEY), DocumentRef(DocumentKind.CASH_RECEIPT, NODE)}
    assert shown(FEED) == (keys, False)


@pytest.mark.property
@settings(max_examples=150)
@given(start=st.integers(0, len(FEED)), length=st.integers(0, 60), instead=st.binary(max_size=40))
@example(start=0, length=len(FEED), instead=b"")
def test_a_message_with_a_wound(start: int, length: int, instead: bytes) -> None:
    """Bytes are lost, and others stand in their place."""
    refs, _ = shown(FEED[:start] + instead + FEED[start + length :])
    assert all(ref.kind in DocumentKind for ref in refs)


@pytest.mark.property
@settings(max_examples=50)
@given(body=st.binary(max_size=300))
def test_no_message_at_all(body: bytes) -> None:
    """Nothing is taken for a document, and the window is looked at."""
    assert shown(body) == (set(), True)


def test_endless_nesting() -> None:
    """A tower of elements is walked without a stack of our own, and falls where it is cut."""
    head = FEED.partition(b"<entry>")[0]
    assert shown(head + b"<a>" * 500_000) == (set(), True)
