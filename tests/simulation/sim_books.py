"""The books of 1C in the simulation: what an accountant wrote, when, and what of it is a customer's money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal

import attrs
from sim_bank import ORGANIZATION_INNS, Client

from billmanager_1c.models import (
    Contract,
    ContractId,
    Counterparty,
    DocumentId,
    DocumentKind,
    DocumentRef,
    Inn,
    OperationKind,
    Organization,
    PaymentDocument,
    PaymentLine,
    SubaccountId,
)

_BANK = DocumentKind.INCOMING_PAYMENT_ORDER
_CENT = Decimal("0.01")


def contract_id(number: int) -> ContractId:
    """Return the GUID of a contract."""
    return ContractId(f"c0000000-0000-4000-8000-{number:012x}")


@attrs.frozen(kw_only=True)
class Agreement:
    """Договор: whose, and with which subaccount."""

    id: ContractId
    client: Client
    #: None where nobody has filled it in
    subaccount: int | None


@attrs.frozen(kw_only=True)
class Paper:
    """A payment document as it stands in the books."""

    ref: DocumentRef
    number: str
    #: local time of the infobase
    at: dt.datetime
    lines: tuple[tuple[ContractId | None, Decimal], ...]
    #: of the header; the sum of the lines where it is not told
    amount: Decimal | None = None
    organization: int = 0
    currency: str = "RUB"
    purpose: str = "Оплата"
    incoming_number: str = ""
    paid: bool = True
    posted: bool = True
    marked: bool = False
    #: physically gone
    deleted: bool = False
    #: how often it was written
    version: int = 1

    @property
    def title(self) -> str:
        """What the story calls it."""
        return f"document {self.ref.id[-2:]} ({self.number})"

    def wanted(self) -> Mapping[ContractId, Decimal]:
        """Say what should stand in BILLmanager by contract: the rules of the house, written once more by hand."""
        if self.deleted or self.marked or not self.posted or (not self.paid and self.ref.kind in _HAS_PAID):
            return {}
        amounts: dict[ContractId, Decimal] = {}
        for contract, amount in self.lines:
            if contract is None or amount <= 0 or amount != amount.quantize(_CENT):
                return {}
            amounts[contract] = amounts.get(contract, Decimal(0)) + amount
        total = sum(amounts.values(), Decimal(0))
        if self.currency != "RUB" or (self.amount is not None and self.amount != total):
            return {}
        return amounts


_HAS_PAID = (DocumentKind.INCOMING_PAYMENT_ORDER, DocumentKind.CASH_RECEIPT)


class Books:
    """The documents of one infobase, and all that they ever were."""

    def __init__(self, base: str, clients: list[Client], clock: Callable[[], float]) -> None:
        self.base = base
        self._clock = clock
        self.papers: dict[DocumentRef, Paper] = {}
        #: since when it stood so, oldest first
        self.history: dict[DocumentRef, list[tuple[float, Paper]]] = {}
        self.agreements = {each.id: each for each in _agreements(clients)}
        #: told of each write
        self.watchers: list[Callable[[Paper], None]] = []

    def write(self, paper: Paper) -> Paper:
        """Write a document as an accountant does; every write is another version."""
        old = self.papers.get(paper.ref)
        paper = attrs.evolve(paper, version=old.version + 1 if old else 1)
        self.papers[paper.ref] = paper
        self.history.setdefault(paper.ref, []).append((self._clock(), paper))
        for watcher in self.watchers:
            watcher(paper)
        return paper

    def was_unwanted(self, ref: DocumentRef, contract: ContractId, *, since: float) -> bool:
        """Say whether the books ever, since then, gave this contract no money, or took it to another subaccount."""
        states = self.history.get(ref, [])
        ends = [*(at for at, _ in states[1:]), float("inf")]
        shown = [paper for (_, paper), end in zip(states, ends, strict=True) if end >= since]
        return any(contract not in paper.wanted() for paper in shown)

    def greatest_total(self, ref: DocumentRef) -> Decimal:
        """Return the greatest sum that the document ever had."""
        totals = [sum(paper.wanted().values(), Decimal(0)) for _, paper in self.history.get(ref, [])]
        return max(totals, default=Decimal(0))

    def document(self, paper: Paper) -> PaymentDocument:
        """Return the document as an adapter shows it."""
        agreement = next((self.agreements[contract] for contract, _ in paper.lines if contract), None)
        client = agreement.client if agreement else next(iter(self.agreements.values())).client
        total = sum((amount for _, amount in paper.lines), Decimal(0))
        return PaymentDocument(
            ref=paper.ref,
            version=f"v{paper.version}",
            number=paper.number,
            date=paper.at.date(),
            posted=paper.posted and not paper.marked,
            deletion_mark=paper.marked,
            paid=paper.paid if paper.ref.kind in _HAS_PAID else None,
            operation=OperationKind.CUSTOMER_PAYMENT,
            organization=Organization(
                id=organization_id(paper.organization),
                name=f"ООО {paper.organization}",
                inn=Inn(ORGANIZATION_INNS[paper.organization]),
                kpp="770101001",
            ),
            counterparty=Counterparty(
                id=counterparty_id(client.number),
                name=client.name,
                code=client.code,
                inn=Inn(client.inn),
                is_person=client.status == 1,
            ),
            currency=paper.currency,
            amount=total if paper.amount is None else paper.amount,
            lines=tuple(PaymentLine(contract=self._contract(id), amount=amount) for id, amount in paper.lines),
            paid_on=paper.at.date() if paper.ref.kind is _BANK and paper.paid else None,
            incoming_number=paper.incoming_number if paper.ref.kind is _BANK else "",
            incoming_date=paper.at.date() if paper.ref.kind is _BANK and paper.incoming_number else None,
            purpose=paper.purpose,
        )

    def _contract(self, id: ContractId | None) -> Contract | None:
        if id is None:
            return None
        subaccount = self.agreements[id].subaccount
        return Contract(id=id, name=id[-2:], subaccount_id=None if subaccount is None else SubaccountId(subaccount))


def organization_id(number: int) -> str:
    """Return the GUID of an organization."""
    return f"a0000000-0000-4000-8000-{number:012x}"


def counterparty_id(number: int) -> str:
    """Return the GUID of a counterparty."""
    return f"b0000000-0000-4000-8000-{number:012x}"


def make_ref(number: int, kind: DocumentKind) -> DocumentRef:
    """Return the reference of the document of this number."""
    return DocumentRef(kind, DocumentId(f"d0000000-0000-4000-8000-{number:012x}"))


def _agreements(clients: list[Client]) -> list[Agreement]:
    found, number = [], 0
    for client in clients:
        for subaccount in client.subaccounts:
            number += 1
            found.append(Agreement(id=contract_id(number), client=client, subaccount=subaccount))
    first = clients[0]
    # Another contract with the subaccount of the first one: money may move between them and stay where it is.
    found.append(Agreement(id=contract_id(number + 1), client=first, subaccount=first.subaccounts[0]))
    # One that nobody has filled in: it is bound by hand.
    found.append(Agreement(id=contract_id(number + 2), client=clients[-1], subaccount=None))
    return found
