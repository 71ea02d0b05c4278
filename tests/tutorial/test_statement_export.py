"""End to end: statements in a folder, the engine, a simulated BILLmanager."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
import try_it
from bank_statements import BankStatementAdapter, StatementRefused
from statement_folder import HOSTING, OURS, write
from try_it import DAY, TIDE, Contracts
from what_the_suite_says import REWRITE, is_shown

from billmanager_1c import MemoryStore, Policy, SyncEngine
from billmanager_1c.errors import StoreBelongsElsewhere
from billmanager_1c.models import DocumentKind, Inn
from billmanager_1c.onec import OneCAdapter
from billmanager_1c.reports import ExportReport
from billmanager_1c.testing import OneCSimulator
from billmanager_1c.testing.ready import settings_for

MORE = attrs.evolve(TIDE, number="18", amount=Decimal("0.10"))


class Bank:
    """A folder, an engine on it, and the BILLmanager it exports to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.simulator, self.subaccount = try_it.make_billmanager()
        self.client = settings_for(self.simulator).billmanager(transport=self.simulator)
        self.store = MemoryStore()
        self.learn(Contracts({TIDE.payer_inn: {"Д-17": self.subaccount}}))
        self.engine.load_accounts()

    def learn(self, rule: Contracts) -> None:
        """Start again with another rule."""
        bank = BankStatementAdapter(self.folder, base="bank", organizations={OURS: HOSTING}, contract_of=rule)
        self.engine = self.exchange(bank, self.store)

    def exchange(self, onec: OneCAdapter, store: MemoryStore) -> SyncEngine:
        """Return an engine on the same BILLmanager."""
        return SyncEngine(onec=onec, billmanager=self.client, store=store, policy=Policy(export_from=DAY))

    def put(self, name: str, data: bytes) -> None:
        """Export a statement into the folder."""
        (self.folder / name).write_bytes(data)

    def run(self) -> ExportReport:
        """Run the engine once."""
        return self.engine.export_payments()

    @property
    def balance(self) -> Decimal:
        """What was credited."""
        return self.simulator.balance(self.subaccount)


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """An empty folder, and a client with one subaccount."""
    return Bank(tmp_path)


def test_receipts_become_credited_payments(bank: Bank) -> None:
    """To the kopeck, and once: a second run, and a statement that overlaps, credit nothing more."""
    bank.put("noon.txt", write([TIDE], encoding="cp866", declared="DOS"))
    assert bank.run().counts["exported"] == 1
    bank.put("evening.txt", write([TIDE, MORE], spent=[Decimal(5)], encoding="utf-8"))
    assert bank.run().counts["exported"] == 1
    again = bank.run()
    assert again.counts["exported"] == again.counts["updated"] == again.counts["cancelled"] == 0
    assert bank.balance == Decimal("1500.10")


def test_a_half_written_file_waits(bank: Bank) -> None:
    """Fault 65: it is reported, holds nobody else up, and is exported when it is whole."""
    whole = write([MORE])
    bank.put("a.txt", whole[:-40])
    bank.put("b.txt", write([TIDE]))
    report = bank.run()
    assert [type(each) for each in report.problems] == [StatementRefused]
    assert bank.balance == Decimal("1500.00")
    bank.put("a.txt", whole)
    report = bank.run()
    assert report.problems == ()
    assert bank.balance == Decimal("1500.10")


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: file.write_bytes(file.read_bytes()[:300]),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes("ООО Ромашка".encode("cp866").join(file.read_bytes().partition(b"=")[::2])),
        lambda file: file.unlink(),
        lambda file: file.rename(file.with_suffix(".bak")),
    ],
    ids=["cut", "emptied", "garbled", "deleted", "moved away"],
)
def test_harm_to_a_file_cancels_nothing(bank: Bank, harm: Callable[[Path], object]) -> None:
    """A failed or empty reading is nobody's deletion (protocol.md, I6)."""
    bank.put("a.txt", write([TIDE]))
    bank.put("b.txt", write([MORE]))
    bank.run()
    for name in ("a.txt", "b.txt"):
        harm(bank.folder / name)
        assert bank.run().counts["cancelled"] == 0
    assert bank.balance == Decimal("1500.10")


