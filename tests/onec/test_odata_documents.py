"""Documents as values: money exact, references followed, padding and emptiness understood (1c-odata.md §1.3, §1.4)."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onec_servers import Server, Upp, collection, error, make_adapter, options_of, raw, resource_of

from billmanager_1c.errors import BadReply, NotPublished, OneCAccessDenied
from billmanager_1c.models import (
    Contract,
    DocumentKind,
    DocumentRef,
    MissingDocument,
    OperationKind,
    PaymentDocument,
    check_amount,
)
from billmanager_1c.onec import UPP_1_3, ODataAdapter
from billmanager_1c.testing import Fault

ORDER, CASH, CARD = DocumentKind.INCOMING_PAYMENT_ORDER, DocumentKind.CASH_RECEIPT, DocumentKind.CARD_PAYMENT
KEY = "8d9a1c5e-0000-4000-8000-000000000001"
CONTRACT = "8d9a1c5e-0000-4000-8000-00000000000c"
EMPTY = "00000000-0000-0000-0000-000000000000"


def receipt(**fields: Any) -> dict[str, Any]:
    """Return a cash receipt as it travels."""
    return {
        "Ref_Key": KEY,
        "DataVersion": "AAAAAAAAAAE=",
        "Number": "УПП0001   ",
        "Date": "2026-11-24T10:00:00",
        "Posted": True,
        "DeletionMark": False,
        "Оплачено": True,
        "ВидОперации": "ОплатаПокупателя",
        "Организация_Key": EMPTY,
        "Контрагент": "",
        "Контрагент_Type": "StandardODATA.Undefined",
        "ВалютаДокумента_Key": EMPTY,
        "СуммаДокумента": 100,
        "РасшифровкаПлатежа": [],
        "Основание": "",
    } | fields


def read(row: dict[str, Any] | str, kind: DocumentKind = CASH) -> PaymentDocument:
    """Read one document from a server that has nothing else."""
    text = row if isinstance(row, str) else json.dumps({"value": [row]}, ensure_ascii=False)

    def answer(request: httpx.Request) -> httpx.Response:
        if resource_of(request).startswith("Document_"):
            return raw(text)
        return error(404, "9") if "guid" in resource_of(request) else collection([])

    with make_adapter(Server(answer).transport) as onec:
        (document,) = onec.read([DocumentRef(kind, KEY)])
    assert isinstance(document, PaymentDocument)
    return document


def line(amount: Any, contract: str = CONTRACT) -> dict[str, Any]:
    """Return a row of РасшифровкаПлатежа."""
    return {"LineNumber": "1", "ДоговорКонтрагента_Key": contract, "СуммаПлатежа": amount}


class TestMoney:
    """``Decimal`` end to end: a float never appears."""

    @pytest.mark.property
    @given(amount=st.decimals(min_value=0, max_value=10**13, places=2))
    def test_a_number_comes_as_it_was_written(self, amount: Decimal) -> None:
        """Whatever digits travel are the digits of the amount, header and line."""
        text = json.dumps(receipt(СуммаДокумента="@", РасшифровкаПлатежа=[line("@")]))
        document = read('{"value": [' + text.replace('"@"', str(amount)) + "]}")
        assert document.amount == document.lines[0].amount == amount
        assert str(document.amount) == str(amount)

    @pytest.mark.parametrize(
        ("travels", "is_worth"),
        [
            ("20000", "20000"),
            ("3333.33", "3333.33"),
            ("0.1", "0.1"),
            ('"1500.50"', "1500.50"),
            ('"20000"', "20000"),
            ("2E+4", "20000"),
            ("1.5e1", "15"),
            ("null", "0"),
            ("-5", "-5"),
            ("100.105", "100.105"),
            ("99999999999999999999.99", "99999999999999999999.99"),
        ],
    )
    def test_every_form_of_a_number(self, travels: str, is_worth: str) -> None:
        """Int64 comes as a string, whole numbers without places, null is nought (1c-odata.md §9.13)."""
        text = json.dumps(receipt(СуммаДокумента="@")).replace('"@"', travels)
        amount = read('{"value": [' + text + "]}").amount
        assert isinstance(amount, Decimal)
        assert str(amount) == is_worth

    @pytest.mark.parametrize("travels", ['"1 234,56"', '"сто"', "true", "[]", '""', "1e999999999", '"NaN"'])
    def test_what_is_no_number_is_a_bad_amount(self, travels: str) -> None:
        """It is never guessed; the one document is quarantined, and the others go on."""
        text = json.dumps(receipt(СуммаДокумента="@")).replace('"@"', travels)
        assert check_amount(read('{"value": [' + text + "]}").amount) is not None


class TestEmptiness:
    """Padding, null, and the empty values of dates and references."""

    def test_padded_strings_are_stripped(self, upp: Upp, onec: ODataAdapter) -> None:
        """Strings of fixed length come with spaces; leading zeros stay."""
        (document,) = onec.read([upp.add(number="УПП00123")])
        assert isinstance(document, PaymentDocument)
        assert document.number == "УПП00123"
        assert document.counterparty is not None
        assert (document.counterparty.code, document.counterparty.inn) == ("000000017", "0012123456")

    def test_null_is_empty(self) -> None:
        """``null`` instead of a typed empty value means that value."""
        row = receipt(**dict.fromkeys(("Number", "Организация_Key", "Контрагент", "Основание", "РасшифровкаПлатежа")))
        row |= dict.fromkeys(("Контрагент_Type", "Posted", "Оплачено"))
        document = read(row)
        assert (document.number, document.purpose, document.lines) == ("", "", ())
        assert (document.posted, document.paid) == (False, False)
        assert (document.organization, document.counterparty, document.currency) == (None, None, "")

    def test_empty_dates_are_none(self, upp: Upp, onec: ODataAdapter) -> None:
        """The year 1 is no date; the payment then has the document's."""
        ref = upp.add(ORDER, paid_on="0001-01-01T00:00:00", incoming_date=None)
        (document,) = onec.read([ref])
        assert isinstance(document, PaymentDocument)
        assert (document.paid_on, document.incoming_date) == (None, None)
        assert document.payment_date == document.date == dt.date(2026, 11, 24)

    @pytest.mark.parametrize("date", ["0001-01-01T00:00:00", "", None])
    def test_a_document_without_a_date_is_older_than_any(self, date: str | None) -> None:
        """It is told as such, so it is skipped with its reason and does not hold up the others."""
        assert read(receipt(Date=date)).date == dt.date.min

    def test_a_date_is_never_shifted(self) -> None:
        """One second before midnight is still that day, whatever zone anybody is in (design.md §5)."""
        for moment in ("2026-11-30T23:59:59", "2026-11-30T00:30:00+03:00", "2026-11-30T23:59:59-05:00"):
            assert read(receipt(Date=moment)).date == dt.date(2026, 11, 30)

    def test_unknown_fields_do_not_matter(self) -> None:
        """Releases have fields that nobody told us of."""
        row = receipt(НовоеПоле={"x": [1]}, **{"Контрагент@navigationLinkUrl": "…"})
        assert read(row).number == "УПП0001"

    def test_a_byte_order_mark_and_a_wrong_charset_do_not_matter(self) -> None:
        """The body is UTF-8 whatever is declared."""
        body = "\ufeff" + json.dumps({"value": [receipt(Основание="Счёт № 7")]}, ensure_ascii=False)

        def answer(request: httpx.Request) -> httpx.Response:
            if "Document" in resource_of(request):
                return raw(body, content_type="application/json;charset=windows-1251")
            return collection([])

        with make_adapter(Server(answer).transport) as onec:
            (document,) = onec.read([DocumentRef(CASH, KEY)])
        assert isinstance(document, PaymentDocument)
        assert document.purpose == "Счёт № 7"

    @pytest.mark.parametrize("field", ["Posted", "DeletionMark", "Оплачено", "ВидОперации", "СуммаДокумента", "Date"])
    def test_a_field_that_decides_about_money_must_be_there(self, field: str) -> None:
        """Where it is missing, nothing is assumed: the Configuration does not fit, and the field is named."""
        row = receipt()
        del row[field]
        with pytest.raises(BadReply) as caught:
            read(row)
        assert field in caught.value.message
        assert any(field in path for path in caught.value.paths)

    def test_a_single_object_where_a_list_is_expected(self) -> None:
        """One document, one line: neither need come as a list."""
        row = receipt(РасшифровкаПлатежа=line(100))
        document = read(json.dumps(row, ensure_ascii=False))
        assert [each.amount for each in document.lines] == [100]


