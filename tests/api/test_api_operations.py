"""Each operation: the request it becomes, and what it makes of an answer."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from billmanager_1c import api
from billmanager_1c.api import (
    AnyFunction,
    CancelPayment,
    CreatePayment,
    DeletePayment,
    Dialect,
    EditPayment,
    ListAccounts,
    ListCompanies,
    ListCurrencies,
    ListPayers,
    ListPaymentMethods,
    ListPayments,
    ListProviders,
    ListSubaccounts,
    Operation,
    ReadAccount,
    ReadCompany,
    ReadPayer,
    ReadPayment,
    ReadPaymentMethod,
    SetPaid,
    UncreditPayment,
    Whoami,
)
from billmanager_1c.errors import BadReply, NotSaved
from billmanager_1c.models import (
    Account,
    AccountId,
    Company,
    CompanyId,
    Currency,
    CurrencyId,
    Employee,
    LegalStatus,
    Money,
    NewPayment,
    Payer,
    PayerId,
    Payment,
    PaymentChanges,
    PaymentId,
    PaymentMethod,
    PaymentMethodId,
    PaymentRow,
    PaymentStatus,
    Provider,
    ProviderId,
    Subaccount,
    SubaccountId,
)

MOSCOW = ZoneInfo("Europe/Moscow")
NEW = NewPayment(
    amount=Decimal("1234.5"),
    currency_id=CurrencyId(126),
    method_id=PaymentMethodId(3),
    account_id=AccountId(4),
    payer_id=PayerId(5),
    provider_id=ProviderId(2),
    random_number="Ab0123456789",
)
LISTINGS = [
    ListAccounts(),
    ListSubaccounts(),
    ListProviders(),
    ListCompanies(),
    ListPaymentMethods(),
    ListCurrencies(),
    ListPayers(),
    ListPayments(),
]


def params(operation, dialect=None):
    """Return function and parameters of an operation."""
    call = operation.call(dialect or Dialect())
    return call.func, dict(call.params)


def fields(**texts):
    """Return the children of a form or a row."""
    return {name: {"$": text} if text else {} for name, text in texts.items()}


# ------------------------------------------------------------------------------------------------------- requests


@pytest.mark.parametrize("listing", LISTINGS)
def test_lists_take_off_what_sticks(listing):
    """A filter that a person left is replaced or taken off by every call, and the order is always given."""
    paging = {"p_num": "3", "p_cnt": "1000", "p_sort": "id", "p_order": "asc"}
    _, sent = params(listing.at_page(3))
    assert sent == {"filter": "off", **paging}
    _, sent = params(attrs.evolve(listing, ids=[3, 1]))
    assert sent == {"filter": "on", "id": "3,1", **paging, "p_num": "1"}
    _, sent = params(attrs.evolve(listing, newest_first=True, page_size=2))
    assert (sent["p_order"], sent["p_cnt"]) == ("desc", "2")
    with pytest.raises(ValueError, match="ids is empty"):
        attrs.evolve(listing, ids=[])


@pytest.mark.parametrize(
    ("listing", "function", "wanted"),
    [
        (ListAccounts(name="Иванов*"), "account", {"account": "Иванов*"}),
        (ListSubaccounts(account_id=AccountId(4)), "subaccount", {"account_id": "4"}),
        (ListPayers(account_id=AccountId(4), vatnum="0012"), "profile", {"account_id": "4", "vatnum": "0012"}),
        (
            ListPayments(
                status=(1, 4),
                payer_id=PayerId(5),
                account_id=AccountId(4),
                method_id=PaymentMethodId(3),
                provider_id=ProviderId(2),
                number="pfx/*",
                amount_from=Decimal(1),
                amount_to=Decimal("2.5"),
                paid_from=dt.date(2026, 1, 2),
                paid_to=dt.date(2026, 1, 3),
            ),
            "payment",
            {
                "status": "1,4",
                "sender_id": "5",
                "account_id": "4",
                "paymethod": "3",
                "project": "2",
                "number": "pfx/*",
                "saamount_from": "1.00",
                "saamount_to": "2.50",
                "payfromdate": "2026-01-02",
                "paytodate": "2026-01-03",
            },
        ),
        (
            ListPayments(status=PaymentStatus.NEW, created_from=dt.date(2026, 1, 2)),
            "payment",
            {"status": "1", "createdate": "other", "createdatestart": "2026-01-02", "createdateend": "2099-12-31"},
        ),
    ],
)
def test_filters(listing, function, wanted):
    """Filters go by the names of the real forms; a range of creation dates has both ends."""
    func, sent = params(listing)
    assert func == function
    assert {name: value for name, value in sent.items() if not name.startswith("p_")} == {"filter": "on", **wanted}


def test_an_empty_status_is_refused():
    """No status at all would be taken as all of them."""
    with pytest.raises(ValueError, match="status is empty"):
        ListPayments(status=())


@pytest.mark.parametrize(
    ("operation", "function", "sent"),
    [
        (Whoami(), "whoami", {}),
        (ReadAccount(AccountId(4)), "account.edit", {"elid": "4"}),
        (ReadCompany(CompanyId(4)), "company.edit", {"elid": "4"}),
        (ReadPaymentMethod(PaymentMethodId(4)), "paymethod.edit", {"elid": "4"}),
        (ReadPayer(PayerId(4)), "profile.edit", {"elid": "4"}),
        (ReadPayment(PaymentId(4)), "payment.edit", {"elid": "4"}),
        (SetPaid(PaymentId(7)), "payment.setpaid", {"elid": "7", "sok": "ok"}),
        (UncreditPayment(PaymentId(7)), "payment.edit", {"elid": "7", "status": "1", "sok": "ok"}),
        (CancelPayment(PaymentId(7)), "payment.edit", {"elid": "7", "status": "9", "sok": "ok"}),
        (DeletePayment([PaymentId(7), PaymentId(8)]), "payment.delete", {"elid": "7, 8", "sok": "ok"}),
        (AnyFunction("invoice.send", {"elid": "7"}), "invoice.send", {"elid": "7"}),
        (
            CreatePayment(NEW),
            "payment.add.pay",
            {
                "amount": "1234.50",
                "payment_currency": "126",
                "paymethod": "3",
                "customer_account": "4",
                "profile": "5",
                "project": "2",
                "randomnumber": "Ab0123456789",
                "sok": "ok",
            },
        ),
        (
            EditPayment(
                PaymentId(7),
                PaymentChanges(
                    amount=Decimal("10.10"),
                    payer_id=PayerId(5),
                    company_id=CompanyId(1),
                    method_id=PaymentMethodId(3),
                    paid_on=dt.date(2026, 11, 23),
                    document_number="00012",
                    document_date=dt.date(2026, 11, 22),
                    description="",
                    mark="1c:…",
                    status=1,
                ),
            ),
            "payment.edit",
            {
                "elid": "7",
                "subaccountamount": "10.10",
                "sender": "5",
                "recipient": "1",
                "paymethod": "3",
                "paydate": "2026-11-23 00:00:00",
                "documentnumber": "00012",
                "documentdate": "2026-11-22",
                "description": "",
                "info": "1c:…",
                "status": "1",
                "sok": "ok",
            },
        ),
    ],
)
def test_calls(operation, function, sent):
    """Every operation becomes one call of one function, by the reference; a field left as it is, is not sent."""
    assert params(operation) == (function, sent)


def test_a_dialect_renames():
    """What an installation calls otherwise is changed in one value."""
    dialect = Dialect(
        subaccounts="account.subaccount",
        create="payment.add.now",
        create_params=(("clicked_button", "finish"),),
        uncredit="payment.setnopay",
        uncredit_params=(),
        mark_field="externalid",
    )
    assert params(ListSubaccounts(), dialect)[0] == "account.subaccount"
    func, sent = params(CreatePayment(NEW), dialect)
    assert (func, sent["clicked_button"]) == ("payment.add.now", "finish")
    assert params(UncreditPayment(PaymentId(7)), dialect) == ("payment.setnopay", {"elid": "7", "sok": "ok"})
    assert params(EditPayment(PaymentId(7), PaymentChanges(mark="m")), dialect)[1]["externalid"] == "m"


def test_senseless_writes_are_refused():
    """A write that would do nothing, or to nobody, is refused before it is sent."""
    with pytest.raises(ValueError, match="no field of payment 7"):
        EditPayment(PaymentId(7), PaymentChanges())
    with pytest.raises(ValueError, match="no payment"):
        DeletePayment([])


def test_what_writes():
    """Every class that changes something says so, for a client never repeats it."""
    writing = {
        name
        for name in api.__all__
        if isinstance(kind := getattr(api, name), type) and issubclass(kind, Operation) and kind is not AnyFunction
        if kind.writes
    }
    assert writing == {
        "CancelPayment",
        "CreatePayment",
        "DeletePayment",
        "EditPayment",
        "SetPaid",
        "UncreditPayment",
    }
    assert AnyFunction("x").writes and not AnyFunction("x", writes=False).writes


@pytest.mark.property
@given(st.decimals(allow_nan=False, allow_infinity=False))
@example(Decimal("90071992547409.93"))  # which a float would round
def test_amounts_are_sent_whole_or_not_at_all(amount):
    """An amount is written with a dot and two places, exactly, or refused."""
    try:
        sent = params(EditPayment(PaymentId(1), PaymentChanges(amount=amount)))[1]["subaccountamount"]
    except ValueError:
        return
    whole, dot, fraction = sent.partition(".")
    assert dot and len(fraction) == 2 and whole.lstrip("-").isdigit()
    assert Decimal(sent) == amount


@pytest.mark.parametrize("amount", ["1.005", "NaN", "Infinity"])
def test_unsendable_amounts(amount):
    """Nothing is rounded in silence."""
    with pytest.raises(ValueError, match="cannot be sent"):
        params(EditPayment(PaymentId(1), PaymentChanges(amount=Decimal(amount))))


# -------------------------------------------------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("operation", "row", "value"),
    [
        (
            ListAccounts(),
            fields(id="3", name="Иван (i@x)", status="on"),
            Account(id=AccountId(3), name="Иван (i@x)", status="on"),
        ),
        (
            ListSubaccounts(),
            fields(
                id="9",
                account_id="3",
                account="Иван",
                project_id="2",
                project="Хостинг",
                currency_id="126",
                currency_iso="RUB",
                balance="-12.50 RUB",
                status="off",
            ),
            Subaccount(
                id=SubaccountId(9),
                account_id=AccountId(3),
                account="Иван",
                provider_id=ProviderId(2),
                provider="Хостинг",
                currency_id=CurrencyId(126),
                currency="RUB",
                balance=Decimal("-12.50"),
                active=False,
            ),
        ),
        (
            ListSubaccounts(account_id=AccountId(3)),
            fields(id="9", project_id="2", currency_id="126", balance="1 000,00 RUB", currency_iso="RUB"),
            Subaccount(
                id=SubaccountId(9),
                account_id=AccountId(3),
                account="",
                provider_id=ProviderId(2),
                currency_id=CurrencyId(126),
                currency="RUB",
            ),
        ),
        (
            ListProviders(),
            fields(id="2", name="Хостинг", site="x"),
            Provider(id=ProviderId(2), name="Хостинг", site="x"),
        ),
        (ListCompanies(), fields(id="1", name="Рога"), Company(id=CompanyId(1), name="Рога")),
        (
            ListPaymentMethods(),
            fields(id="3", name="Банк", module="pmruwire", orderpriority="7", status="on"),
            PaymentMethod(id=PaymentMethodId(3), names=("Банк",), module="pmruwire", order_priority=7),
        ),
        (
            ListCurrencies(),
            fields(id="126", iso="RUB", code="643", name="Рубль", symbol=""),
            Currency(id=CurrencyId(126), iso="RUB", code="643", name="Рубль"),
        ),
        (
            ListPayers(account_id=AccountId(3)),
            {
                **fields(id="5", name="ООО", account="Иван", status="off"),
                "profiletype": {"$orig": "2", "$": "Юр. лицо"},
            },
            Payer(
                id=PayerId(5),
                name="ООО",
                account="Иван",
                account_id=AccountId(3),
                legal_status=LegalStatus.LEGAL_ENTITY,
                active=False,
            ),
        ),
        (
            ListPayments(),
            {
                **fields(
                    id="7",
                    number="pfx/7",
                    create_date="2026-11-23",
                    pay_date="",
                    sender_id="5",
                    sender_name="ООО",
                    recipient_name="Рога",
                    account_name="Иван",
                    project="Хостинг",
                    paymethod_name="Банк",
                    subaccountamount_iso="10.00 RUB",
                ),
                "status": {"$color": "green", "$orig": "4", "$": "Зачислен"},
            },
            PaymentRow(
                id=PaymentId(7),
                number="pfx/7",
                status=4,
                amount=Money(Decimal("10.00"), "RUB"),
                created_on=dt.date(2026, 11, 23),
                payer_id=PayerId(5),
                payer_name="ООО",
                company_name="Рога",
                account_name="Иван",
                provider_name="Хостинг",
                method_name="Банк",
            ),
        ),
    ],
)
def test_rows(read, operation, row, value):
    """A row becomes a value of the models; unknown columns are nobody's business, and one row may be an object."""
    for elem in ([row], row, [{**row, "column_of_next_year": {"$": "x"}}]):
        page = read(operation, {"elem": elem, "p_elems": {"$": "1"}})
        assert (page.rows, page.total, page.number) == ((value,), 1, 1)


