"""What an adapter to a 1C infobase implements. The docstrings are the contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol, runtime_checkable

import attrs

from ..models import (
    DocumentRef,
    MissingDocument,
    PaymentDocument,
    PaymentId,
    Subaccount,
)

UNKNOWN_VERSION: Final = "?"
"""The version of a stamp that says only *this one changed*: no document has it, so the document is read in any case."""


class Stamp(NamedTuple):
    """That a document exists, and in which state: enough to decide whether it must be read."""

    ref: DocumentRef
    #: opaque token, the same as :attr:`PaymentDocument.version`, and compared for equality only; or
    #: :data:`UNKNOWN_VERSION`
    version: str
    #: the document's date in the infobase's calendar; today where that is not known either
    date: dt.date


def _stamps(stamps: Iterable[Stamp]) -> tuple[Stamp, ...]:
    return tuple(stamps)


@attrs.frozen(kw_only=True)
class ChangeBatch:
    """Some documents that may have changed."""

    stamps: tuple[Stamp, ...] = attrs.field(default=(), converter=_stamps)
    #: where to go on after this batch; None where the adapter keeps no place
    cursor: str | None = None
    #: set on the last batch of a listing that showed *every* document of that day and later. A document known to the
    #: store, dated in that range and not shown, is then asked for by its key; it is gone only if that says so
    complete_since: dt.date | None = None


@runtime_checkable
class OneCAdapter(Protocol):
    """The way to one 1C infobase."""

    @property
    def base(self) -> str:
        """The infobase's name, chosen by a person. It is fixed in the store at first use and goes into every mark."""
        ...

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Yield what may have changed since ``cursor``, which is a cursor of an earlier batch or None at first use.

        A document may be shown without having changed, twice, and in any order; one that changed must be shown. Each
        batch is committed to the store together with its cursor before the next is asked for, and then acknowledged.

        Raises:
            WireError, OneCError: nothing is concluded from a listing that ended in an exception.
        """
        ...

    def acknowledge(self, cursor: str) -> None:
        """Forget what was shown up to ``cursor``.

        Called only after our commit, and before the next batch is asked for: an adapter may show in that batch what it
        can only see afterwards. May be called twice with one cursor, and by another process than was shown it.
        """
        ...

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument | MissingDocument]:
        """Yield each of ``refs`` once, in any order: the document as it is now, or that 1C has none with this key.

        Raises:
            BadReply: a document is there and cannot be read. The others are then asked for by fewer refs at a time; it
                waits, a person is told the message, and each run asks for it again. Nothing else is read apart so.
            WireError, OneCError: documents not yielded by then are unknown, never missing.
        """
        ...


@runtime_checkable
class AccountsSink(Protocol):
    """An adapter that can also keep the subaccounts in a catalogue of 1C."""

    def save_accounts(self, subaccounts: Sequence[Subaccount]) -> None:
        """Create or update one catalogue item for each subaccount; never delete one.

        Raises:
            WireError, OneCError: some may have been saved; saving all of them again is harmless.
        """
        ...


@runtime_checkable
class History(Protocol):
    """An adapter that can list everything since a day, which the engine asks for daily with ``export_from``."""

    def changes_since(self, day: dt.date) -> Iterator[ChangeBatch]:
        """Yield every document dated ``day`` or later. Raises as :meth:`OneCAdapter.changes`."""
        ...


@runtime_checkable
class Peek(Protocol):
    """An adapter whose listing of changes leaves a trace in 1C, and which can show them without one.

    Whoever keeps nothing (``plan()``, ``find()``, ``explain()``, ``diagnose()``) asks this way where there is one.
    """

    def peek(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Yield what :meth:`OneCAdapter.changes` would, as far as it can be learnt without 1C remembering the question.

        It may show more, and need not show all. Its batches are never acknowledged. Raises as the other does.
        """
        ...


@attrs.frozen(kw_only=True)
class Inspected:
    """One object of 1C that the exchange reads, as the adapter found it."""

    #: how 1C calls it
    name: str
    #: False for what ISPsystem's module adds: it need not be there
    is_needed: bool = True
    #: None where it could not be found out
    is_readable: bool | None
    #: fields that the exchange reads and the object does not have; empty also where it has no object to show them
    lacks: tuple[str, ...] = ()
    #: why it cannot be read, one sentence
    problem: str = ""


@runtime_checkable
class Inspectable(Protocol):
    """An adapter that can tell whether everything the exchange reads is there and may be read."""

    def inspect(self) -> Iterator[Inspected]:
        """Yield each object that the exchange reads; changes nothing.

        Raises:
            WireError, OneCError: 1C could not be asked at all.
        """
        ...


@runtime_checkable
class RivalModule(Protocol):
    """An adapter that can ask whether ISPsystem's own exchange module works in the same infobase."""

    def module_address(self) -> str | None:
        """Return the BILLmanager address the module is switched on for; None where it is off or absent.

        Raises:
            WireError, OneCError: it could not be asked.
        """
        ...

    def module_payments(self) -> Iterable[tuple[DocumentRef, PaymentId | None]]:
        """Yield what the module's register says: which document became which payment. Empty where it is absent.

        None stands for a payment whose id cannot be made out: a person is told of its document.

        Raises:
            WireError, OneCError: the register could not be read whole.
        """
        ...
