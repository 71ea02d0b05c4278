"""The adapter over a folder: which payments there are, who each of them is, and what is nobody's business."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from bank_statements import BankStatementAdapter, NotACustomer, Receipt, StatementRefused, read_statement
from hypothesis import given
from hypothesis import strategies as st
from statement_folder import HOSTING, OURS, write
from try_it import TIDE

from billmanager_1c.errors import SettingsError
from billmanager_1c.matching import DocumentRefusal, Money, judge_document
from billmanager_1c.models import Contract, DocumentRef, MissingDocument, OperationKind, PaymentDocument
from billmanager_1c.onec import History, OneCAdapter

OTHER = "40702840900000000002"
CONTRACT = Contract(id="00000000-0000-4000-8000-000000000017", name="Д-17")
NEVER = DocumentRef("incoming_payment_order", "00000000-0000-4000-8000-000000000099")


def adapter(folder: Path, rule: Callable[[Receipt], Contract | None] = lambda _: CONTRACT) -> BankStatementAdapter:
    """Return the adapter over two accounts of one organization."""
    accounts = {OURS: HOSTING, OTHER: HOSTING}
    return BankStatementAdapter(folder, base="bank", organizations=accounts, contract_of=rule)


def documents(bank: BankStatementAdapter) -> list[PaymentDocument]:
    """Return all it shows, read."""
    refs = [stamp.ref for batch in bank.changes(None) for stamp in batch.stamps]
    found = list(bank.read(refs))
    assert all(isinstance(each, PaymentDocument) for each in found)
    return [each for each in found if isinstance(each, PaymentDocument)]


def test_it_is_an_adapter_and_has_no_history() -> None:
    """It never says that a listing was complete, so a file that was moved away cancels nothing."""
    bank = adapter(Path())
    assert isinstance(bank, OneCAdapter)
    assert not isinstance(bank, History)


def test_a_receipt_is_a_paid_order(tmp_path: Path) -> None:
    """The document has the day on which the money came, the payer's order, and one line under the rule's contract."""
    receipt = attrs.evolve(TIDE, ordered_on=TIDE.ordered_on.replace(day=20))
    (tmp_path / "a.txt").write_bytes(write([receipt]))
    (document,) = documents(adapter(tmp_path))
    assert (document.date, document.paid_on, document.incoming_date) == (TIDE.came_on, TIDE.came_on, receipt.ordered_on)
    assert (document.number, document.incoming_number, document.purpose) == ("17", "17", TIDE.purpose)
    assert document.organization == HOSTING
    assert document.counterparty is not None
    assert (document.counterparty.inn, document.counterparty.kpp) == (TIDE.payer_inn, TIDE.payer_kpp)
    assert judge_document(document) == Money(amounts={CONTRACT.id: Decimal("1500.00")})


def test_keys_stay_the_same_for_ever(tmp_path: Path) -> None:
    """The key of a payment is in BILLmanager's marks: another one would be another payment."""
    (tmp_path / "a.txt").write_bytes(write([TIDE, TIDE]))
    assert [str(each.ref.id) for each in documents(adapter(tmp_path))] == [
        "76a6cfb3-118c-52f6-9d06-39d364f4de02",
        "482f173d-98df-5a66-b170-85211850b3f7",
    ]


def test_currencies_are_in_the_account(tmp_path: Path) -> None:
    """Digits 6 to 8 of our account are the currency."""
    (tmp_path / "a.txt").write_bytes(write([TIDE, attrs.evolve(TIDE, account=OTHER)]))
    assert [each.currency for each in documents(adapter(tmp_path))] == ["RUB", "USD"]


