"""One line of a reconciliation: what 1C says, what BILLmanager says, and how the two agree."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal

import attrs

from ..models import ContractId, DocumentRef, PaymentId, QuarantineCode
from ..views import Tone


class LineClass(enum.StrEnum):
    """How 1C and BILLmanager agree about a line. Each line has one class: of several that apply, the first here.

    The others that apply are in :attr:`ReconciledLine.besides`.
    """

    DUPLICATE_MARK = "duplicate_mark"
    """Several credited payments are of one line, by mark or by link: its money stands more than once."""
    EXTRA_REMOTE = "extra_remote"
    """A credited payment stands, and 1C shows no money for it."""
    UNRESOLVED_UNKNOWN = "unresolved_unknown"
    """The end of the last write is not known yet; until it is, nothing about the line is certain."""
    STATUS_DIFF = "status_diff"
    """The payment is there and not credited: still inert, refunded, marked as fraud, cancelled."""
    ACCOUNT_DIFF = "account_diff"
    """It is credited to another subaccount than that of the contract, or in another currency than the document's."""
    AMOUNT_DIFF = "amount_diff"
    DATE_DIFF = "date_diff"
    """Its payment date is another."""
    PAYER_DIFF = "payer_diff"
    """It names another payer than was written."""
    METHOD_DIFF = "method_diff"
    """It names another payment method than was written."""
    HUMAN_TWIN = "human_twin"
    """The line has no payment, and one that somebody typed in by hand may be its money."""
    QUARANTINED = "quarantined"
    """It waits for data or for a person, and that is why it is not as it should be; the code says for what."""
    MISSING_REMOTE = "missing_remote"
    """1C shows money, and no payment stands for it."""
    ORPHAN_INERT = "orphan_inert"
    """A payment that credits nobody stands beside its line, or beside all lines: a bill that nobody paid."""
    OK = "ok"
    """One credited payment, and it is as 1C says."""

    @property
    def tone(self) -> Tone:
        """How a table shows it."""
        return _TONES.get(self, Tone.BAD)


_TONES = {
    LineClass.UNRESOLVED_UNKNOWN: Tone.WAITING,
    LineClass.DATE_DIFF: Tone.CHANGED,
    LineClass.PAYER_DIFF: Tone.CHANGED,
    LineClass.METHOD_DIFF: Tone.CHANGED,
    LineClass.HUMAN_TWIN: Tone.WAITING,
    LineClass.QUARANTINED: Tone.WAITING,
    LineClass.ORPHAN_INERT: Tone.QUIET,
    LineClass.OK: Tone.GOOD,
}

RANK = {line_class: rank for rank, line_class in enumerate(LineClass)}
"""Their order, the gravest first."""


@attrs.frozen(kw_only=True)
class Suggestion:
    """A payment that may be the money of a line. It is never acted on by itself: ``engine.adopt()`` is a person's."""

    ref: DocumentRef
    contract_id: ContractId
    payment_id: PaymentId
    #: of 100; what speaks for it, added up
    score: int
    #: what speaks for it, in words
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"payment {self.payment_id} ({self.score}: {', '.join(self.reasons)})"


@attrs.frozen(kw_only=True)
class ReconciledLine:
    """A document line with its payments; or a payment alone, which then has no ``amount``."""

    line_class: LineClass
    #: None where no document is known for the payment
    ref: DocumentRef | None = None
    contract_id: ContractId | None = None
    #: of several payments, a credited one; of several of those, the bound one, else the one of the smallest id
    payment_id: PaymentId | None = None
    #: the others of the line that are credited
    other_ids: tuple[PaymentId, ...] = ()
    #: what 1C shows for the line, in ``currency``; None where it shows no money
    amount: Decimal | None = None
    #: what stands credited in BILLmanager for it; None where nothing does
    credited: Decimal | None = None
    #: ISO 4217 code; empty where a payment alone does not show it
    currency: str = ""
    #: the document's number and date, for people
    number: str = ""
    date: dt.date | None = None
    #: the payment's day in 1C, and in BILLmanager
    paid_on: dt.date | None = None
    credited_on: dt.date | None = None
    #: the counterparty, or the payer of a payment alone
    who: str = ""
    #: why it is quarantined, where it is
    code: QuarantineCode | None = None
    #: what else applies
    besides: tuple[LineClass, ...] = ()
    #: one sentence; empty where all is well
    reason: str = ""
    #: payments that may be this money, or lines that this payment may be the money of: the likeliest first
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def payment_ids(self) -> tuple[PaymentId, ...]:
        """All payments of it."""
        return () if self.payment_id is None else (self.payment_id, *self.other_ids)

    @property
    def key(self) -> tuple[object, ...]:
        """What lines are put in order by: class, date, document, contract, payment."""
        return (
            RANK[self.line_class],
            self.date or self.credited_on or dt.date.min,
            str(self.ref or ""),
            self.contract_id or "",
            self.payment_id or 0,
        )


@attrs.frozen(kw_only=True)
class ClassTotal:
    """The lines of one class in one currency."""

    lines: int
    #: what 1C shows for them
    onec: Decimal
    #: what stands credited in BILLmanager for them
    billmanager: Decimal


@attrs.frozen(kw_only=True)
class DayTotal:
    """The money of one day in one currency."""

    day: dt.date
    #: by the day of payment in 1C
    onec: Decimal
    #: by the day of payment in BILLmanager
    billmanager: Decimal
