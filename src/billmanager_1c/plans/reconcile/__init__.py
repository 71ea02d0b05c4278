"""Comparing 1C with BILLmanager: a pure function over whatever is given, and the plan that gathers it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, localcontext

from ...models import PaymentDocument
from ...reports import Reconciliation
from ._agree import agree
from ._compare import Keep, compare
from ._inputs import AnyLink, AnyPayment, KnownLine, RemotePayment, read_links
from ._ok import OkLines

__all__ = ["KnownLine", "RemotePayment", "reconcile"]


def reconcile(
    documents: Iterable[PaymentDocument],
    payments: Iterable[AnyPayment],
    *,
    links: Iterable[AnyLink] = (),
) -> Reconciliation:
    """Compare documents of 1C with payments of BILLmanager, line by line; nothing is asked and nothing is changed.

    A payment belongs to the line that a link names it for, else to the line of its mark; one without either may only be
    the twin of a line without a payment, or a suggestion. Each line has one class; :class:`.LineClass` has them in the
    order in which they go before each other, and a line that several apply to keeps the others beside. Of payments that
    no line has, a credited one is ``extra_remote``, and an inert one ``orphan_inert``; those that are refunded,
    cancelled or promised are nobody's money and are left out, as are lines that are no money and have none.

    The input may be a million documents and a million payments, in any order: the same input gives the same bytes.

    Args:
        documents: as they are in 1C now. Those that are no customer's money are wanted too: they show that a payment
            should not stand.
        payments: forms, or rows of the list; of a payment that comes as both, the form goes before. Rows show no
            marks, so they need links. Payers and methods are compared with what a link says was written.
        links: which payment is bound to which line: tuples that begin with document, contract and payment,
            :class:`KnownLine` values, or anything with attributes of these names.

    Raises:
        ValueError: a document, a payment or a link comes twice, and not the same.
    """
    return reconcile_kept(documents, payments, read_links(links), keep=lambda payment: True)


def reconcile_kept(
    documents: Iterable[PaymentDocument],
    payments: Iterable[AnyPayment],
    known: list[KnownLine],
    *,
    keep: Keep,
) -> Reconciliation:
    """Compare, and of payments that no line has tell only of those that are to be kept."""
    with localcontext(Context(prec=100)):  # sums are exact, whatever the caller rounds to
        short = agree(documents, payments, known)
        settled = {payment.id for payment in short.payments} if known else set()
        left = [link for link in known if link.payment_id not in settled]
        lines, agreed = compare(short.other_documents, short.other_payments, left, keep)
    ok = OkLines(short.documents, short.payments, agreed)
    return Reconciliation(lines=tuple(lines), ok=ok, ok_totals=ok.totals(short.sums))
