"""Short ways to act on a store, for the suite that every store must pass."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs

from ..ledger import Dossier, Link, LinkState, Verdict
from ..models import DocumentRef, PaymentId
from ..ports.store import Store
from ._lives import NOON, Deed, always, make_contract_id, make_document, make_ref, make_target, see

CONTRACT = make_contract_id(1)
DAY = dt.timedelta(days=1)


def act(store: Store, ref: DocumentRef, deed: Deed[object], at: dt.datetime = NOON) -> object:
    """Make a deed in a transaction."""
    return store.transact(ref, always(deed), actor="test", at=at)


def see_first(store: Store, number: int, *, at: dt.datetime = NOON) -> DocumentRef:
    """See a document for the first time."""
    act(store, make_ref(number), see(make_document(number), at=at), at)
    return make_ref(number)


def putting(link: Link, note: str = "") -> Deed[str]:
    """Return the deed that puts a link in its place."""
    return lambda dossier: Verdict(dossier.with_link(link), "done", note)


def bound(payment_id: int, contract: int = 1) -> Link:
    """Return a link that has a payment."""
    target = make_target(make_contract_id(contract), Decimal("100.00"))
    return Link(
        contract_id=make_contract_id(contract),
        state=LinkState.SYNCED,
        payment_id=PaymentId(payment_id),
        applied_rev=1,
        applied=target,
        history=(target, attrs.evolve(target, amount=Decimal("0.01"))),
    )


def fail(dossier: Dossier) -> Verdict[None]:
    """Fail to decide."""
    raise LookupError("the decision failed")


def refs_of(page: list[tuple[int, DocumentRef]]) -> list[DocumentRef]:
    """Return the documents of a page."""
    return [ref for _, ref in page]