def test_payment_row_that_cannot_be_read_to_its_end(read):
    """A row never drops out of the list of payments: what cannot be read of it is left open, and the form tells it."""
    row = fields(
        id="7", status="4", subaccountamount_iso="1.000,00 RUB", create_date="7 мая", pay_date="?", sender_id="ООО"
    )
    for cell in ("1.000,00 RUB", "1,000 RUB", "RUB", ""):
        (found,) = read(ListPayments(), {"elem": [{**row, **fields(subaccountamount_iso=cell)}]}).rows
        assert found == PaymentRow(id=PaymentId(7), status=4, amount=None)
    for name in ("id", "status", "subaccountamount_iso"):
        with pytest.raises(BadReply, match=name):
            read(ListPayments(), {"elem": [{key: value for key, value in row.items() if key != name}]})


def test_status_of_a_payment_row_is_its_number(read):
    """Where the column shows a word, or a word's own code, the number stands beside it (billmanager-api.md §4.9)."""
    row = fields(id="7", real_status="4", subaccountamount_iso="10.00 RUB")
    for shown in ({"$": "Зачислен"}, {"$orig": "1", "$": "Зачислен"}):
        assert read(ListPayments(), {"elem": [{**row, "status": shown}]}).rows[0].status == 4
    empty = {**row, **fields(real_status="", status="1")}
    assert read(ListPayments(), {"elem": [empty]}).rows[0].status == 1


