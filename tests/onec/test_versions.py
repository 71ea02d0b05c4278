"""The version of a document: the same from a list and from the object, and another for every other state."""

from __future__ import annotations

from typing import Any

import pytest
from onec_servers import Upp

from billmanager_1c.models import DocumentKind, DocumentRef, PaymentDocument
from billmanager_1c.onec import UPP_1_3, ODataAdapter
from billmanager_1c.testing import Fault

KINDS = list(DocumentKind)


def listed(onec: ODataAdapter, ref: DocumentRef) -> str:
    """Return the version that the window shows."""
    return {stamp.ref: stamp.version for batch in onec.changes(None) for stamp in batch.stamps}[ref]


def read(onec: ODataAdapter, ref: DocumentRef) -> str:
    """Return the version of the document that is read."""
    (document,) = onec.read([ref])
    assert isinstance(document, PaymentDocument)
    return document.version


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("amount", ["100.10", "100", "0", "0.1", "12345678901234.05"])
def test_a_list_and_the_object_tell_the_same(upp: Upp, kind: DocumentKind, amount: str) -> None:
    """Else a document that did not change would be read again for ever; whatever way it is read."""
    ref = upp.add(kind, lines=[(upp.contract, amount)], number="  17  ")
    with upp.adapter() as onec:
        by_list, by_keys = listed(onec, ref), read(onec, ref)
        upp.simulator.faults.arm(Fault.ONEC_EMPTY_LIST, where=UPP_1_3.documents[kind].entity_set)
        by_key = read(onec, ref)
    assert by_list == by_keys == by_key
    assert by_list.startswith(str(upp.simulator.stored(ref.id)["DataVersion"]))


def test_many_are_read_by_date_and_tell_the_same(upp: Upp, onec: ODataAdapter) -> None:
    """A window that was listed and read is not read once more."""
    refs = [upp.add(date=f"2026-11-{day}T10:00:00") for day in range(11, 25) for _ in range(4)]
    shown = {stamp.ref: stamp.version for batch in onec.changes(None) for stamp in batch.stamps}
    upp.simulator.forget_requests()
    found = {each.ref: each.version for each in onec.read(refs) if isinstance(each, PaymentDocument)}
    assert any("Date ge" in each.query.get("$filter", "") for each in upp.simulator.requests)
    assert found == shown


@pytest.mark.parametrize(
    "other",
    [
        {"number": "УПП00000099"},
        {"date": "2026-11-24T10:00:01"},
        {"amount": "99.00"},
        {"posted": False},
        {"attributes": {"DeletionMark": True}, "posted": False},
        {"paid": False},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_document_erased_and_loaded_again(upp: Upp, other: dict[str, Any]) -> None:
    """``DataVersion`` counts the writes of the object there, so it comes to the same token with other content."""
    given: dict[str, Any] = {"guid": "8d9a1c5e-0000-4000-8000-000000000001", "number": "УПП00000001"}
    ref = upp.add(**given)
    token = upp.simulator.stored(ref.id)["DataVersion"]
    with upp.adapter() as onec:
        before = read(onec, ref)
        assert listed(onec, ref) == before
        upp.simulator.delete(ref.id)
        upp.add(**{**given, **other})
        assert upp.simulator.stored(ref.id)["DataVersion"] == token
        assert listed(onec, ref) != before
        assert listed(onec, ref) == read(onec, ref)