class TestKinds:
    """What the three kinds have, and what a value of ВидОперации means."""

    def test_each_kind_has_what_it_has(self, upp: Upp, onec: ODataAdapter) -> None:
        """Only the bank's document has ДатаОплаты and a payment order of the client's; a card payment has no flag."""
        given = {"incoming_number": "1024", "incoming_date": "2026-11-23", "paid_on": "2026-11-25"}
        refs = [upp.add(kind, purpose="За хостинг", **given) for kind in (ORDER, CASH, CARD)]
        documents = {each.ref.kind: each for each in onec.read(refs) if isinstance(each, PaymentDocument)}
        order, cash, card = documents[ORDER], documents[CASH], documents[CARD]
        assert (order.incoming_number, order.incoming_date) == ("1024", dt.date(2026, 11, 23))
        assert (order.paid, order.paid_on, order.purpose) == (True, dt.date(2026, 11, 25), "За хостинг")
        assert (cash.paid, cash.paid_on, cash.purpose, cash.incoming_number) == (True, None, "За хостинг", "")
        # Комментарий of a card payment is an accountant's note, and BILLmanager would show it to the client
        assert (card.paid, card.paid_on, card.purpose) == (None, None, "")

    @pytest.mark.parametrize(
        ("kind", "value", "operation"),
        [
            (ORDER, "ОплатаПокупателя", OperationKind.CUSTOMER_PAYMENT),
            (ORDER, "ПоступлениеОплатыПоПлатежнымКартам", OperationKind.OTHER),
            (CASH, "ПриходДенежныхСредствРозничнаяВыручка", OperationKind.OTHER),
            (CARD, "ВозвратДенежныхСредствПокупателю", OperationKind.CUSTOMER_REFUND),
            (CARD, "НечтоНовое", OperationKind.OTHER),
            (CARD, "", OperationKind.OTHER),
        ],
    )
    def test_operations(
        self, upp: Upp, onec: ODataAdapter, kind: DocumentKind, value: str, operation: OperationKind
    ) -> None:
        """Only "payment from a customer" is money, and only the card's refund is a refund."""
        (document,) = onec.read([upp.add(kind, operation=value)])
        assert isinstance(document, PaymentDocument)
        assert document.operation is operation


