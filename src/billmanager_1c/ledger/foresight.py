"""What would become of a document, and what must be read before it does: nothing is claimed or begun."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ..models import ContractId, PaymentId
from ._claiming import GONE, rekey
from ._needs import next_step, owes, settle
from .core import marked
from .records import AttemptOp, Dossier, Link, LinkState, Target
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
    dossier = rekey(dossier, wants, record)
    found: list[tuple[Link, AttemptOp | None, Want]] = []
    for contract_id, link in dossier.links.items():
        want = wants.get(contract_id, GONE)
        if link.abandoned:
            found.append((link, None, want))
            continue
        link = settle(dossier, link, marked(want, dossier, link, terms), record, tick)
        want = marked(want, dossier, link, terms)
        step = next_step(dossier, link, want, record, tick)
        found.append((link, step[0] if isinstance(step, tuple) else None, want))
    return found


def unseen_sisters(
    dossier: Dossier, wants: Mapping[ContractId, Want], since: datetime, terms: Terms, tick: Tick
) -> list[tuple[ContractId, PaymentId]]:
    """Name the credited payments beside which another line of the document is to grow, unless written to since then.

    What stands for them is what the store remembers, and the store may have been put back from a backup since: another
    sum may stand there, and both together be more than the document.
    """
    record = dossier.record
    if record is None:
        return []
    growing = {link.contract_id for link, op, want in foresee(dossier, wants, terms, tick) if _may_grow(link, op, want)}
    return [
        (link.contract_id, link.payment_id)
        for link in dossier.links.values()
        if link.state is LinkState.SYNCED
        and link.payment_id is not None
        and growing - {link.contract_id}
        and not owes(dossier, link, record)  # that one is read, and written to, before any other
        and not _was_written(dossier, link.payment_id, since)
    ]


def _may_grow(link: Link, op: AttemptOp | None, want: Want) -> bool:
    if not isinstance(want, Target) or link.abandoned or link.state.waits_for_person:
        return False
    if link.state is LinkState.SYNCED:
        return op is AttemptOp.UPDATE and link.applied is not None and want.amount > link.applied.amount
    return op is not None or link.state.is_intent or link.state.is_unknown


def _was_written(dossier: Dossier, payment_id: PaymentId, since: datetime) -> bool:
    return any(one.payment_id == payment_id and one.started_at >= since for one in dossier.attempts.values())
