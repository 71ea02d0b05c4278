"""The async engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import TypeVar

from ..matching import BindingSuggestion
from ..models import DocumentRef
from ..plans.effects import Consult
from ..ports.asynchronous import AsyncOneCAdapter, AsyncStore
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
from ._async_driver import AsyncClient, AsyncHands
from ._async_ends import onec_end, store_end
from ._ends import Moments
from ._errand import Errand, plans_beside
from ._events import Watch
from ._exchange import Exchange, only_one
from ._policy import Policy, Schedule
from ._progress import Report
from ._status import EngineStatus
from ._threads import Threads

R = TypeVar("R")


class AsyncSyncEngine(Exchange):
    """The same engine for async code, in one event loop: the verbs, plans and reports of :class:`SyncEngine`.

    The adapter and the store may be async, or blocking: those run in threads of the engine's own, the adapter in one.

    A verb may be cancelled, or given a time limit. Nothing is sent twice for it: what was sent is remembered as begun,
    and the next run looks how it ended, once the lease on the document has run out (``Policy.lease``). A request under
    way is broken off; what runs in a thread, and every transaction of the store, is waited for to its end.

    Args:
        onec: the way to 1C.
        billmanager: an async client.
        store: the memory of the exchange. It is claimed for the infobase by the first verb, which raises
            ``StoreBelongsElsewhere`` where it is another's.
        policy: the terms.
        schedule: what :meth:`run_due` runs when.
        clock: its ``sleep`` is never called: pauses are made in the loop.
        on_event: called in the loop; it must not block.
    """

    def __init__(
        self,
        *,
        onec: OneCAdapter | AsyncOneCAdapter,
        billmanager: AsyncClient,
        store: Store | AsyncStore,
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
        # One for each document under way, and two for whoever asks meanwhile.
        self._store = store_end(store, Threads(plans_beside(policy.concurrency) + 2, "store"))
        self._adapter_thread = Threads(1, "1c")
        self._claimed = False

    # -- the two jobs --------------------------------------------------------------------------------------------

    async def load_accounts(self, *, progress: bool | Report = False) -> AccountsReport:
        """Load the subaccounts from BILLmanager into the store and, where the adapter can, into 1C.

        See :meth:`.SyncEngine.load_accounts`.

        Raises:
            EngineDisabled: the exchange is switched off or paused.
            BillManager1CError: what the client, the adapter or the store raised; nothing was closed by it.
        """
        return await self._carry_out(self._loading(), progress)

    async def export_payments(
        self,
        refs: Iterable[DocumentRef] | None = None,
        limit: int | None = None,
        *,
        progress: bool | Report = False,
    ) -> ExportReport:
        """Ask 1C for changes and bring BILLmanager into agreement with them.

        See :meth:`.SyncEngine.export_payments`.

        Raises:
            EngineDisabled: the exchange is switched off or paused.
            ModuleStillActive: ISPsystem's own module is switched on in the infobase.
            BillManager1CError: a person must change something (``repeat`` is ``NEVER``): a password, a right, an
                address. What was done until then is kept.
        """
        return await self._carry_out(self._exporting(refs, limit), progress)

    async def run_due(
        self, now: dt.datetime | None = None, *, progress: bool | Report = False
    ) -> list[AccountsReport | ExportReport]:
        """Run what is due by the schedule and return the reports. ``now`` must be aware."""
        moment = now or self._clock.now()
        reports: list[AccountsReport | ExportReport] = []
        if await self._carry_out(self._is_due("accounts", moment)):
            reports.append(await self.load_accounts(progress=progress))
        if await self._carry_out(self._is_due("export", moment)):
            reports.append(await self._carry_out(self._exporting(now_or_never=False), progress))
        return reports

    async def plan(self, refs: Iterable[DocumentRef] | None = None, *, progress: bool | Report = False) -> ExportPlan:
        """Say what the next export would do, line by line; nothing is written anywhere.

        See :meth:`.SyncEngine.plan`.

        Raises:
            BillManager1CError: a person must change something, as for :meth:`export_payments`.
        """
        return await self._carry_out(self._planning(refs), progress)

    async def apply(self, plan: ExportPlan, *, progress: bool | Report = False) -> ExportReport:
        """Export just the documents of a plan. Those that read otherwise in 1C by now are left for a new plan."""
        return await self._carry_out(self._applying(plan), progress)

    async def approve(self, plan: ExportPlan) -> None:
        """Let the changes and cancellations of a plan through, however many they are.

        See :meth:`.SyncEngine.approve`.
        """
        await self._carry_out(self._approving(plan))

    async def recover_links(self, since: dt.date, *, progress: bool | Report = False) -> RecoveryReport:
        """Bind again what a lost or restored store has forgotten: payments made since a day, by their marks.

        See :meth:`.SyncEngine.recover_links`.
        """
        return await self._carry_out(self._recovering(since), progress)

    async def reconcile(
        self, since: dt.date, until: dt.date | None = None, *, progress: bool | Report = False
    ) -> Reconciliation:
        """Compare 1C, the store and BILLmanager for the documents of some days; nothing is written anywhere.

        See :meth:`.SyncEngine.reconcile`.

        Raises:
            BillManager1CError: something could not be read; then nothing is concluded.
        """
        return await self._carry_out(self._reconciling(since, until), progress)

    async def explain(self, ref: DocumentRef | None = None, *, payment_id: int | None = None) -> Explanation:
        """Tell the whole story of one document: what 1C showed, what was tried, how it stands, what happens next.

        See :meth:`.SyncEngine.explain`.

        Raises:
            UnknownDocument: no line has this payment, or neither ``ref`` nor ``payment_id`` is given.
        """
        if ref is None:
            ref = only_one(await self.find(payment_id=payment_id) if payment_id is not None else (), payment_id)
        return await self._carry_out(self._explaining(ref))

    async def find(
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

        See :meth:`.SyncEngine.find`.
        """
        errand = self._finding(number=number, date=date, inn=inn, amount=amount, payment_id=payment_id)
        return await self._carry_out(errand, progress)

    # -- what people decide --------------------------------------------------------------------------------------

    async def unknown(self) -> Listing[UnknownOutcome]:
        """Return the writes whose end nobody knows yet, the oldest first, each with what happens next."""
        return await self._carry_out(self._listing_unknown())

    async def quarantined(self) -> Listing[Refusal]:
        """Return the lines that wait for data or for a person, each with what to do."""
        return await self._carry_out(self._listing_refused())

    async def retry(self, ref: DocumentRef, contract_id: str | None = None) -> None:
        """Have a line tried again by the next export, whatever stood in the way.

        See :meth:`.SyncEngine.retry`.

        Raises:
            DecisionRefused: it cannot be, and the message says why; or ``contract_id`` is needed.
            UnknownDocument: nothing is known of the document.
        """
        await self._carry_out(self._retrying(ref, contract_id))

    async def adopt(self, ref: DocumentRef, payment_id: int, contract_id: str | None = None) -> None:
        """Take a payment that stands in BILLmanager, typed in by hand, for the money of a line.

        See :meth:`.SyncEngine.adopt`. Raises as :meth:`retry`.
        """
        await self._carry_out(self._adopting(ref, payment_id, contract_id))

    async def dismiss(self, ref: DocumentRef, payment_id: int, contract_id: str | None = None) -> None:
        """Say that a payment is not the money of a line; it is never asked about again. Raises as :meth:`retry`."""
        await self._carry_out(self._dismissing(ref, payment_id, contract_id))

    async def abandon(self, ref: DocumentRef, contract_id: str | None = None, *, reason: str) -> None:
        """Take a line out of the exchange until :meth:`retry`; what stands in BILLmanager stays.

        See :meth:`.SyncEngine.abandon`. Raises as :meth:`retry`.
        """
        await self._carry_out(self._abandoning(ref, contract_id, reason))

    async def record_change(self, ref: DocumentRef) -> None:
        """Remember that a document changed in 1C: the next export reads it whatever the adapter shows."""
        await self._carry_out(self._recording(ref))

    async def bind(self, contract_id: str, subaccount_id: int | None) -> None:
        """Bind a contract that names no subaccount in 1C to one; None removes the binding."""
        await self._carry_out(self._binding(contract_id, subaccount_id))

    async def suggest_bindings(self) -> Listing[BindingSuggestion]:
        """Suggest subaccounts for contracts that name none, by INN, name and currency; nothing is bound unasked.

        See :meth:`.SyncEngine.suggest_bindings`.
        """
        return await self._carry_out(self._suggesting())

    async def enable(self) -> None:
        """Switch the exchange on; it stays so over restarts."""
        await self._carry_out(self._enabling(True))

    async def disable(self) -> None:
        """Switch the exchange off; it stays so over restarts."""
        await self._carry_out(self._enabling(False))

    async def pause(self, reason: str) -> None:
        """Stop every run until :meth:`resume`, and say why to whoever tries."""
        await self._carry_out(self._pausing(reason))

    async def resume(self) -> None:
        """End a pause."""
        await self._carry_out(self._pausing(None))

    async def status(self) -> EngineStatus:
        """Return the exchange at a glance; nothing is asked over the wire."""
        return await self._carry_out(self._telling_status())

    # -- inside --------------------------------------------------------------------------------------------------

    async def _carry_out(self, errand: Errand[R], progress: bool | Report = False) -> R:
        await self._claim(errand)
        onec = onec_end(self._onec, self._adapter_thread, is_dry=errand.is_dry)
        with self._watching(errand, progress) as watched:
            hands = AsyncHands(
                errand,
                watched,
                onec=onec,
                client=self._client,
                store=self._store.covered() if errand.is_dry else self._store,
                clock=self._clock,
                gate=self._gate,
            )
            try:
                return watched.came_to(await hands.drive(errand.plan))
            finally:
                await onec.close()

    async def _claim(self, errand: Errand[R]) -> None:
        if not self._claimed:
            claim = Consult(lambda store: store.claim_base(self._base))
            await self._store.do(claim, Moments(errand.run, self._clock))
            self._claimed = True
