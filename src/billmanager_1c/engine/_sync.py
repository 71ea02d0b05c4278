"""The blocking engine."""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
import uuid
from collections.abc import Iterable, Mapping

import attrs

from ..ledger import LinkState, Terms
from ..models import ContractId, DocumentRef, QuarantineCode, SubaccountId, guid
from ..plans.effects import Tell
from ..plans.export import check_switch, export, is_due
from ..plans.prepare import load_accounts
from ..plans.run import Run
from ..ports.clock import Clock
from ..ports.onec import History, OneCAdapter
from ..ports.store import Store
from ..reports import AccountsReport, ExportReport
from ._driver import Client, Gate, Hands, SystemClock
from ._policy import Policy, Schedule
from ._progress import Bar, Report

logger = logging.getLogger("billmanager_1c")


@attrs.frozen(kw_only=True)
class EngineStatus:
    """The exchange at a glance."""

    enabled: bool
    #: why a person paused it; None where nobody did
    paused: str | None
    #: documents that need work or attention
    depth: int
    #: when the one that waits longest changed in 1C
    oldest: dt.datetime | None
    #: lines whose last write nobody knows the end of
    unknown: int
    #: refused lines by code
    quarantined: Mapping[QuarantineCode, int]
    #: lines that stand in BILLmanager as they should
    synced: int


