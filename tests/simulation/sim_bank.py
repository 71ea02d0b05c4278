"""BILLmanager in the simulation: the simulator's core, the world in it, and books that tell who credited what."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import attrs

from billmanager_1c.ledger import find_mark, short_hash
from billmanager_1c.ledger.people import LEFT
from billmanager_1c.models import ContractId, DocumentRef, PaymentStatus
from billmanager_1c.testing.billmanager import BillManagerCore, Installation
from billmanager_1c.testing.billmanager._records import CreditEvent, PaymentRecord
from billmanager_1c.testing.billmanager._refusal import Refusal
from billmanager_1c.testing.billmanager._request import Request
from billmanager_1c.testing.billmanager._state import Backup
from billmanager_1c.testing.world import make_inn

EMPLOYEE = "1c"
CANARY = "canary-5e1f0c-password"
"""The password: it must be seen nowhere (I11)."""

METHODS = {
    "cash_receipt": "Оплата наличными",
    "incoming_payment_order": "Оплата банковской картой",
    "card_payment": "Оплата платежной картой через терминал",
}
ORGANIZATION_INNS = (make_inn(1), make_inn(2))


class Line(NamedTuple):
    """One line of one document of one infobase, by what a mark says of it."""

    base: str
    document: str
    contract: str

    @classmethod
    def of(cls, base: str, ref: DocumentRef, contract_id: ContractId) -> Line:
        """Return the line of a contract of a document; of a contract that is known only by a mark, too."""
        if contract_id.startswith(LEFT):
            return cls(short_hash(base), ref.id.replace("-", ""), contract_id.removeprefix(LEFT))
        return cls(short_hash(base), ref.id.replace("-", ""), short_hash(contract_id))


@attrs.frozen(kw_only=True)
class Client:
    """A client: who pays in 1C and what he has in BILLmanager."""

    number: int
    name: str
    #: 1 individual, 2 legal entity, 3 sole proprietor
    status: int
    inn: str
    code: str
    account: int
    payer: int
    subaccounts: tuple[int, ...]


class Bank(BillManagerCore):
    """The core, with an eye on money: whose payment it is, and who credited it."""

    def __init__(self, clock: Callable[[], dt.datetime], *, timezone: str, installation: Installation) -> None:
        super().__init__(username=EMPLOYEE, password=CANARY, clock=clock, timezone=timezone, installation=installation)
        #: told of each movement of money
        self.watch: Callable[[CreditEvent], None] = lambda event: None
        #: which line's create goes by this number
        self.numbers: dict[str, Line] = {}
        #: who brought the payment to the state "credited"
        self.credited_by: dict[int, str] = {}
        #: seconds that the simulator itself has worked
        self.seconds = 0.0
        self.asked = 0
        self.clients: list[Client] = []
        #: what an employee wants deleted is refused: it can only be cancelled
        self.deletes_nothing = False
        #: numbers of payments that we deleted ourselves
        self.spent: set[str] = set()
        #: told of a number that comes again
        self.watch_numbers: Callable[[str], None] = lambda number: None
        self._build()

    def _build(self) -> None:
        self.providers = [self.add_provider(name) for name in ("Север", "Юг")]
        self.companies = [
            self.add_company(name, inn=inn, kpp="770101001", providers=self.providers)
            for name, inn in zip(("ООО Север", "ООО Юг"), ORGANIZATION_INNS, strict=True)
        ]
        self.methods = {
            kind: self.add_method(name, name_ru=name, providers=self.providers, companies=self.companies)
            for kind, name in METHODS.items()
        }
        for number, status in enumerate((2, 1, 3, 2)):
            self.clients.append(self._add_client(number, status))

    def _add_client(self, number: int, status: int) -> Client:
        name, code = f"Клиент {number}", f"{number + 1:09d}"
        inn = make_inn(1000 + number, digits=10 if status == 2 else 12)
        account = self.add_account(name, email=f"client{number}@example.test")
        payer = self.add_payer(account, name=name, legal_status=status, inn=inn, accounting_code=code)
        providers = self.providers if number == 0 else self.providers[number % 2 :][:1]
        return Client(
            number=number,
            name=name,
            status=status,
            inn=inn,
            code=code,
            account=account,
            payer=payer,
            subaccounts=tuple(self.add_subaccount(account, provider=provider) for provider in providers),
        )

    # --------------------------------------------------------------------------------------------------- the books

    def ask(self, request: Request):
        """Answer, and count the time that takes."""
        begun = time.perf_counter()
        outcome = super().ask(request)
        self.seconds += time.perf_counter() - begun
        self.asked += 1
        return outcome

    def keep(self, after: PaymentRecord, *, actor: str, action: str) -> None:
        """Insert or replace a payment; remember who credited it."""
        before = self.tables.payments.rows.get(after.id)
        if after.status == PaymentStatus.CREDITED and (before is None or before.status != PaymentStatus.CREDITED):
            self.credited_by[after.id] = actor
        elif after.status != PaymentStatus.CREDITED:
            self.credited_by.pop(after.id, None)
        if before is None and after.random_number in self.spent:
            self.watch_numbers(after.random_number)
        moves = len(self._credits)
        super().keep(after, actor=actor, action=action)
        for event in self._credits[moves:]:
            self.watch(event)

    def erase(self, payment_id: int, *, actor: str, action: str) -> None:
        """Delete a payment."""
        if actor == EMPLOYEE and self.deletes_nothing:
            raise Refusal("value", "id", str(payment_id), because="Nothing is deleted here.")
        if actor == EMPLOYEE and (number := self.tables.payments.rows[payment_id].random_number):
            self.spent.add(number)
        moves = len(self._credits)
        super().erase(payment_id, actor=actor, action=action)
        self.credited_by.pop(payment_id, None)
        for event in self._credits[moves:]:
            self.watch(event)

    def take_backup(self) -> tuple[Backup, dict[int, str]]:
        """Copy the database, and who credited what by then."""
        return self.backup(), dict(self.credited_by)

    def put_back(self, kept: tuple[Backup, dict[int, str]]) -> None:
        """Put a copy back: what came later is gone, and its ids will be given again."""
        backup, credited_by = kept
        self.restore(backup)
        self.credited_by = dict(credited_by)
        self.spent.clear()

    def line_of(self, payment: PaymentRecord) -> Line | None:
        """Say which line the payment stands for: by its mark, else by the number it was created with."""
        mark = find_mark(payment.info)
        if mark is not None:
            return Line(mark.base, mark.document, mark.contract)
        return self.numbers.get(payment.random_number)

    def maker(self, payment_id: int) -> str:
        """Say who made the payment that has this id now, or had it last."""
        return next(change.actor for change in reversed(self.history(payment_id)) if change.before is None)

    def payments_of(self, line: Line) -> list[PaymentRecord]:
        """Return what was made for a line and is still there."""
        return [payment for payment in self.tables.payments.rows.values() if self.line_of(payment) == line]

    def credited_by_us(self, payment: PaymentRecord) -> Decimal:
        """Return what stands on the balance because we credited the payment."""
        return payment.credited if self.credited_by.get(payment.id) == EMPLOYEE else Decimal(0)
