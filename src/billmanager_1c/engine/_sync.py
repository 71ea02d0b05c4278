"""The blocking engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import TypeVar

from ..matching import BindingSuggestion
from ..models import DocumentRef
from ..ports.clock import Clock
from ..ports.onec import OneCAdapter
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
)
from ._driver import Client, Hands
from ._errand import Errand
from ._events import Watch
from ._exchange import Exchange, only_one
from ._overlay import OverlayStore
from ._policy import Policy, Schedule
from ._progress import Report
from ._status import EngineStatus

R = TypeVar("R")


class SyncEngine(Exchange):
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
        super().__init__(
            onec=onec,
            base=onec.base,
            billmanager=billmanager,
            policy=policy,
            schedule=schedule,
            clock=clock,
            on_event=on_event,
        )
        self._onec = onec
        self._client = billmanager
        self._store = store
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
        return self._carry_out(self._loading(), progress)

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
        return self._carry_out(self._exporting(refs, limit), progress)

    def run_due(
        self, now: dt.datetime | None = None, *, progress: bool | Report = False
    ) -> list[AccountsReport | ExportReport]:
        """Run what is due by the schedule and return the reports. ``now`` must be aware."""
        moment = now or self._clock.now()
        reports: list[AccountsReport | ExportReport] = []
        if self._carry_out(self._is_due("accounts", moment)):
            reports.append(self.load_accounts(progress=progress))
        if self._carry_out(self._is_due("export", moment)):
            reports.append(self._carry_out(self._exporting(now_or_never=False), progress))
        return reports

    def plan(self, refs: Iterable[DocumentRef] | None = None, *, progress: bool | Report = False) -> ExportPlan:
        """Say what the next export would do, line by line; nothing is written anywhere.

        Raises:
            BillManager1CError: a person must change something, as for :meth:`export_payments`.
        """
        return self._carry_out(self._planning(refs), progress)

    def apply(self, plan: ExportPlan, *, progress: bool | Report = False) -> ExportReport:
        """Export just the documents of a plan. Those that read otherwise in 1C by now are left for a new plan."""
        return self._carry_out(self._applying(plan), progress)

    def approve(self, plan: ExportPlan) -> None:
        """Let the changes and cancellations of a plan through, however many they are.

        It holds for these documents as long as they read in 1C as they do in the plan.
        """
        self._carry_out(self._approving(plan))

    def recover_links(self, since: dt.date, *, progress: bool | Report = False) -> RecoveryReport:
        """Bind again what a lost or restored store has forgotten: payments made since a day, by their marks.

        Where ISPsystem's module worked in the same infobase, its register is read too. Do this before the first
        export; it may be done again at any time.
        """
        return self._carry_out(self._recovering(since), progress)

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
        return self._carry_out(self._reconciling(since, until), progress)

    def explain(self, ref: DocumentRef | None = None, *, payment_id: int | None = None) -> Explanation:
        """Tell the whole story of one document: what 1C showed, what was tried, how it stands, what happens next.

        A document that was never seen is read from 1C at once. Nothing is written anywhere.

        Raises:
            UnknownDocument: no line has this payment, or neither ``ref`` nor ``payment_id`` is given.
        """
        if ref is None:
            ref = only_one(self.find(payment_id=payment_id) if payment_id is not None else (), payment_id)
        return self._carry_out(self._explaining(ref))

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
        errand = self._finding(number=number, date=date, inn=inn, amount=amount, payment_id=payment_id)
        return self._carry_out(errand, progress)

    # -- what people decide --------------------------------------------------------------------------------------

    def unknown(self) -> Listing[UnknownOutcome]:
        """Return the writes whose end nobody knows yet, the oldest first, each with what happens next."""
        return self._carry_out(self._listing_unknown())

    def quarantined(self) -> Listing[Refusal]:
        """Return the lines that wait for data or for a person, each with what to do."""
        return self._carry_out(self._listing_refused())

    def retry(self, ref: DocumentRef, contract_id: str | None = None) -> None:
        """Have a line tried again by the next export, whatever stood in the way.

        A payment that somebody deleted in BILLmanager is made anew; one that somebody changed is changed to what 1C
        says.

        Raises:
            DecisionRefused: it cannot be, and the message says why; or ``contract_id`` is needed.
            UnknownDocument: nothing is known of the document.
        """
        self._carry_out(self._retrying(ref, contract_id))

    def adopt(self, ref: DocumentRef, payment_id: int, contract_id: str | None = None) -> None:
        """Take a payment that stands in BILLmanager, typed in by hand, for the money of a line.

        The next export writes our mark and the document's data to it. Raises as :meth:`retry`.
        """
        self._carry_out(self._adopting(ref, payment_id, contract_id))

    def dismiss(self, ref: DocumentRef, payment_id: int, contract_id: str | None = None) -> None:
        """Say that a payment is not the money of a line; it is never asked about again. Raises as :meth:`retry`."""
        self._carry_out(self._dismissing(ref, payment_id, contract_id))

    def abandon(self, ref: DocumentRef, contract_id: str | None = None, *, reason: str) -> None:
        """Take a line out of the exchange until :meth:`retry`; what stands in BILLmanager stays.

        Raises as :meth:`retry`.
        """
        self._carry_out(self._abandoning(ref, contract_id, reason))

    def record_change(self, ref: DocumentRef) -> None:
        """Remember that a document changed in 1C: the next export reads it whatever the adapter shows."""
        self._carry_out(self._recording(ref))

    def bind(self, contract_id: str, subaccount_id: int | None) -> None:
        """Bind a contract that names no subaccount in 1C to one; None removes the binding."""
        self._carry_out(self._binding(contract_id, subaccount_id))

    def suggest_bindings(self) -> Listing[BindingSuggestion]:
        """Suggest subaccounts for contracts that name none, by INN, name and currency; nothing is bound unasked.

        The best come first. ``engine.bind(suggestion.contract_id, suggestion.subaccount_id)`` accepts one.
        """
        return self._carry_out(self._suggesting())

    def enable(self) -> None:
        """Switch the exchange on; it stays so over restarts."""
        self._carry_out(self._enabling(True))

    def disable(self) -> None:
        """Switch the exchange off; it stays so over restarts."""
        self._carry_out(self._enabling(False))

    def pause(self, reason: str) -> None:
        """Stop every run until :meth:`resume`, and say why to whoever tries."""
        self._carry_out(self._pausing(reason))

    def resume(self) -> None:
        """End a pause."""
        self._carry_out(self._pausing(None))

    def status(self) -> EngineStatus:
        """Return the exchange at a glance; nothing is asked over the wire."""
        return self._carry_out(self._telling_status())

    # -- inside --------------------------------------------------------------------------------------------------

    def _carry_out(self, errand: Errand[R], progress: bool | Report = False) -> R:
        with self._watching(errand, progress) as watched:
            hands = Hands(
                errand,
                watched,
                onec=self._onec,
                client=self._client,
                store=OverlayStore(self._store) if errand.is_dry else self._store,
                clock=self._clock,
                gate=self._gate,
            )
            return watched.came_to(hands.drive(errand.plan))
