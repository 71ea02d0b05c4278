"""How many requests reading takes (design.md §9)."""

from __future__ import annotations

import datetime as dt

import pytest
from onec_servers import Upp

from billmanager_1c.models import DocumentKind, DocumentRef
from billmanager_1c.onec import ODataAdapter, QueueRegister
from billmanager_1c.testing.onec import Switches


@pytest.fixture(scope="module")
def crowd() -> tuple[Upp, list[DocumentRef]]:
    """200 clients and 1,000 documents of the three kinds within the window."""
    upp = Upp()
    contracts = []
    for number in range(200):
        party = upp.simulator.add_counterparty(f"Клиент {number}", code=f"{number:09}")
        contracts.append(upp.simulator.add_contract(party, upp.organization, subaccount_id=1000 + number))
    kinds = list(DocumentKind)
    today = dt.datetime.fromisoformat("2026-11-24T12:00:00")
    refs = [
        upp.add(
            kinds[number % 3],
            lines=[(contracts[number % 200], "10.01"), (contracts[number * 7 % 200], "0.02")],
            date=today - dt.timedelta(hours=number % 300),
        )
        for number in range(1000)
    ]
    return upp, refs


def test_a_window_of_a_thousand(crowd: tuple[Upp, list[DocumentRef]]) -> None:
    """Listing and reading 1,000 documents of the window with their catalogues takes at most 12 requests in all."""
    upp, refs = crowd
    upp.simulator.forget_requests()
    with upp.adapter() as onec:
        shown = [stamp.ref for batch in onec.changes(None) for stamp in batch.stamps]
        found = list(onec.read(shown))
    assert {each.ref for each in found} == set(refs)
    assert len(upp.simulator.requests) <= 12


def test_a_thousand_by_key(crowd: tuple[Upp, list[DocumentRef]]) -> None:
    """Without a listing before, one request for each 25 documents at most, catalogues included."""
    upp, refs = crowd
    upp.simulator.forget_requests()
    with upp.adapter() as onec:
        assert len(list(onec.read(refs))) == 1000
    assert len(upp.simulator.requests) <= 1000 / 25


def test_a_thousand_out_of_the_queue(crowd: tuple[Upp, list[DocumentRef]]) -> None:
    """A row says that its document changed: it is read once, and not its stamp before it."""
    upp, refs = crowd
    upp.simulator.switches = Switches(queue_changes=True)
    for ref in refs:
        upp.simulator.repost(ref.id)
    upp.simulator.forget_requests()
    with upp.adapter(changes=QueueRegister()) as onec:
        shown: list[DocumentRef] = []
        for batch in onec.changes(None):
            shown += [stamp.ref for stamp in batch.stamps]
            onec.acknowledge(batch.cursor or "")
        assert len(list(onec.read(shown))) == 1000
    asked = [each for each in upp.simulator.requests if each.method == "GET" and not each.path.startswith("Inf")]
    assert len(asked) <= 1000 / 25


def test_a_few_of_many_are_read_by_key(crowd: tuple[Upp, list[DocumentRef]]) -> None:
    """An hour's change does not make the whole window travel."""
    upp, refs = crowd
    with upp.adapter() as onec:
        list(onec.changes(None))
        upp.simulator.forget_requests()
        list(onec.read(refs[:5]))
    filters = [each.query.get("$filter", "") for each in upp.simulator.requests if each.path.startswith("Document")]
    assert all(each.startswith("Ref_Key eq") for each in filters)


def test_a_moved_document_is_found_all_the_same(upp: Upp, onec: ODataAdapter) -> None:
    """A document that got another date after it was listed is not in the range any more: it is read by its key."""
    refs = [upp.add(date=f"2026-11-{day:02}T10:00:00") for day in range(11, 25) for _ in range(4)]
    list(onec.changes(None))
    upp.simulator.change_document(refs[7].id, date="2020-01-01T00:00:00")
    upp.simulator.delete(refs[9].id)
    found = {each.ref: each for each in onec.read(refs)}
    assert set(found) == set(refs)
    assert getattr(found[refs[7]], "date", None) == dt.date(2020, 1, 1)
    assert type(found[refs[9]]).__name__ == "MissingDocument"


def test_catalogues_are_paged(upp: Upp) -> None:
    """A catalogue of more than a page is read in pages as long as they are worth it, and by key after that."""
    contracts = [
        upp.simulator.add_contract(upp.counterparty, upp.organization, name=f"Д{number:04}", subaccount_id=number + 1)
        for number in range(300)
    ]
    refs = [upp.add(lines=[(contract, "1")]) for contract in contracts]
    with upp.adapter(page_size=70) as onec:
        found = list(onec.read(refs))
    assert sorted(each.lines[0].contract.subaccount_id for each in found) == list(range(1, 301))
    paths = [each.path for each in upp.simulator.requests]
    assert paths.count("Catalog_ДоговорыКонтрагентов") <= 6