def test_day_of_payment_of_a_row(read):
    """“Its columns have other names than the fields of the form” (§4.9); one with the name of the field is read too."""
    row = fields(id="7", status="4", subaccountamount_iso="10.00 RUB")
    for name in ("pay_date", "paydate"):
        (found,) = read(ListPayments(), {"elem": [{**row, **fields(**{name: "2026-11-23"})}]}).rows
        assert found.paid_on == dt.date(2026, 11, 23)


@pytest.mark.parametrize(("day", "holds"), [(21, False), (22, True), (23, True), (24, True), (25, True), (26, False)])
def test_row_of_the_day_before_or_after_is_no_stranger(day, holds):
    """“In another zone it may be of the day before or after”: a filter that is kept must not look ignored."""
    asked = ListPayments(created_from=dt.date(2026, 11, 23), created_to=dt.date(2026, 11, 24))
    row = PaymentRow(id=PaymentId(7), status=1, amount=None, created_on=dt.date(2026, 11, day))
    assert asked.holds(row) is holds


@pytest.mark.parametrize("cell", ["", "0", "null"])
@pytest.mark.parametrize("name", ["account_id", "project_id", "currency_id", "currency_iso"])
def test_subaccount_of_nobody(read, name, cell):
    """A subaccount whose client, provider or currency is gone takes no money; where none has any, it is the list."""
    row = fields(id="9", account_id="3", project_id="2", currency_id="126", currency_iso="RUB", status="on")
    orphan = {**row, **fields(id="10", **{name: "" if name == "currency_iso" else cell})}
    page = read(ListSubaccounts(), {"elem": [row, orphan]})
    assert [(one.id, one.active) for one in page.rows] == [(9, True), (10, False)]
    with pytest.raises(BadReply, match=rf"missing @ \$\.elem\[0\]\.{name}"):
        read(ListSubaccounts(), {"elem": [orphan]})


