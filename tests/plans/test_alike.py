"""Whose a payment is that nothing of ours is on: twins, payers and subaccounts that may be meant, or may not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from script import ACCOUNT, DOCUMENT, MINUTE, NOON, ONE, REF, TARGET, a_run, holding, play, row, see, shown

from billmanager_1c import MemoryStore
from billmanager_1c.api import ListPayments, ListSubaccounts, ReadPayment
from billmanager_1c.errors import ObjectMissing
from billmanager_1c.ledger import Link, LinkState, Suspected, Unwanted, make_mark
from billmanager_1c.matching import PayerIndex
from billmanager_1c.models import (
    AccountId,
    Company,
    CompanyId,
    Counterparty,
    CurrencyId,
    DocumentRef,
    Organization,
    Payer,
    PayerId,
    Payment,
    PaymentId,
    PaymentMethod,
    PaymentStatus,
    ProviderId,
    Subaccount,
    SubaccountId,
)
from billmanager_1c.plans.prepare import load_payers
from billmanager_1c.plans.run import Run
from billmanager_1c.plans.shown import credited_subaccount, surely_credits
from billmanager_1c.plans.twins import WITHIN, check_twins, suspect

TWIN = PaymentId(55)
DAY = dt.timedelta(days=1)
CREDITED = PaymentStatus.CREDITED
PAID = attrs.evolve(
    DOCUMENT,
    organization=Organization(id="00000000-0000-4000-8000-0000000000e1", inn="7701234567"),
    counterparty=Counterparty(id="00000000-0000-4000-8000-0000000000e2", inn="7707654321"),
    currency="RUB",
)
"""Our document, with all by which its payment is resolved."""


def a_knowing_run() -> Run:
    """Return a run that knows what the payment of our document is made of."""
    run = a_run(prepared=True)
    run.reference.companies = [Company(id=CompanyId(1), name="Мы", inn="7701234567")]
    run.reference.payers = {AccountId(1): PayerIndex([Payer(id=PayerId(5), name="Плательщик", inn="7707654321")])}
    method = PaymentMethod(
        id=TARGET.method_id,
        names=("Оплата наличными",),
        currency_id=CurrencyId(126),
        company_ids=frozenset({CompanyId(1)}),
        provider_ids=frozenset({ProviderId(1)}),
    )
    run.reference.methods = [method]
    return run


def typed_in(**changes: Any) -> Payment:
    """Return a payment that a person typed in, as its form shows it."""
    return attrs.evolve(shown(CREDITED, id=TWIN, mark=None), **changes)


def listed(payment_id: int = TWIN, **changes: Any) -> Any:
    """Return it as the list shows it."""
    return row(payment_id, status=CREDITED, paid_on=TARGET.paid_on, **changes)


def suspected(
    rows: list[Any], *answers: object, store: MemoryStore | None = None, link: Link | None = None
) -> tuple[PaymentId | None, list[Any]]:
    """Look for twins of our line; return the payment that is held against it, and what was asked."""
    store = store or MemoryStore()
    see(store, PAID, link or Link(contract_id=ONE))
    run, dossier = a_knowing_run(), store.dossier(REF)
    _, called = play(check_twins(run, [dossier]), rows, *answers, store=store)
    (want,) = suspect(run, dossier, {ONE: TARGET}).values()
    return want.payment_id if isinstance(want, Suspected) else None, called


def test_twin_is_held_against_the_line() -> None:
    """“Credited, paid within a week of the document, bound to no line and unmarked.”"""
    twin, called = suspected([listed()], typed_in())
    assert twin == TWIN
    assert called == [
        ListPayments(status=CREDITED, paid_from=TARGET.paid_on - WITHIN, paid_to=TARGET.paid_on + WITHIN),
        ReadPayment(id=TWIN),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": PaymentStatus.NEW},
        {"mark": make_mark("upp", REF, ONE, 7)},
        {"amount": TARGET.amount + 1},
        {"subaccount_id": SubaccountId(2)},
        {"method_id": 9},
        {"document_number": "2"},
    ],
    ids=str,
)
def test_form_that_says_otherwise_is_no_twin(changes: dict[str, Any]) -> None:
    """“The same subaccount, amount and method, and no document number or the same one.”"""
    assert suspected([listed()], typed_in(**changes))[0] is None


@pytest.mark.parametrize(
    "changes", [{"document_number": None}, {"document_number": " 1 "}, {"method_id": None}], ids=str
)
def test_form_that_does_not_say_may_be_a_twin(changes: dict[str, Any]) -> None:
    """What is not shown does not speak against it."""
    assert suspected([listed()], typed_in(**changes))[0] == TWIN


@pytest.mark.parametrize(
    "changes",
    [
        {"paid_on": TARGET.paid_on + WITHIN + DAY},
        {"paid_on": TARGET.paid_on - WITHIN - DAY},
        {"provider_name": "Другой"},
        {"status": PaymentStatus.NEW},
    ],
    ids=str,
)
def test_row_that_says_otherwise_is_not_read(changes: dict[str, Any]) -> None:
    """Filters are not trusted: a row is asked for the same as the filter was."""
    assert suspected([attrs.evolve(listed(), **changes)]) == (None, [suspected([])[1][0]])


@pytest.mark.parametrize(
    "changes", [{"paid_on": None}, {"amount": None}, {"paid_on": TARGET.paid_on + WITHIN}], ids=str
)
def test_row_that_does_not_say_is_read(changes: dict[str, Any]) -> None:
    """A row without a day, or with a sum that cannot be read, may be the one."""
    assert suspected([attrs.evolve(listed(), **changes)], typed_in())[0] == TWIN


def test_payment_that_is_gone_by_now_is_no_twin() -> None:
    """A list may be late."""
    assert suspected([listed()], ObjectMissing("missed"))[0] is None


def test_payment_that_another_line_has_is_no_twin() -> None:
    """“Bound to no line”: it is the money of another document."""
    assert suspected([listed()], store=holding(TWIN))[0] is None


def test_dismissed_payment_is_no_twin() -> None:
    """“It is never asked about again.”"""
    assert suspected([listed()], link=Link(contract_id=ONE, dismissed=(TWIN,)))[0] is None


def test_line_that_has_a_payment_has_no_twin() -> None:
    """Only what is to be created may be there already: nothing is asked of the others."""
    bound = Link(contract_id=ONE, state=LinkState.BOUND, payment_id=PaymentId(70))
    store = see(MemoryStore(), PAID, bound)
    assert play(check_twins(a_knowing_run(), [store.dossier(REF)]), store=store)[1] == []
    unwanted = see(MemoryStore(), PAID, Link(contract_id=ONE), wanted=False)
    assert play(check_twins(a_knowing_run(), [unwanted.dossier(REF)]), store=unwanted)[1] == []


def test_payment_of_a_client_whom_nobody_knows_by_this_name() -> None:
    """A client who was renamed today is the same client: the accounts are loaded anew first."""
    renamed = attrs.evolve(ACCOUNT, account="ООО «Новое имя»")
    store = see(MemoryStore(), PAID, Link(contract_id=ONE))
    run, dossier = a_knowing_run(), store.dossier(REF)
    rows = [listed(account_name=renamed.account)]
    _, called = play(check_twins(run, [dossier]), rows, [renamed], typed_in(), store=store)
    assert ListSubaccounts() in called
    assert suspect(run, dossier, {ONE: TARGET}) != {ONE: TARGET}


def test_suspicion_is_of_money_that_is_wanted() -> None:
    """A line that is to have no payment is not asked about."""
    store = see(MemoryStore(), PAID, Link(contract_id=ONE))
    run, dossier = a_knowing_run(), store.dossier(REF)
    play(check_twins(run, [dossier]), [listed()], typed_in(), store=store)
    gone = Unwanted(reason="gone")
    assert suspect(run, dossier, {ONE: gone}) == {ONE: gone}


def test_payment_is_held_against_one_line_alone() -> None:
    """“It is held against the line that is nearest in time.”"""
    later = DocumentRef(REF.kind, "00000000-0000-4000-8000-000000000003")
    store = see(MemoryStore(), PAID, Link(contract_id=ONE))
    see(store, attrs.evolve(PAID, ref=later, date=PAID.date + DAY), Link(contract_id=ONE))
    run = a_knowing_run()
    dossiers = [store.dossier(later), store.dossier(REF)]
    play(check_twins(run, dossiers), [listed()], typed_in(), store=store)
    assert list(run.twins.suspected) == [(REF, ONE)]


@pytest.mark.parametrize("days", [-20, 20])
def test_days_of_payment_are_asked_for_as_far_as_they_reach(days: int) -> None:
    """A document of other days, later in the same run, is looked for among the payments of its own week."""
    other = attrs.evolve(
        PAID, ref=DocumentRef(REF.kind, "00000000-0000-4000-8000-000000000003"), date=PAID.date + days * DAY
    )
    store = see(see(MemoryStore(), PAID, Link(contract_id=ONE)), other, Link(contract_id=ONE))
    run = a_knowing_run()
    plans = [check_twins(run, [store.dossier(ref)]) for ref in (REF, other.ref, REF)]
    asked = [play(plan, *script, store=store)[1] for plan, script in zip(plans, ([[]], [[]], []), strict=True)]
    first, last = sorted([PAID.date, other.date])
    assert asked[1] == [ListPayments(status=CREDITED, paid_from=first - WITHIN, paid_to=last + WITHIN)]


# ----------------------------------------------------------------------------------------------------------- payers


SISTER = attrs.evolve(ACCOUNT, id=SubaccountId(2), account_id=AccountId(2), account="ООО «Другое»")


def taken(*payers: Payer, known: tuple[Subaccount, ...] = (ACCOUNT, SISTER)) -> list[int]:
    """Load the payers of our client, where the list shows these and their forms say nothing; return those taken."""
    run = a_run()
    run.reference.subaccounts = {one.id: one for one in known}
    may_be = [one for one in payers if run.reference.may_belong(one, AccountId(1), alone=len(payers) == 1)]
    forms = [attrs.evolve(payer, account="", account_id=None) for payer in may_be]
    play(load_payers(run, AccountId(1)), list(payers), *forms)
    return [payer.id for payer in run.reference.payers[AccountId(1)]]


@pytest.mark.parametrize(
    ("changes", "is_taken"),
    [
        ({"account": ACCOUNT.account}, True),
        ({"account": SISTER.account}, False),
        ({"account": "Кто-то"}, True),
        ({"account": ""}, True),
        ({"account_id": AccountId(1)}, True),
        ({"account_id": AccountId(2)}, False),
        ({"account": ACCOUNT.account, "account_id": AccountId(2)}, False),
    ],
    ids=str,
)
def test_payer_of_another_client_never_serves(changes: dict[str, Any], *, is_taken: bool) -> None:
    """“Among the payers of the client who owns the subaccount (never another client's).”"""
    assert taken(attrs.evolve(Payer(id=PayerId(5), name="Плательщик"), **changes)) == ([5] if is_taken else [])


def test_name_that_nobody_knows_is_believed_only_alone() -> None:
    """“A list names the client by a name; one that nobody knows is believed where the list shows no other.”"""
    strange = Payer(id=PayerId(5), name="Плательщик", account="Кто-то")
    assert taken(strange, Payer(id=PayerId(6), name="Плательщик", account=ACCOUNT.account)) == [6]
    assert taken(strange, Payer(id=PayerId(6), name="Плательщик", account="Ещё кто-то")) == []


def test_clients_are_known_by_the_accounts_of_today() -> None:
    """The names are those of the accounts that were loaded last, and only open subaccounts are rivals."""
    run = a_run()
    payer = Payer(id=PayerId(5), name="Плательщик", account="ООО «Новое имя»")
    assert not run.reference.may_belong(payer, AccountId(1), alone=False)
    run.reference.subaccounts = {ACCOUNT.id: attrs.evolve(ACCOUNT, account=payer.account)}
    assert run.reference.may_belong(payer, AccountId(1), alone=False)
    second = attrs.evolve(ACCOUNT, id=SubaccountId(2))
    for active, rivals in ((True, [second]), (False, [])):
        run.reference.subaccounts = {one.id: one for one in (ACCOUNT, attrs.evolve(second, active=active))}
        assert run.reference.rivals_of(ACCOUNT) == rivals


# ------------------------------------------------------------------------------------------------------ subaccounts


@pytest.mark.parametrize(
    ("other", "form", "cell", "surely"),
    [
        pytest.param({"account_id": AccountId(2)}, {}, {}, True, id="another client's"),
        pytest.param({}, {}, {}, False, id="his other one"),
        pytest.param({"active": False}, {}, {}, True, id="his other one, closed"),
        pytest.param({"provider": "Другой"}, {}, {"provider_name": "Хостинг"}, True, id="the row says"),
        pytest.param({}, {"subaccount_id": SubaccountId(1)}, {}, True, id="the form says"),
        pytest.param({}, {"subaccount_id": SubaccountId(2)}, {}, False, id="the form says otherwise"),
        pytest.param({"account_id": AccountId(2)}, {}, {"account_name": "Кто-то"}, False, id="the row says otherwise"),
    ],
)
def test_payment_that_can_be_no_other_subaccounts(
    other: dict[str, Any], form: dict[str, Any], cell: dict[str, Any], *, surely: bool
) -> None:
    """“Say whether a payment of this client can be no other subaccount's of his: what is hidden may differ.”"""
    ours = attrs.evolve(ACCOUNT, provider="Хостинг")
    second = attrs.evolve(ours, id=SubaccountId(2), **other)
    run = a_run()
    run.reference.subaccounts = {ours.id: ours, second.id: second}
    assert surely_credits(shown(**form), row(**cell), ours, run) is surely


def test_subaccount_of_a_payment_is_told_by_form_then_row_then_likelihood() -> None:
    """“As its form shows it, else as its row does, else the likely one”; of several none."""
    run = a_run()
    run.reference.subaccounts = {ACCOUNT.id: ACCOUNT, SISTER.id: SISTER}
    by_form = credited_subaccount(shown(subaccount_id=SISTER.id), row(), ACCOUNT, run)
    by_row = credited_subaccount(shown(), row(account_name=SISTER.account), ACCOUNT, run)
    by_nothing = credited_subaccount(shown(), row(account_name=""), SISTER, run)
    assert (by_form, by_row, by_nothing) == (SISTER, SISTER, SISTER)
    twice = attrs.evolve(ACCOUNT, id=SubaccountId(3))
    run.reference.subaccounts = {ACCOUNT.id: ACCOUNT, twice.id: twice}
    assert credited_subaccount(shown(), row(), None, run) is None
    assert credited_subaccount(shown(), row(), twice, run) == twice


@pytest.mark.parametrize(("minutes", "is_found"), [(4, False), (6, True)])
def test_list_of_credited_payments_grows_old(minutes: int, *, is_found: bool) -> None:
    """A run may be long, or its machine sleep: what is typed in meanwhile is a twin too."""
    later = DocumentRef(REF.kind, "00000000-0000-4000-8000-000000000003")
    store = see(MemoryStore(), PAID, Link(contract_id=ONE))
    see(store, attrs.evolve(PAID, ref=later), Link(contract_id=ONE))
    run = a_knowing_run()
    play(check_twins(run, [store.dossier(REF)]), [], store=store)
    answers = [[listed()], typed_in()] if is_found else []
    play(check_twins(run, [store.dossier(later)]), *answers, now=NOON + minutes * MINUTE, store=store)
    assert list(run.twins.suspected) == ([(later, ONE)] if is_found else [])