@pytest.mark.property
@given(st.lists(st.sampled_from(range(6)), max_size=8), st.lists(st.sampled_from(range(6)), max_size=8))
def test_statements_that_overlap_have_each_payment_once(noon: list[int], later: list[int]) -> None:
    """Of each payment there are as many as in the statement that has most of them, twins included."""
    kinds = [attrs.evolve(TIDE, number=str(1 + kind // 2), amount=Decimal(1 + kind % 2)) for kind in range(6)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The evening statement has everything that the one of noon has, in another order and another encoding.
        (folder / "1 noon.txt").write_bytes(write([kinds[kind] for kind in noon], spent=[Decimal(7)]))
        evening = sorted([*noon, *later])
        (folder / "2 evening.txt").write_bytes(write([kinds[kind] for kind in evening], encoding="utf-8"))
        found = documents(adapter(folder))
    wanted = [(kinds[kind].number, kinds[kind].amount) for kind in evening]
    assert sorted((each.number, each.amount) for each in found) == sorted(wanted)
    assert len({each.ref for each in found}) == len(found)


def test_the_statement_made_last_is_believed(tmp_path: Path) -> None:
    """Whatever its file is called; and the version tells that the document changed."""
    first, last = write([TIDE]), write([attrs.evolve(TIDE, purpose="Оплата по договору № Д-18, уточнено")])
    (tmp_path / "b.txt").write_bytes(first)
    (before,) = documents(adapter(tmp_path))
    (tmp_path / "a.txt").write_bytes(last.replace(b"=21:00:00", b"=21:00:01"))
    (after,) = documents(adapter(tmp_path))
    assert after.ref == before.ref
    assert (after.purpose, after.version != before.version) == ("Оплата по договору № Д-18, уточнено", True)


def test_another_answer_of_the_rule_is_another_version(tmp_path: Path) -> None:
    """So a payment that waited for its contract is read again when the rule knows it."""
    (tmp_path / "a.txt").write_bytes(write([TIDE]))
    (without,), (with_one,) = documents(adapter(tmp_path, lambda _: None)), documents(adapter(tmp_path))
    assert (without.lines[0].contract, with_one.lines[0].contract) == (None, CONTRACT)
    assert without.version != with_one.version


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payer_account": OTHER}, NotACustomer.OWN),
        ({"payer_inn": HOSTING.inn}, NotACustomer.OWN),
        ({"order_kind": "17"}, NotACustomer.BANK),
        ({"purpose": "Возврат излишне уплаченного"}, NotACustomer.RETURN),
        ({"purpose": "ВОЗВРАТ"}, NotACustomer.RETURN),
    ],
)
def test_money_that_is_no_customers_is_told_and_not_exported(
    changes: dict[str, str], reason: NotACustomer, tmp_path: Path
) -> None:
    """Own transfers, bank orders and returns are documents of another operation; the rule is not asked."""
    (tmp_path / "a.txt").write_bytes(write([attrs.evolve(TIDE, **changes)]))
    bank = adapter(tmp_path, rule=lambda receipt: pytest.fail("the rule was asked"))
    (document,) = documents(bank)
    assert document.operation is OperationKind.OTHER
    assert [why for _, why in bank.left_out()] == [reason]


@pytest.mark.parametrize(
    "changes",
    [{"purpose": "Возвратная тара"}, {"purpose": "За услуги, без возврата"}, {"order_kind": "16"}, {"payer_inn": ""}],
)
def test_customers_are_customers(changes: dict[str, str], tmp_path: Path) -> None:
    """A word in the purpose, a part of an order and a payer without INN change nothing."""
    (tmp_path / "a.txt").write_bytes(write([attrs.evolve(TIDE, **changes)]))
    bank = adapter(tmp_path)
    assert [each.operation for each in documents(bank)] == [OperationKind.CUSTOMER_PAYMENT]
    assert list(bank.left_out()) == []


@pytest.mark.parametrize("amount", ["0.00", "-5.00", "10.105"])
def test_amounts_that_are_no_money_are_left_to_the_engine(amount: str, tmp_path: Path) -> None:
    """They are told as they stand (fault 67), and quarantined with a sentence."""
    (tmp_path / "a.txt").write_bytes(write([attrs.evolve(TIDE, amount=Decimal(amount))]))
    (document,) = documents(adapter(tmp_path))
    judged = judge_document(document)
    assert isinstance(judged, DocumentRefusal)
    assert judged.code == "bad_amount"


def test_money_that_leaves_is_no_document(tmp_path: Path) -> None:
    """Only incoming money is shown."""
    (tmp_path / "a.txt").write_bytes(write([], spent=[Decimal(10), Decimal(20)]))
    bank = adapter(tmp_path)
    assert documents(bank) == []
    assert [type(each) for each in bank.read([NEVER])] == [MissingDocument]


# --------------------------------------------------------------------------------------------------------- refusals


def test_whole_files_are_shown_before_the_others_are_refused(tmp_path: Path) -> None:
    """All that is wrong is told at once, and what is right is not held up."""
    (tmp_path / "a.txt").write_bytes(write([TIDE], end="", totals=False))
    (tmp_path / "b.TXT").write_bytes(write([attrs.evolve(TIDE, number="18")]))
    (tmp_path / "c.txt").write_bytes(b"")
    (tmp_path / "d.part").write_bytes(b"1CClientBank")
    (tmp_path / "e.txt").mkdir()
    batches = adapter(tmp_path).changes(None)
    assert len(next(batches).stamps) == 1
    with pytest.raises(StatementRefused, match=r"a\.txt.*c\.txt.*e\.txt cannot be read"):
        next(batches)


def test_a_payment_is_not_missing_while_a_file_is_refused(tmp_path: Path) -> None:
    """A file that is written anew just now hides its payments; that is no news of them."""
    file = tmp_path / "a.txt"
    file.write_bytes(write([TIDE]))
    (tmp_path / "b.txt").write_bytes(write([attrs.evolve(TIDE, number="18")]))
    bank = adapter(tmp_path)
    gone, kept = (each.ref for each in documents(bank))
    file.write_bytes(file.read_bytes()[:-200])
    answers = bank.read([kept, gone])
    assert next(answers).ref == kept
    with pytest.raises(StatementRefused, match=r"a\.txt"):
        next(answers)
    file.write_bytes(write([]))
    assert [type(each) for each in bank.read([gone, kept])] == [MissingDocument, PaymentDocument]


def test_an_empty_folder_says_nothing(tmp_path: Path) -> None:
    """A share that is not mounted is no proof that a payment is gone."""
    bank = adapter(tmp_path)
    assert list(bank.changes(None)) == []
    with pytest.raises(StatementRefused, match="mounted"):
        list(bank.read([NEVER]))
    with pytest.raises(StatementRefused, match="mounted"):
        list(adapter(tmp_path / "nowhere").changes(None))


def test_a_strangers_statement_is_refused(tmp_path: Path) -> None:
    """Nobody is credited for money that came to an account which is not ours."""
    (tmp_path / "a.txt").write_bytes(write([attrs.evolve(TIDE, account="40702810900000000003")]))
    with pytest.raises(StatementRefused, match="none of our accounts"):
        list(adapter(tmp_path).changes(None))


@pytest.mark.parametrize("settings", [{"base": ""}, {"organizations": {}}])
def test_an_adapter_without_a_name_or_an_account_is_refused(settings: dict[str, object], tmp_path: Path) -> None:
    """Both are fixed when the adapter is made."""
    wanted = {"base": "bank", "organizations": {OURS: HOSTING}, "contract_of": lambda _: None} | settings
    with pytest.raises(SettingsError):
        BankStatementAdapter(tmp_path, **wanted)


# ---------------------------------------------------------------------------------------------------------- samples


def test_every_real_statement_is_read(samples: Path, tmp_path: Path) -> None:
    """Files of real bank clients are read whole, whatever is odd in them."""
    files = sorted((samples / "1c" / "bank-statements").iterdir())
    assert files
    found = {}
    for file in files:
        folder = tmp_path / file.stem
        folder.mkdir()
        (folder / "statement.txt").write_bytes(file.read_bytes())
        statement = read_statement(file.read_bytes(), file.name)
        accounts = dict.fromkeys(statement.accounts, HOSTING)
        bank = BankStatementAdapter(folder, base="bank", organizations=accounts, contract_of=lambda _: CONTRACT)
        assert statement.is_proven
        found[file.name] = [(each.number, str(each.amount), each.operation.value) for each in documents(bank)]
    customer = OperationKind.CUSTOMER_PAYMENT.value
    own = OperationKind.OTHER.value
    known = {
        "kilylabs-one_day.cp1251.txt": [
            ("5", "6000.00", customer),
            ("6", "14000.00", customer),
            ("1", "20000.00", customer),
        ],
        "odoo-ru-kl_to_1c.txt": [],
        "xini1-sample1.txt": [("1", "10.10", own), ("1", "10.10", own)],
    }
    assert {name: found[name] for name in known if name in found} == known