def test_payer_row_with_a_legal_status_in_words(read):
    """A legal status that a row only tells in words stands in the form; whose the payer is must be readable."""
    row = fields(id="5", name="ООО", account_id="3", profiletype="Юр. лицо")
    assert read(ListPayers(), {"elem": [row]}).rows == (Payer(id=PayerId(5), name="ООО", account_id=AccountId(3)),)
    with pytest.raises(BadReply, match="account_id"):
        read(ListPayers(), {"elem": [{**row, **fields(account_id="Иван")}]})


def test_empty_lists(read):
    """No rows is an empty list, unless BILLmanager says that there are some."""
    assert read(ListPayments(), {}).rows == ()
    assert read(ListPayments(), {"p_elems": {"$": "0"}}).total == 0
    with pytest.raises(BadReply, match=r"missing @ \$\.elem"):
        read(ListPayments(), {"p_elems": {"$": "5"}})
    assert read(ListPayments(page=9), {"p_elems": {"$": "5"}}).rows == ()


@pytest.mark.parametrize("row", [{}, {"id": {}}, {"id": {"$": "x"}}, "text", None])
@pytest.mark.parametrize("listing", LISTINGS)
def test_a_row_without_an_id_is_no_row(read, listing, row):
    """A list with a row that cannot be read is not read at all: a part of a list is never taken for the whole."""
    with pytest.raises(BadReply) as caught:
        read(listing, {"elem": [row]})
    assert any("$.elem[0].id" in path for path in caught.value.paths)


