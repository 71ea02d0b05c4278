"""The words that the core and the plans speak to each other.

A plan asks the core what to do (:data:`Step`), does it, and tells the core how it went (:data:`Answer`).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Generic, TypeVar

import attrs

from ..models import ContractId, DocumentRef, PaymentId, QuarantineCode
from .records import Attempt, AttemptId, Dossier, Link, LinkState, Target

R_co = TypeVar("R_co", covariant=True)


# -------------------------------------------------------------------------------- what should stand in BILLmanager


@attrs.frozen(kw_only=True)
class Unwanted:
    """No money of this line should stand in BILLmanager."""

    reason: str


@attrs.frozen(kw_only=True)
class Blocked:
    """It cannot be said what should stand there, or it must not be touched."""

    code: QuarantineCode
    #: one sentence that says what to do
    reason: str


@attrs.frozen(kw_only=True)
class Suspected:
    """A payment that was typed in by hand may be this money already."""

    payment_id: PaymentId
    #: one sentence that says what to do
    reason: str


Want = Target | Unwanted | Blocked | Suspected
"""What should stand in BILLmanager for one line. The mark of a target is filled in by the core."""


# ------------------------------------------------------------------------------------------------ the run's terms


@attrs.frozen(kw_only=True)
class Terms:
    """What a run brings with it: who it is and how patient."""

    #: the infobase's name, part of every mark
    base: str
    #: unique for this run of this process
    owner: str
    #: how long a claim lasts without being renewed
    lease: timedelta
    #: how long something sent may still take effect
    settle: timedelta
    #: the pause after a first failure; it doubles
    retry_first: timedelta
    retry_last: timedelta

    def pause(self, failures: int, jitter: float) -> timedelta:
        """Return how long to wait after so many failures in a row; ``jitter`` is in [0, 1)."""
        doublings = min(max(failures - 1, 0), 20)
        grown = min(self.retry_first * float(1 << doublings), self.retry_last)
        return grown * (0.5 + jitter / 2)


@attrs.frozen(kw_only=True)
class Tick:
    """What the pure core may not make itself: the time, chance, and names for new things."""

    #: aware
    now: datetime
    attempt_id: AttemptId
    #: the greatest payment id known to exist
    high_water: int = 0
    #: in [0, 1)
    jitter: float = 0.5


@attrs.frozen
class Verdict(Generic[R_co]):
    """A decision: the dossier as it is to be kept, and what to tell the one who asked."""

    dossier: Dossier
    result: R_co
    #: something worth remembering that changes nothing
    note: str = ""


# ---------------------------------------------------------------------------------------------------------- steps


@attrs.frozen(kw_only=True)
class Perform:
    """Make this write. It is durable that it will be made."""

    attempt: Attempt
    link: Link
    #: what BILLmanager shows before it, as far as we know
    before: Target | None
    #: all that this payment was made as, or may have been
    known: tuple[Target, ...] = ()
    #: a credit of ours was sent to it before, and may have reached it since it was looked for
    may_be_credited: bool = False
    #: the payment is the client's own bill: it is never deleted
    bill: bool = False
    #: of a bill: what it was before it was ours, where that is known
    original: Target | None = None
    #: the payment was found by its likeness alone
    guess: bool = False
    #: an edit was sent that may have changed any of its fields
    in_doubt: bool = False
    #: a cancel of ours was sent whose end nobody saw: it may have taken the credit back
    may_be_unpaid: bool = False
    #: the payment was made in an earlier turn: somebody may have had his hands on it since
    resumed: bool = False


@attrs.frozen(kw_only=True)
class Look:
    """Find out by reading how this attempt ended."""

    attempt: Attempt
    link: Link
    #: all that this payment was made as, or may have been
    known: tuple[Target, ...] = ()
    #: as in :class:`Perform`
    may_be_unpaid: bool = False


@attrs.frozen(kw_only=True)
class LookBack:
    """Read a cancelled payment that could not be deleted once more: an old credit may have reached it."""

    contract_id: ContractId
    payment_id: PaymentId


@attrs.frozen(kw_only=True)
class Moved:
    """The document has moved on: resolve it again."""


@attrs.frozen(kw_only=True)
class Finished:
    """Nothing more can be done now."""

    dossier: Dossier
    #: another worker has the document
    busy: bool = False


Step = Perform | Look | LookBack | Moved | Finished
"""What is to be done next with a document."""


# -------------------------------------------------------------------------------------------------------- answers


@attrs.frozen(kw_only=True)
class Done:
    """The write took effect, and the answer says so."""

    #: of a create: the new payment
    payment_id: PaymentId | None = None
    #: of a credit: the day BILLmanager shows where it is not the one we wrote; ``date.min`` where it was not read
    shown_date: date | None = None
    #: of a cancel: the payment still exists, without money
    lingers: bool = False


@attrs.frozen(kw_only=True)
class Refused:
    """BILLmanager read the request and refused it, or we refused to make it. Nothing was done, unless it says so."""

    reason: str
    code: QuarantineCode = QuarantineCode.REJECTED
    state: LinkState = LinkState.QUARANTINED
    #: only a newer revision, or a person, makes it worth trying again
    final: bool = False
    #: some of it may have been done, all the same
    partly: bool = False


class Trouble(enum.Enum):
    """Why a write brought no result."""

    NOT_SENT = "not sent"
    LATER = "asked to come back later"
    EXISTS = "a payment with this number exists"
    UNKNOWN = "no readable answer"


@attrs.frozen(kw_only=True)
class Failed:
    """The write brought no result; it will be tried, or looked at, again."""

    trouble: Trouble
    reason: str


class Finding(enum.Enum):
    """What a look at BILLmanager showed."""

    TOOK_EFFECT = "it took effect"
    NO_EFFECT = "it did not take effect"
    GONE = "the payment is gone"
    CHANGED = "somebody else changed the payment"
    UNPAID = "a cancel of ours reached it late: it is not paid, or gone"


@attrs.frozen(kw_only=True)
class Looked:
    """The look is over."""

    finding: Finding
    #: of a create that took effect: the payment; of an unpaid one, where it is there still
    payment_id: PaymentId | None = None
    #: and what it was created as, where that is not what this attempt asked for
    created: Target | None = None
    #: and that it stands credited already
    credited: bool = False
    #: of a credit: as in :class:`Done`
    shown_date: date | None = None
    reason: str = ""


@attrs.frozen(kw_only=True)
class LookedBack:
    """A cancelled payment was read once more."""

    contract_id: ContractId
    #: it stands credited
    credited: bool
    #: the mark it carries
    mark: str = ""


Answer = Done | Refused | Failed | Looked
"""How what was to be done went."""


# ------------------------------------------------------------------------------------------------------- sightings


@attrs.frozen(kw_only=True)
class Sighting:
    """What a reading of 1C said about one document, judged by the rules."""

    ref: DocumentRef
    #: hash of the fields that matter
    digest: str
    version: str
    #: what should stand in BILLmanager by contract; empty where nothing should
    amounts: Mapping[ContractId, Decimal]
    #: why nothing should, or why the whole document is refused
    reason: str = ""
    code: QuarantineCode | None = None
    #: 1C said, when asked by key, that there is no such document
    missing: bool = False
    #: why it is too old to be exported unless it already was; empty where it is not
    too_old: str = ""
