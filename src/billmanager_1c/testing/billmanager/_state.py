"""The tables, the clock, and the ledger that nothing can go around."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from ._installation import Installation
from ._records import (
    ZERO,
    AccountRecord,
    Change,
    CompanyRecord,
    CreditEvent,
    CurrencyRecord,
    EmployeeRecord,
    MethodRecord,
    PayerRecord,
    PaymentRecord,
    ProviderRecord,
    SubaccountRecord,
)
from ._table import Table


@attrs.frozen
class View:
    """All rows as they are, or as they were at some moment."""

    currencies: Mapping[int, CurrencyRecord]
    providers: Mapping[int, ProviderRecord]
    companies: Mapping[int, CompanyRecord]
    methods: Mapping[int, MethodRecord]
    accounts: Mapping[int, AccountRecord]
    subaccounts: Mapping[int, SubaccountRecord]
    payers: Mapping[int, PayerRecord]
    payments: Mapping[int, PaymentRecord]


@attrs.define
class Tables:
    """What BILLmanager's database holds."""

    currencies: Table[CurrencyRecord] = attrs.field(factory=Table)
    providers: Table[ProviderRecord] = attrs.field(factory=Table)
    companies: Table[CompanyRecord] = attrs.field(factory=Table)
    methods: Table[MethodRecord] = attrs.field(factory=Table)
    accounts: Table[AccountRecord] = attrs.field(factory=Table)
    subaccounts: Table[SubaccountRecord] = attrs.field(factory=Table)
    payers: Table[PayerRecord] = attrs.field(factory=Table)
    payments: Table[PaymentRecord] = attrs.field(factory=Table)

    def view(self, moment: datetime | None = None) -> View:
        """Return the rows as they are now (not a copy), or as they were."""
        tables: list[Table[Any]] = [getattr(self, field.name) for field in attrs.fields(Tables)]
        return View(*(table.rows if moment is None else table.as_of(moment) for table in tables))

    def copy(self) -> Tables:
        """Return an independent copy."""
        return Tables(*(getattr(self, field.name).copy() for field in attrs.fields(Tables)))


@attrs.frozen
class Backup:
    """The database at some moment, opaque."""

    tables: Tables
    credits: tuple[CreditEvent, ...]


@attrs.frozen(kw_only=True)
class LoggedRequest:
    """A request that came, whatever became of it."""

    method: str
    func: str
    #: without log-ins, passwords and sessions
    params: Mapping[str, str]
    at: datetime
    #: True if it asks for a change
    writes: bool