@pytest.mark.parametrize(
    ("operation", "form", "value"),
    [
        (ReadAccount(AccountId(3)), fields(name="Иван"), Account(id=AccountId(3), name="Иван")),
        (
            ReadCompany(CompanyId(1)),
            fields(name="Рога", vatnum=" 0012345678 ", kpp="770101001"),
            Company(id=CompanyId(1), name="Рога", inn="0012345678", kpp="770101001"),
        ),
        (
            ReadPayer(PayerId(5), AccountId(3)),
            fields(name="ООО", person="Иван", profiletype="2", vatnum="0012", kpp="77", id1c="000000012 "),
            Payer(
                id=PayerId(5),
                name="ООО",
                account_id=AccountId(3),
                legal_status=LegalStatus.LEGAL_ENTITY,
                inn="0012",
                kpp="77",
                accounting_code="000000012",
            ),
        ),
        (
            ReadPayer(PayerId(5)),
            fields(name="", person="Иван Иванов", profiletype="1", vatnum="", active="off"),
            Payer(id=PayerId(5), name="Иван Иванов", legal_status=LegalStatus.INDIVIDUAL, active=False),
        ),
        (ReadPayer(PayerId(5)), fields(name="X", profiletype="9"), Payer(id=PayerId(5), name="X")),
        (ReadPayer(PayerId(5)), fields(vatnum="0012"), Payer(id=PayerId(5), name="", inn="0012")),
        (ReadPayer(PayerId(5)), fields(id1c=""), Payer(id=PayerId(5), name="")),
        (ReadCompany(CompanyId(1)), fields(vatnum="0012"), Company(id=CompanyId(1), name="", inn="0012")),
        (
            ReadPaymentMethod(PaymentMethodId(3)),
            fields(
                name="Bank",
                name_ru="Банк",
                active="on",
                module="pmruwire",
                currency="126",
                company="1,2",
                project="2",
                profiletype="2,3",
                minamount="0.00",
                maxamount="",
                commissionamount="1.50",
                commissionpercent="2",
                orderpriority="7",
            ),
            PaymentMethod(
                id=PaymentMethodId(3),
                names=("Bank", "Банк"),
                module="pmruwire",
                currency_id=CurrencyId(126),
                company_ids=frozenset({CompanyId(1), CompanyId(2)}),
                provider_ids=frozenset({ProviderId(2)}),
                legal_statuses=frozenset({2, 3}),
                commission_amount=Decimal("1.50"),
                commission_percent=Decimal(2),
                order_priority=7,
            ),
        ),
        (
            ReadPayment(PaymentId(7)),
            fields(
                elid="7",
                number="7",
                status="1",
                subaccountamount="10.00",
                paymethodamount="10.50",
                subaccount="9",
                sender="5",
                recipient="1",
                paymethod="3",
                createdate="2026-11-23 10:00:00",
                paydate="",
                documentnumber="",
                documentdate="2026-11-22",
                description="Аванс",
                info="1c:m",
                randomnumber="abc",
            ),
            Payment(
                id=PaymentId(7),
                number="7",
                status=1,
                amount=Decimal("10.00"),
                method_amount=Decimal("10.50"),
                subaccount_id=SubaccountId(9),
                payer_id=PayerId(5),
                company_id=CompanyId(1),
                method_id=PaymentMethodId(3),
                created_at=dt.datetime(2026, 11, 23, 10, tzinfo=MOSCOW),
                document_number="",
                document_date=dt.date(2026, 11, 22),
                description="Аванс",
                mark="1c:m",
                random_number="abc",
            ),
        ),
        (
            ReadPayment(PaymentId(7)),
            fields(status="4", subaccountamount="10.00"),
            Payment(id=PaymentId(7), status=4, amount=Decimal("10.00")),
        ),
        (
            ReadPayment(PaymentId(7)),
            {**fields(status="4", subaccountamount="10.00"), "documentdate": {}},
            Payment(id=PaymentId(7), status=4, amount=Decimal("10.00"), shows_no_document_date=True),
        ),
    ],
)
def test_forms(read, operation, form, value):
    """A form becomes a value; a field it does not show stays unknown."""
    assert read(operation, {**form, "slist": [{"$name": "status", "val": [{"$key": "1", "$": "Новый"}]}]}) == value


