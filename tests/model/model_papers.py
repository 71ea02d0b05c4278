"""What 1C may say of the document of the model: a small set of papers, any of which may follow any other."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import attrs

from billmanager_1c.ledger import Dossier, Sighting, Target, Unwanted, Want
from billmanager_1c.models import (
    AccountId,
    CompanyId,
    Contract,
    ContractId,
    CurrencyId,
    DocumentKind,
    DocumentRef,
    PayerId,
    PaymentDocument,
    PaymentLine,
    PaymentMethodId,
    ProviderId,
    SubaccountId,
)

REF = DocumentRef(DocumentKind.CASH_RECEIPT, "00000000-0000-4000-8000-000000000001")
A = ContractId("00000000-0000-4000-8000-00000000000a")
B = ContractId("00000000-0000-4000-8000-00000000000b")
NAMES = {A: "A", B: "B"}
DAY = dt.date(2026, 11, 2)
#: what no paper of the model ever exceeds: more than this never stands credited
CEILING = 100


@attrs.frozen(kw_only=True)
class Line:
    """A line of a paper."""

    contract: ContractId
    amount: int
    #: the subaccount, which is also the number of its provider
    subaccount: int = 1


@attrs.frozen
class Paper:
    """What 1C says."""

    name: str
    lines: tuple[Line, ...] = ()

    @property
    def document(self) -> PaymentDocument:
        """The document as an adapter would hand it over."""
        lines = tuple(
            PaymentLine(contract=Contract(id=line.contract, subaccount_id=line.subaccount), amount=Decimal(line.amount))
            for line in self.lines
        )
        return PaymentDocument(
            ref=REF,
            version="1",
            number="1",
            date=DAY,
            posted=bool(lines),
            amount=sum((line.amount for line in lines), Decimal(0)),
            lines=lines,
        )

    @property
    def sighting(self) -> Sighting:
        """The document as the rules judge it."""
        amounts = {line.contract: Decimal(line.amount) for line in self.lines}
        return Sighting(
            ref=REF, digest=self.name, version="1", amounts=amounts, reason="" if amounts else "it is not posted"
        )

    def wants(self, dossier: Dossier) -> dict[ContractId, Want]:
        """What should stand in BILLmanager, as ``plans.resolve`` says it."""
        gone: Want = Unwanted(reason="it is not money of this contract")
        wants = dict.fromkeys(dossier.links, gone)
        return wants | {line.contract: _target(line) for line in self.lines}


def _target(line: Line) -> Target:
    return Target(
        account_id=AccountId(1),
        subaccount_id=SubaccountId(line.subaccount),
        provider_id=ProviderId(line.subaccount),
        currency_id=CurrencyId(126),
        payer_id=PayerId(1),
        company_id=CompanyId(1),
        method_id=PaymentMethodId(1),
        amount=Decimal(line.amount),
        paid_on=DAY,
        document_number="1",
        document_date=DAY,
        description="",
        mark="",
    )


WHOLE = Paper("100 for A", (Line(contract=A, amount=100),))
HALF = Paper("50 for A", (Line(contract=A, amount=50),))
NOTHING = Paper("not posted")
ELSEWHERE = Paper("100 for A on subaccount 2", (Line(contract=A, amount=100, subaccount=2),))
REKEYED = Paper("100 for B, which keeps the subaccount", (Line(contract=B, amount=100),))
MOVED = Paper("100 for B on subaccount 2", (Line(contract=B, amount=100, subaccount=2),))
SPLIT = Paper("60 for A, 40 for B", (Line(contract=A, amount=60), Line(contract=B, amount=40, subaccount=2)))
SHIFTED = Paper("40 for A, 60 for B", (Line(contract=A, amount=40), Line(contract=B, amount=60, subaccount=2)))
