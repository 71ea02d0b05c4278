"""A world with some fifty different things wrong in it: to look at, to learn from, to test what is said of it.

.. code-block:: python

    world = make_troubled_world()
    engine = SyncEngine(..., clock=world.clock)
    engine.load_accounts()
    engine.export_payments()    # what can be exported is
    world.go_on()               # a day passes, in which people delete, edit, refund, copy and type in
    engine.export_payments()
    engine.reconcile(FIRST_DAY)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs

from ..models import DocumentKind, DocumentRef, OperationKind
from ._clock import WorldClock
from ._mischief import Mischief, Trouble
from .billmanager import BillManagerSimulator
from .onec import OneCSimulator
from .world import FIRST_DAY, make_inn

__all__ = ["FIRST_DAY", "LONG_NAME", "Trouble", "TroubledWorld", "make_troubled_world"]

CASH, BANK, CARD = DocumentKind.CASH_RECEIPT, DocumentKind.INCOMING_PAYMENT_ORDER, DocumentKind.CARD_PAYMENT
_METHODS = {
    CASH: "Оплата наличными",
    BANK: "Оплата банковской картой",
    CARD: "Оплата платежной картой через терминал",
}
LONG_NAME = (
    "Федеральное государственное бюджетное образовательное учреждение дополнительного профессионального образования "
    '«Институт <b>жирных</b> & "кавычек" имени М. В. О\'Коннора» (филиал в п. г. т. Верхненовокутлумбетьево)'
)
"""A name that may break a layout: long, with quotes and tags in it."""
KPP = "770101001"
_NOON = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)


@attrs.define(kw_only=True)
class TroubledWorld:
    """Two simulators full of mistakes."""

    #: to be given to the adapter (``clock.now``) and to the engine
    clock: WorldClock
    billmanager: BillManagerSimulator
    onec: OneCSimulator
    #: what is wrong so far: :meth:`go_on` adds to it
    troubles: list[Trouble]
    #: documents with which nothing is wrong until people touch their payments, by what will happen to each
    sound: dict[str, DocumentRef]
    _went_on: bool = False

    def go_on(self) -> None:
        """Let a day pass, and people loose on what the first export has made: they delete, edit, refund, type in.

        Raises:
            LookupError: there was no export yet, or it did not make the payments.
        """
        if not self._went_on:
            self.clock.pass_by(dt.timedelta(days=1))
            self.troubles += Mischief(self.billmanager, self.onec, self.sound).make()
            self._went_on = True


def make_troubled_world() -> TroubledWorld:
    """Fill two simulators. The same call makes the same world."""
    return _Maker().make()


class _Maker:
    def __init__(self) -> None:
        self._clock = WorldClock(_NOON)
        self._bill = BillManagerSimulator(clock=self._clock.now)
        self._onec = OneCSimulator(seed=30, clock=self._clock.now)
        self._troubles: list[Trouble] = []
        self._clients = 0
        self._documents = 0

    def make(self) -> TroubledWorld:
        bill, onec = self._bill, self._onec
        onec.add_currency("978", "EUR")
        self._north, self._south, self._west = (bill.add_provider(name) for name in ("Север", "Юг", "Запад"))
        everywhere = [self._north, self._south, self._west]
        inn, twice = make_inn(1), make_inn(2)
        company = bill.add_company("ООО Север", inn=inn, kpp=KPP, providers=everywhere)
        for name in ("ООО Близнецы", "ООО Близнецы (новое)"):
            bill.add_company(name, inn=twice, kpp=KPP, providers=everywhere)
        self._us = onec.add_organization("ООО «Север»", inn=inn, kpp=KPP)
        self._twins = onec.add_organization("ООО «Близнецы»", inn=twice, kpp=KPP)
        ours: dict[str, Any] = {"companies": [company]}
        for kind, name in _METHODS.items():
            limit = Decimal(3_000) if kind is CASH else None
            statuses = (2, 3) if kind is CARD else (1, 2, 3)
            bill.add_method(
                name, providers=[self._north], max_amount=limit, legal_statuses=statuses, order_priority=1, **ours
            )
        bill.add_method("Терминал в офисе (бывш. оплата картой)", providers=[self._west], **ours)
        bill.add_method(_METHODS[BANK], providers=[self._west], commission_percent=Decimal("2.5"), **ours)
        bill.add_method(_METHODS[CASH], providers=[self._west], active=False, **ours)
        self._plain = self._client("ООО «Обычное»")
        self._of_lines()
        self._of_amounts()
        self._of_the_company()
        self._of_the_payer()
        self._of_the_method()
        self._of_no_money()
        self._of_twins()
        sound = {deed: self._document(deed, self._client(f"ООО «{deed}»")) for deed in Mischief.DEEDS}
        return TroubledWorld(clock=self._clock, billmanager=bill, onec=onec, troubles=self._troubles, sound=sound)

    # -- by what is wrong --------------------------------------------------------------------------------------------

    def _of_lines(self) -> None:
        client = self._client("ООО «Договор»")
        who = {"counterparty": client.counterparty, "organization": self._us}
        self._wrong("no contract", None, "no_contract", "names no contract. Fill it in in 1C", **who)
        self._wrong("no lines", [], "no_contract", "has no payment lines", "Fill the lines in in 1C", amount=500, **who)
        unbound = self._contract(client, "Без лицевого счёта", None)
        self._wrong("no subaccount", unbound, "no_subaccount", "names no BILLmanager subaccount", "engine.bind()")
        unknown = self._contract(client, "Чужой лицевой счёт", 999_999)
        self._wrong("unknown subaccount", unknown, "no_subaccount", "subaccount 999999, which BILLmanager has not")
        closed = self._bill.add_subaccount(client.account, provider=self._south, active=False)
        shut = self._contract(client, "Закрытый лицевой счёт", closed)
        self._wrong("closed subaccount", shut, "subaccount_closed", "is closed. Name an open one in the contract")
        halves = [(client.contract, Decimal(300)), (unbound, Decimal(200))]
        self._wrong("one line of two", halves, "no_subaccount", "Без лицевого счёта", "engine.bind()", amount=500)

    def _of_amounts(self) -> None:
        contract = self._plain.contract
        euro = "the document is in EUR", "Correct the contract or the document in 1C"
        self._wrong("wrong currency", contract, "currency_mismatch", *euro, currency="978")
        lines = [(contract, Decimal("499.99"))]
        self._wrong("sum mismatch", lines, "sum_mismatch", "the lines add up to 499.99", "Correct", amount=500)
        why = "it is not greater than zero. Correct it in 1C"
        self._wrong("zero", [(contract, Decimal(0))], "bad_amount", why)
        self._wrong("negative", [(contract, Decimal(-500))], "bad_amount", "-500", why)
        fine = "it has more than two decimal places. Correct it in 1C"
        self._wrong("three decimals", [(contract, Decimal("500.005"))], "bad_amount", fine)

    def _of_the_company(self) -> None:
        contract = self._plain.contract
        stranger = self._onec.add_organization("ООО «Посторонняя»", inn=make_inn(77), kpp=KPP)
        nameless = self._onec.add_organization("ООО «Без ИНН»")
        self._wrong("no company", contract, "no_company", "No company corresponds", "enter it", organization=stranger)
        self._wrong("no INN of ours", contract, "no_company", "enter its INN in 1C", organization=nameless)
        several = "2 companies have the INN", "make the KPP in BILLmanager or in 1C tell them apart"
        self._wrong("ambiguous company", contract, "company_ambiguous", *several, organization=self._twins)

    def _of_the_payer(self) -> None:
        bill = self._bill
        nobody = self._client("ООО «Без плательщика»", payers=())
        self._wrong("no payer", nobody.contract, "no_payer", "no active payer", "add or activate one in BILLmanager")
        asleep = self._client("ООО «Спящий плательщик»", payers=({"active": False},))
        self._wrong("payer inactive", asleep.contract, "payer_inactive", "is inactive", "activate it in BILLmanager")
        two = self._client("ООО «Два плательщика»", payers=({"kpp": "770201002"}, {"kpp": "770201003"}))
        self._wrong("two payers with one INN", two.contract, "", "is the last one that fits", "it is not the last")
        wrong = self._client("ООО «Опечатка в ИНН»", inn="7707083890")
        self._wrong("wrong check digit", wrong.contract, "", "The INN 7707083890", "looks wrong")
        self._wrong("long name", self._client(LONG_NAME).contract, "", LONG_NAME, purpose=f"За услуги: {LONG_NAME}")
        other = bill.add_account("ООО «Чужой»")
        inn = make_inn(900)
        bill.add_payer(other, name="ООО «Чужой»", inn=inn, legal_status=2)
        lent = self._client("ООО «Платит за другого»", payers=({"inn": make_inn(901)},), inn=inn)
        self._wrong("payer is another client's", lent.contract, "", "Nothing of the client's payers agrees with")

    def _of_the_method(self) -> None:
        west = self._west
        set_up = "set one up in BILLmanager or change method_names"

        def wrong(name: str, client: _Client, *says: str, **fields: Any) -> None:
            self._wrong(name, client.contract, "no_method", *says, set_up, **fields)

        wrong(
            "method of another provider",
            self._client("ООО «Юг»", provider=self._south),
            "it is not linked to the provider",
        )
        wrong("commission", self._client("ООО «Запад»", provider=west), "it takes a commission")
        renamed = "its name does not contain the words", "Терминал в офисе"
        wrong("method renamed", self._client("ООО «Терминал»", provider=west), *renamed, kind=CARD)
        wrong("method inactive", self._client("ООО «Касса»", provider=west), "it is inactive", kind=CASH)
        above = "the amount 3500 is above its maximum 3000"
        wrong("limit exceeded", self._client("ООО «Наличные»"), above, kind=CASH, money=Decimal("3500.00"))
        closed = "it is not open to payers of the legal status 1"
        wrong("not for persons", self._client("Иванов Пётр Сидорович", is_person=True), closed, kind=CARD)

    def _of_no_money(self) -> None:
        contract, before = self._plain.contract, FIRST_DAY - dt.timedelta(days=1)
        other = {"operation": OperationKind.OTHER}
        self._wrong("not paid yet", contract, "", "not paid yet", paid=False)
        self._wrong("not posted", contract, "", "not posted", posted=False)
        marked = self._wrong("marked for deletion", contract, "", "marked for deletion")
        self._onec.mark_deleted(marked.id)
        self._wrong("another operation", contract, "", "not a payment from a customer", **other)
        self._wrong("refund", contract, "", "refund", kind=CARD, operation=OperationKind.CUSTOMER_REFUND)
        self._wrong("too old", contract, "", "older than 01.11.2026, the first day of the export", day=before)

    def _of_twins(self) -> None:
        client = self._client("ООО «Уже введено»")
        method = min(row.id for row in self._bill.tables.methods.rows.values() if row.name == _METHODS[BANK])
        typed = self._bill.person_adds_payment(
            subaccount=client.subaccount,
            method=method,
            amount=Decimal(3100),
            payer=client.payer,
            credited=True,
            paid_at=dt.datetime.combine(self._day(), dt.time(16)),
        )
        adopt = f"Payment {typed}", "typed in by hand, may be this money", f"engine.adopt(ref, {typed})"
        self._wrong("twin typed in by hand", client.contract, "possible_twin", *adopt, money=Decimal(3100))

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _wrong(self, name: str, what: _Lines, code: str, *says: str, **fields: Any) -> DocumentRef:
        ref = self._document(name, what, **fields)
        self._troubles.append(Trouble(name=name, ref=ref, code=code, says=says))
        return ref

    def _document(
        self,
        name: str,
        what: _Lines | _Client,
        *,
        kind: DocumentKind = BANK,
        money: Decimal | None = None,
        day: dt.date | None = None,
        purpose: str = "",
        **fields: Any,
    ) -> DocumentRef:
        self._documents += 1
        amount = Decimal(1000 + 10 * self._documents) if money is None else money
        if isinstance(what, _Client):
            what = what.contract
        lines = [(what, amount)] if what is None or isinstance(what, str) else list(what)
        date = day or self._day()
        noon = dt.datetime.combine(date, dt.time(12, self._documents % 60))
        text = purpose or f"Оплата по договору, {name}"
        guid = self._onec.add_document(kind, lines=lines, date=noon, paid_on=date, purpose=text, **fields)
        return DocumentRef(kind, guid)

    def _day(self) -> dt.date:
        return FIRST_DAY + dt.timedelta(days=self._documents % 20)

    def _client(
        self,
        name: str,
        *,
        payers: Sequence[dict[str, Any]] = ({},),
        provider: int | None = None,
        inn: str = "",
        is_person: bool = False,
    ) -> _Client:
        self._clients += 1
        number = self._clients
        inn = inn or make_inn(1000 + number, digits=12 if is_person else 10)
        account = self._bill.add_account(name, email=f"client{number}@example.test")
        status = 1 if is_person else 2
        ids = [
            self._bill.add_payer(account, **{"name": name, "legal_status": status, "inn": inn, **each})
            for each in payers
        ]
        subaccount = self._bill.add_subaccount(account, provider=provider or self._north)
        code = f"{number:09d}"
        counterparty = self._onec.add_counterparty(name, code=code, inn=inn, is_person=is_person)
        client = _Client(account, counterparty, subaccount, ids[0] if ids else None)
        return attrs.evolve(client, contract=self._contract(client, f"Договор {number}", subaccount))

    def _contract(self, client: _Client, name: str, subaccount: int | None) -> str:
        return self._onec.add_contract(client.counterparty, self._us, name=name, subaccount_id=subaccount)


@attrs.frozen
class _Client:
    account: int
    counterparty: str
    subaccount: int
    payer: int | None
    contract: str = ""


_Lines = str | None | list[tuple[str, Decimal]]
"""Of a document: a contract, no contract, or contracts with their amounts."""
