"""The journal: it tells every change, and the present can be rebuilt from it (protocol.md §4, I7)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billmanager_1c.ledger import Dossier, JournalEntry, Link, LinkState, entries, replay
from billmanager_1c.ledger.encoding import dumps, loads
from billmanager_1c.testing._lives import NOON, live, make_contract_id, make_document, make_ref, make_target, see

_CONTRACT = make_contract_id(1)
_TOLD = {"actor": "test", "at": NOON}


def _seen() -> Dossier:
    return see(make_document(1))(Dossier(ref=make_ref(1))).dossier


def _through_json(entry: JournalEntry) -> JournalEntry:
    return attrs.evolve(entry, changes=loads(dumps(entry.changes)))


@pytest.mark.property
@given(seeds=st.lists(st.integers(min_value=0), max_size=40))
def test_journal_replays_to_the_present(seeds: list[int]) -> None:
    """However a document lived, its journal, kept as JSON, replays to its dossier after every step."""
    dossier = Dossier(ref=make_ref(1))
    journal: list[JournalEntry] = []
    for minute, seed in enumerate(seeds):
        at = NOON + dt.timedelta(minutes=minute)
        verdict = live(seed, 1, payment_id=900 + minute, at=at)(dossier)
        told = entries(dossier, verdict.dossier, actor="test", at=at, note=verdict.note)
        assert bool(told) == (verdict.dossier != dossier or bool(verdict.note))
        journal += map(_through_json, told)
        dossier = verdict.dossier
        assert replay(make_ref(1), journal) == dossier


def test_nothing_that_changed_is_nothing_to_tell() -> None:
    """Equal dossiers make no entry, even if they are not the same object."""
    dossier = _seen()
    assert entries(dossier, attrs.evolve(dossier, links=dict(dossier.links)), **_TOLD) == []


def test_note_is_told_even_if_nothing_changed() -> None:
    """Something worth remembering gets an entry of its own, which changes nothing."""
    (entry,) = entries(_seen(), _seen(), **_TOLD, note="a late answer was not accepted")
    assert (entry.detail, entry.contract_id, entry.changes) == ("a late answer was not accepted", None, {})


def test_entry_says_from_where_to_where_and_why() -> None:
    """A line's entry has both states, the reason and the fields that changed, and no others."""
    before = _seen()
    link = attrs.evolve(before.links[_CONTRACT], state=LinkState.QUARANTINED, reason="add a payer")
    (entry,) = entries(before, before.with_link(link), **_TOLD)
    assert (entry.from_state, entry.to_state) == (LinkState.PENDING, LinkState.QUARANTINED)
    assert (entry.ref, entry.contract_id, entry.detail) == (make_ref(1), _CONTRACT, "add a payer")
    assert entry.changes == {"link": {"state": "quarantined", "reason": "add a payer"}}


def test_first_sight_tells_the_document_and_its_lines() -> None:
    """One entry for the document, one for each line of it."""
    told = entries(Dossier(ref=make_ref(1)), _seen(), **_TOLD)
    assert [entry.contract_id for entry in told] == [None, _CONTRACT]
    assert told[0].changes["record"]["document"]["number"] == "ПКО-1"
    assert told[1].from_state is None


def test_field_that_became_none_is_told() -> None:
    """To clear a field is a change: replay must not keep the old value."""
    before = _seen().with_link(Link(contract_id=_CONTRACT, applied=make_target(_CONTRACT, Decimal("1.00"))))
    after = before.with_link(Link(contract_id=_CONTRACT))
    journal = [*entries(Dossier(ref=make_ref(1)), before, **_TOLD), *entries(before, after, **_TOLD)]
    assert replay(make_ref(1), journal) == after


def test_empty_journal_is_a_document_never_seen() -> None:
    """Nothing told, nothing known."""
    assert replay(make_ref(1), []) == Dossier(ref=make_ref(1))
