"""The blocking engine."""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed

import attrs

from ..errors import BillManager1CError, EngineDisabled, ModuleStillActive, NotPublished, Repeat
from ..ledger import LinkState, Terms, amount_in
from ..models import ContractId, DocumentRef, QuarantineCode, SubaccountId, guid
from ..plans.collect import Collected, collect, reread, take_in
from ..plans.deliver import deliver
from ..plans.prepare import load_accounts, load_payers, prepare
from ..plans.resolve import accounts_of, subaccount_id_of
from ..plans.run import Run
from ..ports.clock import Clock
from ..ports.onec import History, OneCAdapter, RivalModule
from ..ports.store import Store, Switch
from ..reports import AccountsReport, Action, ExportReport, Outcome
from ._driver import Client, Gate, Hands, SystemClock
from ._policy import Policy, Schedule
from ._progress import Bar, Report

logger = logging.getLogger("billmanager_1c")

BATCH = 200
"""Documents prepared together."""


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
        store.claim_base(onec.base)

    # -- the two jobs --------------------------------------------------------------------------------------------

    def load_accounts(self) -> AccountsReport:
        """Load the subaccounts from BILLmanager into the store and, where the adapter can, into 1C.

        Raises:
            EngineDisabled: the exchange is switched off or paused.
            BillManager1CError: what the client, the adapter or the store raised; nothing was closed by it.
        """
        self._check_switch()
        now = self._clock.now()
        self._store.job_started("accounts", now)
        report = self._hands(self._run()).drive(load_accounts(now))
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
        if self._is_due("accounts", self.schedule.accounts, moment):
            reports.append(self.load_accounts())
        if self._is_due("export", self.schedule.export, moment):
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
        self._check_switch()
        self._check_rival()
        started = self._clock.now()
        self._store.job_started("export", started)
        run = self._run(now_or_never=now_or_never)
        hands = self._hands(run)
        problems: list[BillManager1CError] = []
        only = None if refs is None else list(refs)
        collected = self._collect(hands, run, only, started, problems)
        outcomes: list[Outcome] = []
        bar = Bar(progress, "export")
        try:
            outcomes += self._deliver_all(hands, run, only, limit, bar, problems)
        finally:
            bar.close()
        if run.fatal is not None:
            raise run.fatal
        outcomes += self._rested(collected, {outcome.ref for outcome in outcomes})
        if not problems:
            self._store.job_succeeded("export", self._clock.now())
        report = ExportReport(
            started_at=started, finished_at=self._clock.now(), outcomes=tuple(outcomes), problems=tuple(problems)
        )
        logger.info("export: %s", report.counts)
        return report

    def _collect(
        self,
        hands: Hands,
        run: Run,
        only: list[DocumentRef] | None,
        now: dt.datetime,
        problems: list[BillManager1CError],
    ) -> Collected:
        collected = Collected()
        try:
            if only is not None:
                hands.drive(take_in(run, only, collected))
                return collected
            collected = hands.drive(collect(run, self._onec.base))
            if isinstance(self._onec, History) and self._is_due("history", dt.timedelta(days=1), now):
                self._store.job_started("history", now)
                older = hands.drive(collect(run, self._onec.base, since=self.policy.export_from))
                self._store.job_succeeded("history", now)
                collected.changed |= older.changed
                collected.unchanged |= older.unchanged
            hands.drive(reread(run, collected))
        except BillManager1CError as error:
            _raise_unless_passing(error)
            problems.append(error)
            logger.warning("1C could not be asked for changes: %s", error.message)
        return collected

    def _deliver_all(
        self,
        hands: Hands,
        run: Run,
        only: list[DocumentRef] | None,
        limit: int | None,
        bar: Bar,
        problems: list[BillManager1CError],
    ) -> list[Outcome]:
        outcomes: dict[DocumentRef, list[Outcome]] = {}
        after, prepared = 0, False
        with ThreadPoolExecutor(self.policy.concurrency, thread_name_prefix="billmanager-1c") as pool:
            while limit is None or len(outcomes) < limit:
                due_by = None if run.now_or_never else self._clock.now()
                found = self._store.open_documents(after=after, limit=BATCH, due_by=due_by)
                if not found:
                    break
                after = found[-1][0]
                refs = [ref for _, ref in found if only is None or ref in only]
                refs = refs[: None if limit is None else limit - len(outcomes)]
                if not refs:
                    continue
                try:
                    if not prepared:
                        hands.drive(prepare(run))
                        self._refresh_accounts(hands, run, refs)
                        prepared = True
                    self._load_payers(hands, run, refs, pool)
                except BillManager1CError as error:
                    _raise_unless_passing(error)
                    problems.append(error)
                    break
                bar.expect(len(refs))
                outcomes.update(self._deliver_batch(hands, run, refs, bar, pool))
                if self._is_silent(run):
                    break
            again = [ref for ref, lines in outcomes.items() if _to_be_retried(lines)]
            if again and run.now_or_never and not self._is_silent(run):
                # One more look at what the wire left in doubt: most of it is settled by reading.
                bar.expect(len(again))
                for ref, lines in self._deliver_batch(hands, run, again, bar, pool).items():
                    outcomes[ref] = _merged(outcomes[ref], lines)
        return [outcome for lines in outcomes.values() for outcome in lines]

    def _deliver_batch(
        self, hands: Hands, run: Run, refs: list[DocumentRef], bar: Bar, pool: ThreadPoolExecutor
    ) -> dict[DocumentRef, list[Outcome]]:
        results: dict[DocumentRef, list[Outcome]] = {}
        waiting = list(refs)
        while waiting and not run.proven and not self._is_silent(run):
            # The first payment goes alone: what it shows is asked for all the others.
            ref = waiting.pop(0)
            results[ref] = hands.drive(deliver(ref, run))
            bar.step()

        def work(ref: DocumentRef) -> list[Outcome]:
            return [] if self._is_silent(run) else hands.drive(deliver(ref, run))

        futures = {pool.submit(work, ref): ref for ref in waiting}
        for future in as_completed(futures):
            results[futures[future]] = future.result()
            bar.step()
        return results

    def _is_silent(self, run: Run) -> bool:
        """True if it makes no sense to go on: a person is needed, or nobody answers."""
        return run.fatal is not None or run.silence >= max(3, self.policy.concurrency)

    def _refresh_accounts(self, hands: Hands, run: Run, refs: list[DocumentRef]) -> None:
        """Load the accounts once more if a document names one that is not known: its client may be new."""
        for ref in refs:
            record = self._store.dossier(ref).record
            for line in record.document.lines if record and record.wanted else ():
                named = subaccount_id_of(record.document, line.contract.id, run) if record and line.contract else None
                if named is not None and named not in run.reference.subaccounts:
                    hands.drive(load_accounts(self._clock.now()))
                    run.reference.subaccounts = self._store.subaccounts()
                    return

    def _load_payers(self, hands: Hands, run: Run, refs: list[DocumentRef], pool: ThreadPoolExecutor) -> None:
        records = [self._store.dossier(ref).record for ref in refs]
        wanted = [accounts_of(record.document, run) for record in records if record and record.wanted]
        missing = sorted(set().union(*wanted) - set(run.reference.payers))
        for future in [pool.submit(hands.drive, load_payers(run, account_id)) for account_id in missing]:
            future.result()

    def _rested(self, collected: Collected, delivered: set[DocumentRef]) -> list[Outcome]:
        """Account for documents that were read and needed nothing."""
        outcomes: list[Outcome] = []
        for ref in sorted((collected.changed | collected.unchanged) - delivered, key=str):
            dossier = self._store.dossier(ref)
            record = dossier.record
            if record is None or dossier.is_open:
                continue
            exported = any(link.state is LinkState.SYNCED for link in dossier.links.values())
            contracts: list[ContractId | None] = list(dossier.links)
            if not contracts:
                contracts = list({line.contract.id: None for line in record.document.lines if line.contract}) or [None]
            outcomes += [
                Outcome(
                    ref=ref,
                    contract_id=contract_id,
                    action=Action.UNCHANGED if exported else Action.SKIPPED,
                    amount=record.document.amount if contract_id is None else amount_in(record.document, contract_id),
                    currency=record.document.currency,
                    number=record.document.number.strip(),
                    date=record.document.date,
                    reason=record.reason,
                )
                for contract_id in contracts
            ]
        return outcomes

    def _check_switch(self) -> None:
        switch: Switch = self._store.switch()
        if not switch.enabled:
            raise EngineDisabled("The exchange is switched off. Call engine.enable() to switch it on.")
        if switch.paused is not None:
            raise EngineDisabled(f"The exchange is paused: {switch.paused}. Call engine.resume() to go on.")

    def _check_rival(self) -> None:
        if not isinstance(self._onec, RivalModule):
            return
        try:
            address = self._onec.module_address()
        except NotPublished:
            return
        except BillManager1CError as error:
            _raise_unless_passing(error)
            return
        if address:
            raise ModuleStillActive(
                f"ISPsystem's own module is switched on in infobase {self._onec.base!r} (for {address}). Two exporters "
                "would credit every payment twice: clear the module's server address in 1C first."
            )

    def _is_due(self, name: str, every: dt.timedelta, now: dt.datetime) -> bool:
        last = self._store.job(name).last_success
        return last is None or now - last >= every

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
        )

    def _hands(self, run: Run) -> Hands:
        return Hands(
            onec=self._onec,
            client=self._client,
            store=self._store,
            clock=self._clock,
            gate=self._gate,
            run=run,
            timeout=self.policy.timeout.total_seconds(),
        )


def _raise_unless_passing(error: BillManager1CError) -> None:
    if error.repeat is Repeat.NEVER:
        raise error


def _to_be_retried(lines: list[Outcome]) -> bool:
    return any(outcome.action is Action.POSTPONED for outcome in lines)


def _merged(first: list[Outcome], second: list[Outcome]) -> list[Outcome]:
    """Keep what the first turn did where the second found nothing left to do."""
    earlier = {outcome.contract_id: outcome for outcome in first}
    kept = []
    for outcome in second:
        before = earlier.get(outcome.contract_id)
        idle = outcome.action is Action.UNCHANGED and before is not None and before.action is not Action.POSTPONED
        kept.append(before if idle and before is not None else outcome)
    return kept
