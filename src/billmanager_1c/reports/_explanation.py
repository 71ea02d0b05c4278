"""Why a document is, or is not, in BILLmanager: its whole story."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs

from ..ledger import Dossier, Link, LinkState, amount_in, amount_of
from ..ledger.encoding import to_plain
from ..models import ContractId, DocumentRef, PaymentId, QuarantineCode
from ..views import Cell, Column, Status, Table, Tone, cell_text, data_frame, html, text
from ._export import Action
from ._narrative import Event, narrate
from ._plan import PlannedAction


@attrs.frozen(kw_only=True)
class LineStanding:
    """Where one line stands, and what happens next."""

    contract_id: ContractId
    contract: str
    #: in the document's currency
    amount: Decimal
    state: LinkState
    payment_id: PaymentId | None
    code: QuarantineCode | None
    #: one sentence
    standing: str
    #: one sentence
    next: str


@attrs.frozen(kw_only=True)
class DocumentSummary:
    """A document that was found, at a glance."""

    ref: DocumentRef
    number: str
    date: dt.date
    amount: Decimal
    currency: str
    counterparty: str
    inn: str
    payment_ids: tuple[PaymentId, ...]

    @classmethod
    def of(cls, dossier: Dossier) -> DocumentSummary:
        """Sum up a document that is known."""
        assert dossier.record is not None
        document = dossier.record.document
        counterparty = document.counterparty
        held = [link.payment_id for link in dossier.links.values() if link.payment_id is not None]
        return cls(
            ref=dossier.ref,
            number=document.number.strip(),
            date=document.date,
            amount=document.amount,
            currency=document.currency,
            counterparty=counterparty.name if counterparty else "",
            inn=str(counterparty.inn or "") if counterparty else "",
            payment_ids=tuple(held),
        )


@attrs.frozen(kw_only=True)
class Explanation:
    """The story of one document, from its first sight in 1C to the last reading of its payments."""

    ref: DocumentRef
    #: None where 1C has no such document and nothing is remembered of one
    document: DocumentSummary | None
    #: what the rules say of it as a whole; empty where it is money
    judgement: str = ""
    lines: tuple[LineStanding, ...] = ()
    #: oldest first
    events: tuple[Event, ...] = ()
    #: what the next export would do
    planned: tuple[PlannedAction, ...] = ()
    #: why it is not known what 1C shows now; empty where it is
    unread: str = ""

    @property
    def answer(self) -> str:
        """The answer to "why is it not in BILLmanager?" in a few words."""
        if self.document is None:
            if self.unread:
                return f"Nothing is remembered of such a document, and it is not known what 1C has. {self.unread}"
            return "1C has no such document, and nothing is remembered of one."
        why = self.judgement.rstrip(".")
        told = {f"{self._bare(line.standing)} {line.next}".strip(): None for line in self.lines}
        if not told:
            told[f"It is not exported, and should not be: {why}." if why else "Nothing of it is to be exported."] = None
        return " ".join([*told, self.unread]).strip()

    def table(self) -> Table:
        """Draw the events up as a table."""
        names = {line.contract_id: line.contract for line in self.lines}
        several = len(self.lines) > 1
        columns = ["when", *(["contract"] if several else []), "what happened", "who"]
        rows: list[list[Cell]] = []
        for event in self.events:
            whose = names.get(event.contract_id, "") if event.contract_id else ""
            told = self._bare(event.text)
            rows.append([event.at.replace(microsecond=0), *([whose] if several else []), told, event.who])
        return Table(title="What happened", columns=tuple(map(Column, columns)), rows=rows)

    def standing(self) -> Table:
        """Draw the lines up as a table: the short answer."""
        rows = [
            (
                Status(line.state.value.replace("_", " "), _tone(line)),
                line.contract,
                line.amount,
                line.payment_id,
                self._bare(line.standing),
                line.next,
            )
            for line in self.lines
        ]
        names = ("state", "contract", "amount", "payment", "how it stands", "what happens next")
        notes = filter(None, [self.unread]) if self.lines else [self.answer]
        return Table(title=self._title(), columns=tuple(map(Column, names)), rows=rows, footnotes=tuple(notes))

    def choices(self) -> Table:
        """Draw up what would be chosen, by which rule, and below each choice what lost."""
        rows: list[list[Cell]] = []
        for choice in [choice for action in self.planned for choice in action.choices]:
            verdict = Status("refused", Tone.BAD) if choice.id is None else Status("chosen", Tone.GOOD)
            rows.append([choice.what, verdict, choice.id, choice.rule, " ".join([choice.sentence, *choice.notes])])
            rows += [[choice.what, Status("lost"), None, "", lost] for lost in choice.lost]
        names = ("what", "choice", "id", "rule", "why")
        return Table(title="What would be chosen now", columns=tuple(map(Column, names)), rows=rows)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the events as plain dictionaries."""
        return [to_plain(event) for event in self.events]

    def to_pandas(self) -> Any:
        """Return the events as a data frame; the extra ``notebook`` must be installed."""
        return data_frame(self.table())

    def _tables(self) -> Sequence[Table]:
        return [self.standing(), *(table for table in (self.table(), self.choices()) if table.rows)]

    def _bare(self, sentence: str) -> str:
        """Leave out the name of the document, which stands in the title."""
        if self.document is None:
            return sentence
        name = f"{self.ref.kind.title} {self.document.number} of {self.document.date:%d.%m.%Y}: "
        return sentence.replace(name, "")

    def _title(self) -> str:
        if self.document is None:
            return f"{self.ref.kind.title} {self.ref.id}"
        one = self.document
        return (
            f"{self.ref.kind.title} {one.number} of {one.date:%d.%m.%Y}, {cell_text(one.amount)} {one.currency}, "
            f"{one.counterparty or 'no counterparty'}"
        )

    def __str__(self) -> str:
        return "\n\n".join(text(table) for table in self._tables())

    def _repr_html_(self) -> str:
        return "\n".join(html(table) for table in self._tables())


