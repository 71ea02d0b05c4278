"""The side of 1C: is everything published, and do recent documents find their way into BILLmanager?"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable

from ...errors import BillManager1CError
from ...matching import CompanyMatch, match_company
from ...models import (
    Contract,
    Counterparty,
    DocumentKind,
    DocumentRef,
    OperationKind,
    Organization,
    PaymentDocument,
    SubaccountId,
    check_inn,
)
from ...ports.onec import Inspected
from ..effects import FindRival, NextBatch, Now, OpenChanges, Plan, ReadDocuments, ask
from ._asking import AskLead, Inspect, tried
from ._connection import check_lead
from ._notes import Notes, named, said
from ._reference import Books

#: how far back documents are looked for, and how many of each kind are read
_DAYS = 60
_PER_KIND = 60
#: a listing of more batches than this is left
_MOST_BATCHES = 60


def check_onec(notes: Notes, books: Books) -> Plan[None]:
    """Check what the exchange needs of 1C, and the newest documents against what BILLmanager has."""
    notes.area = "1c"
    is_there = yield from _check_module(notes)
    if not is_there:
        return
    yield from _check_publication(notes)
    documents = yield from _newest_documents(notes)
    lead = yield from ask(AskLead("1C"))
    check_lead(notes, "clock", "1C", lead)
    if not documents:
        return
    money = [each for each in documents if each.operation is OperationKind.CUSTOMER_PAYMENT and each.posted]
    _check_versions(notes, documents)
    _check_contracts(notes, money, books)
    _check_organizations(notes, money, books)
    _check_counterparties(notes, money)


def _check_module(notes: Notes) -> Plan[bool]:
    asked = "the address that ISPsystem's own module works for"
    found = yield from tried(FindRival())
    if isinstance(found, BillManager1CError):
        notes.fails("reachable", asked, said(found), "Check address, user and password of 1C, and its publication.")
        return False
    notes.holds("reachable", asked, "1C answers")
    if found:
        advice = "Empty its address in 1C and wait for its queue before the exchange starts: two would credit twice."
        notes.fails("module", asked, f"the module is switched on for {_place(found)}", advice)
    else:
        notes.holds("module", asked, "the module is absent or switched off")
    return True


def _place(address: str) -> str:
    """Return an address without what may be secret in it."""
    return address.partition("?")[0].rpartition("@")[2][:80]


def _check_publication(notes: Notes) -> Plan[None]:
    asked = "the first object of each set that is read"
    found = yield from tried(Inspect())
    if found is None:
        notes.unknown("published", asked, "this adapter does not tell")
        return
    if isinstance(found, BillManager1CError):
        notes.refused("published", asked, found, "Check the publication of 1C.")
        return
    needed = [each for each in found if each.is_needed]
    closed = [each for each in needed if each.is_readable is False]
    lacking = [f"{each.name}: {', '.join(each.lacks)}" for each in needed if each.lacks]
    murky = [each for each in found if each.is_readable is None]
    if closed:
        seen = f"cannot be read: {named([each.name for each in closed])} ({closed[0].problem[:160]})"
        advice = "Add these to the composition of the OData interface and give the user the right to read them."
        notes.fails("published", asked, seen, advice)
    elif murky:
        notes.unknown("published", asked, f"{murky[0].name}: {murky[0].problem[:200]}", "Look into 1C's own log.")
    else:
        notes.holds("published", asked, f"all {len(needed)} can be read")
    if lacking:
        advice = "Choose the Configuration of this infobase, or make one with these names changed."
        notes.fails("attributes", asked, f"not there: {named(lacking)}", advice)
    else:
        notes.holds("attributes", asked, "the objects have the attributes that the Configuration names")
    _check_additions(notes, [each for each in found if not each.is_needed])


def _check_additions(notes: Notes, additions: list[Inspected]) -> None:
    asked = "what ISPsystem adds to 1C"
    absent = [each.name for each in additions if each.is_readable is False]
    if absent:
        advice = "Subaccounts are then kept in the store alone; add the catalogue if contracts are to name them in 1C."
        notes.warns("accounts_catalogue", asked, f"cannot be read: {named(absent)}", advice)
    else:
        seen = "the catalogue of subaccounts can be read; whether it can be written is not tried"
        notes.holds("accounts_catalogue", asked, seen)
    attribute = [name for each in additions if each.is_readable for name in each.lacks]
    if attribute:
        advice = "Add the attribute to contracts in 1C, or bind contracts to subaccounts by engine.bind()."
        notes.warns("contract_attribute", asked, f"contracts have no {', '.join(attribute)}", advice)
    else:
        notes.holds("contract_attribute", asked, "contracts have the attribute for the subaccount")


def _newest_documents(notes: Notes) -> Plan[list[PaymentDocument]]:
    asked = f"payment documents of the last {_DAYS} days, {_PER_KIND} of each kind"
    now = yield from ask(Now())
    dates: dict[DocumentRef, dt.date] = {}
    handle = yield from tried(OpenChanges(since=now.date() - dt.timedelta(days=_DAYS)))
    for _ in range(_MOST_BATCHES):
        if isinstance(handle, BillManager1CError):
            notes.refused("documents", asked, handle, "Publish the payment documents, and give the user the right.")
            return []
        batch = yield from tried(NextBatch(handle))
        if isinstance(batch, BillManager1CError):
            notes.refused("documents", asked, batch, "Publish the payment documents, and give the user the right.")
            return []
        if batch is None:
            break
        dates |= {stamp.ref: stamp.date for stamp in batch.stamps}
    newest = sorted(dates, key=lambda ref: (dates[ref], str(ref)), reverse=True)
    chosen = [ref for kind in DocumentKind for ref in [each for each in newest if each.kind is kind][:_PER_KIND]]
    if not chosen:
        advice = "If there should be some, check the Configuration and the rights of the 1C user."
        notes.warns("documents", asked, "there are none", advice)
        return []
    found = yield from tried(ReadDocuments(tuple(chosen)))
    if isinstance(found, BillManager1CError):
        notes.refused("documents", asked, found, "Publish the catalogues that documents refer to.")
        return []
    documents = [each for each in found if isinstance(each, PaymentDocument)]
    counts = Counter(each.ref.kind.title for each in documents)
    notes.holds("documents", asked, ", ".join(f"{kind.title}: {counts[kind.title]}" for kind in DocumentKind))
    return sorted(documents, key=lambda each: str(each.ref))


def _check_versions(notes: Notes, documents: list[PaymentDocument]) -> None:
    asked = "DataVersion of documents"
    if all(each.version for each in documents):
        notes.holds("data_version", asked, "each document has one")
    else:
        advice = "Add DataVersion to what the interface shows: without it each run reads every document again."
        notes.warns("data_version", asked, "documents have none", advice)


def _check_contracts(notes: Notes, documents: list[PaymentDocument], books: Books) -> None:
    lines = [line for each in documents for line in each.lines]
    contracts = {line.contract.id: line.contract for line in lines if line.contract is not None}
    asked = "contracts of recent payments from customers: the subaccount"
    nameless = sum(line.contract is None for line in lines)
    if nameless:
        seen = f"{nameless} of {len(lines)} lines name no contract"
        notes.warns("lines", asked, seen, "Fill in the contract in 1C: such documents are refused.")
    elif lines:
        notes.holds("lines", asked, "every line names a contract")
    bare = [each for each in contracts.values() if each.subaccount_id is None]
    _judge(
        notes,
        "contracts_bound",
        asked,
        bad=sorted(_contract(each) for each in bare),
        total=len(contracts),
        wrong="name no subaccount",
        right="name a subaccount",
        advice="Fill in the subaccount in the contract, or call engine.bind().",
    )
    named_ones = [each for each in contracts.values() if each.subaccount_id is not None]
    if not books.subaccounts or not named_ones:
        return
    dead = [each for each in named_ones if _is_dead(each.subaccount_id, books)]
    _judge(
        notes,
        "contracts_open",
        asked,
        bad=sorted(_contract(each) for each in dead),
        total=len(named_ones),
        wrong="name a subaccount that BILLmanager does not have, or has closed",
        right="name one that is open",
        advice="Name the client's open subaccount in the contract.",
    )


def _is_dead(subaccount_id: SubaccountId | None, books: Books) -> bool:
    found = next((each for each in books.subaccounts if each.id == subaccount_id), None)
    return (found is None and books.is_whole) or (found is not None and not found.active)


def _check_organizations(notes: Notes, documents: list[PaymentDocument], books: Books) -> None:
    asked = "organisations of recent documents: INN among the companies' of BILLmanager"
    organizations = {each.organization.id: each.organization for each in documents if each.organization is not None}
    if not organizations or not books.companies:
        notes.unknown("organizations", asked, "there is nothing to compare")
        return
    alone = [each for each in organizations.values() if not isinstance(_company(each, books), CompanyMatch)]
    _judge(
        notes,
        "organizations",
        asked,
        bad=sorted(f"{each.name or each.id} (INN {each.inn or 'empty'})" for each in alone),
        total=len(organizations),
        wrong="have no company, or several, of their INN",
        right="have their company",
        advice="Enter the same INN, and КПП where several share it, in the organisation and in the company.",
    )


def _company(organization: Organization, books: Books) -> object:
    return match_company(organization, books.companies)


def _check_counterparties(notes: Notes, documents: list[PaymentDocument]) -> None:
    asked = "counterparties of recent documents: INN"
    everybody: dict[str, Counterparty] = {
        each.counterparty.id: each.counterparty for each in documents if each.counterparty is not None
    }
    firms = [each for each in everybody.values() if not each.is_person]
    bad = [each for each in firms if check_inn(each.inn) is not None]
    if not firms:
        notes.unknown("counterparty_inns", asked, "there are only persons, whose INN is not asked")
    elif bad:
        shown = sorted(f"{each.name or each.id} ({each.inn or 'empty'})" for each in bad)
        advice = "Correct the INN in 1C; the payer is looked for by it, and by the code where it is empty."
        notes.warns("counterparty_inns", asked, f"{len(bad)} of {len(firms)} are wrong: {named(shown)}", advice)
    else:
        notes.holds("counterparty_inns", asked, f"the check digits of all {len(firms)} agree")


def _judge(
    notes: Notes, name: str, asked: str, *, bad: list[str], total: int, wrong: str, right: str, advice: str
) -> None:
    """All of them wrong is a fault of the setting, some of them a fault of those."""
    if not total:
        notes.unknown(name, asked, "there is none")
    elif not bad:
        notes.holds(name, asked, f"all {total} {right}")
    else:
        note: Callable[[str, str, str, str], None] = notes.fails if len(bad) == total else notes.warns
        note(name, asked, f"{len(bad)} of {total} {wrong}: {named(bad)}", advice)


def _contract(contract: Contract) -> str:
    return contract.name or contract.id