def test_a_payment_that_a_person_declares_gone_is_cancelled(bank: Bank) -> None:
    """The bank corrected its statement; a person says so with ``record_change``, and only then it is asked for."""
    bank.put("a.txt", write([TIDE, MORE]))
    wrong = next(each.ref for each in bank.run().outcomes if each.amount == MORE.amount)
    bank.put("a.txt", write([TIDE]))
    assert bank.run().counts["cancelled"] == 0
    bank.engine.record_change(wrong)
    assert bank.run().counts["cancelled"] == 1
    assert bank.balance == Decimal("1500.00")


def test_what_the_rule_does_not_know_waits_for_it(bank: Bank) -> None:
    """No contract: quarantined, and exported by itself once the rule has an answer."""
    stranger = attrs.evolve(TIDE, payer_inn=Inn("7702070139"), purpose="За услуги")
    bank.put("a.txt", write([stranger]))
    (refused,) = bank.run().outcomes
    assert refused.code == "no_contract"
    bank.learn(Contracts({stranger.payer_inn: {"Д-17": bank.subaccount}}))
    assert bank.run().counts["exported"] == 1


def test_a_payment_that_waits_needs_its_file(bank: Bank) -> None:
    """Why each export has a file of its own: the payment is dropped, told as skipped, and comes back with its file."""
    stranger = attrs.evolve(TIDE, payer_inn=Inn("7702070139"), purpose="За услуги")
    bank.put("kl_to_1c.txt", write([stranger]))
    assert bank.run().counts["quarantined"] == 1
    bank.put("kl_to_1c.txt", write([]))
    assert bank.run().counts["skipped"] == 1
    bank.learn(Contracts({stranger.payer_inn: {"Д-17": bank.subaccount}}))
    bank.put("kl_to_1c (2).txt", write([stranger]))
    assert bank.run().counts["exported"] == 1


def test_nothing_else_is_exported(bank: Bank) -> None:
    """Money that left, own transfers, bank orders and returns bring no payment."""
    own = attrs.evolve(TIDE, payer_account=OURS)
    returned = attrs.evolve(TIDE, number="4", purpose="Возврат по письму")
    order = attrs.evolve(TIDE, number="5", order_kind="17")
    bank.put("a.txt", write([own, returned, order], spent=[Decimal("99.50")]))
    assert bank.run().counts == dict.fromkeys(bank.run().counts, 0) | {"skipped": 3}
    assert bank.simulator.writes == 0


def test_beside_odata_the_same_money_comes_twice(bank: Bank) -> None:
    """Why the page warns: the infobase gives the same receipt a key of its own, so nobody can see that it is one."""
    bank.put("a.txt", write([TIDE]))
    bank.run()
    onec = OneCSimulator()
    organization = onec.add_organization(HOSTING.name, inn=HOSTING.inn, kpp=HOSTING.kpp)
    payer = onec.add_counterparty(TIDE.payer_name, inn=TIDE.payer_inn, code="17")
    contract = onec.add_contract(payer, organization, name="Д-17", subaccount_id=bank.subaccount)
    lines, day = [(contract, TIDE.amount)], TIDE.came_on
    onec.add_document(DocumentKind.INCOMING_PAYMENT_ORDER, lines=lines, date=day, paid_on=day)
    upp = settings_for(bank.simulator, onec).onec(transport=onec)
    with pytest.raises(StoreBelongsElsewhere):  # one store at least refuses the second of them …
        bank.exchange(upp, bank.store)
    beside = bank.exchange(upp, MemoryStore())  # … but somebody who gives it a store of its own has been warned
    beside.load_accounts()
    beside.export_payments()
    assert bank.balance == 2 * TIDE.amount


def test_the_program_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """And prints what the page shows."""
    try_it.main()
    assert is_shown(Path(try_it.__file__).with_suffix(".txt"), capsys.readouterr().out), REWRITE
