"""What is remembered of one document: the record of it, a link for each contract, and every attempt to write.

These are the rows of ``protocol.md`` §1 as values. Stores keep them, ``core`` changes them, nobody else does.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NewType

import attrs

from ..models import (
    AccountId,
    CompanyId,
    ContractId,
    CurrencyId,
    DocumentRef,
    PayerId,
    PaymentDocument,
    PaymentId,
    PaymentMethodId,
    ProviderId,
    QuarantineCode,
    SubaccountId,
)

AttemptId = NewType("AttemptId", str)
"""The name of one write; made by the driver, never by the rules."""


class LinkState(enum.Enum):
    """Where a document line stands (protocol.md §2)."""

    PENDING = "pending"
    """Nothing stands in BILLmanager."""
    CREATE_INTENT = "create_intent"
    CREATE_UNKNOWN = "create_unknown"
    BOUND = "bound"
    """An inert payment is ours by its id; it is credited to nobody."""
    CREDIT_INTENT = "credit_intent"
    CREDIT_UNKNOWN = "credit_unknown"
    SYNCED = "synced"
    """Credited, and equal to ``applied``."""
    UPDATE_INTENT = "update_intent"
    UPDATE_UNKNOWN = "update_unknown"
    CANCEL_INTENT = "cancel_intent"
    CANCEL_UNKNOWN = "cancel_unknown"
    ABSENT = "absent"
    """Nothing stands in BILLmanager, and nothing should."""
    QUARANTINED = "quarantined"
    """Waits for data or for a person; ``code`` says why."""
    REMOTE_MISSING = "remote_missing"
    """Our payment is gone from BILLmanager and it was not us."""
    REMOTE_CHANGED = "remote_changed"
    """Somebody else changed our payment in BILLmanager."""
    DUPLICATE_FOUND = "duplicate_found"
    """A second payment carries our mark."""
    HELD = "held"
    """A payment typed in by hand may be the same money."""

    @property
    def is_intent(self) -> bool:
        """A write is under way, or its worker died."""
        return self in _UNKNOWN_OF

    @property
    def unknown(self) -> LinkState:
        """What this intent becomes when its lease runs out."""
        return _UNKNOWN_OF[self]

    @property
    def is_unknown(self) -> bool:
        """A write was made and nobody knows how it ended."""
        return self in _UNKNOWN_OF.values()

    @property
    def has_payment(self) -> bool:
        """A credited payment of ours stands in BILLmanager in this state, or may."""
        return self in _LINKED

    @property
    def waits_for_person(self) -> bool:
        """Nothing happens until a person decides, whatever 1C says meanwhile."""
        return self in _HUMAN


_UNKNOWN_OF = {
    LinkState.CREATE_INTENT: LinkState.CREATE_UNKNOWN,
    LinkState.CREDIT_INTENT: LinkState.CREDIT_UNKNOWN,
    LinkState.UPDATE_INTENT: LinkState.UPDATE_UNKNOWN,
    LinkState.CANCEL_INTENT: LinkState.CANCEL_UNKNOWN,
}
_LINKED = {
    LinkState.CREDIT_UNKNOWN,
    LinkState.SYNCED,
    LinkState.UPDATE_INTENT,
    LinkState.UPDATE_UNKNOWN,
    LinkState.CANCEL_INTENT,
    LinkState.CANCEL_UNKNOWN,
    LinkState.REMOTE_MISSING,
    LinkState.REMOTE_CHANGED,
    LinkState.DUPLICATE_FOUND,
}
_HUMAN = {LinkState.REMOTE_MISSING, LinkState.REMOTE_CHANGED, LinkState.DUPLICATE_FOUND, LinkState.HELD}


BILL = "the client's own bill"
"""Stands in the detail of an attempt that created nothing, because a bill was there."""

ALIKE = "found by its likeness alone: it may be the client's own bill"
"""Stands in the detail of a create whose payment shows neither its number nor its mark."""


class AttemptOp(enum.Enum):
    """What a write was for."""

    CREATE = "create"
    WRITE = "write"
    """The fields and the mark of a payment that is not credited yet."""
    CREDIT = "credit"
    UPDATE = "update"
    CANCEL = "cancel"


class AttemptOutcome(enum.Enum):
    """How a write ended, as far as anybody knows."""

    OK = "ok"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class ResolvedBy(enum.Enum):
    """How the outcome became known."""

    ANSWER = "answer"
    LOOKUP = "lookup"
    SWEEP = "sweep"
    OPERATOR = "operator"


@attrs.frozen(kw_only=True)
class Target:
    """What a payment in BILLmanager should be: everything we write, resolved to BILLmanager's own ids."""

    account_id: AccountId
    subaccount_id: SubaccountId
    provider_id: ProviderId
    currency_id: CurrencyId
    payer_id: PayerId
    company_id: CompanyId
    method_id: PaymentMethodId
    #: in the subaccount's currency, two places, greater than zero
    amount: Decimal
    paid_on: date
    document_number: str
    document_date: date
    #: назначение платежа
    description: str
    #: ours, and only ours: see ``marks``
    mark: str

    def reads_like(self, other: Target) -> bool:
        """Say whether a payment made as the one needs no edit to be the other: whose the subaccount is, is no field."""
        same = attrs.evolve(
            other, account_id=self.account_id, provider_id=self.provider_id, currency_id=self.currency_id
        )
        return same == self


