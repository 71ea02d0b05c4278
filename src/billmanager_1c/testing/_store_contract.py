"""The suite that every store must pass: each test is a promise of :mod:`billmanager_1c.ports.store`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import attrs
import pytest

from ..errors import PaymentTaken, StoreBelongsElsewhere
from ..ledger import Dossier, JournalEntry, Link, LinkState, Verdict, replay
from ..models import (
    DocumentRef,
    PaymentId,
    SubaccountId,
)
from ..ports.store import Decision, Job, Place, Store, Switch
from ..store.memory import MemoryStore
from ._deeds import CONTRACT, DAY, act, bound, fail, putting, refs_of, see_first
from ._lives import NOON, Deed, always, live, make_contract_id, make_document, make_ref, see
from ._store_contract_books import BooksContract
from ._store_contract_finding import FindingContract


@pytest.mark.contract
class StoreContract(BooksContract, FindingContract):
    """Subclass it and give it the fixture ``make_store``; ``pytest`` must be installed.

    ``make_store`` is a callable. Each call opens the same store once more, which is empty at the start of every test;
    the fixture closes what it opened.
    """

    #: False for a store that cannot be opened twice
    persistent = True

    @pytest.fixture
    def make_store(self) -> Callable[[], Store]:
        """Return what opens the store."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, make_store: Callable[[], Store]) -> Store:
        """Return the store, opened once."""
        return make_store()

    @pytest.fixture
    def another(self, make_store: Callable[[], Store], store: Store) -> Store:
        """Return the same store, opened once more."""
        if not self.persistent:
            pytest.skip("this store cannot be opened twice")
        return make_store()

    # -- documents ---------------------------------------------------------------------------------------------

    def test_new_store_knows_nothing_and_is_enabled(self, store: Store) -> None:
        """A document never seen has a dossier without a record; a new store is enabled."""
        assert store.dossier(make_ref(1)) == Dossier(ref=make_ref(1))
        assert store.versions([make_ref(1)]) == {}
        assert store.open_documents() == []
        assert list(store.journal()) == []
        assert store.holders([PaymentId(1)]) == {}
        assert store.place("odata") == Place()
        assert store.job("export") == Job()
        assert store.switch() == Switch()
        assert store.summary().documents == 0
        assert store.read_only is False

    def test_transact_returns_what_was_decided_and_keeps_it(self, store: Store) -> None:
        """All that a dossier holds comes back as it was: records, links, attempts, amounts, times."""
        ref = see_first(store, 1)
        assert store.transact(ref, always(putting(bound(900))), actor="test", at=NOON) == "done"
        kept = store.dossier(ref)
        assert kept.record is not None and kept.record.document == make_document(1)
        assert kept.links == {CONTRACT: bound(900)}

    def test_decision_that_fails_keeps_nothing(self, store: Store) -> None:
        """What ``decide`` raises comes out; the store is as it was, and goes on."""
        with pytest.raises(LookupError):
            act(store, make_ref(1), fail)
        assert list(store.journal()) == []
        see_first(store, 1)

    def test_forgetting_is_refused(self, store: Store) -> None:
        """A decision cannot drop what is remembered: the journal could not tell it."""
        ref = see_first(store, 1)
        with pytest.raises(ValueError, match="forgot"):
            act(store, ref, lambda dossier: Verdict(Dossier(ref=dossier.ref), None))
        assert store.dossier(ref).record is not None

    def test_what_changed_nothing_is_not_told_unless_it_has_a_note(self, store: Store) -> None:
        """The journal has an entry for each change, and for each note."""
        ref = see_first(store, 1)
        told = len(list(store.journal()))
        act(store, ref, lambda dossier: Verdict(dossier, None))
        act(store, ref, lambda dossier: Verdict(attrs.evolve(dossier, links=dict(dossier.links)), None))
        assert len(list(store.journal())) == told
        act(store, ref, lambda dossier: Verdict(dossier, None, "a person looked"))
        assert [entry.detail for entry in store.journal()][told:] == ["a person looked"]

    @pytest.mark.parametrize("seed", range(6))
    def test_behaves_as_the_model_and_its_journal_replays(self, store: Store, seed: int) -> None:
        """After any decisions the store shows what MemoryStore shows, and the journal replays to it (I7)."""
        random, model = Random(seed), MemoryStore()
        for turn in range(150):
            number, at = random.randint(1, 5), NOON + dt.timedelta(minutes=turn)
            decide = live(random.getrandbits(64), number, payment_id=random.randint(900, 912), at=at)
            outcomes = [_outcome(one, make_ref(number), decide, at) for one in (model, store)]
            assert outcomes[0] == outcomes[1]
        refs = [make_ref(number) for number in range(7)]
        for ref in refs:
            assert store.dossier(ref) == model.dossier(ref)
            assert replay(ref, store.journal(ref)) == store.dossier(ref)
            assert self._told(store, ref) == self._told(model, ref)
        assert self._told(store) == self._told(model)
        assert store.versions(refs) == model.versions(refs)
        ids = [PaymentId(id) for id in range(890, 920)]
        assert store.holders(ids) == model.holders(ids)
        assert store.summary() == model.summary()
        for open_only in (False, True):
            for states in ([LinkState.QUARANTINED], [LinkState.SYNCED, LinkState.BOUND], list(LinkState)):
                shown = store.documents_in(states, open_only=open_only)
                assert refs_of(shown) == refs_of(model.documents_in(states, open_only=open_only))
        for actor in ("test", "nobody"):
            assert refs_of(store.touched(actor)) == refs_of(model.touched(actor))
        for hours in range(-2, 6):
            due_by = NOON + dt.timedelta(hours=hours)
            shown = store.open_documents(due_by=due_by)
            assert [ref for _, ref in shown] == [ref for _, ref in model.open_documents(due_by=due_by)]
        for days in range(-4, 5):
            day = (NOON + days * DAY).date()
            assert refs_of(store.documents_since(day)) == refs_of(model.documents_since(day))

    def _told(self, store: Store, ref: DocumentRef | None = None) -> list[JournalEntry]:
        """Return the journal; without what differs where stores go by different clocks and number with gaps."""
        told = list(store.journal(ref))
        if not self.has_clock:
            return told
        assert [entry.seq for entry in told] == sorted({entry.seq for entry in told})
        return [attrs.evolve(entry, at=NOON, seq=0) for entry in told]

    # -- payments ----------------------------------------------------------------------------------------------

    def test_payment_belongs_to_one_line(self, store: Store) -> None:
        """PaymentTaken: the decision binds a payment that another line has; nothing of it was kept."""
        first, second = see_first(store, 1), see_first(store, 2)
        act(store, first, putting(bound(900)))
        before, told = store.dossier(second), len(list(store.journal()))
        with pytest.raises(PaymentTaken, match="900"):
            act(store, second, putting(bound(900)))
        assert store.dossier(second) == before
        assert len(list(store.journal())) == told
        assert store.holders([PaymentId(900), PaymentId(901)]) == {PaymentId(900): (first, CONTRACT)}

    def test_two_lines_of_a_document_never_share_a_payment(self, store: Store) -> None:
        """PaymentTaken also within one document."""
        ref = see_first(store, 1)
        act(store, ref, putting(bound(900)))
        with pytest.raises(PaymentTaken):
            act(store, ref, putting(bound(900, contract=2)))

    def test_cancelled_payment_that_lingers_is_still_had(self, store: Store) -> None:
        """A lingering payment has a holder, and is bound to nobody else until it is let go."""
        first, second = see_first(store, 1), see_first(store, 2)
        lingering = Link(contract_id=CONTRACT, state=LinkState.ABSENT, gen=2, lingering_id=PaymentId(900))
        act(store, first, putting(bound(900)))
        act(store, first, putting(lingering))
        assert store.holders([PaymentId(900)]) == {PaymentId(900): (first, CONTRACT)}
        with pytest.raises(PaymentTaken):
            act(store, second, putting(bound(900)))
        act(store, first, putting(attrs.evolve(lingering, lingering_id=None)))
        act(store, second, putting(bound(900)))
        assert store.holders([PaymentId(900)]) == {PaymentId(900): (second, CONTRACT)}

    def test_payment_held_against_a_line_is_had(self, store: Store) -> None:
        """A possible twin is held against one line at the most, and bound to none meanwhile."""
        first, second = see_first(store, 1), see_first(store, 2)
        held = Link(contract_id=CONTRACT, state=LinkState.HELD, twin_id=PaymentId(900), dismissed=(PaymentId(7),))
        act(store, first, putting(held))
        assert store.dossier(first).links[CONTRACT] == held
        assert store.holders([PaymentId(900)]) == {PaymentId(900): (first, CONTRACT)}
        for link in (bound(900), held):
            with pytest.raises(PaymentTaken):
                act(store, second, putting(link))
        act(store, first, putting(bound(900)))
        assert store.holders([PaymentId(900)]) == {PaymentId(900): (first, CONTRACT)}

    def test_abandoned_line_is_not_open(self, store: Store) -> None:
        """What a person took out of the exchange needs nothing."""
        ref = see_first(store, 1)
        act(store, ref, putting(Link(contract_id=CONTRACT, abandoned="settled by hand")))
        assert store.open_documents() == []
        assert store.summary().open_documents == 0

    def test_payments_move_between_lines_of_a_document(self, store: Store) -> None:
        """Two lines may exchange their payments in one transaction."""
        ref = see_first(store, 1)
        act(store, ref, putting(bound(900)))
        act(store, ref, putting(bound(901, contract=2)))
        swap: Deed[None] = lambda dossier: Verdict(  # noqa: E731 (typed)
            dossier.with_link(bound(901)).with_link(bound(900, contract=2)), None
        )
        act(store, ref, swap)
        links = store.dossier(ref).links
        assert [links[make_contract_id(id)].payment_id for id in (1, 2)] == [901, 900]

    # -- several decisions -------------------------------------------------------------------------------------

    def test_transact_all_moves_the_cursor_with_the_decisions(self, store: Store) -> None:
        """All decisions and the cursor are one transaction; results come in order."""
        decisions = [Decision(ref=make_ref(id), decide=always(live(id, id, payment_id=1, at=NOON))) for id in range(20)]
        more = Decision(ref=make_ref(0), decide=always(putting(bound(900))))
        results = store.transact_all([*decisions, more], actor="test", at=NOON, adapter="odata", cursor="page 2")
        assert results == [True] * 20 + ["done"]
        assert store.place("odata") == Place(cursor="page 2")
        assert store.place("other") == Place()
        assert store.dossier(make_ref(0)).links[CONTRACT] == bound(900)

    def test_transact_all_keeps_all_or_nothing(self, store: Store) -> None:
        """If one decision fails, none is kept and the cursor stays."""
        first = see_first(store, 1)
        act(store, first, putting(bound(900)))
        before, told = store.dossier(first), list(store.journal())
        good = [
            Decision(ref=first, decide=always(putting(bound(901)))),
            Decision(ref=make_ref(2), decide=always(see(make_document(2)))),
        ]
        bad = [
            Decision(ref=make_ref(3), decide=always(fail)),
            Decision(ref=make_ref(2), decide=always(putting(bound(901)))),
        ]
        for one in bad:
            with pytest.raises((LookupError, PaymentTaken)):
                store.transact_all([*good, one], actor="test", at=NOON, adapter="odata", cursor="page 2")
        assert store.dossier(first) == before
        assert store.dossier(make_ref(2)).record is None
        assert list(store.journal()) == told
        assert store.holders([PaymentId(900), PaymentId(901)]) == {PaymentId(900): (first, CONTRACT)}
        assert store.place("odata") == Place()
        assert [entry.seq > told[-1].seq for entry in list(store.journal())[len(told) :]] == []

    def test_cursor_and_acknowledgement_are_kept_apart(self, store: Store) -> None:
        """1C forgets only what was acknowledged, whatever was read since. A cursor may be None."""
        store.transact_all([], actor="test", at=NOON, adapter="odata", cursor="page 1")
        store.acknowledged("odata", "page 1")
        store.transact_all([], actor="test", at=NOON, adapter="odata", cursor="page 2")
        assert store.place("odata") == Place(cursor="page 2", acknowledged="page 1")
        store.transact_all([], actor="test", at=NOON, adapter="odata", cursor=None)
        assert store.place("odata") == Place(cursor=None, acknowledged="page 1")

    # -- the journal -------------------------------------------------------------------------------------------

    def test_journal_goes_on_behind_a_seq(self, store: Store) -> None:
        """Entries are numbered, growing, oldest first; of one document, or of all."""
        for number in (1, 2, 1):
            act(store, make_ref(number), see(make_document(number, amount=f"{number}.10", version=f"{number}")))
            act(store, make_ref(number), putting(Link(contract_id=CONTRACT, reason="why"), note=f"note {number}"))
        told = list(store.journal())
        assert [entry.seq for entry in told] == sorted({entry.seq for entry in told})
        assert list(store.journal(after=told[2].seq)) == told[3:]
        of_one = [entry for entry in told if entry.ref == make_ref(1)]
        assert list(store.journal(make_ref(1))) == of_one
        assert list(store.journal(make_ref(1), after=of_one[0].seq)) == of_one[1:]
        assert list(store.journal(make_ref(8))) == []
        assert {entry.actor for entry in told} == {"test"}

    def test_journal_may_be_read_while_it_grows(self, store: Store) -> None:
        """Nothing is held while the reader thinks: a transaction between two entries does not wait."""
        for number in range(3):
            see_first(store, number)
        reader = store.journal()
        next(reader)
        see_first(store, 7)
        assert len(list(reader)) >= 2

    # -- several at once ---------------------------------------------------------------------------------------

    def test_nobody_else_changes_a_dossier_in_between(self, store: Store) -> None:
        """Each of many threads adds one to the same number, and none is lost."""
        self._count_together([store] * 4)

    def test_two_openings_of_a_store_do_not_lose_each_others_changes(self, store: Store, another: Store) -> None:
        """The same with the store opened twice."""
        self._count_together([store, another, store, another])

    def _count_together(self, stores: list[Store]) -> None:
        ref = see_first(stores[0], 1)

        def add(dossier: Dossier) -> Verdict[int]:
            link = dossier.links[CONTRACT]
            return Verdict(dossier.with_link(attrs.evolve(link, fence=link.fence + 1)), link.fence)

        def work(store: Store) -> list[int]:
            return [store.transact(ref, always(add), actor="test", at=NOON) for _ in range(15)]

        with ThreadPoolExecutor(len(stores)) as pool:
            seen = [fence for fences in pool.map(work, stores) for fence in fences]
        assert sorted(seen) == list(range(15 * len(stores)))
        for store in stores:
            assert store.dossier(ref).links[CONTRACT].fence == 15 * len(stores)
            assert replay(ref, store.journal(ref)) == store.dossier(ref)

    def test_dossiers_are_of_one_moment(self, store: Store) -> None:
        """In the order asked, also those never seen; and what one transaction changed is seen whole or not at all."""
        refs = [see_first(store, number) for number in (2, 1)]
        asked = [refs[0], make_ref(7), refs[1]]
        assert list(store.dossiers(iter(asked)).items()) == [(ref, store.dossier(ref)) for ref in asked]

        def write(fence: int) -> None:
            link = attrs.evolve(bound(900), payment_id=None, fence=fence)
            decisions = [Decision(ref=ref, decide=always(putting(link))) for ref in refs]
            store.transact_all(decisions, actor="test", at=NOON)

        def look(_: int) -> bool:
            fences = [[link.fence for link in dossier.links.values()] for dossier in store.dossiers(refs).values()]
            return fences[0] == fences[1]

        with ThreadPoolExecutor(4) as pool:
            writing = [pool.submit(write, fence) for fence in range(1, 30)]
            assert all(pool.map(look, range(60)))
        assert all(written.exception() is None for written in writing)

    def test_one_of_many_gets_a_payment_and_a_failure_is_ones_own(self, store: Store) -> None:
        """Threads that share a commit do not share their errors."""
        refs = [see_first(store, number) for number in range(8)]

        def work(turn: int) -> str:
            try:
                act(store, refs[turn % 8], fail if turn % 8 == 7 else putting(bound(900 + turn // 8, 1 + turn // 8)))
            except (PaymentTaken, LookupError) as error:
                return type(error).__name__
            return "kept"

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(work, range(24)))
        assert [outcomes.count(word) for word in ("LookupError", "kept", "PaymentTaken")] == [3, 3, 18]
        held = store.holders([PaymentId(id) for id in (900, 901, 902)])
        for payment_id, (ref, contract_id) in held.items():
            assert store.dossier(ref).links[contract_id].payment_id == payment_id

    def test_what_returned_is_seen_by_another_opening(self, store: Store, another: Store) -> None:
        """Everything is there when the store is opened again."""
        ref = see_first(store, 1)
        act(store, ref, putting(bound(900)))
        store.claim_base("upp")
        store.set_switch(Switch(paused="обновление"))
        store.bind(CONTRACT, SubaccountId(5), actor="anna", at=NOON)
        store.job_started("export", NOON)
        store.note_changed([make_ref(9)], at=NOON)
        store.acknowledged("odata", "page 1")
        for look in _LOOKS:
            assert look(another) == look(store)
        with pytest.raises(StoreBelongsElsewhere):
            another.claim_base("zup")


_LOOKS: tuple[Callable[[Store], object], ...] = (
    lambda store: store.dossier(make_ref(1)),
    lambda store: list(store.journal()),
    lambda store: store.switch(),
    lambda store: store.bindings(),
    lambda store: store.job("export"),
    lambda store: store.noted(),
    lambda store: store.place("odata"),
    lambda store: store.summary(),
)


def _outcome(store: Store, ref: DocumentRef, decide: Deed[object], at: dt.datetime) -> object:
    try:
        return act(store, ref, decide, at)
    except PaymentTaken as error:
        return str(error)
