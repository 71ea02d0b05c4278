"""What both engines are, apart from waiting: each verb's errand is made here, and they only carry it out."""

from __future__ import annotations

import datetime as dt
import os
import socket
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import TypeVar

import attrs

from ..api import Dialect
from ..errors import UnknownDocument
from ..ledger import LEFT, Dossier, LinkState, Terms
from ..matching import BindingSuggestion
from ..models import ContractId, DocumentRef, PaymentId, SubaccountId, guid
from ..plans.breaker import approve
from ..plans.decide import abandon_line, adopt_payment, dismiss_payment, list_refused, list_unknown, retry_line
from ..plans.effects import Consult, Now, Plan, ask
from ..plans.export import check_switch, collect_all, export, is_due
from ..plans.find import find_documents
from ..plans.foresee import make_plan
from ..plans.outcomes import Tally
from ..plans.prepare import load_accounts
from ..plans.reconcile.gather import reconcile_trees
from ..plans.recover import recover_links
from ..plans.run import Run
from ..plans.suggest import suggest_bindings
from ..ports.capabilities import offers
from ..ports.clock import Clock
from ..ports.onec import History
from ..ports.store import Store, Switch
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
from ._driver import Gate, SystemClock
from ._errand import Errand
from ._events import Watch
from ._policy import Policy, Schedule
from ._progress import Report
from ._status import EngineStatus
from ._watched import Watched

T = TypeVar("T")
R = TypeVar("R")