@attrs.frozen(kw_only=True)
class Attempt:
    """One write, remembered before it is sent."""

    id: AttemptId
    contract_id: ContractId
    gen: int
    op: AttemptOp
    #: the document's revision that the write brings
    target_rev: int
    #: None for a cancel
    target: Target | None
    #: None for a create until it is bound
    payment_id: PaymentId | None
    #: given to BILLmanager with a create; one per generation
    random_number: str
    fence: int
    #: the greatest payment id known before a create: ours must be greater
    high_water: int
    started_at: datetime
    #: not sent after this moment
    send_by: datetime
    #: what was sent may still take effect until this moment
    settle_after: datetime
    outcome: AttemptOutcome | None = None
    resolved_by: ResolvedBy | None = None
    detail: str = ""

    @property
    def is_open(self) -> bool:
        """Nobody knows yet how it ended."""
        return self.resolved_by is None

    @property
    def is_unseen(self) -> bool:
        """It is over, and no answer said so: what was sent may still arrive, until all has settled."""
        return self.resolved_by not in (None, ResolvedBy.ANSWER)

    @property
    def took_bill(self) -> bool:
        """Nothing was created: the client's own bill was taken."""
        return self.op is AttemptOp.CREATE and self.detail == BILL

    @property
    def is_guess(self) -> bool:
        """The payment was found by its likeness alone."""
        return self.op is AttemptOp.CREATE and self.detail == ALIKE

    @property
    def number_taken(self) -> bool:
        """BILLmanager refused a create because it knows the number, and the payment that has it is being looked for."""
        return self.is_open and self.op is AttemptOp.CREATE and self.outcome is AttemptOutcome.REJECTED

    def closed(self, outcome: AttemptOutcome, by: ResolvedBy, detail: str) -> Attempt:
        """Return the same attempt with its end."""
        return attrs.evolve(self, outcome=outcome, resolved_by=by, detail=detail)


