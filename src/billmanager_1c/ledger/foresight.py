"""What would become of a document, and what must be read before it does: nothing is claimed or begun."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import attrs

from ..models import ContractId, PaymentId
from ._claiming import GONE, rekey
from ._needs import Next, grows, next_step, owes, settle, waits
from .core import marked
from .records import AttemptOp, DocumentRecord, Dossier, Link, LinkState, Target
from .steps import Terms, Tick, Want


def foresee(
    dossier: Dossier, wants: Mapping[ContractId, Want], terms: Terms, tick: Tick
) -> list[tuple[Link, AttemptOp | None, Want]]:
    """Say of each line where it would come to rest, what it would need first, and what should stand for it.

    Nothing is claimed or begun. None stands for nothing, or for a look at a write whose end nobody knows.
    """
    record = dossier.record
    if record is None:
        return []
    lines = _foreseen(dossier, record, wants, terms, tick)
    return [(link, step[0] if isinstance(step, tuple) else None, want) for link, step, want in lines]


def _foreseen(
    dossier: Dossier, record: DocumentRecord, wants: Mapping[ContractId, Want], terms: Terms, tick: Tick
) -> Iterator[tuple[Link, Next | None, Want]]:
    dossier = rekey(dossier, wants, record)
    for contract_id, link in dossier.links.items():
        want = wants.get(contract_id, GONE)
        if link.abandoned:
            yield link, None, want
            continue
        link = settle(dossier, link, marked(want, dossier, link, terms), record, tick)
        want = marked(want, dossier, link, terms)
        yield link, next_step(dossier, link, want, record, tick), want


def unseen_sisters(
    dossier: Dossier,
    wants: Mapping[ContractId, Want],
    since: datetime,
    terms: Terms,
    tick: Tick,
    *,
    now_or_never: bool,
) -> list[tuple[ContractId, PaymentId, frozenset[ContractId]]]:
    """Name the credited payments beside which other lines are to grow, and these, unless written to since then.

    What stands for them is what the store remembers, and the store may have been put back from a backup since: another
    sum may stand there, and both together be more than the document.
    """
    record = dossier.record
    if record is None:
        return []
    growing = _growing(dossier, record, wants, terms, tick, now_or_never=now_or_never)
    return [
        (link.contract_id, link.payment_id, growing - {link.contract_id})
        for link in dossier.links.values()
        if is_believed(link)
        and link.payment_id is not None
        and growing - {link.contract_id}
        and not owes(dossier, link, record)  # that one is read, and written to, before any other
        and not _was_written(dossier, link.payment_id, since)
    ]


def is_believed(link: Link) -> bool:
    """Say whether a payment is believed to be credited for a line, whoever the line waits for."""
    return link.payment_id is not None and link.applied is not None and link.state in _CREDITED


_CREDITED = (
    LinkState.SYNCED,
    LinkState.UPDATE_INTENT,
    LinkState.UPDATE_UNKNOWN,
    LinkState.QUARANTINED,
    LinkState.REMOTE_CHANGED,
    LinkState.DUPLICATE_FOUND,
)


def _growing(
    dossier: Dossier,
    record: DocumentRecord,
    wants: Mapping[ContractId, Want],
    terms: Terms,
    tick: Tick,
    *,
    now_or_never: bool,
) -> frozenset[ContractId]:
    """Name the lines that may grow in a turn that begins now; none while a debt of the document cannot be paid."""
    for link in dossier.links.values():  # as a claim leaves it
        state = link.state.unknown if link.state.is_intent else link.state
        again = None if now_or_never else link.next_attempt_at
        dossier = dossier.with_link(attrs.evolve(link, state=state, next_attempt_at=again))
    # What need not be waited for at the end of the turn may be begun in it.
    later = attrs.evolve(tick, now=tick.now + terms.lease)
    lines = list(_foreseen(dossier, record, wants, terms, later))
    idle = {link.contract_id for link, step, _ in lines if step is None or waits(link, later)}
    if any(link.contract_id in idle and owes(dossier, link, record) for link, _, _ in lines):
        return frozenset()
    return frozenset(
        link.contract_id
        for link, step, want in lines
        if link.contract_id not in idle and isinstance(want, Target) and _may_grow(dossier, link, step)
    )


def _may_grow(dossier: Dossier, link: Link, step: Next | None) -> bool:
    """Say whether money may come of a line that is wanted: a look, and a cancel, may end in another payment."""
    is_update = isinstance(step, tuple) and step[0] is AttemptOp.UPDATE
    return step is not None and (not is_update or grows(dossier, link, step))


def _was_written(dossier: Dossier, payment_id: PaymentId, since: datetime) -> bool:
    return any(one.payment_id == payment_id and one.started_at >= since for one in dossier.attempts.values())