class Exchange:
    """What both engines are, apart from waiting."""

    def __init__(
        self,
        *,
        onec: object,
        base: str,
        billmanager: object,
        policy: Policy,
        schedule: Schedule | None,
        clock: Clock | None,
        on_event: Watch | None,
    ) -> None:
        self.policy = policy
        self.schedule: Schedule = schedule or Schedule()
        self._base = base
        self._has_history = offers(onec, History)
        self._speaker = billmanager
        self._clock: Clock = clock or SystemClock()
        self._gate = Gate(policy.max_requests_per_second, self._clock)
        self._on_event = on_event
        self._running: set[Run] = set()

    def stop(self) -> None:
        """Let the runs under way come to an end: what is begun is finished, nothing else is begun.

        To be called from another thread or a signal handler. Each run returns its report; what it did not come to
        is done by the next one. A run that begins later is not stopped: a loop needs a flag of its own.
        """
        for run in tuple(self._running):
            run.stopping = True

    @contextmanager
    def _watching(self, errand: Errand[R], progress: bool | Report) -> Iterator[Watched]:
        self._running.add(errand.run)
        try:
            with Watched(errand, progress, self._on_event, self._clock) as watched:
                yield watched
        finally:
            self._running.discard(errand.run)

    # -- the errands ---------------------------------------------------------------------------------------------

    def _loading(self) -> Errand[AccountsReport]:
        return self._errand(_load_accounts(), job="accounts")

    def _exporting(
        self,
        refs: Iterable[DocumentRef] | None = None,
        limit: int | None = None,
        *,
        now_or_never: bool = True,
        only: Mapping[DocumentRef, str] | None = None,
    ) -> Errand[ExportReport]:
        run = self._run(now_or_never=now_or_never)
        run.only = only
        plan = export(run, refs=None if refs is None else tuple(refs), limit=limit)
        return self._errand(plan, run, job="export")

    def _is_due(self, job: str, now: dt.datetime) -> Errand[bool]:
        every = {"accounts": self.schedule.accounts, "export": self.schedule.export}[job]
        return self._errand(is_due(job, every, now))

    def _planning(self, refs: Iterable[DocumentRef] | None) -> Errand[ExportPlan]:
        run = self._run()
        plan = make_plan(run, self._dialect, None if refs is None else tuple(refs))
        return self._errand(plan, run, job="plan", is_dry=True)

    def _applying(self, plan: ExportPlan) -> Errand[ExportReport]:
        documents = plan.documents()
        return self._exporting(documents, only=documents)

    def _approving(self, plan: ExportPlan) -> Errand[None]:
        return self._errand(approve(plan.documents().items()))

    def _recovering(self, since: dt.date) -> Errand[RecoveryReport]:
        run = self._run()
        return self._errand(recover_links(run, _day(since, "since")), run, job="recover_links")

    def _reconciling(self, since: dt.date, until: dt.date | None) -> Errand[Reconciliation]:
        run = self._run()
        first, last = _day(since, "since"), None if until is None else _day(until, "until")
        return self._errand(reconcile_trees(run, first, last), run, job="reconcile")

    def _explaining(self, ref: DocumentRef) -> Errand[Explanation]:
        run = self._run()
        return self._errand(_explain(run, self._dialect, ref), run, is_dry=True)

    def _finding(
        self,
        *,
        number: str | None = None,
        date: dt.date | None = None,
        inn: str | None = None,
        amount: Decimal | str | int | None = None,
        payment_id: int | None,
    ) -> Errand[Listing[DocumentSummary]]:
        run = self._run()
        sum_ = None if amount is None else Decimal(str(amount))
        payment = None if payment_id is None else PaymentId(int(payment_id))
        day = None if date is None else _day(date, "date")
        found = find_documents(number=number, date=day, inn=inn, amount=sum_, payment_id=payment)
        plan = _then(_after_collecting(run, found), found_documents)
        return self._errand(plan, run, job="find", is_dry=True)

    def _listing_unknown(self) -> Errand[Listing[UnknownOutcome]]:
        return self._errand(_then(list_unknown(), unknown_outcomes))

    def _listing_refused(self) -> Errand[Listing[Refusal]]:
        return self._errand(_then(list_refused(), refusals))

    def _retrying(self, ref: DocumentRef, contract_id: str | None) -> Errand[None]:
        run = self._run()
        return self._errand(retry_line(run, ref, _contract(contract_id)), run)

    def _adopting(self, ref: DocumentRef, payment_id: int, contract_id: str | None) -> Errand[None]:
        run = self._run()
        return self._errand(adopt_payment(run, ref, _contract(contract_id), PaymentId(int(payment_id))), run)

    def _dismissing(self, ref: DocumentRef, payment_id: int, contract_id: str | None) -> Errand[None]:
        return self._errand(dismiss_payment(ref, _contract(contract_id), PaymentId(int(payment_id))))

    def _abandoning(self, ref: DocumentRef, contract_id: str | None, reason: str) -> Errand[None]:
        return self._errand(abandon_line(ref, _contract(contract_id), reason))

    def _recording(self, ref: DocumentRef) -> Errand[None]:
        return self._errand(_consult(lambda store, now: store.note_changed([ref], at=now)))

    def _binding(self, contract_id: str, subaccount_id: int | None) -> Errand[None]:
        contract = ContractId(guid(contract_id))
        bound = SubaccountId(int(subaccount_id)) if subaccount_id is not None else None
        return self._errand(_consult(lambda store, now: store.bind(contract, bound, actor="person", at=now)))

    def _suggesting(self) -> Errand[Listing[BindingSuggestion]]:
        return self._errand(_then(suggest_bindings(), suggestions))

    def _enabling(self, enabled: bool) -> Errand[None]:
        return self._switching(lambda switch: attrs.evolve(switch, enabled=enabled))

    def _pausing(self, reason: str | None) -> Errand[None]:
        return self._switching(lambda switch: attrs.evolve(switch, paused=reason))

    def _switching(self, change: Callable[[Switch], Switch]) -> Errand[None]:
        return self._errand(_consult(lambda store, now: store.set_switch(change(store.switch()))))

    def _telling_status(self) -> Errand[EngineStatus]:
        return self._errand(_consult(lambda store, now: EngineStatus.of(store)))

    # -- inside --------------------------------------------------------------------------------------------------

    def _errand(self, plan: Plan[R], run: Run | None = None, *, job: str = "", is_dry: bool = False) -> Errand[R]:
        return Errand(
            run=run or self._run(),
            plan=plan,
            job=job,
            is_dry=is_dry,
            # What an overlay keeps is for one thread at a time.
            requests=1 if is_dry else self.policy.concurrency,
            timeout=self.policy.timeout.total_seconds(),
        )

    def _run(self, *, now_or_never: bool = True) -> Run:
        policy = self.policy
        return Run(
            terms=Terms(
                base=self._base,
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
            has_history=self._has_history,
            patience=max(3, policy.concurrency),
            breaker=policy.breaker,
            match_bills=policy.match_bills,
        )

    @property
    def _dialect(self) -> Dialect:
        return getattr(self._speaker, "dialect", None) or Dialect()


def only_one(found: Iterable[DocumentSummary], payment_id: int | None) -> DocumentRef:
    """Return the document that has a payment.

    Raises:
        UnknownDocument: none has.
    """
    for summary in found:
        return summary.ref
    raise UnknownDocument(f"No document line has payment {payment_id}; look for it with engine.reconcile().")


def _day(given: dt.date, name: str) -> dt.date:
    """Take a day, also where it comes with a time; text is refused, for nobody knows what 03.04. is."""
    if isinstance(given, dt.datetime):
        return given.date()
    if not isinstance(given, dt.date):
        raise TypeError(f"{name}= wants a day, such as datetime.date(2026, 11, 14), and got {given!r}.")
    return given


def _load_accounts() -> Plan[AccountsReport]:
    yield from check_switch()
    started = yield from ask(Now())
    yield from ask(Consult(lambda store: store.job_started("accounts", started)))
    report = yield from load_accounts(started)
    finished = yield from ask(Now())
    yield from ask(Consult(lambda store: store.job_succeeded("accounts", finished)))
    return report


def _explain(run: Run, dialect: Dialect, ref: DocumentRef) -> Plan[Explanation]:
    # Before it is planned: what planning finds out is kept nowhere, and is not how the document stands.
    dossier = yield from ask(Consult(lambda store: store.dossier(ref)))
    tally = Tally()
    plan = yield from make_plan(run, dialect, (ref,), tally=tally)
    seen = yield from ask(Consult(lambda store: store.dossier(ref)))
    story = yield from ask(Consult(lambda store: narrate(store.journal(ref))))
    noted = yield from ask(Consult(lambda store: ref in store.noted()))
    unread = tally.unread.get(ref, "")
    if dossier.record is None:
        dossier = seen
    if dossier.record is None and not unread:
        unread = " ".join(plan.problems)  # nothing of it was prepared, so 1C is what could not be asked
    return explain(dossier, story, plan.actions, unnoticed=not noted and _is_unnoticed(dossier, seen), unread=unread)


def _is_unnoticed(kept: Dossier, seen: Dossier) -> bool:
    """Say whether 1C shows something else than is kept, and no listing tells: the document itself was not written."""
    before, now = kept.record, seen.record
    if before is None or now is None or kept.is_open:
        return False
    is_read_anyway = any(link.state is LinkState.QUARANTINED for link in kept.links.values())
    return before.digest != now.digest and before.version == now.version and not is_read_anyway


def _after_collecting(run: Run, plan: Plan[R]) -> Plan[R]:
    """Ask 1C for changes first, so that a document of this morning is found too."""
    yield from collect_all(run, None, (yield from ask(Now())), Tally(), [])
    return (yield from plan)


def _then(plan: Plan[T], make: Callable[[T], R]) -> Plan[R]:
    return make((yield from plan))


def _consult(question: Callable[[Store, dt.datetime], R]) -> Plan[R]:
    now = yield from ask(Now())
    return (yield from ask(Consult(lambda store: question(store, now))))


def _contract(contract_id: str | None) -> ContractId | None:
    if contract_id is None:
        return None
    # So an outcome names a contract that is known by its mark alone.
    return ContractId(contract_id if contract_id.startswith(LEFT) else guid(contract_id))
