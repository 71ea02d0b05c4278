"""The adapter to a 1C infobase whose standard OData interface is published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, assert_never
from zoneinfo import ZoneInfo

import attrs

from ..errors import SettingsError
from ..models import DocumentRef, MissingDocument, PaymentDocument, PaymentId, Subaccount
from ..ports.onec import ChangeBatch, Inspected, Stamp
from ..transport import Wire
from . import _accounts, _module
from ._address import root_of
from ._connection import Connection
from ._documents import DocumentReader, document_selection
from ._exchange import ExchangeCapture
from ._inspect import inspect
from ._listing import by_date
from ._queue import QueueCapture
from ._selection import Selection
from ._stamps import stamp_fields, stamp_of
from .configuration import Configuration
from .exchange_plan import ExchangePlan
from .queue_register import QueueRegister
from .window import Window

if TYPE_CHECKING:
    from typing import Self

    from ..transport import BlockingTransport, Verify

#: so many stamps are remembered: enough for a window, little enough for the memory
_REMEMBERED: Final = 20_000
_LEAST_PAGE: Final = 2


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class ODataAdapter:
    """Reads payment documents over OData; writes nothing in 1C but the catalogue of subaccounts.

    What is told to an exchange plan, and the rows that are taken out of a queue, stand apart: nobody's data changes.

    One connection, one request at a time, one session, and the session is finished on :meth:`close`: each one holds
    a licence of 1C (1c-odata.md §1.9). It may be used from several threads; they wait for each other.

    Args:
        url: the address of the publication, with or without ``/odata/standard.odata``.
        username: a user of the infobase, in any alphabet, without restrictions on the level of records.
        password: is kept out of every URL, log, repr and exception.
        configuration: which names the infobase uses, such as :data:`UPP_1_3`.
        timezone: of the infobase; decides which day is today. Dates of documents never pass through it.
        base: the infobase's name, chosen by you once and for all.
        changes: how changes are noticed: by looking at the last days again and again (a :class:`Window`, which needs
            nothing in 1C), or by asking an exchange plan or a register that 1C fills.
        timeout: seconds for one request, with its repetitions.
        transport: an ``httpx`` transport to use instead of the network.
        verify: whose certificates are trusted: True, False, a file or folder of them, or an ``ssl.SSLContext``.
        session: ask 1C to keep one session over all requests; a publication that cannot do so ignores it.
        clock: returns the present moment, aware.
        page_size: rows asked for at once; less where the server runs out of memory.

    Raises:
        SettingsError: one of them is missing or makes no sense.
    """

    def __init__(
        self,
        url: str,
        *,
        username: str,
        password: str,
        configuration: Configuration,
        timezone: str | dt.tzinfo,
        base: str,
        changes: Window | ExchangePlan | QueueRegister | None = None,
        timeout: float = 60.0,
        transport: BlockingTransport | None = None,
        verify: Verify = True,
        session: bool = True,
        clock: Callable[[], dt.datetime] = _utc_now,
        page_size: int = 1000,
    ) -> None:
        if not base.strip():
            raise SettingsError("The infobase needs a name, which goes into every mark: base is empty.")
        if page_size < _LEAST_PAGE or timeout <= 0:
            raise SettingsError(f"page_size={page_size} and timeout={timeout} leave no room to read anything.")
        self._base = base
        self._configuration = configuration
        self._zone = _zone(timezone)
        self._clock = clock
        self._page_size = page_size
        self._selections = {kind: document_selection(names) for kind, names in configuration.documents.items()}
        self._shown: dict[DocumentRef, dt.date] = {}
        root = root_of(url)
        self._connection = Connection(
            root,
            username=username,
            password=password,
            timeout=timeout,
            keep_session=session,
            writable=configuration.module.subaccounts,
            erasable=configuration.module.queue if isinstance(changes, QueueRegister) else None,
            probe=configuration.currencies,
            wire=Wire(transport=transport, verify=verify),
        )
        self._changes = self._capture(changes or Window())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._connection.root!r}, base={self._base!r}, {self._configuration.name})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Finish the session of 1C, which frees its licence, and close the connection. May be called twice."""
        self._connection.close()

    # ------------------------------------------------------------------------------------------------------- the port

    @property
    def base(self) -> str:
        """The infobase's name."""
        return self._base

    @property
    def configuration(self) -> Configuration:
        """The names that the infobase uses."""
        return self._configuration

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Yield what may have changed, as the strategy tells it; a window keeps no cursor and shows all of itself.

        Raises:
            NotPublished: a kind of document of the configuration, or what the strategy asks, is not published.
            WireError, OneCError: nothing is concluded from a listing that ended in an exception.
        """
        return self._changes.changes(cursor)

    def acknowledge(self, cursor: str) -> None:
        """Let 1C forget what was shown up to the cursor; a window has nothing to forget.

        Raises:
            WireError, OneCError: whether it has is not known; acknowledging once more is harmless.
        """
        self._changes.acknowledge(cursor)

    def changes_since(self, day: dt.date) -> Iterator[ChangeBatch]:
        """Yield every document dated ``day`` or later. Raises as :meth:`changes`."""
        for kind, names in self._configuration.documents.items():
            selection = Selection(names.entity_set, stamp_fields(names))
            for page in by_date(self._connection, selection, since=day, page_size=self._page_size):
                # by_date has found a date in each row
                listed = (stamp_of(kind, names, row, today=self._today()) for row in page)
                stamps = tuple(each for each in listed if each is not None)
                self._remember(stamps)
                yield ChangeBatch(stamps=stamps)
        yield ChangeBatch(complete_since=day)

    def read(self, refs: Sequence[DocumentRef]) -> Iterator[PaymentDocument | MissingDocument]:
        """Yield each of ``refs`` once, in any order, with catalogues as they are now.

        Ask for many at once, up to some thousands: catalogues are fetched once per call.

        Raises:
            NotPublished: a document or a catalogue is not published; nothing is known of the documents.
            WireError, OneCError: documents not yielded by then are unknown, never missing.
        """
        reader = DocumentReader(self._connection, self._configuration, self._selections, page_size=self._page_size)
        return reader.read(dict.fromkeys(refs), dict(self._shown))

    # ------------------------------------------------------------------------------------------- further capabilities

    def peek(self, cursor: str | None) -> Iterator[ChangeBatch]:
        """Yield what may have changed and leave 1C as it is: where an exchange plan would note it, the window is shown.

        Raises as :meth:`changes`.
        """
        return self._changes.peek(cursor)

    def save_accounts(self, subaccounts: Sequence[Subaccount]) -> None:
        """Create or rename one item of the catalogue of subaccounts for each of them; never delete one.

        Raises:
            NotPublished: ISPsystem's additions are not in this infobase, or the catalogue is not published.
            WireError, OneCError: some may have been saved; saving all of them again is harmless.
        """
        _accounts.save_accounts(self._connection, self._configuration.module.subaccounts, subaccounts)

    def module_address(self) -> str | None:
        """Return the address that ISPsystem's module exports to; None where it is off or absent.

        Raises:
            WireError, OneCError: it could not be asked.
        """
        return _module.module_address(self._connection, self._configuration)

    def module_payments(self) -> Iterator[tuple[DocumentRef, PaymentId | None]]:
        """Yield which document became which payment, as the module's register says; nothing where it is absent.

        Raises:
            WireError, OneCError: the register could not be read whole.
        """
        return _module.module_payments(self._connection, self._configuration)

    def inspect(self) -> Iterator[Inspected]:
        """Yield each entity set that the exchange reads: whether it may be read, and which fields it lacks.

        Raises:
            WireError, OneCLoginFailed, BaseLocked, NoFreeSession: 1C could not be asked at all.
        """
        return inspect(self._connection, self._configuration)

    @property
    def clock_lead(self) -> dt.timedelta | None:
        """How far the clock of 1C's web server was ahead of ours at its last answer; None where it did not say."""
        return self._connection.clock_lead

    def _capture(self, strategy: Window | ExchangePlan | QueueRegister) -> _Capture:
        connection, configuration = self._connection, self._configuration
        match strategy:
            case Window():
                return _Look(lambda: self._within(strategy))
            case ExchangePlan():
                return ExchangeCapture(
                    connection,
                    configuration,
                    strategy,
                    window=lambda: self._within(strategy.fallback),
                    today=self._today,
                    batch_size=self._page_size,
                )
            case QueueRegister():
                return QueueCapture(connection, configuration, today=self._today)
        assert_never(strategy)

    def _within(self, window: Window) -> Iterator[ChangeBatch]:
        return self.changes_since(self._today() - dt.timedelta(days=window.days))

    def _today(self) -> dt.date:
        return self._clock().astimezone(self._zone).date()

    def _remember(self, stamps: Sequence[Stamp]) -> None:
        """Remember the dates of documents: many of one range are cheaper read by date than by key."""
        for stamp in stamps:
            self._shown.pop(stamp.ref, None)
            self._shown[stamp.ref] = stamp.date
        while len(self._shown) > _REMEMBERED:
            del self._shown[next(iter(self._shown))]


class _Capture(Protocol):
    """A way to notice changes: the half of the port that a strategy answers for."""

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]: ...
    def peek(self, cursor: str | None) -> Iterator[ChangeBatch]: ...
    def acknowledge(self, cursor: str) -> None: ...


@attrs.frozen
class _Look:
    """Look at a window: whatever is in it may have changed."""

    window: Callable[[], Iterator[ChangeBatch]]

    def changes(self, cursor: str | None) -> Iterator[ChangeBatch]:
        return self.window()

    def peek(self, cursor: str | None) -> Iterator[ChangeBatch]:
        return self.window()

    def acknowledge(self, cursor: str) -> None:
        pass


def _zone(timezone: str | dt.tzinfo) -> dt.tzinfo:
    if isinstance(timezone, dt.tzinfo):
        return timezone
    try:
        return ZoneInfo(timezone)
    except (ValueError, OSError) as wrong:  # ZoneInfoNotFoundError is a KeyError
        raise SettingsError(f"{timezone!r} is no time zone; it looks like Europe/Moscow.") from wrong
    except KeyError as wrong:
        raise SettingsError(f"{timezone!r} is no time zone known here; it looks like Europe/Moscow.") from wrong
