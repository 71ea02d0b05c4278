"""ISPsystem's checklist on BILLmanager's side: companies with INN, methods that fit, payers that are active."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TypeVar

import attrs

from ...api import (
    ListCompanies,
    ListPayers,
    ListPaymentMethods,
    ListPayments,
    ListSubaccounts,
    Operation,
    Page,
    ReadCompany,
    ReadPayment,
    ReadPaymentMethod,
)
from ...errors import BillManager1CError
from ...ledger import find_mark
from ...matching import MethodMatch, MethodNames, match_payment_method
from ...models import (
    Company,
    CurrencyId,
    DocumentKind,
    Payer,
    Payment,
    PaymentMethod,
    PaymentRow,
    PaymentStatus,
    Subaccount,
    check_inn,
)
from ..effects import Now, Plan, ask
from ._asking import PAGE, read
from ._notes import Notes, named

_T = TypeVar("_T")

#: forms of companies and methods that are read: nobody has more
_MOST = 60
_DIALECT_FIRST = "Mend what is said of rights and of the dialect first."
#: credited payments of ours that are looked into
_OURS = 5

_ACTIVE_WORDS = frozenset({"", "on", "yes", "1", "true", "active", "enabled", "open"})
_SURELY_INACTIVE = ("inactive", "disabled", "suspended", "closed", "blocked", "неактив", "не актив", "отключ", "закрыт")


@attrs.define
class Books:
    """What the checks of 1C are compared with."""

    companies: list[Company] = attrs.field(factory=list)
    methods: list[PaymentMethod] = attrs.field(factory=list)
    subaccounts: list[Subaccount] = attrs.field(factory=list)
    payers: list[Payer] = attrs.field(factory=list)
    #: the lists of subaccounts and payers were read whole
    is_whole: bool = False


def check_reference(notes: Notes, names: MethodNames) -> Plan[Books]:
    """Read what a payment rests on, as the exchange does, and check it."""
    books = Books()
    _check_words(notes)
    notes.area = "reference"
    subaccounts = yield from _first_page(notes, "subaccounts", ListSubaccounts(page_size=PAGE))
    payers = yield from _first_page(notes, "payers", ListPayers(page_size=PAGE))
    books.subaccounts = list(subaccounts.rows) if subaccounts is not None else []
    books.payers = list(payers.rows) if payers is not None else []
    books.is_whole = all(page is not None and (page.total or 0) <= len(page.rows) for page in (subaccounts, payers))
    if subaccounts is not None:
        _check_subaccounts(notes, books)
        if payers is not None:
            _check_payers(notes, books)
    if (yield from _read_companies(notes, books)):
        _check_companies(notes, books.companies)
    if (yield from _read_methods(notes, books)):
        for kind in names:
            _check_method(notes, kind, books, names)
    yield from _check_payments(notes)
    return books


def _first_page(notes: Notes, name: str, listing: Operation[Page[_T]]) -> Plan[Page[_T] | None]:
    found = yield from read(notes, listing)
    if isinstance(found, BillManager1CError):
        notes.refused(name, "the list as the exchange reads it", found, _DIALECT_FIRST)
        return None
    return found


# -------------------------------------------------------------------------------------------------------- payers


_STATUS = "payers and subaccounts: status"


def _check_subaccounts(notes: Notes, books: Books) -> None:
    closed = sum(not each.active for each in books.subaccounts)
    total, scope = len(books.subaccounts), _scope(books)
    if closed == total:
        notes.fails(
            "subaccounts_open", _STATUS, "no subaccount is open", "Open the clients' subaccounts in BILLmanager."
        )
    elif closed:
        seen = f"{closed} of {total} subaccounts are closed{scope}"
        notes.holds("subaccounts_open", _STATUS, seen, "Contracts must name open ones.")
    else:
        notes.holds("subaccounts_open", _STATUS, f"all {total} are open{scope}")


def _check_payers(notes: Notes, books: Books) -> None:
    active = [payer for payer in books.payers if payer.active]
    if not active:
        notes.fails("payers_active", _STATUS, "no payer is active", "Activate the clients' payers in BILLmanager.")
        return
    paying = {payer.account for payer in active} | {str(payer.account_id) for payer in active}
    open_ones = [each for each in books.subaccounts if each.active]
    without = sorted({s.account or f"client {s.account_id}" for s in open_ones if _is_without(s, paying)})
    if without and books.is_whole:
        notes.warns(
            "payers_active",
            _STATUS,
            f"clients with an open subaccount and no active payer: {len(without)}: {named(without)}",
            "Add or activate a payer: their payments are refused until then.",
        )
    else:
        notes.holds("payers_active", _STATUS, f"{len(active)} of {len(books.payers)} payers are active{_scope(books)}")


def _scope(books: Books) -> str:
    return "" if books.is_whole else f" (of the first {PAGE})"


def _is_without(subaccount: Subaccount, paying: set[str]) -> bool:
    return subaccount.account not in paying and str(subaccount.account_id) not in paying


def _check_words(notes: Notes) -> None:
    """Look for words that lists say of what is not active."""
    notes.area = "dialect"
    known = notes.dialect.inactive_words | _ACTIVE_WORDS
    words = {
        row.get("status", "").strip().casefold()
        for func in ("profile", "paymethod", "subaccounts")
        if func in notes.lists
        for row in notes.lists[func].rows
    }
    strange = sorted(words - known)
    sure = [word for word in strange if any(word.startswith(part) for part in _SURELY_INACTIVE)]
    asked = "the column status of payers, methods and subaccounts"
    if sure:
        told = frozenset({*notes.dialect.inactive_words, *sure})
        notes.change(inactive_words=told)
        shown = ", ".join(map(repr, sorted(told)))
        advice = f"Set Dialect(inactive_words={{{shown}}})."
        notes.fails("inactive_words", asked, f"{named(sure)} would be taken as active", advice)
    elif strange:
        advice = "If any of these words means inactive, add it to Dialect(inactive_words=…)."
        notes.warns("inactive_words", asked, f"taken as active: {named(strange)}", advice)
    else:
        notes.holds("inactive_words", asked, f"only words that are known: {named(sorted(words - {''})) or 'none'}")


# ----------------------------------------------------------------------------------------------------- companies


def _read_companies(notes: Notes, books: Books) -> Plan[bool]:
    """Read them; return whether it worked."""
    rows = yield from _first_page(notes, "companies", ListCompanies(page_size=PAGE))
    for row in rows.rows[:_MOST] if rows is not None else ():
        company = yield from read(notes, ReadCompany(row.id))
        if isinstance(company, BillManager1CError):
            notes.refused("companies", "company.edit as the exchange reads it", company, _DIALECT_FIRST)
            return False
        books.companies.append(company)
    return rows is not None


def _check_companies(notes: Notes, companies: Sequence[Company]) -> None:
    asked = "company.edit of each company: INN and КПП"
    if not companies:
        notes.fails("company_inns", asked, "no company can be read", "Add a company with its INN in BILLmanager.")
        return
    empty = [_label(each) for each in companies if not each.inn]
    if empty:
        advice = "Enter the INN: money of the organisation it stands for is refused until then."
        notes.fails("company_inns", asked, f"without INN: {named(empty)}", advice)
    else:
        notes.holds("company_inns", asked, f"all {len(companies)} have an INN")
    wrong = [f"{_label(each)} {each.inn}" for each in companies if each.inn and check_inn(each.inn) is not None]
    if wrong:
        advice = "Correct the INN if it is mistyped; it is compared as it stands."
        notes.warns("company_inn_digits", asked, f"the check digits do not agree: {named(wrong)}", advice)
    else:
        notes.holds("company_inn_digits", asked, "the check digits agree")
    filled = sorted((each for each in companies if each.inn), key=lambda each: (each.inn, each.kpp, each.id))
    doubles = [list(group) for _, group in groupby(filled, key=lambda each: (each.inn, each.kpp))]
    same = [" = ".join(map(_label, group)) for group in doubles if len(group) > 1]
    if same:
        advice = "Give each its own КПП, or delete one: an organisation could belong to either."
        notes.fails("company_inns_unique", asked, f"the same INN and КПП: {named(same)}", advice)
    else:
        notes.holds("company_inns_unique", asked, "INN and КПП tell the companies apart")


# ------------------------------------------------------------------------------------------------------- methods


def _read_methods(notes: Notes, books: Books) -> Plan[bool]:
    """Read them; return whether it worked."""
    rows = yield from _first_page(notes, "methods", ListPaymentMethods(page_size=PAGE))
    for row in rows.rows[:_MOST] if rows is not None else ():
        method = yield from read(notes, ReadPaymentMethod(row.id))
        if isinstance(method, BillManager1CError):
            notes.refused("methods", "paymethod.edit as the exchange reads it", method, _DIALECT_FIRST)
            return False
        books.methods.append(attrs.evolve(method, active=method.active and row.active))
    return rows is not None


def _check_method(notes: Notes, kind: DocumentKind, books: Books, names: MethodNames) -> None:
    """Check that each company can book this kind of document for each provider and currency in use."""
    asked = "paymethod.edit of each method: active, name, company, project, currency, commission"
    used = sorted({(each.provider_id, each.currency_id) for each in books.subaccounts if each.active})
    places = [(company, provider, currency) for company in books.companies for provider, currency in used]
    lacking, reason = [], ""
    for company, provider, currency in places:
        answer = match_payment_method(
            kind, books.methods, company=company, provider=provider, currency=currency, names=names
        )
        if not isinstance(answer, MethodMatch):
            lacking.append(f"{_label(company)} with provider #{provider} in {_letters(books, currency)}")
            nearest = min(answer.lost, key=lambda lost: (len(lost.reasons), lost.candidate.id), default=None)
            if nearest is not None and not reason:
                reason = f"; the nearest, {_label(nearest.candidate)}: {nearest.why}"
    name = f"method_{kind.value}"
    words = names.get(kind, "")
    wanted = words if isinstance(words, str) else " / ".join(words)
    if not places:
        notes.unknown(name, asked, "there is no company, or no open subaccount, to look for")
    elif len(lacking) == len(places):
        notes.fails(
            name,
            asked,
            f"no method fits {kind.title}{reason}",
            f"Set up an active method named «{wanted}», without commission, linked to the company and the provider.",
        )
    elif lacking:
        advice = "Link the method to these companies and providers if such money comes there."
        notes.warns(name, asked, f"no method fits {len(lacking)} of {len(places)}: {named(lacking)}", advice)
    else:
        notes.holds(name, asked, f"a method fits each of {len(places)} companies and providers")


def _letters(books: Books, currency: CurrencyId) -> str:
    return next((each.currency for each in books.subaccounts if each.currency_id == currency), f"#{currency}")


def _label(thing: Company | PaymentMethod) -> str:
    return f"#{thing.id} {thing.name}".rstrip()


# ------------------------------------------------------------------------------------------------------ payments


def _check_payments(notes: Notes) -> Plan[None]:
    """Read payments as the exchange does: do times make sense, does a payment date outlive its credit?"""
    found = yield from read(notes, ListPayments(page_size=100, newest_first=True))
    asked = "the newest payments: createdate and paydate"
    if isinstance(found, BillManager1CError):
        notes.refused("payments", "the list as the exchange reads it", found, _DIALECT_FIRST)
        return
    if not found.rows:
        notes.unknown("amounts", _AMOUNTS, "there is no payment to look at")
        notes.unknown("timezone", asked, "there is no payment to look at")
        notes.unknown("paydate", asked, "there is no payment to look at", _PAYDATE)
        return
    _check_amounts(notes, found.rows)
    newest = yield from read(notes, ReadPayment(found.rows[0].id))
    now = (yield from ask(Now())) + (notes.lead or dt.timedelta())  # by BILLmanager's own clock
    created = newest.created_at if isinstance(newest, Payment) else None
    if created is None:
        notes.unknown("timezone", asked, "the form does not say when the payment was made")
    elif created - now > _SLACK:
        notes.fails(
            "timezone",
            asked,
            f"payment {found.rows[0].id} was made in the future by the client's timezone",
            "Give the client the time zone of BILLmanager's own clock, and compare the clocks.",
        )
    else:
        notes.holds("timezone", asked, "the newest payment was not made in the future; a zone further east would show")
    yield from _check_paydate(notes, [row for row in found.rows if row.status == PaymentStatus.CREDITED])


_AMOUNTS = "the newest payments: subaccountamount_iso"


def _check_amounts(notes: Notes, rows: Sequence[PaymentRow]) -> None:
    """Say whether sums can be compared by the list; a single strange cell is nobody's format."""
    readable = sum(row.amount is not None for row in rows)
    if readable:
        notes.holds("amounts", _AMOUNTS, f"{readable} of {len(rows)} can be read")
        return
    listed = notes.lists.get("payment")
    shown = next((text for row in listed.rows if (text := row.get("subaccountamount_iso"))), "") if listed else ""
    notes.warns(
        "amounts",
        _AMOUNTS,
        f"none of {len(rows)} can be read as an amount"
        + (f", such as {shown!r}" if shown else "; the column is empty"),
        "The list must show amounts such as 1000.00 RUB. Until it does, sums are not compared: after a restored store "
        "a payment of another sum is not noticed, bills are not matched, and each payment that may be a twin costs a "
        "reading of its form.",
    )


#: clocks tick, and answers travel
_SLACK = dt.timedelta(minutes=5)
_PAYDATE = "The first payment of each run shows it, and the date is then written again."


def _check_paydate(notes: Notes, rows: Iterable[PaymentRow]) -> Plan[None]:
    asked = "credited payments with our mark: paydate"
    ours = 0
    for row in list(rows)[: 4 * _OURS]:
        shown = yield from read(notes, ReadPayment(row.id))
        if not isinstance(shown, Payment) or find_mark(shown.mark) is None or shown.paid_at is None:
            continue
        ours += 1
        # The exchange writes days, which begin at midnight: any other time was put there by crediting.
        if (shown.paid_at.hour, shown.paid_at.minute, shown.paid_at.second) != (0, 0, 0):
            notes.warns("paydate", asked, "crediting sets the payment date to the present", _PAYDATE)
            return
        if ours == _OURS:
            break
    if ours:
        notes.holds("paydate", asked, "it outlives the credit")
    else:
        notes.unknown("paydate", asked, "no credited payment of ours to look at", _PAYDATE)
