"""The blocking engine."""

from __future__ import annotations

import datetime as dt
import os
import socket
import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeVar

import attrs

from ..api import Dialect
from ..errors import BillManager1CError, UnknownDocument
from ..ledger import Terms
from ..matching import BindingSuggestion
from ..models import ContractId, DocumentRef, PaymentId, SubaccountId, guid
from ..plans.breaker import approve
from ..plans.decide import abandon_line, adopt_payment, dismiss_payment, list_refused, list_unknown, retry_line
from ..plans.effects import Plan, Tell
from ..plans.export import check_switch, collect_all, export, is_due
from ..plans.find import find_documents
from ..plans.foresee import make_plan
from ..plans.outcomes import Tally
from ..plans.prepare import load_accounts
from ..plans.reconcile.gather import reconcile_trees
from ..plans.recover import recover_links
from ..plans.run import Run
from ..plans.suggest import suggest_bindings
from ..ports.clock import Clock
from ..ports.onec import History, OneCAdapter
from ..ports.store import Store
from ..reports import (
    AccountsReport,
    DocumentSummary,
    Explanation,
    ExportPlan,
    ExportReport,
    Listing,
    Reconciliation,
    RecoveryReport,
    Refusal,
    UnknownOutcome,
    explain,
    found_documents,
    narrate,
    refusals,
    suggestions,
    unknown_outcomes,
)
from ._driver import Client, DryHands, Gate, Hands, SystemClock
from ._events import Emitter, EventKind, Watch
from ._overlay import OverlayStore
from ._policy import Policy, Schedule
from ._progress import Bar, Report
from ._status import EngineStatus