class TestReferences:
    """Composite, dangling, unpublished."""

    def test_a_counterparty_of_another_catalogue_is_none(self, upp: Upp, onec: ODataAdapter) -> None:
        """A cash receipt may come from a person or a till, which are no customers."""
        (document,) = onec.read([upp.add(counterparty=KEY, counterparty_type="Catalog_ФизическиеЛица")])
        assert isinstance(document, PaymentDocument)
        assert document.counterparty is None

    @pytest.mark.parametrize("operation", ["ОплатаПокупателя", "ВозвратДенежныхСредствПодотчетником"])
    def test_an_unpublished_type(self, operation: str) -> None:
        """``UnavailableEntities`` is not "no counterparty" (1c-odata.md §1.3): the catalogue is asked.

        If that is not published, the message says so; if it is, the reference is to a person, a till, a warehouse.
        """
        row = receipt(
            Контрагент=KEY, Контрагент_Type=f"UnavailableEntities.UnavailableEntity_{KEY}", ВидОперации=operation
        )
        assert read(row).counterparty is None

        def unpublished(request: httpx.Request) -> httpx.Response:
            return collection([row]) if "Document" in resource_of(request) else error(404, "8")

        with (
            make_adapter(Server(unpublished).transport) as onec,
            pytest.raises(NotPublished, match="Catalog_Контрагенты"),
        ):
            list(onec.read([DocumentRef(CASH, KEY)]))

    def test_dangling_references_are_known_by_their_key(self, upp: Upp, onec: ODataAdapter) -> None:
        """An organization, a counterparty or a contract that was deleted has a key and nothing else."""
        ref = upp.add()
        for guid in (upp.organization, upp.counterparty, upp.contract):
            upp.simulator.delete(guid)
        (document,) = onec.read([ref])
        assert isinstance(document, PaymentDocument)
        assert document.organization is not None
        assert (document.organization.id, document.organization.inn) == (upp.organization, "")
        assert document.counterparty is not None
        assert (document.counterparty.id, document.counterparty.code) == (upp.counterparty, "")
        assert document.lines[0].contract == Contract(id=upp.contract)

    def test_a_list_that_lacks_an_item_is_no_proof(self, upp: Upp, onec: ODataAdapter) -> None:
        """An empty list of contracts does not unbind a subaccount: each is then asked for by its key."""
        ref = upp.add()
        for name in ("Catalog_ДоговорыКонтрагентов", "Document_ПриходныйКассовыйОрдер"):
            upp.simulator.faults.arm(Fault.ONEC_EMPTY_LIST, where=name)
        (document,) = onec.read([ref])
        assert isinstance(document, PaymentDocument)
        assert document.lines[0].contract is not None
        assert document.lines[0].contract.subaccount_id == 17

    def test_a_line_without_a_contract(self, upp: Upp, onec: ODataAdapter) -> None:
        """It has none, and its sisters have theirs."""
        (document,) = onec.read([upp.add(lines=[(None, "1"), (upp.contract, "2")])])
        assert isinstance(document, PaymentDocument)
        assert [each.contract and each.contract.id for each in document.lines] == [None, upp.contract]

    @pytest.mark.parametrize(("code", "subaccount"), [("00017", 17), ("не счёт", None), ("", None)])
    def test_the_code_of_the_subaccount_is_its_id(self, code: str, subaccount: int | None) -> None:
        """Padded to its length; what is no number was typed in by hand and names no subaccount."""
        tables = {
            "Catalog_ДоговорыКонтрагентов": {"Description": "Договор", "ЛицевойСчетВBILLmanager_Key": KEY},
            "Catalog_ЛицевыеСчетаВBILLmanager": {"Code": f"{code:11}"},
        }

        def answer(request: httpx.Request) -> httpx.Response:
            name = resource_of(request)
            if name in tables:
                key = options_of(request)["$filter"].partition("guid'")[2][:36]
                return collection([{"Ref_Key": key, **tables[name]}])
            return collection([receipt(РасшифровкаПлатежа=[line(100)])])

        with make_adapter(Server(answer).transport) as onec:
            (document,) = onec.read([DocumentRef(CASH, KEY)])
        assert isinstance(document, PaymentDocument)
        assert document.lines[0].contract == Contract(id=CONTRACT, name="Договор", subaccount_id=subaccount)

    @pytest.mark.parametrize("code", ["6", "10"])
    def test_without_ispsystems_attribute_contracts_have_no_subaccount(self, code: str) -> None:
        """Where the additions were not merged, the attribute is not there, which is found out once and is no error."""

        def answer(request: httpx.Request) -> httpx.Response:
            name, options = resource_of(request), options_of(request)
            if "BILLmanager" in options.get("$select", ""):
                return error(400, code, "Сегмент пути ЛицевойСчетВBILLmanager_Key не найден!")
            if name == "Catalog_ДоговорыКонтрагентов":
                return collection([{"Ref_Key": CONTRACT, "Description": "Договор"}])
            return collection([receipt(РасшифровкаПлатежа=[line(100)])])

        with make_adapter(Server(answer).transport) as onec:
            (document,) = onec.read([DocumentRef(CASH, KEY)])
        assert isinstance(document, PaymentDocument)
        assert document.lines[0].contract == Contract(id=CONTRACT, name="Договор")

    def test_an_unpublished_catalogue_is_named(self, upp: Upp, onec: ODataAdapter) -> None:
        """One sentence says which catalogue to publish."""
        ref = upp.add()
        upp.simulator.faults.arm(Fault.ONEC_EMPTY_LIST, where="Catalog_Контрагенты")
        upp.simulator.deny("Catalog_ДоговорыКонтрагентов")
        with pytest.raises(OneCAccessDenied, match="Catalog_ДоговорыКонтрагентов"):
            list(onec.read([ref]))

    @pytest.mark.parametrize(
        ("code", "letters"),
        [
            ("643", "RUB"),
            ("810", "RUB"),
            ("840", "USD"),
            ("978", "EUR"),
            ("398", "KZT"),
            ("8", "ALL"),
            ("usd", "USD"),
            ("999", "999"),
            ("УЕ", "УЕ"),
        ],
    )
    def test_currencies_have_iso_letters(self, code: str, letters: str) -> None:
        """1C keeps digits; a code unknown to us stays as it is, and matches no subaccount."""

        def answer(request: httpx.Request) -> httpx.Response:
            if resource_of(request) == "Catalog_Валюты":
                return collection([{"Ref_Key": CONTRACT, "Code": f"{code:3}"}])
            return collection([receipt(ВалютаДокумента_Key=CONTRACT)])

        with make_adapter(Server(answer).transport) as onec:
            (document,) = onec.read([DocumentRef(CASH, KEY)])
        assert isinstance(document, PaymentDocument)
        assert document.currency == letters

    @pytest.mark.parametrize(
        ("status", "is_person"), [("ФизЛицо", True), ("ЮрЛицо", False), ("Иное", False), ("", False)]
    )
    def test_who_is_a_person(self, status: str, is_person: bool) -> None:
        """Only ФизЛицо is; a value unknown to us is not."""
        party = {"Ref_Key": CONTRACT, "Code": "1", "Description": "Имя", "ИНН": "", "КПП": None, "ЮрФизЛицо": status}

        def answer(request: httpx.Request) -> httpx.Response:
            if resource_of(request) == "Catalog_Контрагенты":
                return collection([party])
            return collection([receipt(Контрагент=CONTRACT, Контрагент_Type="StandardODATA.Catalog_Контрагенты")])

        with make_adapter(Server(answer).transport) as onec:
            (document,) = onec.read([DocumentRef(CASH, KEY)])
        assert isinstance(document, PaymentDocument)
        assert document.counterparty is not None
        assert document.counterparty.is_person is is_person


