"""Configurations other than УПП: БП 3.0, and those that the page about them fills in."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import attrs
import httpx
import pytest
from onec_servers import NOW, PASSWORD, USERNAME, Server, collection, error, make_adapter, raw, resource_of
from onec_trade import ERP_2, UT_11

from billmanager_1c.errors import SettingsError
from billmanager_1c.models import (
    Contract,
    Counterparty,
    DocumentKind,
    DocumentRef,
    OperationKind,
    PaymentDocument,
    PaymentLine,
)
from billmanager_1c.onec import BP_3_0, UPP_1_3, DocumentNames, ODataAdapter
from billmanager_1c.testing import OneCSimulator

ORDER, CASH, CARD = DocumentKind.INCOMING_PAYMENT_ORDER, DocumentKind.CASH_RECEIPT, DocumentKind.CARD_PAYMENT
KEY, PARTY, CONTRACT, ITEM, CURRENCY = (f"8d9a1c5e-0000-4000-8000-00000000000{digit}" for digit in "12345")
EMPTY = "00000000-0000-0000-0000-000000000000"


class Accounting:
    """An infobase of БП 3.0."""

    def __init__(self) -> None:
        self.simulator = OneCSimulator(username=USERNAME, password=PASSWORD, schema="BP_3_0", clock=lambda: NOW)
        self.organization = self.simulator.add_organization("ООО Хостинг", inn="7707083893", kpp="770701001")
        self.counterparty = self.simulator.add_counterparty("ООО Ромашка", inn="0012123456", code="000000017")
        self.contract = self.simulator.add_contract(self.counterparty, self.organization, subaccount_id=17)

    def read(self, kind: DocumentKind, **given: Any) -> PaymentDocument:
        """Add a document and read it."""
        given = {"lines": [(self.contract, "100.10")], "date": "2026-11-24T10:00:00"} | given
        ref = DocumentRef(kind, self.simulator.add_document(kind, **given))
        with make_adapter(self.simulator, configuration=BP_3_0) as onec:
            (document,) = onec.read([ref])
        assert isinstance(document, PaymentDocument)
        return document


@pytest.fixture
def bp() -> Accounting:
    """An infobase of БП 3.0 with a client."""
    return Accounting()


class TestAccounting:
    """БП 3.0 (1c-odata.md §3.2)."""

    @pytest.mark.parametrize("kind", DocumentKind)
    def test_a_posted_document_is_money(self, bp: Accounting, kind: DocumentKind) -> None:
        """There is no flag "paid", and the day of the money is that of the document."""
        document = bp.read(kind, incoming_number="1024", incoming_date="2026-11-20", purpose="По счету")
        assert (document.posted, document.paid, document.paid_on) == (True, None, None)
        assert document.payment_date == dt.date(2026, 11, 24)
        assert document.operation is OperationKind.CUSTOMER_PAYMENT
        assert document.lines == (
            PaymentLine(
                contract=Contract(id=bp.contract, name="Основной договор", subaccount_id=17), amount=Decimal("100.1")
            ),
        )
        assert document.counterparty == Counterparty(
            id=bp.counterparty, name="ООО Ромашка", code="000000017", inn="0012123456"
        )
        assert document.incoming_number == ("1024" if kind is ORDER else "")
        assert document.purpose == ("" if kind is CARD else "По счету")

    @pytest.mark.parametrize(
        ("kind", "operation", "meaning"),
        [
            (CARD, "ВозвратПокупателю", OperationKind.CUSTOMER_REFUND),
            (CARD, "РозничнаяВыручка", OperationKind.OTHER),
            (CARD, "ПлатежПоРеестру", OperationKind.OTHER),
            (ORDER, "ПоступленияОтПродажПоПлатежнымКартамИБанковскимКредитам", OperationKind.OTHER),
            (CASH, "РозничнаяВыручка", OperationKind.OTHER),
            (CASH, "", OperationKind.OTHER),
        ],
    )
    def test_what_is_not_a_customers_payment(
        self, bp: Accounting, kind: DocumentKind, operation: str, meaning: OperationKind
    ) -> None:
        """A refund by card is the same type of document; an acquirer's payout brings nothing new."""
        assert bp.read(kind, operation=operation).operation is meaning

    @pytest.mark.parametrize(
        ("kind", "type"),
        [
            (ORDER, "Catalog_ФизическиеЛица"),
            (CASH, "Catalog_Склады"),
            (CASH, "Catalog_БанковскиеСчета"),
            (CARD, "Catalog_Склады"),
        ],
    )
    def test_who_is_not_a_counterparty(self, bp: Accounting, kind: DocumentKind, type: str) -> None:
        """A person from the staff, a shop or a bank account may stand in its place, in each of the documents."""
        assert bp.read(kind, counterparty=KEY, counterparty_type=type).counterparty is None

    @pytest.mark.parametrize(("trades", "is_person"), [(False, True), (True, False)])
    def test_an_entrepreneur_is_found_by_inn(self, bp: Accounting, trades: bool, is_person: bool) -> None:
        """In БП a person with the flag of an entrepreneur; anybody else's INN is not asked for."""
        bp.simulator.change_counterparty(bp.counterparty, is_person=True)
        bp.simulator._write(bp.counterparty, {"ИндивидуальныйПредприниматель": trades})
        document = bp.read(ORDER)
        assert document.counterparty is not None
        assert document.counterparty.is_person is is_person

    def test_a_release_without_that_flag(self) -> None:
        """It came with some release; before that a person is a person."""
        party = {"Ref_Key": PARTY, "Code": "1", "Description": "Имя", "ИНН": "500100732259", "КПП": ""}

        def answer(request: httpx.Request) -> httpx.Response:
            name = resource_of(request)
            if "Предприниматель" in httpx.QueryParams(request.url.query).get("$select", ""):
                return error(400, "6", "Сегмент пути ИндивидуальныйПредприниматель не найден!")
            if name == "Catalog_Контрагенты":
                return collection([party | {"ЮридическоеФизическоеЛицо": "ФизическоеЛицо"}])
            return collection([_row(Контрагент=PARTY, Контрагент_Type="StandardODATA.Catalog_Контрагенты")])

        with make_adapter(Server(answer).transport, configuration=BP_3_0) as onec:
            (document,) = onec.read([DocumentRef(CARD, KEY)])
        assert isinstance(document, PaymentDocument)
        assert document.counterparty is not None
        assert document.counterparty.is_person

    def test_without_an_extension_contracts_have_no_subaccount(self, bp: Accounting) -> None:
        """That is no error: the subaccount is then bound in the store."""
        from billmanager_1c.testing.onec import BP_3_0 as SCHEMA

        bare = SCHEMA.without("Catalog_ДоговорыКонтрагентов/ЛицевойСчетВBILLmanager", SCHEMA.names.subaccounts)
        simulator = OneCSimulator(username=USERNAME, password=PASSWORD, schema=bare)
        contract = simulator.add_contract(simulator.add_counterparty("ООО Ромашка"), simulator.add_organization("Мы"))
        ref = DocumentRef(CASH, simulator.add_document(CASH, lines=[(contract, "1")]))
        with make_adapter(simulator, configuration=BP_3_0) as onec:
            (document,) = onec.read([ref])
            assert onec.module_address() is None
            assert list(onec.module_payments()) == []
        assert isinstance(document, PaymentDocument)
        assert [line.contract and line.contract.subaccount_id for line in document.lines] == [None]