@attrs.frozen(kw_only=True)
class Link:
    """The tie between one contract of one document and one payment."""

    contract_id: ContractId
    state: LinkState = LinkState.PENDING
    #: grows when a payment was cancelled and a new one may follow
    gen: int = 1
    #: bound once per generation, by compare-and-set
    payment_id: PaymentId | None = None
    #: the document's revision that BILLmanager shows
    applied_rev: int = 0
    #: what BILLmanager shows; None until the payment is credited
    applied: Target | None = None
    #: what BILLmanager showed before, newest first: an old value of ours is not a person's change
    history: tuple[Target, ...] = ()
    #: what was last sent to a payment that is not credited yet, and the revision it was made from
    written: Target | None = None
    written_rev: int = 0
    #: one per generation, reused by its retries
    random_number: str = ""
    code: QuarantineCode | None = None
    #: one sentence for a person; empty where all is well
    reason: str = ""
    #: the revision at which it was refused for good: only a newer one, or a person, reopens it
    refused_rev: int | None = None
    next_attempt_at: datetime | None = None
    #: failures in a row
    failures: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None
    fence: int = 0
    #: a cancelled payment that BILLmanager would not delete, and until when an old credit may still reach it
    lingering_id: PaymentId | None = None
    lingering_until: datetime | None = None
    #: a payment that may be the same money, typed in by hand: nothing is made while it is held against the line
    twin_id: PaymentId | None = None
    #: payments that a person has said are not this line's money
    dismissed: tuple[PaymentId, ...] = ()
    #: why a person took the line out of the exchange for good; empty where nobody did
    abandoned: str = ""

    @property
    def holds(self) -> frozenset[PaymentId]:
        """The payments that no other line may have: bound, lingering, or held against it."""
        return frozenset(id for id in (self.payment_id, self.lingering_id, self.twin_id) if id is not None)


@attrs.frozen(kw_only=True)
class DocumentRecord:
    """A document as it was last read from 1C."""

    ref: DocumentRef
    #: +1 whenever the hash of the relevant fields changes
    observed_rev: int
    digest: str
    #: the version token of the last reading; equality only
    version: str
    #: as last read; of a deleted one, as it was before
    document: PaymentDocument
    #: True if its money should stand in BILLmanager
    wanted: bool
    #: why it should not, or why it is refused as a whole; empty where all is well
    reason: str = ""
    #: set where the document is refused as a whole
    code: QuarantineCode | None = None
    #: 1C said, when asked by key, that there is no such document any more
    missing: bool = False
    first_seen_at: datetime
    changed_at: datetime


@attrs.frozen(kw_only=True)
class Dossier:
    """All that is remembered of one document. ``record`` is None for one never seen."""

    ref: DocumentRef
    record: DocumentRecord | None = None
    links: Mapping[ContractId, Link] = attrs.field(factory=dict)
    attempts: Mapping[AttemptId, Attempt] = attrs.field(factory=dict)

    def open_attempt(self, contract_id: ContractId) -> Attempt | None:
        """Return the write of this line whose end nobody knows; there is at most one."""
        for attempt in self.attempts.values():
            if attempt.contract_id == contract_id and attempt.is_open:
                return attempt
        return None

    def with_link(self, link: Link) -> Dossier:
        """Return the same dossier with this link in place of the one of its contract."""
        return attrs.evolve(self, links={**self.links, link.contract_id: link})

    def with_attempt(self, attempt: Attempt) -> Dossier:
        """Return the same dossier with this attempt in place of the one of its id."""
        return attrs.evolve(self, attempts={**self.attempts, attempt.id: attempt})

    @property
    def is_open(self) -> bool:
        """Some line of it needs work, or attention."""
        return bool(self.open_links)

    @property
    def open_links(self) -> list[Link]:
        """The lines that need work, or attention."""
        record = self.record
        return [link for link in self.links.values() if _is_open(record, link)] if record is not None else []

    @property
    def lease_until(self) -> datetime | None:
        """When the last lease on it ends."""
        return max((link.lease_until for link in self.links.values() if link.lease_until), default=None)


def _is_open(record: DocumentRecord, link: Link) -> bool:
    if link.abandoned:
        return False
    if link.lingering_id is not None:
        return True
    return link.state not in (LinkState.SYNCED, LinkState.ABSENT) or link.applied_rev < record.observed_rev
