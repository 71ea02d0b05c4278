"""The four doors where strangers' text comes in. Each lets in values and refusals, and nothing foreign out.

Hypothesis and atheris both knock here: ``test_fuzz_*.py`` and ``fuzz.py``. A foreign exception passes through and is
the finding; so is a float, which no money may ever have been.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import attrs
import httpx

from billmanager_1c import api, models
from billmanager_1c.client import BillManagerClient
from billmanager_1c.errors import (
    BillManager1CError,
    BillManagerError,
    OneCError,
    Repeat,
    SlowDown,
    UnreadableAnswer,
    WireError,
)
from billmanager_1c.onec import UPP_1_3, ODataAdapter
from billmanager_1c.testing import OneCSimulator
from billmanager_1c.testing.world import FIRST_DAY, make_world

T = TypeVar("T")

ZONE = ZoneInfo("Europe/Moscow")
NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
#: characters of a message that a person still reads
LONGEST_MESSAGE = 3000

OPERATIONS: tuple[type[api.Operation[Any]], ...] = tuple(
    kind
    for name in api.__all__
    if isinstance(kind := getattr(api, name), type)
    and issubclass(kind, api.Operation)
    and kind not in (api.Operation, api.Listing)
)
"""Every operation that the library knows."""


# --------------------------------------------------------------------------------------------------- BILLmanager


def read_answer(
    operation: api.Operation[Any], body: bytes, *, status: int = 200, content_type: str = "application/json"
) -> object:
    """Read an answer; return the value, or the refusal."""
    reply = api.Reply(status=status, content_type=content_type, body=body)
    try:
        value = api.decode(
            operation, reply, dialect=api.Dialect(), zone=ZONE, credentials=api.AuthInfo("1c", "hush-hush")
        )
    except BillManager1CError as error:
        check_refusal(error, BillManagerError | UnreadableAnswer)
        return error
    repr(value)
    assert_no_float(value)
    return value


@cache
def answers() -> Mapping[type[api.Operation[Any]], tuple[tuple[api.Operation[Any], bytes], ...]]:
    """Return good answers of our simulator, at least one to each operation."""
    found: dict[type[api.Operation[Any]], list[tuple[api.Operation[Any], bytes]]] = {}
    world = make_world(clients=4, documents=4)
    world.billmanager.change_employee("1c", password="hush-hush")
    wire = _Ear(world.billmanager)
    with BillManagerClient(
        world.billmanager.url,
        username="1c",
        password="hush-hush",
        timezone=ZONE,
        transport=wire,
    ) as client:

        def ask(operation: api.Operation[Any]) -> Any:
            answer = client.send(operation)
            found.setdefault(type(operation), []).append((operation, wire.heard[-1]))
            return answer

        for listing in (api.ListCompanies, api.ListProviders, api.ListPaymentMethods, api.ListCurrencies):
            ask(listing())
        account = ask(api.ListAccounts()).rows[0]
        subaccount = ask(api.ListSubaccounts(account_id=account.id)).rows[0]
        payer = ask(api.ListPayers(account_id=account.id)).rows[0]
        company = ask(api.ListCompanies()).rows[0]
        method = ask(api.ListPaymentMethods()).rows[0]
        new = models.NewPayment(
            amount=Decimal("12.50"),
            currency_id=subaccount.currency_id,
            method_id=method.id,
            account_id=account.id,
            payer_id=payer.id,
            provider_id=subaccount.provider_id,
            random_number="a1B2c3D4e5F6",
        )
        payment = ask(api.CreatePayment(payment=new))
        changes = models.PaymentChanges(
            document_number="17", document_date=FIRST_DAY, paid_on=FIRST_DAY, description="за хостинг", mark="1c:x"
        )
        ask(api.EditPayment(id=payment, changes=changes))
        ask(api.ReadPayment(id=payment))
        ask(api.SetPaid(id=payment))
        ask(api.ListPayments())
        ask(api.UncreditPayment(id=payment))
        ask(api.CancelPayment(id=payment))
        ask(api.ReadShape("payment", {"p_cnt": "1"}, described=False))
        ask(api.DeletePayment(ids=[payment]))
        ask(api.ReadAccount(account.id))
        ask(api.ReadCompany(company.id))
        ask(api.ReadPayer(payer.id))
        ask(api.ReadPaymentMethod(method.id))
        ask(api.AnyFunction("whoami", writes=False))
        ask(api.Whoami())
        ask(api.LogIn("1c", "hush-hush"))
        ask(api.LogOut())
    return {kind: tuple(each) for kind, each in found.items()}


class _Ear(httpx.BaseTransport):
    """Hears what a simulator answers."""

    def __init__(self, simulator: httpx.BaseTransport) -> None:
        self._simulator = simulator
        self.heard: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._simulator.handle_request(request)
        self.heard.append(response.read())
        return response


# -------------------------------------------------------------------------------------------------------------- 1C


class Infobase(httpx.BaseTransport):
    """An infobase of which one answer is something else."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.simulator = sim = OneCSimulator(username="Обмен", password="hush-hush", clock=lambda: NOW)
        organization = sim.add_organization("ООО Хостинг", inn="7707083893", kpp="770701001")
        counterparty = sim.add_counterparty("ООО Ромашка", inn="7736050003", code="000000017")
        contract = sim.add_contract(counterparty, organization, subaccount_id=17)
        self.refs = [
            models.DocumentRef(
                kind,
                models.DocumentId(sim.add_document(kind, lines=[(contract, "100.10")], date="2026-11-23T10:00:00")),
            )
            for kind in models.DocumentKind
        ]
        self._wrong: httpx.Response | None = None
        self._place = 0
        self.heard: list[bytes] = []

    def answer_wrongly(self, place: int, body: bytes, status: int, content_type: str) -> None:
        """From now on, give this instead of the answer number ``place``."""
        self._place, self.heard = place, []
        self._wrong = httpx.Response(status, content=body, headers={"Content-Type": content_type})

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.simulator.handle_request(request)
        wrong = self._wrong if len(self.heard) == self._place else None
        self.heard.append(response.read())
        if wrong is None:
            return response
        return httpx.Response(wrong.status_code, content=wrong.content, headers=wrong.headers)

    def adapter(self, timeout: float = 60.0) -> ODataAdapter:
        """Return an adapter to it; one without patience tries nothing again."""
        return ODataAdapter(
            "http://onec.test/upp",
            username="Обмен",
            password="hush-hush",
            configuration=UPP_1_3,
            timezone=ZONE,
            base="upp",
            clock=lambda: NOW,
            transport=self,
            timeout=timeout,
        )


