"""A small world and an engine on it, shared by the tests of the engine."""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import ExitStack
from decimal import Decimal
from typing import Any, Literal, cast

import attrs
from faces import BlockingFace

from billmanager_1c import AsyncSyncEngine, MemoryStore, Policy, SyncEngine
from billmanager_1c.models import DocumentKind, DocumentRef
from billmanager_1c.testing import WorldClock
from billmanager_1c.testing.ready import settings_for
from billmanager_1c.testing.world import FIRST_DAY, World, make_world

__all__ = ["FIRST_DAY", "Colour", "Stage", "add_one", "add_sister", "make_world"]

Colour = Literal["blocking", "async"]

SOON = dt.timedelta(0)


class Stage:
    """A small world, and an engine on it."""

    def __init__(
        self,
        world: World,
        stack: ExitStack,
        *,
        password: str = "secret",
        auth: Literal["authinfo", "session"] = "authinfo",
        colour: Colour = "blocking",
    ) -> None:
        self.world = world
        self.bill, self.onec = world.billmanager, world.onec
        settings = attrs.evolve(settings_for(self.bill, self.onec), password=password)
        self.client = stack.enter_context(settings.billmanager(transport=self.bill, auth=auth))
        self.adapter = stack.enter_context(settings.onec(transport=self.onec))
        self._colour = colour
        if colour == "async":
            self._runner = stack.enter_context(asyncio.Runner())
            self._async_client = settings.async_billmanager(transport=self.bill, auth=auth)
            stack.callback(lambda: self._runner.run(self._async_client.close()))
        self.clock = WorldClock(dt.datetime.now(dt.UTC))
        self.policy = Policy(export_from=FIRST_DAY, concurrency=4, settle=SOON)
        self.engine = self.begin_anew()

    def begin_anew(self, **policy: Any) -> SyncEngine:
        """Return an engine on a new, empty store."""
        self.store = MemoryStore()
        self.engine = self.make_engine(policy=attrs.evolve(self.policy, **policy))
        return self.engine

    def make_engine(self, **parts: Any) -> SyncEngine:
        """Return another engine on the same store; an async one has the face of a blocking one."""
        parts = {"onec": self.adapter, "store": self.store, "policy": self.policy, "clock": self.clock, **parts}
        if self._colour == "blocking":
            return SyncEngine(billmanager=self.client, **parts)
        engine = AsyncSyncEngine(billmanager=self._async_client, **parts)
        return cast(SyncEngine, BlockingFace(engine, self._runner))

    def is_exact(self) -> bool:
        """Every subaccount got exactly what its documents brought."""
        return all(self.bill.balance(id) == amount for id, amount in self.world.expected.items())

    def credited_twice(self) -> list[str]:
        """Marks under which more than one payment stands credited."""
        marks = [payment.info for payment in self.bill.payments() if self.bill.credited(payment.id)]
        return sorted({mark for mark in marks if marks.count(mark) > 1})


def add_one(stage: Stage, amount: str = "500.00", **fields: object) -> tuple[DocumentRef, int]:
    """Put one more payable document into 1C; return it and its subaccount."""
    bill, onec = stage.bill, stage.onec
    provider = min(row.provider_id for row in bill.subaccounts())
    account = bill.add_account("ООО «Проба»")
    bill.add_payer(account, name="ООО «Проба»", inn="7707083893", legal_status=2)
    subaccount = bill.add_subaccount(account, provider=provider)
    organization = onec.add_organization("ООО «Север»", inn=min(c.inn for c in bill.tables.companies.rows.values()))
    counterparty = onec.add_counterparty("ООО «Проба»", code="777", inn="7707083893")
    contract = onec.add_contract(counterparty, organization, name="Проба", subaccount_id=subaccount)
    kind = DocumentKind.INCOMING_PAYMENT_ORDER
    day = dt.datetime.combine(FIRST_DAY, dt.time(9))
    guid = onec.add_document(kind, lines=[(contract, Decimal(amount))], date=day, **fields)  # type: ignore[arg-type]
    return DocumentRef(kind, guid), subaccount


def add_sister(stage: Stage, ref: DocumentRef, subaccount: int) -> str:
    """Give the client of a document that was exported one more contract, for this subaccount; return it."""
    record = stage.store.dossier(ref).record
    assert record is not None
    assert record.document.counterparty is not None
    assert record.document.organization is not None
    return stage.onec.add_contract(
        record.document.counterparty.id, record.document.organization.id, name="Сестра", subaccount_id=subaccount
    )
