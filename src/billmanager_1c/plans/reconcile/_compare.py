"""The long way: every line with its payments, whatever is the matter with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import attrs

from ...ledger import LinkState, Mark, find_mark, short_hash
from ...models import ContractId, DocumentRef, Payment, PaymentDocument, PaymentId, PaymentStatus
from ...reports import LineClass, ReconciledLine, Suggestion
from ..shown import INERT
from ._classify import classes_of, credited, main_payment
from ._inputs import AnyPayment, KnownLine, Line, RemotePayment, lines_of, read_payment
from ._ok import Agreed
from ._suggest import suggest
from ._told import tell_line, tell_payment
from ._twins import find_twins

Keep = Callable[[RemotePayment], bool]
"""Whether a payment that no line has is to be told of."""

K = TypeVar("K")
V = TypeVar("V")


def compare(
    documents: Iterable[PaymentDocument], payments: Iterable[AnyPayment], known: Iterable[KnownLine], keep: Keep
) -> tuple[list[ReconciledLine], list[Agreed]]:
    """Compare, and return what does not agree, in order, and what does.

    Raises:
        ValueError: a document, a link or a payment comes twice and not the same.
    """
    lines = sorted(_lines(documents, known), key=lambda line: line.key)
    strays = list(_assign(lines, _payments(payments)))
    free = {
        payment.id: payment for payment, mark in strays if mark is None and payment.status == PaymentStatus.CREDITED
    }
    held = _hold_twins(lines, free)
    unheld = [payment for payment in free.values() if payment.id not in held]
    find_twins([line for line in lines if _may_have_twin(line)], unheld)
    classed = [(line, classes_of(line)) for line in lines]
    poor = [line for line, _ in classed if line.amount is not None and not line.payments]
    suggestions = suggest(poor, list(free.values()))
    by_line: dict[tuple[DocumentRef, ContractId], list[Suggestion]] = {}
    by_payment: dict[PaymentId, list[Suggestion]] = {}
    for one in sorted(suggestions, key=lambda one: (-one.score, str(one.ref), one.contract_id, one.payment_id)):
        by_line.setdefault((one.ref, one.contract_id), []).append(one)
        by_payment.setdefault(one.payment_id, []).append(one)
    told: list[ReconciledLine] = []
    agreed: list[Agreed] = []
    for line, classes in classed:
        if classes == [LineClass.OK]:
            assert line.document is not None and line.amount is not None
            agreed.append(Agreed(line.document, line.contract_id, line.amount, credited(line)[0]))
        elif classes:
            told.append(tell_line(line, classes, by_line.get((line.ref, line.contract_id), ())))
        told += [tell_payment(payment, line, ()) for payment in _beside(line, classes)]
    twins = {line.twin.id for line in lines if line.twin is not None}
    for payment, _ in strays:
        stands = payment.status == PaymentStatus.CREDITED or payment.status in INERT
        if stands and payment.id not in twins and keep(payment):
            told.append(tell_payment(payment, None, by_payment.get(payment.id, ())))
    return sorted(told, key=lambda line: line.key), agreed


# ------------------------------------------------------------------------------------------------ what there is


def _lines(documents: Iterable[PaymentDocument], known: Iterable[KnownLine]) -> list[Line]:
    by_ref: dict[DocumentRef, PaymentDocument] = {}
    for document in documents:
        _once(by_ref, document.ref, document, "document")
    links: dict[tuple[DocumentRef, ContractId], KnownLine] = {}
    for link in known:
        _once(links, (link.ref, link.contract_id), link, "link of a line of document")
    lines = {(line.ref, line.contract_id): line for document in by_ref.values() for line in lines_of(document)}
    for key, link in links.items():
        line = lines.get(key)
        if line is None:
            there = by_ref.get(link.ref)
            why = "1C shows no such document" if there is None else "the document no longer names this contract"
            line = lines[key] = Line(ref=link.ref, contract_id=link.contract_id, document=there, amount=None, why=why)
        line.known = link
    return list(lines.values())


def _payments(payments: Iterable[AnyPayment]) -> list[RemotePayment]:
    """Put together what comes of one payment: its form goes before its row."""
    found: dict[PaymentId, RemotePayment] = {}
    forms: dict[PaymentId, RemotePayment] = {}
    for payment in payments:
        _once(forms if isinstance(payment, Payment) else found, payment.id, read_payment(payment), "payment")
    for payment_id, form in forms.items():
        row = found.get(payment_id)
        if row is not None:
            form = attrs.evolve(form, **{name: getattr(row, name) for name in _SHOWN if not getattr(form, name)})
        found[payment_id] = form
    return [found[payment_id] for payment_id in sorted(found)]


_SHOWN = [field.name for field in attrs.fields(RemotePayment) if field.default is not attrs.NOTHING]


def _once(found: dict[K, V], key: K, value: V, what: str) -> None:
    first = found.setdefault(key, value)
    if first is not value and first != value:
        raise ValueError(f"{what} {key} comes twice, and not the same; give it as it is now")


def _assign(lines: Sequence[Line], payments: Sequence[RemotePayment]) -> Iterator[tuple[RemotePayment, Mark | None]]:
    """Give each payment to its line: by link, else by mark; yield what belongs to none."""
    holders: dict[PaymentId, Line] = {}
    by_guid: dict[str, list[Line]] = {}
    for line in lines:
        if line.known is not None and line.known.payment_id is not None:
            holders.setdefault(line.known.payment_id, line)
        by_guid.setdefault(line.ref.id.replace("-", ""), []).append(line)
    for payment in payments:
        holder = holders.get(payment.id)
        mark = find_mark(payment.mark)
        if holder is None and mark is not None:
            named = [line for line in by_guid.get(mark.document, ()) if short_hash(line.contract_id) == mark.contract]
            # A mark does not tell the kind: of two documents with one GUID, it is of the one that is money.
            named.sort(key=lambda line: line.amount is None)
            holder = next((line for line in named if not _is_dismissed(line, payment)), None)
        if holder is None:
            yield payment, mark
        elif payment.status != PaymentStatus.BEING_DELETED:
            holder.payments.append(payment)


def _is_dismissed(line: Line, payment: RemotePayment) -> bool:
    return line.known is not None and payment.id in line.known.dismissed


def _hold_twins(lines: Iterable[Line], free: Mapping[PaymentId, RemotePayment]) -> set[PaymentId]:
    """Keep what the store holds against a line already, and return these payments."""
    held: set[PaymentId] = set()
    for line in lines:
        known = line.known
        if known is None or known.twin_id is None or known.twin_id in held or known.state is not LinkState.HELD:
            continue
        if known.twin_id in free and line.amount is not None and not line.payments:
            line.twin = free[known.twin_id]
            held.add(known.twin_id)
    return held


def _may_have_twin(line: Line) -> bool:
    if line.amount is None or line.payments or line.twin is not None:
        return False
    return line.known is None or not (line.known.is_open_question or line.known.abandoned)


def _beside(line: Line, classes: Sequence[LineClass]) -> list[RemotePayment]:
    """Return the payments of a line that credit nobody and that the line's own row does not tell of."""
    first = None if credited(line) or not classes else main_payment(line)
    return [payment for payment in line.payments if payment.status in INERT and payment is not first]
