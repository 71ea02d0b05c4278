"""What a run must know of BILLmanager before it delivers: books of reference, accounts, payers of a client."""

from __future__ import annotations

from datetime import datetime

import attrs

from ..api import (
    ListCompanies,
    ListPayers,
    ListPaymentMethods,
    ListPayments,
    ListSubaccounts,
    ReadCompany,
    ReadPayer,
    ReadPaymentMethod,
)
from ..matching import PayerIndex
from ..models import AccountId, Company, Payer, PaymentMethod, Subaccount
from ..reports import AccountsReport
from .effects import Consult, Now, Plan, SaveAccounts, Send, Tell, Together, Walk, Work, ask
from .run import Run


def prepare(run: Run) -> Plan[None]:
    """Read companies, methods and the greatest payment id; take subaccounts and bindings from the store."""
    yield from ask(Tell(what=Work.READING_BOOKS))
    companies = yield from ask(Walk(ListCompanies()))
    methods = yield from ask(Walk(ListPaymentMethods()))
    yield from ask(Tell(expected=len(companies) + len(methods)))
    reference = run.reference
    reference.companies = yield from ask(Together([_read_company(company) for company in companies]))
    reference.methods = yield from ask(Together([_read_method(method) for method in methods]))
    reference.bindings = yield from ask(Consult(lambda store: store.bindings()))
    reference.subaccounts = yield from ask(Consult(lambda store: store.subaccounts()))
    newest = yield from ask(Send(ListPayments(page_size=1, newest_first=True)))
    run.high_water = max((row.id for row in newest.rows), default=0)


def _read_company(row: Company) -> Plan[Company]:
    company = yield from ask(Send(ReadCompany(id=row.id)))
    yield from ask(Tell(done=1))
    return attrs.evolve(company, name=company.name or row.name)


def _read_method(row: PaymentMethod) -> Plan[PaymentMethod]:
    method = yield from ask(Send(ReadPaymentMethod(id=row.id)))
    yield from ask(Tell(done=1))
    return attrs.evolve(
        method,
        names=tuple(dict.fromkeys([*method.names, *row.names])),  # the form may leave out what the list shows
        active=method.active and row.active,
        order_priority=method.order_priority or row.order_priority,
    )


def load_payers(run: Run, account_id: AccountId) -> Plan[None]:
    """Read the payers of one client."""
    payers: list[Payer] = []
    rows = yield from ask(Walk(ListPayers(account_id=account_id)))
    alone = len({row.account for row in rows if row.account}) == 1
    for row in rows:
        # A filter is not trusted, nor that the answer is ours: another client's payer never serves.
        if not run.reference.may_belong(row, account_id, alone=alone):
            continue
        payer = yield from ask(Send(ReadPayer(id=row.id, account_id=account_id)))
        if not run.reference.may_belong(payer, account_id, alone=alone):
            continue
        # Whether it is active stands in the list; the form may be silent about it.
        payers.append(attrs.evolve(payer, name=payer.name or row.name, active=payer.active and row.active))
    run.reference.payers[account_id] = PayerIndex(payers)
    yield from ask(Tell(what=Work.READING_PAYERS, done=1))


def load_accounts(at: datetime) -> Plan[AccountsReport]:
    """Bring the subaccounts from BILLmanager into the store and, where the adapter can keep them, into 1C."""
    report, rows = yield from _take_in_accounts(at)
    in_1c = yield from ask(SaveAccounts(tuple(row for row in rows if row.active)))
    return attrs.evolve(report, saved_in_1c=in_1c)


def renew_accounts(run: Run) -> Plan[None]:
    """Load the accounts once for this run: a client may have been renamed, moved or merged since the last time."""
    if not run.accounts_loaded:
        yield from load_owners(run)


def load_owners(run: Run) -> Plan[None]:
    """Ask who owns each subaccount now; what 1C keeps of them is brought there daily."""
    yield from _take_in_accounts((yield from ask(Now())))
    run.accounts_loaded = True
    run.reference.subaccounts = yield from ask(Consult(lambda store: store.subaccounts()))


def _take_in_accounts(at: datetime) -> Plan[tuple[AccountsReport, list[Subaccount]]]:
    """Bring the subaccounts into the store.

    What BILLmanager no longer shows is closed, never deleted; an empty list closes nothing.
    """
    yield from ask(Tell(what=Work.LOADING_ACCOUNTS))
    rows = yield from ask(Walk(ListSubaccounts()))
    yield from ask(Tell(expected=len(rows)))
    known = yield from ask(Consult(lambda store: store.subaccounts()))
    shown = {row.id: row for row in rows}
    gone = [] if not shown else [old for old in known.values() if old.id not in shown and old.active]
    if gone:
        # A list may be cut, or filtered by a person, and say nothing: only one that was asked for is surely not there.
        found = yield from ask(Walk(ListSubaccounts(ids=tuple(old.id for old in gone))))
        shown.update((row.id, row) for row in found)
        rows = list(shown.values())
        gone = [old for old in gone if old.id not in shown]
    closed = [attrs.evolve(old, active=False) for old in gone]
    added = [row for row in rows if row.id not in known]
    changed = [row for row in rows if row.id in known and _differs(row, known[row.id])]
    shut = [row for row in changed if not row.active and known[row.id].active]
    yield from ask(Consult(lambda store: store.save_subaccounts([*added, *changed, *closed, *rows])))
    yield from ask(Tell(done=len(rows)))
    report = AccountsReport(
        at=at,
        added=len(added),
        changed=len(changed) - len(shut),
        closed=len(closed) + len(shut),
        unchanged=len(rows) - len(added) - len(changed),
        warning="" if shown or not known else "BILLmanager shows no subaccounts at all; nothing was closed.",
    )
    return report, rows


def _differs(new: Subaccount, old: Subaccount) -> bool:
    return attrs.evolve(new, balance=None) != attrs.evolve(old, balance=None)