class State:
    """The state of a BILLmanager: payments pass through :meth:`keep` and :meth:`erase`, so the books agree."""

    def __init__(self, *, timezone: str, clock: Callable[[], datetime] | None, installation: Installation) -> None:
        self.installation = installation
        self.zone: ZoneInfo = ZoneInfo(timezone)
        self._clock = clock or (lambda: datetime.now(self.zone))
        self._lock = threading.RLock()
        self.tables: Tables = Tables()
        self.employees: dict[str, EmployeeRecord] = {}
        self._credits: list[CreditEvent] = []
        self._history: dict[int, list[Change]] = {}
        #: the random numbers of all payments there are
        self.random_numbers: set[str] = set()
        self.filters: dict[tuple[str, str], dict[str, str]] = {}
        self._log: deque[LoggedRequest] = deque(maxlen=100_000)
        self._writes = 0

    # -------------------------------------------------------------------------------------------- what tests read

    def credited(self, payment_id: int) -> Decimal:
        """Return what stands credited for the payment by the ledger; 0 if nothing does, or there is no such payment."""
        with self._lock:
            payment = self.tables.payments.rows.get(payment_id)
            return payment.credited if payment else ZERO

    def balance(self, subaccount_id: int) -> Decimal:
        """Return the balance of the subaccount: what was credited less what was spent.

        Raises:
            KeyError: there is no such subaccount.
        """
        with self._lock:
            return self.tables.subaccounts.rows[subaccount_id].balance

    def payment(self, payment_id: int) -> PaymentRecord:
        """Return the payment in full.

        Raises:
            KeyError: there is no such payment.
        """
        with self._lock:
            return self.tables.payments.rows[payment_id]

    def payments(self) -> Iterator[PaymentRecord]:
        """Return every payment there is, by id."""
        with self._lock:
            rows = list(self.tables.payments.rows.values())
        return iter(rows)

    def subaccounts(self) -> Iterator[SubaccountRecord]:
        """Return every subaccount, by id."""
        with self._lock:
            rows = list(self.tables.subaccounts.rows.values())
        return iter(rows)

    def history(self, payment_id: int) -> tuple[Change, ...]:
        """Return who changed the payment and how, also after it was deleted."""
        with self._lock:
            return tuple(self._history.get(payment_id, ()))

    @property
    def credits(self) -> tuple[CreditEvent, ...]:
        """Every movement of money, oldest first: a payment credited twice at any time would show here."""
        with self._lock:
            return tuple(self._credits)

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """The latest 100,000 requests, oldest first."""
        with self._lock:
            return tuple(self._log)

    @property
    def writes(self) -> int:
        """How many calls of writing functions were carried out."""
        return self._writes

    def snapshot(self) -> dict[str, dict[int, dict[str, object]]]:
        """Return all rows as plain dicts, by table and id."""
        with self._lock:
            view = self.tables.view()
            return {
                field.name: {key: attrs.asdict(row) for key, row in getattr(view, field.name).items()}
                for field in attrs.fields(View)
            }

    def backup(self) -> Backup:
        """Return a copy of the database for :meth:`restore`."""
        with self._lock:
            return Backup(self.tables.copy(), tuple(self._credits))

    def restore(self, backup: Backup) -> None:
        """Put the database back to the backup: later rows are gone and their ids will be given again."""
        with self._lock:
            self.tables = backup.tables.copy()
            self._credits = list(backup.credits)
            self.random_numbers = {row.random_number for row in self.tables.payments.rows.values()}

    def note_write(self) -> None:
        """Count a call of a writing function that was carried out."""
        self._writes += 1

    # ------------------------------------------------------------------------------------------------- the books

    def now(self) -> datetime:
        """Return the server's time, aware, in its own zone."""
        return self._clock().astimezone(self.zone)

    def wall(self) -> datetime:
        """Return the server's wall clock: naive, whole seconds."""
        return self.now().replace(tzinfo=None, microsecond=0)

    def keep(self, after: PaymentRecord, *, actor: str, action: str) -> None:
        """Insert or replace a payment; the balance follows, the ledger and the history are written."""
        before = self.tables.payments.rows.get(after.id)
        now = self.now()
        if before is not None:
            self._move(before, -before.credited, after, after.credited, now, actor, action)
        else:
            self._book(after, after.credited, now, actor, action)
        self.tables.payments.put(after, now)
        self.random_numbers.add(after.random_number)
        self._history.setdefault(after.id, []).append(
            Change(at=now, actor=actor, action=action, before=before, after=after)
        )

    def erase(self, payment_id: int, *, actor: str, action: str) -> None:
        """Delete a payment; what stood credited is taken back."""
        before = self.tables.payments.rows[payment_id]
        now = self.now()
        self._book(before, -before.credited, now, actor, action)
        self.tables.payments.remove(payment_id, now)
        self.random_numbers.discard(before.random_number)
        self._history.setdefault(payment_id, []).append(
            Change(at=now, actor=actor, action=action, before=before, after=None)
        )

    def _move(
        self,
        before: PaymentRecord,
        taken: Decimal,
        after: PaymentRecord,
        given: Decimal,
        now: datetime,
        actor: str,
        action: str,
    ) -> None:
        if before.subaccount_id == after.subaccount_id:
            self._book(after, taken + given, now, actor, action)
        else:
            self._book(before, taken, now, actor, action)
            self._book(after, given, now, actor, action)

    def _book(self, payment: PaymentRecord, amount: Decimal, now: datetime, actor: str, action: str) -> None:
        if not amount:
            return
        self._credits.append(
            CreditEvent(
                at=now,
                payment_id=payment.id,
                subaccount_id=payment.subaccount_id,
                amount=amount,
                actor=actor,
                action=action,
            )
        )
        self.charge(payment.subaccount_id, amount, now)

    def charge(self, subaccount_id: int, amount: Decimal, at: datetime | None) -> None:
        """Change a balance. A payment without a subaccount changes none."""
        subaccount = self.tables.subaccounts.rows.get(subaccount_id)
        if subaccount is not None:
            self.tables.subaccounts.put(attrs.evolve(subaccount, balance=subaccount.balance + amount), at)

    def view(self, seconds_ago: float = 0) -> View:
        """Return all rows, as they are or as they were."""
        if not seconds_ago:
            return self.tables.view()
        return self.tables.view(self.now() - timedelta(seconds=seconds_ago))
