"""The long way: every line with its payments, whatever is the matter with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from ...ledger import LinkState, Mark, short_hash
from ...models import ContractId, DocumentRef, PaymentDocument, PaymentId, PaymentStatus
from ...reports import LineClass, ReconciledLine, Suggestion
from ._inputs import AnyPayment, KnownLine, Line, RemotePayment, lines_of, mark_of, read_payment
from ._ok import Agreed
from ._suggest import suggest
from ._told import tell_line, tell_payment
from ._twins import find_twins

GONE = PaymentStatus.BEING_DELETED
INERT = (PaymentStatus.NEW, PaymentStatus.IN_PROGRESS, PaymentStatus.INITIATED)
OVER = (PaymentStatus.CANCELLED, PaymentStatus.BEING_DELETED)

Keep = Callable[[RemotePayment], bool]


def compare(
    documents: Sequence[PaymentDocument],
    payments: Iterable[AnyPayment],
    known: Iterable[KnownLine],
    base: str | None,
    keep: Keep,
) -> tuple[list[ReconciledLine], list[Agreed]]:
    """Compare, and return what does not agree, in order, and what does.

    Raises:
        ValueError: one document, one link or one payment comes twice and not the same.
    """
    lines = _lines(documents, known)
    by_id = _payments(payments)
    strays = _assign(lines, by_id, base)
    free = {
        payment.id: payment
        for payment, mark in strays
        if mark is None and payment.status == PaymentStatus.CREDITED and not payment.mark_is_foreign
    }
    _hold_twins(lines, free)
    find_twins([line for line in lines if _is_without(line)], [free[id] for id in sorted(free)])
    for line in lines:
        if line.twin is not None:
            free.pop(line.twin.id, None)
    return _tell(lines, strays, free, keep)
