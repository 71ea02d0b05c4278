"""What a person asks for, line by line: adopt, dismiss, retry, abandon, and the lists he reads before."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ..api import ListPayments, ReadPayment
from ..errors import DecisionRefused, ObjectMissing, PaymentTaken, UnknownDocument
from ..ledger import (
    MADE_SURE_OF,
    Dossier,
    Link,
    LinkState,
    Seen,
    Standing,
    Tick,
    Verdict,
    abandon,
    adopt,
    dismiss,
    retry,
)
from ..models import ContractId, DocumentRef, PaymentId, Subaccount
from ..ports.store import Store
from ..reports import Refusal, UnknownOutcome
from .effects import Consult, Now, Plan, Send, Transact, Walk, ask
from .resolve import find_subaccount
from .run import Run
from .shown import credited_subaccount, standing_of, stands_as, stands_for

_PAGE = 500


def adopt_payment(run: Run, ref: DocumentRef, contract_id: ContractId | None, payment_id: PaymentId) -> Plan[None]:
    """Take a payment that stands in BILLmanager for the money of a line.

    Raises:
        DecisionRefused: it is not credited, is another line's, or the line has one.
    """
    dossier, line = yield from _find_line(ref, contract_id)
    seen = yield from _read(run, payment_id, dossier, line)
    yield from _decide(ref, lambda dossier, tick: adopt(dossier, line, seen, payment_id, tick))


def dismiss_payment(ref: DocumentRef, contract_id: ContractId | None, payment_id: PaymentId) -> Plan[None]:
    """Hold for good that a payment is not the money of a line."""
    _, line = yield from _find_line(ref, contract_id)
    yield from _decide(ref, lambda dossier, tick: dismiss(dossier, line, payment_id, tick))


def retry_line(run: Run, ref: DocumentRef, contract_id: ContractId | None) -> Plan[None]:
    """Have a line tried again by the next run, whatever stood in the way."""
    dossier, line = yield from _find_line(ref, contract_id)
    link = dossier.links[line]
    seen = twin = None
    if link.payment_id is not None and link.state in MADE_SURE_OF:
        seen = yield from _read(run, link.payment_id, dossier, line)
    if link.twin_id is not None and link.state is LinkState.DUPLICATE_FOUND:
        twin = yield from _read(run, link.twin_id, dossier, line)
    yield from _decide(ref, lambda dossier, tick: retry(dossier, line, seen, twin, tick))


def abandon_line(ref: DocumentRef, contract_id: ContractId | None, reason: str) -> Plan[None]:
    """Take a line out of the exchange until somebody retries it."""
    _, line = yield from _find_line(ref, contract_id)
    yield from _decide(ref, lambda dossier, tick: abandon(dossier, line, reason, tick))


def list_unknown() -> Plan[list[UnknownOutcome]]:
    """List the writes whose end nobody knows, the oldest first."""
    now = yield from ask(Now())
    found: list[UnknownOutcome] = []
    for dossier, link in (yield from _links({state for state in LinkState if state.is_intent or state.is_unknown})):
        attempt = dossier.open_attempt(link.contract_id)
        if attempt is not None:
            found.append(UnknownOutcome.of(dossier, link, attempt, now))
    return sorted(found, key=lambda outcome: outcome.since)


def list_refused() -> Plan[list[Refusal]]:
    """List the lines that wait for data or for a person."""
    states = {LinkState.QUARANTINED, *(state for state in LinkState if state.waits_for_person)}
    return [Refusal.of(dossier, link) for dossier, link in (yield from _links(states)) if not link.abandoned]


def _decide(ref: DocumentRef, decide: Callable[[Dossier, Tick], Verdict[str]]) -> Plan[None]:
    try:
        refused = yield from ask(Transact(ref, decide))
    except PaymentTaken as error:
        raise DecisionRefused(error.message) from error
    if refused:
        raise DecisionRefused(f"{ref.kind.title} {ref.id}: {refused}")


def _find_line(ref: DocumentRef, contract_id: ContractId | None) -> Plan[tuple[Dossier, ContractId]]:
    dossier = yield from ask(Consult(lambda store: store.dossier(ref)))
    if dossier.record is None:
        raise UnknownDocument(
            f"Nothing is known of {ref.kind.title} {ref.id}; check the reference, or export it first."
        )
    if contract_id is not None:
        if contract_id not in dossier.links:
            raise DecisionRefused(f"{ref.kind.title} {ref.id} has no line of contract {contract_id}; see its outcomes.")
        return dossier, contract_id
    live = [id for id, link in dossier.links.items() if link.state is not LinkState.ABSENT]
    lines = live or list(dossier.links)
    if len(lines) != 1:
        named = ", ".join(lines) or "none"
        raise DecisionRefused(
            f"{ref.kind.title} {ref.id} has {len(lines)} lines: name one of them by contract_id ({named})."
        )
    return dossier, lines[0]


def _read(run: Run, payment_id: PaymentId, dossier: Dossier, contract_id: ContractId) -> Plan[Seen]:
    try:
        shown = yield from ask(Send(ReadPayment(id=payment_id)))
    except ObjectMissing:
        return Seen(standing=Standing.GONE)
    standing = standing_of(shown)
    if standing in (Standing.GONE, Standing.TAKEN_OUT):
        return Seen(standing=standing)
    run.reference.subaccounts = yield from ask(Consult(lambda store: store.subaccounts()))
    run.reference.bindings = yield from ask(Consult(lambda store: store.bindings()))
    rows = yield from ask(Walk(ListPayments(ids=(payment_id,))))
    assert dossier.record is not None
    named = find_subaccount(dossier.record.document, contract_id, run)
    likely = named if isinstance(named, Subaccount) else None
    row = next((row for row in rows if row.id == payment_id), None)
    subaccount = credited_subaccount(shown, row, likely, run)
    link = dossier.links[contract_id]
    if subaccount is None and likely is None and link.payment_id == payment_id:
        # The document names the contract no more, and only the line remembers, if anybody, what its payment credits.
        return Seen(standing=standing, target=stands_as(shown, link.applied or stands_for(shown, None)))
    if subaccount is None or (likely is not None and subaccount.id != likely.id):
        raise DecisionRefused(
            f"Payment {payment_id} credits another subaccount than that of the contract, or one that is not known; "
            "call load_accounts(), or name the right contract."
        )
    return Seen(standing=standing, target=stands_for(shown, subaccount))


def _links(states: Collection[LinkState]) -> Plan[list[tuple[Dossier, Link]]]:
    found: list[tuple[Dossier, Link]] = []
    after = 0
    while page := (yield from ask(_page(states, after))):
        after = page[-1][0]
        found += [(dossier, link) for _, dossier in page for link in dossier.links.values() if link.state in states]
    return found


def _page(states: Collection[LinkState], after: int) -> Consult[list[tuple[int, Dossier]]]:
    def question(store: Store) -> list[tuple[int, Dossier]]:
        return [(place, store.dossier(ref)) for place, ref in store.documents_in(states, after=after, limit=_PAGE)]

    return Consult(question)
