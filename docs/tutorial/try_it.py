"""Bank statements to a simulated BILLmanager, and what came of them: ``python docs/tutorial/try_it.py``."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
import uuid
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import attrs
from bank_statements import BankStatementAdapter, Receipt
from statement_folder import HOSTING, OURS, write

from billmanager_1c import BillManagerClient, Policy, SQLiteStore, SyncEngine
from billmanager_1c.models import Contract, Inn, SubaccountId
from billmanager_1c.reports import ExportReport
from billmanager_1c.testing import BillManagerSimulator
from billmanager_1c.views import text

DAY = dt.date(2026, 11, 24)
TIDE = Receipt(
    account=OURS,
    payer_account="40702810500000000017",
    payer_name="ООО Прилив",
    payer_inn=Inn("7736050003"),
    payer_kpp="773601001",
    number="17",
    ordered_on=DAY,
    came_on=DAY,
    amount=Decimal("1500.00"),
    purpose="Оплата по договору № Д-17",
    order_kind="01",
)
TAKINGS = attrs.evolve(TIDE, payer_inn=Inn("7702070139"), number="9001", purpose="Возмещение", order_kind="17")
STRANGER = attrs.evolve(TIDE, payer_name="ИП Петров", payer_inn=Inn("500100732259"), number="3", purpose="За услуги")


# [begin: the rule]
class Contracts:
    """A rule: the contract that the purpose names; else the payer's, if he has just one."""

    def __init__(self, numbers: Mapping[Inn, Mapping[str, SubaccountId]]) -> None:
        self._numbers = numbers

    def __call__(self, receipt: Receipt) -> Contract | None:
        theirs = self._numbers.get(receipt.payer_inn, {})
        words = re.findall(r"[\w-]+", receipt.purpose)
        named = [number for number in theirs if number in words] or list(theirs)
        if len(named) != 1:
            return None  # none, or several: a person decides, and the payment waits
        (number,) = named
        return Contract(id=uuid.uuid5(uuid.NAMESPACE_OID, number), name=number, subaccount_id=theirs[number])


# [end: the rule]


def make_billmanager() -> tuple[BillManagerSimulator, SubaccountId]:
    """Return a BILLmanager with one client, and the client's subaccount."""
    simulator = BillManagerSimulator()
    provider = simulator.add_provider("Хостинг")
    company = simulator.add_company(HOSTING.name, inn=HOSTING.inn, kpp=HOSTING.kpp, providers=[provider])
    method = "Оплата банковской картой"  # so ISPsystem's module calls the method for payment orders
    simulator.add_method(method, name_ru=method, providers=[provider], companies=[company])
    account = simulator.add_account("Прилив")
    simulator.add_payer(account, name="ООО Прилив", legal_status=2, inn=TIDE.payer_inn, kpp=TIDE.payer_kpp)
    return simulator, SubaccountId(simulator.add_subaccount(account, provider=provider))


def export(folder: Path, simulator: BillManagerSimulator, contracts: Contracts) -> ExportReport:
    """Run the engine once over the statements of a folder."""
    # [begin: the engine]
    bank = BankStatementAdapter(folder, base="bank", organizations={OURS: HOSTING}, contract_of=contracts)
    billmanager = BillManagerClient(
        simulator.url, username="1c", password="secret", timezone="Europe/Moscow", transport=simulator
    )
    with bank, billmanager, SQLiteStore(folder / "sync.db") as store:
        engine = SyncEngine(onec=bank, billmanager=billmanager, store=store, policy=Policy(export_from=DAY))
        engine.load_accounts()
        return engine.export_payments()
    # [end: the engine]


def main() -> None:
    """Export a statement of three receipts, twice."""
    simulator, subaccount = make_billmanager()
    contracts = Contracts({TIDE.payer_inn: {"Д-17": subaccount, "Д-18": subaccount}})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "2026-11-24.txt").write_bytes(write([TIDE, TAKINGS, STRANGER], spent=[Decimal("99.50")]))
        print(text(export(folder, simulator, contracts).table()))
        print(f"Balance of the subaccount: {simulator.balance(subaccount)}")
        again = export(folder, simulator, contracts).counts
        print(f"Exported by a second run: {again['exported']}")


if __name__ == "__main__":
    main()
