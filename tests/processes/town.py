"""A small town in both simulators, and the person who keeps its books in 1C while the exchange runs."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal
from random import Random

import attrs

from billmanager_1c.matching import METHOD_NAMES
from billmanager_1c.models import DocumentKind, DocumentRef
from billmanager_1c.testing import BillManagerSimulator, OneCSimulator
from billmanager_1c.testing.world import FIRST_DAY, make_inn

BASE = "upp"
KPP = "770101001"
#: few, so that payments of different documents look alike
AMOUNTS = tuple(map(Decimal, ("100.00", "250.50", "700.00", "999.99")))


FIRST = 12
"""So many documents are entered before any is corrected."""


@attrs.frozen
class Client:
    """A client of both systems."""

    #: contracts in 1C: the first two share a subaccount, the third has its own
    contracts: tuple[str, ...]


@attrs.define
class Paper:
    """What stands in 1C in one document, and the most that ever stood there."""

    ref: DocumentRef
    client: Client
    lines: dict[str, Decimal]
    purpose: str
    posted: bool = True
    deleted: bool = False
    #: the greatest sum, and the most lines, of any revision
    peak: Decimal = Decimal(0)
    width: int = 0

    @property
    def wanted(self) -> dict[str, Decimal]:
        """What should stand in BILLmanager, by contract."""
        return self.lines if self.posted and not self.deleted else {}

    def grow(self) -> None:
        """Remember the present revision in the peaks: to be done before 1C shows it."""
        self.peak = max(self.peak, sum(self.lines.values(), Decimal(0)))
        self.width = max(self.width, len(self.lines))


class Town:
    """Both systems, filled for one company, two providers and some clients of two subaccounts each."""

    def __init__(self, bill: BillManagerSimulator, onec: OneCSimulator, *, clients: int) -> None:
        self.bill, self.onec = bill, onec
        self.subaccount_of: dict[str, int] = {}
        providers = [bill.add_provider(name) for name in ("Север", "Юг")]
        company = bill.add_company("ООО Север", inn=make_inn(1), kpp=KPP, providers=providers)
        for words in METHOD_NAMES.values():
            bill.add_method(words, name_ru=words, providers=providers, companies=[company])
        organization = onec.add_organization("ООО «Север»", inn=make_inn(1), kpp=KPP)
        self.clients = [self._client(number, providers, organization) for number in range(clients)]

    def _client(self, number: int, providers: list[int], organization: str) -> Client:
        name, inn = f"ООО «Проба-{number}»", make_inn(1000 + number)
        account = self.bill.add_account(name)
        self.bill.add_payer(account, name=name, inn=inn, legal_status=2)
        counterparty = self.onec.add_counterparty(name, inn=inn)
        shared, own = (self.bill.add_subaccount(account, provider=provider) for provider in providers)
        contracts = []
        for subaccount in (shared, shared, own):
            contract = self.onec.add_contract(
                counterparty, organization, name=f"№ {number}/{len(contracts) + 1}", subaccount_id=subaccount
            )
            self.subaccount_of[contract] = subaccount
            contracts.append(contract)
        return Client(tuple(contracts))


class Person:
    """An accountant: enters documents, corrects them, takes them back. What she does is a matter of her dice."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._lock = threading.Lock()
        #: with so many documents she enters few new ones
        self.busy = 40
        #: by GUID without hyphens, as marks name them
        self.papers: dict[str, Paper] = {}

    def acts(self, chance: Random) -> None:
        """Do one thing."""
        deeds: tuple[Callable[[Random, Paper], None], ...] = (
            self._change_amount,
            self._move_to_another_contract,
            self._split,
            self._toggle_posting,
            self._toggle_existence,
            self._post_again,
            self._reword,
        )
        with self._lock:
            if len(self.papers) < FIRST or chance.random() < (0.4 if len(self.papers) < self.busy else 0.03):
                self._enter(chance)
            else:
                chance.choice(deeds)(chance, chance.choice(list(self.papers.values())))

    def _enter(self, chance: Random) -> None:
        client = chance.choice(self._town.clients)
        contracts = chance.sample(client.contracts, chance.choice((1, 1, 1, 2)))
        lines = {contract: chance.choice(AMOUNTS) for contract in contracts}
        kind, guid = chance.choice(list(DocumentKind)), f"{chance.getrandbits(128):032x}"
        paper = Paper(DocumentRef(kind, _hyphened(guid)), client, lines, f"Оплата {len(self.papers) + 1}")
        paper.grow()
        self.papers[guid] = paper
        day = dt.datetime.combine(FIRST_DAY + dt.timedelta(days=chance.randrange(20)), dt.time(12))
        self._town.onec.add_document(
            kind, lines=list(lines.items()), date=day, purpose=paper.purpose, guid=paper.ref.id
        )

    def _rewrite(self, paper: Paper, lines: dict[str, Decimal]) -> None:
        if paper.deleted:
            return
        paper.lines = lines
        paper.grow()
        self._town.onec.change_document(paper.ref.id, lines=list(lines.items()))

    def _change_amount(self, chance: Random, paper: Paper) -> None:
        contract = chance.choice(list(paper.lines))
        self._rewrite(paper, {**paper.lines, contract: chance.choice(AMOUNTS)})

    def _move_to_another_contract(self, chance: Random, paper: Paper) -> None:
        """Of the same subaccount, or of another one."""
        (free, *_) = [each for each in paper.client.contracts if each not in paper.lines] or [None]
        if free is not None:
            left = dict(paper.lines)
            amount = left.pop(chance.choice(list(left)))
            self._rewrite(paper, {**left, free: amount})

    def _split(self, chance: Random, paper: Paper) -> None:
        """Share the money among two contracts, or bring it together again."""
        amount = sum(paper.lines.values(), Decimal(0))
        one, other = chance.sample(paper.client.contracts, 2)
        part = (amount / 3).quantize(Decimal("0.01"))
        self._rewrite(paper, {one: amount} if len(paper.lines) > 1 else {one: part, other: amount - part})

    def _toggle_posting(self, chance: Random, paper: Paper) -> None:
        if not paper.deleted:
            paper.posted = not paper.posted
            (self._town.onec.repost if paper.posted else self._town.onec.unpost)(paper.ref.id)

    def _toggle_existence(self, chance: Random, paper: Paper) -> None:
        paper.deleted = not paper.deleted
        (self._town.onec.delete if paper.deleted else self._town.onec.restore)(paper.ref.id)

    def _post_again(self, chance: Random, paper: Paper) -> None:
        if paper.wanted:
            self._town.onec.repost(paper.ref.id)

    def _reword(self, chance: Random, paper: Paper) -> None:
        if not paper.deleted:
            paper.purpose += "!"
            self._town.onec.change_document(paper.ref.id, purpose=paper.purpose)


def _hyphened(guid: str) -> str:
    return "-".join((guid[:8], guid[8:12], guid[12:16], guid[16:20], guid[20:]))
