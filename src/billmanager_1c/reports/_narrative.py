"""The journal of one document, told in words that a bookkeeper understands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import attrs

from ..ledger import AttemptOp, AttemptOutcome, JournalEntry, LinkState, ResolvedBy
from ..models import ContractId


@attrs.frozen(kw_only=True)
class Event:
    """One thing that happened to a document or to a line of it."""

    #: aware
    at: dt.datetime
    #: a run of the engine, or a person
    who: str
    #: None where it concerns the document as a whole
    contract_id: ContractId | None
    text: str


def narrate(journal: Iterable[JournalEntry]) -> list[Event]:
    """Tell what happened, oldest first. What only moved a lease is left out."""
    story = _Story()
    events: list[Event] = []
    for entry in journal:
        for text in story.tell(entry):
            event = Event(at=entry.at, who=entry.actor, contract_id=entry.contract_id, text=text)
            if not events or attrs.evolve(events[-1], at=entry.at) != event:
                events.append(event)
    return events


_BEGUN = {
    AttemptOp.CREATE: "Asked BILLmanager to create a payment of {amount} (payer {payer}, method {method})",
    AttemptOp.WRITE: "Began to write date, numbers, purpose and mark to payment {payment}",
    AttemptOp.CREDIT: "Asked BILLmanager to credit payment {payment}: {amount}",
    AttemptOp.UPDATE: "Asked BILLmanager to change payment {payment}: {amount}",
    AttemptOp.CANCEL: "Asked BILLmanager to take payment {payment} back and delete it",
}
_DONE = {
    AttemptOp.CREATE: "BILLmanager made payment {payment}; nobody is credited yet",
    AttemptOp.WRITE: "Payment {payment} has its date, numbers, purpose and mark",
    AttemptOp.CREDIT: "Payment {payment} is credited",
    AttemptOp.UPDATE: "Payment {payment} shows the change",
    AttemptOp.CANCEL: "Payment {payment} is cancelled",
}


class _Story:
    """Remembers what was told, as the journal holds only what changed."""

    def __init__(self) -> None:
        self._document: dict[str, Any] = {}
        self._record: dict[str, Any] = {}
        self._attempts: dict[str, dict[str, Any]] = {}
        self._links: dict[str, dict[str, Any]] = {}

    def tell(self, entry: JournalEntry) -> Iterator[str]:
        changes = entry.changes
        if "record" in changes:
            yield from self._tell_record(changes["record"])
        told = False
        for id, change in changes.get("attempts", {}).items():
            for text in self._tell_attempt(id, change):
                told = True
                yield text
        if entry.contract_id is not None and "link" in changes:
            link = self._links.setdefault(entry.contract_id, {})
            before = dict(link)
            link.update(changes["link"])
            if not told:
                yield from self._tell_link(before, changes["link"], link)
        if not changes and entry.detail:
            yield _sentence(entry.detail)

    # -- 1C --------------------------------------------------------------------------------------------------

    def _tell_record(self, change: Mapping[str, Any]) -> Iterator[str]:
        first = not self._record
        before = self._document
        self._record.update(change)
        document = self._document = change.get("document", before)
        if first:
            yield f"Seen in 1C for the first time: {_described(document)}"
        elif change.get("missing"):
            yield "1C says, asked by its key, that the document is deleted"
        elif "digest" in change:
            yield f"Changed in 1C: {'; '.join(_differences(before, document)) or 'a field that matters'}"
        elif "document" in change or "version" in change:
            yield "Written again in 1C without a change that matters"
        if change.get("reason") and ("digest" in change or first):
            yield _sentence(f"Judged: {change['reason']}")

    # -- BILLmanager -----------------------------------------------------------------------------------------

    def _tell_attempt(self, id: str, change: Mapping[str, Any]) -> Iterator[str]:
        attempt = self._attempts.setdefault(id, {})
        begun = not attempt
        attempt.update(change)
        op = AttemptOp(attempt["op"])
        facts = _facts(attempt)
        if begun and attempt.get("resolved_by") is None:
            yield _BEGUN[op].format_map(facts)
            return
        if begun and attempt.get("resolved_by") == ResolvedBy.SWEEP.value:
            yield f"Found payment {facts['payment']} in BILLmanager by the mark of this line, and bound it again"
            return
        outcome = attempt.get("outcome")
        looked = attempt.get("resolved_by") == ResolvedBy.LOOKUP.value
        if outcome == AttemptOutcome.OK.value and "outcome" in change:
            yield ("Looked it up: " if looked else "") + _DONE[op].format_map(facts)
        elif outcome == AttemptOutcome.NOT_SENT.value and "outcome" in change:
            yield f"{'Looked it up: nothing was done' if looked else 'Nothing left this machine'}{_because(attempt)}"
        elif outcome == AttemptOutcome.REJECTED.value and "outcome" in change:
            yield f"BILLmanager refused{_because(attempt)}"
        elif outcome == AttemptOutcome.UNKNOWN.value and change.get("detail"):
            yield f"Nobody knows yet how that ended{_because(attempt)}"

    def _tell_link(
        self, before: Mapping[str, Any], change: Mapping[str, Any], link: Mapping[str, Any]
    ) -> Iterator[str]:
        if change.get("dismissed"):
            yield f"Payment {change['dismissed'][-1]} was dismissed: it is not this money"
        if change.get("abandoned"):
            yield f"Abandoned by a person: {change['abandoned']}"
            return
        state = LinkState(link.get("state", LinkState.PENDING.value))
        moved = before.get("state") != state.value
        if moved and state in _WAITING:
            yield _sentence(f"{_WAITING[state]}: {link.get('reason', '')}")
        elif state is LinkState.SYNCED and moved and change.get("payment_id"):
            yield f"Bound to payment {change['payment_id']}"
        elif state is LinkState.PENDING and moved and before:
            yield "Free to be exported again"
        elif change.get("reason") and not moved:
            yield _sentence(change["reason"])


_WAITING = {
    LinkState.QUARANTINED: "Not exported",
    LinkState.HELD: "Held",
    LinkState.REMOTE_MISSING: "Waits for a person",
    LinkState.REMOTE_CHANGED: "Waits for a person",
    LinkState.DUPLICATE_FOUND: "Waits for a person",
    LinkState.ABSENT: "Nothing should stand in BILLmanager",
}


def _facts(attempt: Mapping[str, Any]) -> dict[str, str]:
    target = attempt.get("target") or {}
    return {
        "payment": str(attempt.get("payment_id") or "?"),
        "amount": _money(target.get("amount")),
        "payer": str(target.get("payer_id", "?")),
        "method": str(target.get("method_id", "?")),
    }


def _because(attempt: Mapping[str, Any]) -> str:
    detail = str(attempt.get("detail") or "").strip()
    return f": {detail}" if detail else ""


def _sentence(text: str) -> str:
    text = text.strip().rstrip(":").strip()
    return text[:1].upper() + text[1:]


def _described(document: Mapping[str, Any]) -> str:
    flags = [name for name, key in (("posted", "posted"), ("paid", "paid")) if document.get(key)]
    if document.get("deletion_mark"):
        flags.append("marked for deletion")
    number = str(document.get("number", "")).strip()
    amount = f"{_money(document.get('amount'))} {document.get('currency') or ''}".strip()
    return ", ".join([f"number {number} of {document.get('date')}", amount, *flags])


_FIELDS = {
    "currency": "currency",
    "number": "number",
    "date": "date",
    "posted": "posted",
    "paid": "paid",
    "paid_on": "payment date",
    "purpose": "purpose",
    "incoming_number": "incoming number",
    "incoming_date": "incoming date",
}


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for key, value in after.items():
        old = before.get(key)
        if key == "version" or old == value:
            continue
        if key == "lines":
            yield f"lines {_lines(old)} → {_lines(value)}"
        elif key in ("counterparty", "organization"):
            yield f"{key} {_name(old)} → {_name(value)}"
        elif key == "amount":
            yield f"amount {_money(old)} → {_money(value)}"
        elif key in _FIELDS or isinstance(value, bool):
            yield f"{_FIELDS.get(key, key.replace('_', ' '))} {_word(old)} → {_word(value)}"


def _lines(lines: Any) -> str:
    parts = [f"{_money(line.get('amount'))} to {_name(line.get('contract'))}" for line in lines or ()]
    return " + ".join(parts) or "none"


def _name(thing: Any) -> str:
    return str((thing or {}).get("name") or (thing or {}).get("id") or "none")


def _money(amount: Any) -> str:
    return "?" if amount is None else f"{Decimal(amount):.2f}"


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip() if value not in (None, "") else "none"