@cache
def infobase() -> Infobase:
    """Return one infobase for all; adapters change nothing in it that would matter."""
    return Infobase()


VERBS = ("changes", "read", "module_address", "module_payments", "save_accounts")
"""What an adapter can be asked for."""


def read_infobase(
    verb: str, body: bytes, *, place: int = 0, status: int = 200, content_type: str = "application/json"
) -> object:
    """Ask an adapter, whose answer number ``place`` is this; return the values, or the refusal."""
    base = infobase()
    base.answer_wrongly(place, body, status, content_type)
    with base.adapter(timeout=0.09) as onec:
        try:
            values = list(_ask(onec, verb, base))
        except BillManager1CError as error:
            check_refusal(error, OneCError | WireError)
            return error
    repr(values)
    assert_no_float(values)
    return values


def _ask(onec: ODataAdapter, verb: str, base: Infobase) -> Iterator[object]:
    match verb:
        case "changes":
            yield from onec.changes_since(FIRST_DAY)
        case "read":
            yield from onec.read(base.refs)
        case "module_address":
            yield onec.module_address()
        case "module_payments":
            yield from onec.module_payments()
        case "save_accounts":
            account = models.Subaccount(
                id=models.SubaccountId(17),
                account_id=models.AccountId(1),
                account="Иванов",
                provider_id=models.ProviderId(1),
                currency_id=models.CurrencyId(126),
                currency="RUB",
            )
            onec.save_accounts([account])


@cache
def infobase_answers(verb: str) -> tuple[bytes, ...]:
    """Return the good answers that a verb gets."""
    base = infobase()
    base.answer_wrongly(-1, b"", 200, "")
    with base.adapter() as onec:
        list(_ask(onec, verb, base))
        return tuple(base.heard)


# --------------------------------------------------------------------------------------------------- money and INN


def read_money(text: str) -> Decimal | None:
    """Read an amount; return it, or None where it is refused. The reader of cells reads all that the other does."""
    amount = _read(models.parse_amount, text)
    money = _read(models.parse_money, text)
    if money is None:
        assert amount is None
        return None
    assert type(money.amount) is Decimal and money.amount.is_finite()
    assert amount is None or amount == money.amount
    assert len(f"{money.amount:f}") < 150
    models.check_amount(money.amount)
    return money.amount


def _read(parser: Callable[[str], T], text: str) -> T | None:
    refusal = ""
    try:
        return parser(text)
    except ValueError as error:
        refusal = str(error)
    assert refusal.startswith("not an amount")
    assert len(refusal) < 400
    return None


def read_inn(text: str) -> models.InnProblem | None:
    """Normalise and check an INN."""
    inn = models.normalize_inn(text)
    assert isinstance(inn, str) and models.normalize_inn(inn) == inn
    problem = models.check_inn(inn)
    assert problem is None or isinstance(problem, models.InnProblem)
    assert problem is not None or (inn.isascii() and inn.isdigit() and len(inn) in (10, 12))
    return problem


# ------------------------------------------------------------------------------------------------------ what is true


def check_refusal(error: BillManager1CError, kinds: Any) -> None:
    """Check that an exception is one of ours that says what happened, in words that can be read and kept."""
    assert isinstance(error, kinds), f"{type(error).__name__} is none of {kinds}"
    assert 0 < len(error.message) < LONGEST_MESSAGE and len(repr(error.__dict__)) < 3 * LONGEST_MESSAGE
    error.message.encode()
    assert "hush-hush" not in error.message
    if isinstance(error, UnreadableAnswer):  # for a write, the word is the law: look first
        assert error.repeat is Repeat.LOOK_FIRST
    if isinstance(error, SlowDown):
        assert error.repeat is Repeat.FREELY
    link: BaseException | None = error
    while link is not None:  # json's exceptions hold the whole text
        assert isinstance(link, BillManager1CError) or not isinstance(link, json.JSONDecodeError | UnicodeError)
        link = link.__cause__ or link.__context__


def assert_no_float(value: object) -> None:
    """Check that nowhere in a value there is a float."""
    waiting, seen = [value], set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        assert not isinstance(value, float)
        if attrs.has(type(value)):
            waiting += [getattr(value, field.name) for field in attrs.fields(type(value))]
        elif isinstance(value, Mapping):
            waiting += [*value, *value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            waiting += value
