"""A small world in good health, an exchange on it, and a wire that lets nothing through that would write."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import httpx

from billmanager_1c import BillManagerClient, MemoryStore, Policy, SyncEngine, diagnose
from billmanager_1c.api import Dialect
from billmanager_1c.models import DocumentKind
from billmanager_1c.onec import UPP_1_3, ODataAdapter
from billmanager_1c.reports import Diagnosis, ExportReport
from billmanager_1c.testing import BillManagerSimulator, OneCSimulator
from billmanager_1c.testing.billmanager import EUR, Installation
from billmanager_1c.testing.world import make_inn

__all__ = ["ONEC_PASSWORD", "PASSWORD", "ReadOnlyWire", "Sickroom"]

PASSWORD = "not to be told"
ONEC_PASSWORD = "и этого никому"
METHODS = ("Оплата наличными", "Оплата банковской картой", "Оплата платежной картой через терминал")


class ReadOnlyWire(httpx.BaseTransport):
    """Refuses what would write, by what it is and not by who asks; counts what it let through."""

    def __init__(self, simulator: httpx.BaseTransport) -> None:
        self._simulator = simulator
        self.requests = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let a reading through."""
        form = dict(httpx.QueryParams(request.content.decode())) if request.method == "POST" else {}
        is_odata = "odata" in request.url.path
        acts = form.get("func", "").rpartition(".")[2].startswith(("set", "delete", "suspend", "resume"))
        is_farewell = form.get("func") == "logon"  # ends the session that the client opened
        assert is_farewell or (not form.get("sok") and not acts), f"a write was tried: {form.get('func')}"
        assert is_odata or form, "BILLmanager is asked by POST"
        assert not is_odata or request.method == "GET", f"a write was tried: {request.method} {request.url.path}"
        self.requests += 1
        return self._simulator.handle_request(request)


class Sickroom:
    """Six clients, two companies, two providers; each document of 1C can be exported."""

    def __init__(self, stack: ExitStack, installation: Installation | None = None) -> None:
        self._stack = stack
        self.bill = BillManagerSimulator(password=PASSWORD, installation=installation)
        self.onec = OneCSimulator(seed=4, password=ONEC_PASSWORD)
        self.today = self.bill.wall().date()  # theirs: another day than that of UTC around midnight
        self.providers = [self.bill.add_provider(name) for name in ("Север", "Восток")]
        inns = [make_inn(1), make_inn(2)]
        self.companies = [
            self.bill.add_company(name, inn=inn, kpp="770101001", providers=self.providers)
            for name, inn in zip(("ООО Север", "ООО Восток"), inns, strict=True)
        ]
        self.methods = [
            self.bill.add_method(name, providers=self.providers, companies=self.companies) for name in METHODS
        ]
        self.organizations = [self.onec.add_organization(f"ООО «{inn}»", inn=inn, kpp="770101001") for inn in inns]
        self.accounts: list[int] = []
        self.payers: list[int] = []
        self.subaccounts: list[int] = []
        self.contracts: list[str] = []
        for number in range(6):
            self._add_client(number)
        self.expected = {subaccount: Decimal(f"{100 + place}.50") for place, subaccount in enumerate(self.subaccounts)}
        kinds = tuple(DocumentKind)
        for place, contract in enumerate(self.contracts):
            self.add_document(kinds[place % 3], contract, self.expected[self.subaccounts[place]])
        # Somebody has typed in bills before: a list with payments of two payers, methods and providers.
        for place in range(2):
            self.bill.person_adds_payment(
                subaccount=self.subaccounts[place],
                method=self.methods[place],
                payer=self.payers[place],
                company=self.companies[place],
                amount=Decimal("7.00"),
            )

    def _add_client(self, number: int) -> None:
        status = 2 + number % 2
        inn = make_inn(700 + number, digits=10 if status == 2 else 12)
        kpp = "770201001" if status == 2 else ""
        name = f"Клиент {number}"
        account = self.bill.add_account(name, id=40 + number)
        payer = self.bill.add_payer(
            account, name=name, legal_status=status, inn=inn, kpp=kpp, accounting_code=f"{number:06}"
        )
        provider = self.providers[number % 2]
        subaccount = self.bill.add_subaccount(account, provider=provider, id=500 + number)
        counterparty = self.onec.add_counterparty(name, code=f"{number:06}", inn=inn, kpp=kpp)
        organization = self.organizations[number % 2]
        contract = self.onec.add_contract(
            counterparty, organization, name=f"Договор {number}", subaccount_id=subaccount
        )
        self.accounts.append(account)
        self.payers.append(payer)
        self.subaccounts.append(subaccount)
        self.contracts.append(contract)

    def add_document(self, kind: DocumentKind, contract: str | None, amount: Decimal, **fields: Any) -> str:
        """Write a document of today into 1C."""
        noon = dt.datetime.combine(self.today, dt.time(12))
        return self.onec.add_document(kind, lines=[(contract, amount)], date=noon, paid_on=self.today, **fields)

    def client(self, dialect: Dialect | None = None, *, writes: bool = False, **options: Any) -> BillManagerClient:
        """Return a client; without ``writes`` its wire lets only readings through."""
        given = {"username": "1c", "password": PASSWORD, "timezone": "Europe/Moscow", **options}
        transport = self.bill if writes else ReadOnlyWire(self.bill)
        return self._stack.enter_context(
            BillManagerClient(self.bill.url, dialect=dialect, transport=transport, **given)
        )

    def adapter(self, *, writes: bool = False, **options: Any) -> ODataAdapter:
        """Return an adapter; without ``writes`` its wire lets only readings through."""
        given = {"username": "Обмен", "password": ONEC_PASSWORD, "timezone": "Europe/Moscow", "base": "upp", **options}
        transport = self.onec if writes else ReadOnlyWire(self.onec)
        return self._stack.enter_context(
            ODataAdapter(self.onec.url, configuration=UPP_1_3, transport=transport, **given)
        )

    def look(self, dialect: Dialect | None = None) -> Diagnosis:
        """Diagnose both ends over wires that refuse writes."""
        return diagnose(self.client(dialect), self.adapter())

    def export(self, dialect: Dialect) -> ExportReport:
        """Load the accounts and export everything in this dialect."""
        engine = SyncEngine(
            onec=self.adapter(writes=True),
            billmanager=self.client(dialect, writes=True),
            store=MemoryStore(),
            policy=Policy(export_from=self.today - dt.timedelta(days=30), concurrency=1, settle=dt.timedelta(0)),
        )
        engine.load_accounts()
        return engine.export_payments()

    def is_exact(self) -> bool:
        """Every subaccount got exactly what its document brought."""
        return all(self.bill.balance(id) == amount for id, amount in self.expected.items())

    def add_euro_client(self) -> None:
        """Add a client that pays in a currency for which there is no method."""
        account = self.bill.add_account("Евроклиент")
        self.bill.add_payer(account, name="Евроклиент", inn=make_inn(9000))
        self.bill.add_subaccount(account, provider=self.providers[0], currency=EUR)
