"""What type checkers must see of operations, and of the clients that send them. Checked by mypy, never run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import assert_type

from billmanager_1c.api import (
    BODY_LIMIT,
    SYSTEM,
    AnyFunction,
    AuthInfo,
    Call,
    CancelPayment,
    CreatePayment,
    Credentials,
    DeletePayment,
    Dialect,
    Document,
    EditPayment,
    FormField,
    Identified,
    Language,
    ListAccounts,
    ListCompanies,
    ListCurrencies,
    Listing,
    ListPayers,
    ListPaymentMethods,
    ListPayments,
    ListProviders,
    ListSubaccounts,
    LogIn,
    LogOut,
    Operation,
    Page,
    ReadAccount,
    ReadCompany,
    ReadPayer,
    ReadPayment,
    ReadPaymentMethod,
    ReadShape,
    Reply,
    Request,
    SessionId,
    SetPaid,
    Shape,
    UncreditPayment,
    Walk,
    Whoami,
    decode,
    encode,
    walk,
)
from billmanager_1c.client import AsyncBillManagerClient, AuthMode, BillManagerClient, ClientOptions
from billmanager_1c.models import (
    Account,
    AccountId,
    Company,
    CompanyId,
    Currency,
    Employee,
    NewPayment,
    Payer,
    PayerId,
    Payment,
    PaymentChanges,
    PaymentId,
    PaymentMethod,
    PaymentMethodId,
    PaymentRow,
    Provider,
    Subaccount,
)


def reading(client: BillManagerClient, payment: PaymentId) -> None:
    """The type of an answer is that of the operation."""
    assert_type(client.send(Whoami()), Employee)
    assert_type(client.send(ReadAccount(AccountId(1))), Account)
    assert_type(client.send(ReadCompany(CompanyId(1))), Company)
    assert_type(client.send(ReadPayer(PayerId(1), account_id=AccountId(1))), Payer)
    assert_type(client.send(ReadPayment(payment)), Payment)
    assert_type(client.send(ReadPaymentMethod(PaymentMethodId(1))), PaymentMethod)
    assert_type(client.send(ReadShape("payment.edit")), Shape)
    assert_type(client.send(AnyFunction("paymethod", {"elid": "1"}, writes=False)), Document)
    assert_type(client.send(LogIn("1c", "…")), SessionId)
    client.send(ReadPayment(AccountId(1)))  # type: ignore[arg-type]  # ids of different things do not mix


def writing(client: BillManagerClient, payment: PaymentId, new: NewPayment, changes: PaymentChanges) -> None:
    """A write returns what BILLmanager tells of it: the id of a payment that was made, and nothing else."""
    assert_type(client.send(CreatePayment(new)), PaymentId)
    nothing: list[Operation[None]] = [SetPaid(payment), UncreditPayment(payment), CancelPayment(payment), LogOut()]
    nothing += [EditPayment(payment, changes), DeletePayment([payment])]
    assert_type([operation.writes for operation in nothing], list[bool])


def listing(client: BillManagerClient) -> None:
    """A list is sent for a page of rows, or gone through row by row."""
    assert_type(client.send(ListPayments(status=4, page_size=50)), Page[PaymentRow])
    assert_type(client.send(ListPayments()).total, int | None)
    assert_type(client.iterate(ListPayments(paid_from=dt.date(2026, 11, 1))), Iterator[PaymentRow])
    assert_type(client.iterate(ListAccounts(name="ООО")), Iterator[Account])
    assert_type(client.iterate(ListCompanies()), Iterator[Company])
    assert_type(client.iterate(ListCurrencies(ids=[126])), Iterator[Currency])
    assert_type(client.iterate(ListPayers(vatnum="7707083893")), Iterator[Payer])
    assert_type(client.iterate(ListPaymentMethods()), Iterator[PaymentMethod])
    assert_type(client.iterate(ListProviders()), Iterator[Provider])
    assert_type(client.iterate(ListSubaccounts(account_id=AccountId(1))), Iterator[Subaccount])
    client.iterate(Whoami())  # type: ignore[arg-type]  # only a list has rows
    client.send(ListPayments(payer_id=AccountId(1)))  # type: ignore[arg-type]  # a client is not a payer


async def the_same_in_async_code(client: AsyncBillManagerClient) -> None:
    """Awaited, the answer is the same value."""
    assert_type(await client.send(Whoami()), Employee)
    async for row in client.iterate(ListPayments()):
        assert_type(row, PaymentRow)


def options(url: str, auth: AuthMode, language: Language) -> BillManagerClient:
    """What both clients may be given besides the log-in can be handed on as one value."""
    given: ClientOptions = {"auth": auth, "language": language, "dialect": Dialect(subaccounts="project.account")}
    wrong: ClientOptions = {"language": "de"}  # type: ignore[typeddict-item]  # it speaks two
    AsyncBillManagerClient(url, username="1c", password="…", timezone="Europe/Moscow", **given)
    return BillManagerClient(url, username="1c", password="…", timezone="Europe/Moscow", **given | wrong)


def over_a_wire_of_ones_own(wire_format: Dialect, login: AuthInfo, zone: dt.tzinfo, body: bytes) -> Payment:
    """An operation can be encoded and decoded without a client."""
    operation = ReadPayment(PaymentId(1))
    credentials: Credentials = login
    request = encode(operation, dialect=wire_format, credentials=credentials, language="en")
    assert_type(request, Request)
    assert_type(operation.call(wire_format), Call)
    assert_type((SYSTEM, BODY_LIMIT), tuple[str, int])
    return decode(operation, Reply(status=200, body=body), dialect=wire_format, zone=zone)


def page_by_page(dialect: Dialect, rows: Listing[Payer]) -> Walk[Payer]:
    """A list is read whole by a plan that asks for pages and is handed them."""
    plan = walk(rows, dialect)
    first = next(plan)
    assert_type(first, Listing[Payer] | tuple[Payer, ...])
    plan.send(Page((), 1, None))
    return plan


def what_a_form_has(shape: Shape) -> list[str]:
    """A form is described by its fields, under their names."""
    assert_type(shape.fields["amount"], FormField)
    return [field.label for field in shape.fields.values() if not field.is_read_only]


def ids_of(rows: list[Identified]) -> list[int]:
    """Whatever has an id can be a row of a list."""
    rows.append(Account(id=AccountId(1), name="ООО «Проба»"))
    return [row.id for row in rows]