def explain(
    dossier: Dossier,
    events: Sequence[Event],
    planned: Sequence[PlannedAction],
    *,
    unnoticed: bool = False,
    unread: str = "",
) -> Explanation:
    """Put the story of a document together.

    ``unnoticed``: what is planned follows a change in 1C that no export learns of by itself. ``unread``: why it is not
    known what 1C shows now.
    """
    record = dossier.record
    if record is None:
        return Explanation(ref=dossier.ref, document=None, unread=unread)
    lines = [_standing(dossier, link, planned, unnoticed, bool(unread)) for link in dossier.links.values()]
    return Explanation(
        ref=dossier.ref,
        document=DocumentSummary.of(dossier),
        judgement=record.reason,
        lines=tuple(lines),
        events=tuple(events),
        planned=tuple(planned),
        unread=unread,
    )


def _standing(
    dossier: Dossier, link: Link, planned: Sequence[PlannedAction], unnoticed: bool, is_stale: bool
) -> LineStanding:
    record = dossier.record
    assert record is not None
    contracts = [line.contract for line in record.document.lines if line.contract]
    named = [contract.name for contract in contracts if contract.id == link.contract_id]
    action = next((one for one in planned if one.contract_id == link.contract_id), None)
    amount = link.applied.amount if link.applied else amount_of(record, link.contract_id)
    return LineStanding(
        contract_id=link.contract_id,
        contract=(named[0] if named and named[0] else link.contract_id),
        amount=amount or amount_in(record.document, link.contract_id),
        state=link.state,
        payment_id=link.payment_id,
        code=link.code,
        standing=_how(link, record.observed_rev, record.reason, unnoticed or is_stale),
        next=_next(link, action, record.observed_rev, unnoticed, is_stale),
    )


def _how(link: Link, revision: int, judgement: str, is_stale: bool) -> str:
    if link.abandoned:
        return f"A person took it out of the exchange: {link.abandoned}."
    match link.state:
        case LinkState.SYNCED if link.applied_rev >= revision:
            says = "said when the document was last read" if is_stale else "says"
            return f"It is credited as payment {link.payment_id}, as 1C {says}."
        case LinkState.SYNCED:
            return f"It is credited as payment {link.payment_id}, and 1C has changed since."
        case LinkState.ABSENT:
            return (
                f"Nothing stands in BILLmanager, and nothing should: {link.reason or judgement or 'it is not money'}."
            )
        case LinkState.PENDING:
            return "It is not in BILLmanager yet."
        case LinkState.BOUND:
            return f"Payment {link.payment_id} is made and not credited yet."
        case _ if link.state.is_unknown or link.state.is_intent:
            return f"The end of its last write is not known: {link.reason or 'its worker has not come back'}."
        case _:
            return link.reason or (link.code.sentence if link.code else "It waits.")


def _next(link: Link, action: PlannedAction | None, revision: int, unnoticed: bool, is_stale: bool) -> str:
    if link.abandoned:
        return "Nothing, until somebody calls engine.retry()."
    if link.state.waits_for_person or link.refused_rev is not None:
        return "Nothing, until a person decides."
    if is_stale and action is not None and action.action is Action.POSTPONED:
        return "Nothing, until it can be read from 1C."
    if link.state is LinkState.QUARANTINED:
        return "Each run looks whether the cause is gone."
    if action is not None and action.action.value in _WILL:
        when = f" not before {link.next_attempt_at:%d.%m.%Y %H:%M %Z}" if link.next_attempt_at else ""
        export = f"{_UNNOTICED} the next export" if unnoticed else "The next export"
        return f"{export} {_WILL[action.action.value]}{when}."
    if link.state in (LinkState.SYNCED, LinkState.ABSENT) and link.applied_rev >= revision:
        return ""
    return "The next export looks at it."


_UNNOTICED = (
    "What the document refers to, such as its contract, has changed in 1C and the document itself has not, so no "
    "export notices. Call engine.record_change(ref), or write the document again in 1C; then"
)

_WILL = {
    "exported": "creates and credits it",
    "updated": "changes it in place",
    "cancelled": "takes it back",
    "postponed": "finds out how its last write ended",
}


def _tone(line: LineStanding) -> Tone:
    if line.code is not None:
        return Tone.BAD
    if line.state is LinkState.SYNCED:
        return Tone.GOOD
    return Tone.QUIET if line.state is LinkState.ABSENT else Tone.WAITING


__all__ = ["DocumentSummary", "Event", "Explanation", "LineStanding", "explain", "narrate"]
