"""A realistic world in both simulators: two companies, three providers, clients of every legal status.

Everything is chosen by a seed: the same seed makes the same world.
"""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import attrs

from ..models import DocumentKind, OperationKind
from .billmanager import BillManagerSimulator
from .onec import OneCSimulator

EUR = 153
FIRST_DAY = dt.date(2026, 11, 1)
"""The day from which the documents of the world are dated."""

_KINDS = tuple(DocumentKind)
_METHODS = {
    DocumentKind.CASH_RECEIPT: "Оплата наличными",
    DocumentKind.INCOMING_PAYMENT_ORDER: "Оплата банковской картой",
    DocumentKind.CARD_PAYMENT: "Оплата платежной картой через терминал",
}
_SURNAMES = ("Иванов", "Кузнецова", "Смирнов", "Попова", "Соколов", "Лебедева", "Новиков", "Морозова")
_TRADES = ("Хостинг", "Софт", "Медиа", "Торг", "Логистика", "Студия", "Связь", "Проект")


@attrs.frozen(kw_only=True)
class World:
    """The two simulators, and what the exchange has to bring about."""

    billmanager: BillManagerSimulator
    onec: OneCSimulator
    #: what each subaccount must have got from the documents that can be exported
    expected: dict[int, Decimal]
    #: how many lines can be exported
    exportable: int
    #: how many documents were made to be refused or skipped
    refused: int


def make_world(*, clients: int = 200, documents: int = 240, seed: int = 2026) -> World:
    """Fill two simulators.

    A twentieth of the documents, and at least ten, have something wrong with them, each in another way.
    """
    return _Maker(seed).make(clients, documents)


def make_inn(number: int, *, digits: int = 10) -> str:
    """Return an INN with the right check digits."""
    if digits == 10:
        body = f"{77_0000000 + number:09d}"
        return body + _control(body, (2, 4, 10, 3, 5, 9, 4, 6, 8))
    body = f"{50_00000000 + number:010d}"
    body += _control(body, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
    return body + _control(body, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))


def _control(body: str, weights: tuple[int, ...]) -> str:
    return str(sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11 % 10)


@attrs.frozen
class _Client:
    counterparty: str
    contracts: tuple[tuple[str, int], ...]


class _Maker:
    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._billmanager = BillManagerSimulator()
        self._onec = OneCSimulator(seed=seed)
        self._expected: dict[int, Decimal] = {}
        self._lines = 0

    def make(self, clients: int, documents: int) -> World:
        bill, onec = self._billmanager, self._onec
        providers = [bill.add_provider(name) for name in ("Север", "Восток", "Юг")]
        inns = [make_inn(1), make_inn(2)]
        companies = [
            bill.add_company(name, inn=inn, kpp="770101001", providers=providers)
            for name, inn in zip(("ООО Север", "ООО Восток"), inns, strict=True)
        ]
        for name in _METHODS.values():
            bill.add_method(name, name_ru=name, providers=providers, companies=companies)
        self._organizations = [
            onec.add_organization(name, inn=inn, kpp="770101001")
            for name, inn in zip(("ООО «Север»", "ООО «Восток»"), inns, strict=True)
        ]
        everybody = [self._client(number, providers) for number in range(clients)]
        for number in range(documents):
            self._document(number, self._rng.choice(everybody))
        refused = self._trouble(everybody[0], providers)
        return World(billmanager=bill, onec=onec, expected=self._expected, exportable=self._lines, refused=refused)

    def _client(self, number: int, providers: list[int]) -> _Client:
        bill, onec = self._billmanager, self._onec
        status = 1 + number % 3
        name = self._name(number, status)
        inn = make_inn(1000 + number, digits=10 if status == 2 else 12)
        code = f"{number + 1:09d}"
        account = bill.add_account(name, email=f"client{number}@example.test")
        bill.add_payer(
            account,
            name=name,
            legal_status=status,
            inn=inn,
            kpp="770201001" if status == 2 else "",
            accounting_code=code if number % 2 else "",
        )
        counterparty = onec.add_counterparty(
            name, code=code, inn=inn, kpp="770201001" if status == 2 else "", is_person=status == 1
        )
        contracts = []
        for provider in providers[: 1 + number % 2]:
            subaccount = bill.add_subaccount(account, provider=provider)
            organization = self._organizations[number % 2]
            contract = onec.add_contract(
                counterparty, organization, name=f"Договор {number + 1}/{provider}", subaccount_id=subaccount
            )
            contracts.append((contract, subaccount))
        return _Client(counterparty, tuple(contracts))

    def _name(self, number: int, status: int) -> str:
        surname = _SURNAMES[number % len(_SURNAMES)]
        if status == 1:
            return f"{surname} А. {number}"
        if status == 2:
            return f"ООО «{_TRADES[number % len(_TRADES)]}-{number}»"
        return f"ИП {surname} Б. {number}"

    def _document(self, number: int, client: _Client) -> None:
        kind = _KINDS[number % 3]
        lines = []
        for contract, subaccount in client.contracts if number % 4 == 0 else client.contracts[:1]:
            amount = Decimal(self._rng.randrange(10_000, 5_000_000)) / 100
            lines.append((contract, amount))
            self._expected[subaccount] = self._expected.get(subaccount, Decimal(0)) + amount
            self._lines += 1
        day = FIRST_DAY + dt.timedelta(days=number % 20)
        self._onec.add_document(
            kind,
            lines=lines,
            date=dt.datetime.combine(day, dt.time(12, number % 60)),
            paid_on=day,
            purpose=f"Оплата по договору, документ {number + 1}",
        )

    def _trouble(self, client: _Client, providers: list[int]) -> int:
        """Add documents that cannot be exported, each for another reason."""
        onec, contract = self._onec, client.contracts[0][0]
        bank, amount = DocumentKind.INCOMING_PAYMENT_ORDER, Decimal("100.00")
        day = dt.datetime.combine(FIRST_DAY + dt.timedelta(days=5), dt.time(15))
        organization = self._organizations[0]
        nobody = onec.add_counterparty("ООО «Никому»", code="999999999", inn=make_inn(9000))
        unbound = onec.add_contract(nobody, organization, name="Без лицевого счёта")
        unknown = onec.add_contract(nobody, organization, name="Чужой счёт", subaccount_id=999_999)
        lonely = self._billmanager.add_account("Без плательщика")
        no_payer = onec.add_contract(
            nobody,
            organization,
            name="Без плательщика",
            subaccount_id=self._billmanager.add_subaccount(lonely, provider=providers[0]),
        )
        stranger = onec.add_organization("ООО «Посторонняя»", inn=make_inn(9001))
        makes = (
            {"lines": [(unbound, amount)]},
            {"lines": [(unknown, amount)]},
            {"lines": [(no_payer, amount)]},
            {"lines": [(contract, amount)], "organization": stranger},
            {"lines": [(contract, amount)], "amount": Decimal("100.01")},
            {"lines": [(None, amount)], "counterparty": client.counterparty, "organization": organization},
            {"lines": [(contract, amount)], "posted": False},
            {"lines": [(contract, amount)], "paid": False},
            {"lines": [(contract, amount)], "operation": OperationKind.OTHER},
        )
        for fields in makes:
            onec.add_document(bank, date=day, purpose="С ошибкой", **fields)
        onec.add_document(
            DocumentKind.CARD_PAYMENT, lines=[(contract, amount)], date=day, operation=OperationKind.CUSTOMER_REFUND
        )
        return len(makes) + 1