def _row(**fields: Any) -> dict[str, Any]:
    """Return a document of БП as it travels."""
    return {
        "Ref_Key": KEY,
        "DataVersion": "AAAAAAAAAAE=",
        "Number": "БП00-000001",
        "Date": "2026-11-24T10:00:00",
        "Posted": True,
        "DeletionMark": False,
        "ВидОперации": "ОплатаПокупателя",
        "Организация_Key": EMPTY,
        "ВалютаДокумента_Key": EMPTY,
        "СуммаДокумента": 100,
        "РасшифровкаПлатежа": [],
    } | fields


class TestContractInTheHeader:
    """УТ 11 and ERP 2: the whole amount belongs to the contract of the document."""

    @staticmethod
    def row(**fields: Any) -> dict[str, Any]:
        """Return a bank document of УТ 11 as it travels."""
        return {
            "Ref_Key": KEY,
            "DataVersion": "AAAAAAAAAAE=",
            "Number": "ТД00-000001",
            "Date": "2026-11-24T10:00:00",
            "Posted": True,
            "DeletionMark": False,
            "ХозяйственнаяОперация": "ПоступлениеОплатыОтКлиента",
            "Организация_Key": EMPTY,
            "Контрагент_Key": PARTY,
            "Валюта_Key": CURRENCY,
            "СуммаДокумента": 1500.5,
            "ПроведеноБанком": True,
            "ДатаПроведенияБанком": "2026-11-23T00:00:00",
            "НомерВходящегоДокумента": "1024",
            "ДатаВходящегоДокумента": "2026-11-22T00:00:00",
            "НазначениеПлатежа": "По договору",
            "Договор": CONTRACT,
            "Договор_Type": "StandardODATA.Catalog_ДоговорыКонтрагентов",
            "РасшифровкаПлатежа": [{"LineNumber": "1", "Сумма": 1500.5, "ОбъектРасчетов_Key": ITEM}],
        } | fields

    def read(self, kind: DocumentKind = ORDER, **fields: Any) -> PaymentDocument:
        """Read a document from a server that has its catalogues."""
        tables = {
            "Catalog_Контрагенты": {
                "Ref_Key": PARTY,
                "Description": "ООО Ромашка",
                "ИНН": "7736050003",
                "КПП": "773601001",
                "ЮрФизЛицо": "ЮрЛицо",
            },
            "Catalog_ДоговорыКонтрагентов": {
                "Ref_Key": CONTRACT,
                "Description": "Договор 17",
                "ЛицевойСчетВBILLmanager_Key": ITEM,
            },
            "Catalog_ЛицевыеСчетаВBILLmanager": {"Ref_Key": ITEM, "Code": "17"},
            "Catalog_Валюты": {"Ref_Key": CURRENCY, "Code": "643"},
        }

        def answer(request: httpx.Request) -> httpx.Response:
            name = resource_of(request)
            if name in tables:
                return collection([tables[name]])
            return error(404, "9") if "guid" in name else raw(json.dumps({"value": [self.row(**fields)]}))

        with make_adapter(Server(answer).transport, configuration=UT_11) as onec:
            (document,) = onec.read([DocumentRef(kind, KEY)])
        assert isinstance(document, PaymentDocument)
        return document

    def test_it_is_the_only_line(self) -> None:
        """The rows say what is settled, not for which contract."""
        document = self.read()
        contract = Contract(id=CONTRACT, name="Договор 17", subaccount_id=17)
        assert document.lines == (PaymentLine(contract=contract, amount=Decimal("1500.5")),)
        assert (document.amount, document.currency) == (Decimal("1500.5"), "RUB")
        assert (document.paid, document.paid_on) == (True, dt.date(2026, 11, 23))
        assert document.counterparty == Counterparty(id=PARTY, name="ООО Ромашка", inn="7736050003", kpp="773601001")

    @pytest.mark.parametrize(
        "fields",
        [
            {"Договор": "", "Договор_Type": "StandardODATA.Undefined"},
            {"Договор_Type": "StandardODATA.Catalog_ДоговорыМеждуОрганизациями"},
        ],
    )
    def test_no_contract_of_a_counterparty(self, fields: dict[str, str]) -> None:
        """The document waits for a person: nobody guesses whose money it is."""
        assert [line.contract for line in self.read(**fields).lines] == [None]

    def test_it_may_have_one_type(self) -> None:
        """A card operation has only contracts of counterparties there."""
        (line,) = self.read(CARD, Договор_Key=CONTRACT, ОплатаВыполнена=True).lines
        assert line.contract is not None
        assert line.contract.subaccount_id == 17

    def test_a_refund_is_told_apart(self) -> None:
        """As everywhere."""
        assert self.read(ХозяйственнаяОперация="ВозвратОплатыКлиенту").operation is OperationKind.CUSTOMER_REFUND


@pytest.mark.parametrize("given", [{"lines": None}, {"contract": "Договор"}])
def test_whose_money_it_is_is_said_once(given: dict[str, str | None]) -> None:
    """By the rows or by the header; both or neither is a mistake that would move money."""
    with pytest.raises(SettingsError, match="Document_Х"):
        DocumentNames(entity_set="Document_Х", operations={}, **given)  # type: ignore[arg-type]


def test_erp_is_ut_by_another_name() -> None:
    """The page says so."""
    assert attrs.evolve(ERP_2, name="UT_11") == UT_11
    assert {UPP_1_3.name, BP_3_0.name, UT_11.name, ERP_2.name} == {"UPP_1_3", "BP_3_0", "UT_11", "ERP_2"}


def test_an_adapter_names_its_configuration() -> None:
    """In its repr, so that a log tells which names were used."""
    with make_adapter(Server(lambda request: collection([])).transport, configuration=UT_11) as onec:
        assert isinstance(onec, ODataAdapter)
        assert "UT_11" in repr(onec)
