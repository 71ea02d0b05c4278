"""One document, its dossier and a clock, for tests of what the core decides."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from billmanager_1c import ledger
from billmanager_1c.ledger import AttemptOp, Dossier, Terms, Tick
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
    PaymentId,
    PaymentLine,
    PaymentMethodId,
    ProviderId,
    SubaccountId,
)

REF = DocumentRef(DocumentKind.CASH_RECEIPT, "00000000-0000-4000-8000-000000000001")
ONE = ContractId("00000000-0000-4000-8000-00000000000a")
TWO = ContractId("00000000-0000-4000-8000-00000000000b")
THREE = ContractId("00000000-0000-4000-8000-00000000000c")
NOON = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)


def terms(owner: str = "worker 1") -> Terms:
    """Terms of a run."""
    minute = dt.timedelta(minutes=1)
    return Terms(
        base="upp", owner=owner, lease=5 * minute, settle=15 * minute, retry_first=minute, retry_last=60 * minute
    )


class World:
    """One document, its dossier, and a clock."""

    def __init__(self, **amounts: str) -> None:
        self.dossier = Dossier(ref=REF)
        self.now = NOON
        self.names = 0
        self.high_water = 0
        #: which subaccount each contract names
        self.subaccounts = {ONE: 1, TWO: 2, THREE: 3}
        #: payments that may be the money of a line already
        self.suspected: dict[ContractId, PaymentId] = {}
        #: what every line is for
        self.purpose = ""
        self.show(**(amounts or {"one": "100.00"}))

    def tick(self) -> Tick:
        self.names += 1
        self.now += dt.timedelta(seconds=1)
        return Tick(now=self.now, attempt_id=ledger.AttemptId(f"a{self.names}"), high_water=self.high_water)

    def wait(self, minutes: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(minutes=minutes)

    def show(self, **amounts: str) -> None:
        """Let 1C show these amounts."""
        names = {"one": ONE, "two": TWO, "three": THREE}
        self.amounts = {names[name]: Decimal(amount) for name, amount in amounts.items()}
        lines = tuple(PaymentLine(contract=Contract(id=id), amount=amount) for id, amount in self.amounts.items())
        document = PaymentDocument(
            ref=REF,
            version="1",
            number="1",
            date=NOON.date(),
            posted=True,
            amount=sum(self.amounts.values(), Decimal(0)),
            lines=lines,
        )
        sighting = ledger.Sighting(
            ref=REF, digest=repr((amounts, self.purpose)), version="1", amounts=self.amounts, reason="not posted"
        )
        self.dossier = ledger.observe(self.dossier, sighting, document, self.tick()).dossier

    def wants(self) -> dict[ContractId, ledger.Want]:
        """Resolve the lines."""
        gone = ledger.Unwanted(reason="gone")
        wants = {id: self.target(id) if id in self.amounts else gone for id in self.dossier.links}
        return wants | {id: ledger.Suspected(payment_id=twin, reason="a twin?") for id, twin in self.suspected.items()}

    def target(self, contract_id: ContractId) -> ledger.Target:
        """Return what the line should be."""
        return ledger.Target(
            account_id=AccountId(1),
            subaccount_id=SubaccountId(self.subaccounts[contract_id]),
            provider_id=ProviderId(1),
            currency_id=CurrencyId(126),
            payer_id=PayerId(1),
            company_id=CompanyId(1),
            method_id=PaymentMethodId(1),
            amount=self.amounts[contract_id],
            paid_on=NOON.date(),
            document_number="1",
            document_date=NOON.date(),
            description=self.purpose,
            mark="",
        )

    @property
    def revision(self) -> int:
        assert self.dossier.record is not None
        return self.dossier.record.observed_rev

    def start(self, owner: str = "worker 1") -> ledger.Step:
        verdict = ledger.start(self.dossier, self.wants(), self.revision, terms(owner), self.tick(), now_or_never=True)
        self.dossier = verdict.dossier
        return verdict.result

    def tell(self, step: ledger.Perform | ledger.Look, answer: ledger.Answer, owner: str = "worker 1") -> ledger.Step:
        verdict = ledger.proceed(
            self.dossier, step.attempt, answer, self.wants(), self.revision, terms(owner), self.tick()
        )
        self.dossier = verdict.dossier
        return verdict.result

    def tell_seen(self, step: ledger.Step, *, credited: bool, owner: str = "worker 1") -> ledger.Step:
        """Tell how a cancelled payment was found."""
        assert isinstance(step, ledger.LookBack)
        seen = ledger.LookedBack(contract_id=step.contract_id, credited=credited)
        verdict = ledger.look_back(self.dossier, seen, self.wants(), self.revision, terms(owner), self.tick())
        self.dossier = verdict.dossier
        return verdict.result


UNKNOWN = ledger.Failed(trouble=ledger.Trouble.UNKNOWN, reason="silence")
NOT_SENT = ledger.Failed(trouble=ledger.Trouble.NOT_SENT, reason="no connection")
NO_EFFECT = ledger.Looked(finding=ledger.Finding.NO_EFFECT)


def perform(step: ledger.Step) -> ledger.Perform:
    """Take a step for a write."""
    assert isinstance(step, ledger.Perform)
    return step


def look(step: ledger.Step) -> ledger.Look:
    """Take a step for a look."""
    assert isinstance(step, ledger.Look)
    return step


def operation(step: ledger.Step) -> tuple[AttemptOp, ContractId]:
    """Say what is to be written, and for which line."""
    return perform(step).attempt.op, perform(step).attempt.contract_id


def done(step: ledger.Perform) -> ledger.Done:
    """Say yes to a write."""
    return ledger.Done(payment_id=PaymentId(7) if step.attempt.op is AttemptOp.CREATE else None)


def deliver(world: World) -> list[AttemptOp]:
    """Say yes to everything; return the writes in order."""
    writes = []
    step = world.start()
    while isinstance(step, ledger.Perform):
        writes.append(step.attempt.op)
        answer = done(step)
        if step.attempt.op is AttemptOp.CREATE:
            answer = ledger.Done(payment_id=PaymentId(7 + len(world.dossier.attempts)))
        step = world.tell(step, answer)
    assert isinstance(step, ledger.Finished)
    return writes