R = TypeVar("R")


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
        on_event: Watch | None = None,
    ) -> None:
        self.policy = policy
        self.schedule = schedule or Schedule()
        self._onec = onec
        self._client = billmanager
        self._store = store
        self._clock = clock or SystemClock()
        self._gate = Gate(policy.max_requests_per_second, self._clock)
        self._running: set[Run] = set()
        self._on_event = on_event
        store.claim_base(onec.base)

    # -- the two jobs --------------------------------------------------------------------------------------------

    def load_accounts(self, *, progress: bool | Report = False) -> AccountsReport:
        """Load the subaccounts from BILLmanager into the store and, where the adapter can, into 1C.

        Args:
            progress: as for :meth:`export_payments`, here and in every other verb that may take long.

        Raises:
            EngineDisabled: the exchange is switched off or paused.
            BillManager1CError: what the client, the adapter or the store raised; nothing was closed by it.
        """
        self._drive(check_switch())
        now = self._clock.now()
        self._store.job_started("accounts", now)
        report = self._watched("accounts", self._run(), progress, load_accounts(now))
        self._store.job_succeeded("accounts", self._clock.now())
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
            progress: True for a tqdm bar where it is installed, or a function that is given a :class:`.Progress`.

        Trouble that passes by itself is in the report, and its lines are postponed.

        Raises:
            EngineDisabled: the exchange is switched off or paused.
            ModuleStillActive: ISPsystem's own module is switched on in the infobase.
            BillManager1CError: a person must change something (``repeat`` is ``NEVER``): a password, a right, an
                address. What was done until then is kept.
        """
        return self._export(refs, limit, progress, now_or_never=True)

    def run_due(
        self, now: dt.datetime | None = None, *, progress: bool | Report = False
    ) -> list[AccountsReport | ExportReport]:
        """Run what is due by the schedule and return the reports. ``now`` must be aware."""
        moment = now or self._clock.now()
        reports: list[AccountsReport | ExportReport] = []
        if self._drive(is_due("accounts", self.schedule.accounts, moment)):
            reports.append(self.load_accounts(progress=progress))
        if self._drive(is_due("export", self.schedule.export, moment)):
            reports.append(self._export(None, None, progress, now_or_never=False))
        return reports

    def plan(self, refs: Iterable[DocumentRef] | None = None, *, progress: bool | Report = False) -> ExportPlan:
        """Say what the next export would do, line by line; nothing is written anywhere.

        Raises:
            BillManager1CError: a person must change something, as for :meth:`export_payments`.
        """
        run = self._run()
        with Bar(progress, "plan", self._clock.monotonic) as bar:
            return self._dry_hands(run, bar).drive(make_plan(run, self._dialect, None if refs is None else tuple(refs)))

    def apply(self, plan: ExportPlan, *, progress: bool | Report = False) -> ExportReport:
        """Export just the documents of a plan. Those that read otherwise in 1C by now are left for a new plan."""
        documents = plan.documents()
        return self._export(documents, None, progress, now_or_never=True, only=documents)

    def approve(self, plan: ExportPlan) -> None:
        """Let the changes and cancellations of a plan through, however many they are.

        It holds for these documents as long as they read in 1C as they do in the plan.
        """
        self._drive(approve(plan.documents().items()))

    def recover_links(self, since: dt.date, *, progress: bool | Report = False) -> RecoveryReport:
        """Bind again what a lost or restored store has forgotten: payments made since a day, by their marks.

        Where ISPsystem's module worked in the same infobase, its register is read too. Do this before the first
        export; it may be done again at any time.
        """
        run = self._run()
        return self._watched("recover_links", run, progress, recover_links(run, since))

    def reconcile(
        self, since: dt.date, until: dt.date | None = None, *, progress: bool | Report = False
    ) -> Reconciliation:
        """Compare 1C, the store and BILLmanager for the documents of some days; nothing is written anywhere.

        A store that was opened read-only will do. What agrees costs a row of a list, everything else a form or two;
        what would be called missing is looked for twice.

        Args:
            since: the first day, by the documents' dates.
            until: the last day; None for no end.
            progress: as for :meth:`export_payments`.

        Raises:
            BillManager1CError: something could not be read; then nothing is concluded.
        """
        run = self._run()
        return self._watched("reconcile", run, progress, reconcile_trees(run, since, until))

    def explain(self, ref: DocumentRef | None = None, *, payment_id: int | None = None) -> Explanation:
        """Tell the whole story of one document: what 1C showed, what was tried, how it stands, what happens next.

        A document that was never seen is read from 1C at once. Nothing is written anywhere.

        Raises:
            UnknownDocument: no line has this payment, or neither ``ref`` nor ``payment_id`` is given.
        """
        if ref is None:
            found = self.find(payment_id=payment_id) if payment_id is not None else []
            if not found:
                raise UnknownDocument(
                    f"No document line has payment {payment_id}; look for it with engine.reconcile()."
                )
            ref = found[0].ref
        run = self._run()
        hands = self._dry_hands(run)
        planned = hands.drive(make_plan(run, self._dialect, (ref,))).actions
        dossier = self._store.dossier(ref)
        if dossier.record is None:
            dossier = hands.store.dossier(ref)
        return explain(dossier, narrate(self._store.journal(ref)), planned)

    def find(
        self,
        *,
        number: str | None = None,
        date: dt.date | None = None,
        inn: str | None = None,
        amount: Decimal | str | int | None = None,
        payment_id: int | None = None,
        progress: bool | Report = False,
    ) -> Listing[DocumentSummary]:
        """Find documents by what a person knows of them; everything that is given must fit.

        What changed in 1C is asked for first, so that a document of this morning is found too. Nothing is written.

        Args:
            number: the document's number, with or without leading zeros, or the bank's.
            date: the document's date, or the bank's. It makes the search much faster.
            inn: the counterparty's INN.
            amount: of the document or of one of its lines.
            payment_id: the payment in BILLmanager.
            progress: as for :meth:`export_payments`.
        """
        run = self._run()
        sum_ = None if amount is None else Decimal(str(amount))
        payment = None if payment_id is None else PaymentId(int(payment_id))
        with Bar(progress, "find", self._clock.monotonic) as bar:
            hands = self._dry_hands(run, bar)
            hands.drive(collect_all(run, None, self._clock.now(), Tally(), []))
            found = hands.drive(find_documents(number=number, date=date, inn=inn, amount=sum_, payment_id=payment))
        return found_documents(found)

    # -- what people decide --------------------------------------------------------------------------------------

    def unknown(self) -> Listing[UnknownOutcome]:
        """Return the writes whose end nobody knows yet, the oldest first, each with what happens next."""
        return unknown_outcomes(self._drive(list_unknown()))

    def quarantined(self) -> Listing[Refusal]:
        """Return the lines that wait for data or for a person, each with what to do."""
        return refusals(self._drive(list_refused()))

    def retry(self, ref: DocumentRef, contract_id: str | None = None) -> None:
        """Have a line tried again by the next export, whatever stood in the way.

        A payment that somebody deleted in BILLmanager is made anew; one that somebody changed is changed to what 1C
        says.

        Raises:
            DecisionRefused: it cannot be, and the message says why; or ``contract_id`` is needed.
            UnknownDocument: nothing is known of the document.
        """
        run = self._run()
        self._hands(run).drive(retry_line(run, ref, _contract(contract_id)))

    def adopt(self, ref: DocumentRef, payment_id: int, contract_id: str | None = None) -> None:
        """Take a payment that stands in BILLmanager, typed in by hand, for the money of a line.

        The next export writes our mark and the document's data to it. Raises as :meth:`retry`.
        """
        run = self._run()
        self._hands(run).drive(adopt_payment(run, ref, _contract(contract_id), PaymentId(int(payment_id))))

    def dismiss(self, ref: DocumentRef, payment_id: int, contract_id: str | None = None) -> None:
        """Say that a payment is not the money of a line; it is never asked about again. Raises as :meth:`retry`."""
        self._drive(dismiss_payment(ref, _contract(contract_id), PaymentId(int(payment_id))))

    def abandon(self, ref: DocumentRef, contract_id: str | None = None, *, reason: str) -> None:
        """Take a line out of the exchange until :meth:`retry`; what stands in BILLmanager stays.

        Raises as :meth:`retry`.
        """
        self._drive(abandon_line(ref, _contract(contract_id), reason))

    def record_change(self, ref: DocumentRef) -> None:
        """Remember that a document changed in 1C: the next export reads it whatever the adapter shows."""
        self._store.note_changed([ref], at=self._clock.now())

    def bind(self, contract_id: str, subaccount_id: int | None) -> None:
        """Bind a contract that names no subaccount in 1C to one; None removes the binding."""
        bound = SubaccountId(int(subaccount_id)) if subaccount_id is not None else None
        self._store.bind(ContractId(guid(contract_id)), bound, actor="person", at=self._clock.now())

    def suggest_bindings(self) -> Listing[BindingSuggestion]:
        """Suggest subaccounts for contracts that name none, by INN, name and currency; nothing is bound unasked.

        The best come first. ``engine.bind(suggestion.contract_id, suggestion.subaccount_id)`` accepts one.
        """
        return suggestions(self._drive(suggest_bindings()))

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
        is done by the next one. A run that begins later is not stopped: a loop needs a flag of its own.
        """
        for run in tuple(self._running):
            run.stopping = True

    def status(self) -> EngineStatus:
        """Return the exchange at a glance; nothing is asked over the wire."""
        return EngineStatus.of(self._store)

    # -- inside --------------------------------------------------------------------------------------------------

    def _export(
        self,
        refs: Iterable[DocumentRef] | None,
        limit: int | None,
        progress: bool | Report,
        *,
        now_or_never: bool,
        only: Mapping[DocumentRef, str] | None = None,
    ) -> ExportReport:
        run = self._run(now_or_never=now_or_never)
        run.only = only
        chosen = None if refs is None else tuple(refs)
        self._running.add(run)
        try:
            return self._watched("export", run, progress, export(run, refs=chosen, limit=limit))
        finally:
            self._running.discard(run)

    def _watched(self, job: str, run: Run, progress: bool | Report, plan: Plan[R]) -> R:
        """Run a plan, and tell of it from its beginning to its end."""
        emitter = Emitter(self._on_event, job=job, run=run.terms.owner, now=self._clock.now)
        begun = self._clock.monotonic()
        emitter.emit(EventKind.RUN_STARTED)
        try:
            with Bar(progress, job, self._clock.monotonic) as bar:
                result = self._hands(run, bar, emitter).drive(plan)
        except BillManager1CError as error:
            seconds = self._clock.monotonic() - begun
            emitter.emit(EventKind.RUN_FAILED, error=type(error).__name__, message=error.message, seconds=seconds)
            raise
        counts = result.counts if isinstance(result, ExportReport | Reconciliation) else {}
        message = "" if counts else str(result)
        emitter.emit(EventKind.RUN_FINISHED, counts=counts, message=message, seconds=self._clock.monotonic() - begun)
        return result

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
            breaker=policy.breaker,
            match_bills=policy.match_bills,
        )

    @property
    def _dialect(self) -> Dialect:
        return getattr(self._client, "dialect", None) or Dialect()

    def _drive(self, plan: Plan[R]) -> R:
        return self._hands(self._run()).drive(plan)

    def _dry_hands(self, run: Run, bar: Bar | None = None) -> DryHands:
        return DryHands(
            onec=self._onec,
            client=self._client,
            store=OverlayStore(self._store),
            clock=self._clock,
            gate=self._gate,
            run=run,
            timeout=self.policy.timeout.total_seconds(),
            watch=None if bar is None else bar.told,
        )

    def _hands(self, run: Run, bar: Bar | None = None, emitter: Emitter | None = None) -> Hands:
        def watch(told: Tell) -> None:
            if emitter is not None:
                if told.warning:
                    emitter.emit(EventKind.WARNING, message=told.warning)
                for outcome in told.outcomes:
                    emitter.line(outcome)
            if bar is not None:
                bar.told(told)

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
            emitter=emitter,
        )


def _contract(contract_id: str | None) -> ContractId | None:
    return None if contract_id is None else ContractId(guid(contract_id))
