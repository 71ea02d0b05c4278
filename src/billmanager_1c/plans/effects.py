"""What a plan may ask for.

A plan is a generator. It yields effects, one at a time, and is handed the answer; an exception of the library's tree
is thrown into it at the line that asked. A plan never sends, sleeps, reads a clock or opens a transaction itself, so
the blocking engine, an asynchronous one and a simulation run the same plans.

.. code-block:: python

    payment = yield from ask(Send(ReadPayment(id=payment_id)))
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Generator, Sequence
from datetime import date, datetime
from typing import Any, Generic, TypeVar, cast

import attrs

from ..api import Listing, Operation
from ..api._operation import R as Row
from ..ledger import Dossier, Tick, Verdict
from ..models import DocumentRef, MissingDocument, PaymentDocument, PaymentId, Subaccount
from ..ports.onec import ChangeBatch
from ..ports.store import Store
from ..reports import Outcome

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R")


class Effect(Generic[T_co]):
    """Something to be done for a plan; the parameter is the type of the answer."""


Plan = Generator[Effect[Any], Any, R]


def ask(effect: Effect[T]) -> Plan[T]:
    """Yield the effect and return its answer with its type."""
    return cast(T, (yield effect))


@attrs.frozen
class Send(Effect[T], Generic[T]):
    """Send an operation to BILLmanager. Raises what the client raises."""

    operation: Operation[T]
    #: not after this moment: whoever wakes up later sends nothing and raises DeadlinePassed
    send_by: datetime | None = None


@attrs.frozen
class Walk(Effect[list[Row]], Generic[Row]):
    """Read a list of BILLmanager to its end. Raises what the client raises, and ListTruncated."""

    listing: Listing[Row]


@attrs.frozen
class Transact(Effect[T], Generic[T]):
    """Make a decision about one document in a transaction of the store."""

    ref: DocumentRef
    decide: Callable[[Dossier, Tick], Verdict[T]]


@attrs.frozen
class TransactAll(Effect[list[object]]):
    """Make decisions about several documents in one transaction, and move the cursor with them."""

    decisions: Sequence[tuple[DocumentRef, Callable[[Dossier, Tick], Verdict[Any]]]]
    cursor: str | None = None


@attrs.frozen
class Consult(Effect[T], Generic[T]):
    """Ask the store, or have it remember something that is no document's."""

    question: Callable[[Store], T]


@attrs.frozen
class Together(Effect[list[T]], Generic[T]):
    """Run several plans, a few at a time; the answer is what they returned, in their order.

    If one of them raises, the others are run to their ends first.
    """

    plans: Sequence[Plan[T]]


class Work(enum.StrEnum):
    """What a plan is at, in words for whoever watches."""

    READING_1C = "reading 1C"
    READING_BOOKS = "reading companies and methods"
    LOADING_ACCOUNTS = "loading subaccounts"
    SWEEPING = "looking for our own payments"
    READING_PAYERS = "reading payers"
    LOOKING_FOR_TWINS = "looking for payments typed in by hand"
    EXPORTING = "exporting"
    PLANNING = "planning"
    SEARCHING = "searching"
    READING_REGISTER = "reading the module's register"
    LISTING_PAYMENTS = "listing payments"
    COMPARING = "comparing"
    READING_PAYMENTS = "reading payments"


@attrs.frozen(kw_only=True)
class Tell(Effect[None]):
    """Tell whoever watches how far the work is."""

    #: each work counts its own things; None: what was told last goes on
    what: Work | None = None
    #: added to what is to be done
    expected: int = 0
    #: added to what is done
    done: int = 0
    #: how the lines of a document ended
    outcomes: Sequence[Outcome] = ()
    #: something a person should know, one sentence
    warning: str = ""


@attrs.frozen
class Now(Effect[datetime]):
    """The present moment, aware."""


@attrs.frozen
class FindRival(Effect[str | None]):
    """The address that ISPsystem's own module in the same infobase works for; None where it does not."""


@attrs.frozen
class ListModulePayments(Effect[list[tuple[DocumentRef, PaymentId | None]]]):
    """What the register of ISPsystem's module says: which document became which payment; empty where it is absent."""


@attrs.frozen
class OpenChanges(Effect[int]):
    """Begin to list what changed in 1C; the answer is a handle for :class:`NextBatch`."""

    cursor: str | None = None
    #: list everything since this day instead
    since: date | None = None


@attrs.frozen
class NextBatch(Effect[ChangeBatch | None]):
    """The next batch of a listing; None at its end."""

    handle: int


@attrs.frozen
class Acknowledge(Effect[None]):
    """Tell 1C to forget what was shown up to a cursor."""

    cursor: str


@attrs.frozen
class ReadDocuments(Effect[list[PaymentDocument | MissingDocument]]):
    """Read documents of 1C by their keys."""

    refs: tuple[DocumentRef, ...]


@attrs.frozen
class SaveAccounts(Effect[bool]):
    """Hand the subaccounts to 1C, where the adapter can keep them; the answer says whether it can."""

    subaccounts: tuple[Subaccount, ...]