@pytest.mark.parametrize(
    "operation",
    [
        ReadAccount(AccountId(1)),
        ReadCompany(CompanyId(1)),
        ReadPayer(PayerId(1)),
        ReadPaymentMethod(PaymentMethodId(1)),
        ReadPayment(PaymentId(1)),
        Whoami(),
    ],
)
def test_an_answer_without_the_form_is_no_form(read, operation):
    """A document that has nothing of what was asked for is not an object without properties."""
    with pytest.raises(BadReply):
        read(operation, {"ok": {}})


def test_whoami_of_an_employee(read):
    """An employee has an id, a level and a name; the rest is a courtesy."""
    answer = {"user": {"$id": "12", "$level": "29", "$name": "1c"}}
    assert read(Whoami(), answer) == Employee(id=12, name="1c", level=29)


@pytest.mark.parametrize(
    "answer",
    [
        {"id": [{"$": "150"}, {"$step": "payment.add.pay", "$": "150"}], "ok": {}},
        {"id": [{"$step": "payment.add.profile", "$": "5"}, {"$step": "payment.add.pay", "$": "150"}], "ok": {}},
        {"id": {"$": "150"}},
        {"id": "150", "ok": {}},
        {"payment_id": {"$": "150"}, "id": {"$": "5"}, "ok": {}},
        {"ok": {"$type": "url", "$": "/mancgi/x?a=1&elid=150"}},
    ],
)
def test_where_a_new_id_stands(read, answer):
    """The id of a new payment is found wherever a BILLmanager has been seen to put it."""
    assert read(CreatePayment(NEW), answer) == 150


def test_creation_without_an_id(read):
    """A form is a refusal; a success that names no payment is an outcome to look into, never a payment."""
    with pytest.raises(NotSaved):
        read(CreatePayment(NEW), fields(amount="1234.50"))
    with pytest.raises(BadReply, match=r"\$\.id"):
        read(CreatePayment(NEW), {"ok": {"$": "/mancgi/x?subelid=150"}})