class TestRights:
    """Rows hidden by restrictions must not look like deleted ones."""

    def test_a_hidden_row_is_an_error(self, upp: Upp, onec: ODataAdapter) -> None:
        """``allowedOnly`` is never sent: rows would vanish in silence (1c-odata.md §6)."""
        ref = upp.add()
        upp.simulator.hide(ref.id)
        with pytest.raises(OneCAccessDenied, match="restrictions"):
            list(onec.read([ref]))
        with pytest.raises(OneCAccessDenied):
            list(onec.changes(None))


def test_gone_means_asked_by_key(upp: Upp, onec: ODataAdapter) -> None:
    """A deleted document is missing; one that was restored is back."""
    ref = upp.add()
    upp.simulator.delete(ref.id)
    assert list(onec.read([ref])) == [MissingDocument(ref=ref)]
    upp.simulator.restore(ref.id)
    assert isinstance(next(iter(onec.read([ref]))), PaymentDocument)


def test_the_derived_example_is_read(samples: Path) -> None:
    """The example answers of УПП 1.3 beside the project are read as the documents they show."""
    example = json.loads((samples / "1c" / "derived" / "upp13-payments-example.DERIVED.json").read_text("utf-8"))

    def answer(request: httpx.Request) -> httpx.Response:
        name = resource_of(request)
        if name.partition("(")[0] not in example:
            return error(404, "9") if "guid" in name else collection([])
        return raw(json.dumps(example[name], ensure_ascii=False))

    order = DocumentRef(ORDER, "d0000000-0000-4000-8000-000000000101")
    cash = DocumentRef(CASH, "d0000000-0000-4000-8000-000000000102")
    with make_adapter(Server(answer).transport) as onec:
        documents = {each.ref: each for each in onec.read([order, cash])}
    found = documents[order]
    assert isinstance(found, PaymentDocument)
    assert (found.number, found.amount, found.paid_on) == ("УПП00000123", Decimal("18026.52"), dt.date(2026, 11, 2))
    assert [each.amount for each in found.lines] == [Decimal(15000), Decimal("3026.52")]
    assert isinstance(documents[cash], PaymentDocument)


def test_a_kind_that_the_configuration_lacks_is_not_missing(upp: Upp) -> None:
    """A document of a kind that this configuration has not is an error, never a deletion."""
    kinds = {kind: names for kind, names in UPP_1_3.documents.items() if kind is not CARD}
    with (
        upp.adapter(configuration=attrs.evolve(UPP_1_3, documents=kinds)) as onec,
        pytest.raises(NotPublished, match="card_payment"),
    ):
        list(onec.read([DocumentRef(CARD, KEY)]))