class SyncEngine:
    """Brings payment documents from 1C to BILLmanager, and subaccounts the other way.

    Sync means synchronise. One engine may be used from several threads; several engines may share one store.
    """

    def __init__(
        self,
        *,
        onec: OneCAdapter,
        billmanager: Client,
        store: Store,
        policy: Policy,
        schedule: Schedule | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.policy = policy
        self.schedule = schedule or Schedule()
        self._onec = onec
        self._client = billmanager
        self._store = store
        self._clock = clock or SystemClock()
        self._gate = Gate(policy.max_requests_per_second, self._clock)
        self._running: set[Run] = set()
        store.claim_base(onec.base)

    # -- the two jobs --------------------------------------------------------------------------------------------

    def load_accounts(self) -> AccountsReport:
        """Load the subaccounts from BILLmanager into the store and, where the adapter can, into 1C.

        Raises:
            EngineDisabled: the exchange is switched off or paused.
            BillManager1CError: what the client, the adapter or the store raised; nothing was closed by it.
        """
        hands = self._hands(self._run())
        hands.drive(check_switch())
        now = self._clock.now()
        self._store.job_started("accounts", now)
        report = hands.drive(load_accounts(now))
        self._store.job_succeeded("accounts", self._clock.now())
        logger.info("%s", report)
        return report

    def export_payments(
        self,
        refs: Iterable[DocumentRef] | None = None,
        limit: int | None = None,
        *,
        progress: bool | Report = False,
    ) -> ExportReport:
        """Ask 1C for changes and bring BILLmanager into agreement with them.

        Args:
            refs: only these documents; they are read from 1C at once.
            limit: deliver so many documents at the most.
            progress: True for a tqdm bar where it is installed, or a function that is told.

        Trouble that passes by itself is in the report, and its lines are postponed.

        Raises:
            EngineDisabled: the exchange is switched off or paused.
            ModuleStillActive: ISPsystem's own module is switched on in the infobase.
            BillManager1CError: a person must change something (``repeat`` is ``NEVER``): a password, a right, an
                address. What was done until then is kept.
        """
        return self._export(refs, limit, progress, now_or_never=True)

    def run_due(self, now: dt.datetime | None = None) -> list[AccountsReport | ExportReport]:
        """Run what is due by the schedule and return the reports. ``now`` must be aware."""
        moment = now or self._clock.now()
        reports: list[AccountsReport | ExportReport] = []
        hands = self._hands(self._run())
        if hands.drive(is_due("accounts", self.schedule.accounts, moment)):
            reports.append(self.load_accounts())
        if hands.drive(is_due("export", self.schedule.export, moment)):
            reports.append(self._export(None, None, False, now_or_never=False))
        return reports

    # -- what people decide --------------------------------------------------------------------------------------

    def record_change(self, ref: DocumentRef) -> None:
        """Remember that a document changed in 1C: the next export reads it whatever the adapter shows."""
        self._store.note_changed([ref], at=self._clock.now())

    def bind(self, contract_id: str, subaccount_id: int | None) -> None:
        """Bind a contract that names no subaccount in 1C to one; None removes the binding."""
        bound = SubaccountId(int(subaccount_id)) if subaccount_id is not None else None
        self._store.bind(ContractId(guid(contract_id)), bound, actor="person", at=self._clock.now())

    def enable(self) -> None:
        """Switch the exchange on; it stays so over restarts."""
        self._store.set_switch(attrs.evolve(self._store.switch(), enabled=True))

    def disable(self) -> None:
        """Switch the exchange off; it stays so over restarts."""
        self._store.set_switch(attrs.evolve(self._store.switch(), enabled=False))

    def pause(self, reason: str) -> None:
        """Stop every run until :meth:`resume`, and say why to whoever tries."""
        self._store.set_switch(attrs.evolve(self._store.switch(), paused=reason))

    def resume(self) -> None:
        """End a pause."""
        self._store.set_switch(attrs.evolve(self._store.switch(), paused=None))

    def stop(self) -> None:
        """Let the runs under way come to an end: what is begun is finished, nothing else is begun.

        To be called from another thread or a signal handler. Each run returns its report; what it did not come to
        is done by the next one.
        """
        for run in tuple(self._running):
            run.stopping = True

    def status(self) -> EngineStatus:
        """Return the exchange at a glance; nothing is asked over the wire."""
        switch, summary = self._store.switch(), self._store.summary()
        return EngineStatus(
            enabled=switch.enabled,
            paused=switch.paused,
            depth=summary.open_documents,
            oldest=summary.oldest_open,
            unknown=sum(n for state, n in summary.links.items() if state.is_intent or state.is_unknown),
            quarantined=summary.quarantined,
            synced=summary.links.get(LinkState.SYNCED, 0),
        )

    # -- inside --------------------------------------------------------------------------------------------------

    def _export(
        self, refs: Iterable[DocumentRef] | None, limit: int | None, progress: bool | Report, *, now_or_never: bool
    ) -> ExportReport:
        run = self._run(now_or_never=now_or_never)
        bar = Bar(progress, "export")
        self._running.add(run)
        try:
            only = None if refs is None else tuple(refs)
            report = self._hands(run, bar).drive(export(run, refs=only, limit=limit))
        finally:
            self._running.discard(run)
            bar.close()
        logger.info("export: %s", report.counts)
        return report

    def _run(self, *, now_or_never: bool = True) -> Run:
        policy = self.policy
        return Run(
            terms=Terms(
                base=self._onec.base,
                owner=f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}",
                lease=policy.lease,
                settle=policy.settle,
                retry_first=policy.retry_first,
                retry_last=policy.retry_last,
            ),
            export_from=policy.export_from,
            payer_fallback=policy.payer_fallback,
            method_names=policy.method_names,
            now_or_never=now_or_never,
            has_history=isinstance(self._onec, History),
            patience=max(3, policy.concurrency),
        )

    def _hands(self, run: Run, bar: Bar | None = None) -> Hands:
        def watch(told: Tell) -> None:
            if told.warning:
                logger.warning("%s", told.warning)
            if bar is not None:
                bar.advance(expected=told.expected, done=told.done)

        return Hands(
            onec=self._onec,
            client=self._client,
            store=self._store,
            clock=self._clock,
            gate=self._gate,
            run=run,
            timeout=self.policy.timeout.total_seconds(),
            concurrency=self.policy.concurrency,
            watch=watch,
        )
