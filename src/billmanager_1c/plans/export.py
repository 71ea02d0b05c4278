"""The whole export as one plan: what changed in 1C, brought to BILLmanager, and what is to be said of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from ..errors import BadReply, BillManager1CError, EngineDisabled, ModuleStillActive, Repeat
from ..ledger import Dossier, Tick, Verdict
from ..models import DocumentRef
from ..ports.store import Store
from ..reports import Action, ExportReport, Outcome
from .breaker import check_breaker
from .collect import collect, reread, take_in
from .deliver import deliver
from .effects import Consult, FindRival, Now, Plan, Tell, Together, Transact, Work, ask
from .outcomes import Tally, unread_outcomes
from .prepare import load_owners, load_payers, prepare
from .resolve import accounts_of
from .run import Run
from .sweep import sweep
from .twins import check_twins

BATCH = 1000
"""Documents prepared together."""

AGAIN = 1000
"""So many postponed documents are looked at once more at the end of a run; the others wait for the next one."""

_DAY = timedelta(days=1)


def export(run: Run, *, refs: Sequence[DocumentRef] | None = None, limit: int | None = None) -> Plan[ExportReport]:
    """Ask 1C for changes and bring BILLmanager into agreement with them.

    Raises:
        EngineDisabled: the exchange is switched off or paused.
        ModuleStillActive: ISPsystem's own module is switched on in the infobase.
        BillManager1CError: a person must change something. What was done until then is kept.
    """
    yield from check_switch()
    problems: list[BillManager1CError] = []
    is_alone = yield from _check_rival(run, problems)
    started = run.started_at = yield from ask(Now())
    yield from ask(Consult(lambda store: store.job_started("export", started)))
    tally = Tally()
    if is_alone:
        yield from collect_all(run, refs, started, tally, problems)
        yield from _deliver_all(run, refs, limit, tally, problems)
    if run.fatal is not None:
        raise run.fatal
    finished = yield from ask(Now())
    if not problems and not run.stopping:
        yield from ask(Consult(lambda store: store.job_succeeded("export", finished)))
    for warning in run.warnings:
        yield from ask(Tell(warning=warning))
    outcomes = yield from ask(Consult(lambda store: tally.outcomes(store, run.terms.owner)))
    return ExportReport(
        started_at=started,
        finished_at=finished,
        counts={action.value: tally.counts[action] for action in Action},
        outcomes=outcomes,
        problems=tuple(problems),
        warnings=tuple(run.warnings),
    )


def check_switch() -> Plan[None]:
    """Refuse to run while the exchange is switched off or paused."""
    switch = yield from ask(Consult(lambda store: store.switch()))
    if not switch.enabled:
        raise EngineDisabled("The exchange is switched off. Call engine.enable() to switch it on.")
    if switch.paused is not None:
        raise EngineDisabled(f"The exchange is paused: {switch.paused}. Call engine.resume() to go on.")


def is_due(name: str, every: timedelta, now: datetime) -> Plan[bool]:
    """Say whether a job has not succeeded for so long."""
    job = yield from ask(Consult(lambda store: store.job(name)))
    return job.last_success is None or now - job.last_success >= every


def _check_rival(run: Run, problems: list[BillManager1CError]) -> Plan[bool]:
    """Say whether nobody else exports from this infobase; where 1C cannot be asked, nobody knows."""
    try:
        address = yield from ask(FindRival())
    except BillManager1CError as error:
        raise_unless_passing(error)
        problems.append(error)
        warning = f"Nothing is written: 1C cannot be asked whether ISPsystem's own module is on. {error.message}"
        yield from ask(Tell(warning=warning))
        return False
    if address:
        raise ModuleStillActive(
            f"ISPsystem's own module is switched on in infobase {run.terms.base!r} (for {address}). Two exporters "
            "would credit every payment twice: clear the module's server address in 1C first."
        )
    return True


# ------------------------------------------------------------------------------------------------------- from 1C


def collect_all(
    run: Run,
    refs: Sequence[DocumentRef] | None,
    started: datetime,
    tally: Tally,
    problems: list[BillManager1CError],
) -> Plan[None]:
    """Take in what changed in 1C, or these documents; trouble that passes by itself goes to the problems."""
    try:
        yield from _collect(run, refs, started, tally)
    except BillManager1CError as error:
        raise_unless_passing(error)
        problems.append(error)
        yield from ask(Tell(warning=f"1C could not be asked for changes: {error.message}"))
    if len(tally.unread) > 1 and not tally.read:
        # No slip of a pen, however few they are: whoever watches the exchange must not take it for a quiet hour.
        nothing = BadReply(
            f"None of the {len(tally.unread)} documents that were asked for can be read. Does the Configuration fit "
            f"this infobase? {next(iter(tally.unread.values()))}",
            system="1C",
        )
        problems.append(nothing)
        yield from ask(Tell(warning=nothing.message))


def _collect(run: Run, refs: Sequence[DocumentRef] | None, started: datetime, tally: Tally) -> Plan[None]:
    if refs is not None:
        yield from take_in(run, refs, tally)
    else:
        yield from collect(run, tally)
        if run.has_history and (yield from is_due("history", _DAY, started)):
            yield from ask(Consult(lambda store: store.job_started("history", started)))
            yield from collect(run, tally, since=run.export_from)
            yield from ask(Consult(lambda store: store.job_succeeded("history", started)))
        yield from reread(run, tally, started)


# ------------------------------------------------------------------------------------------------ to BILLmanager


def _deliver_all(
    run: Run,
    only: Sequence[DocumentRef] | None,
    limit: int | None,
    tally: Tally,
    problems: list[BillManager1CError],
) -> Plan[None]:
    again: dict[DocumentRef, list[Outcome]] = {}
    chosen = None if only is None else frozenset(only)
    after = 0
    while not run.is_over and (limit is None or tally.delivered < limit):
        due_by = None if run.now_or_never else (yield from ask(Now()))
        found = yield from ask(_open_documents(after, due_by))
        if not found:
            break
        after = found[-1][0]
        refs = yield from _put_off([ref for _, ref in found if chosen is None or ref in chosen], tally)
        refs = refs[: None if limit is None else limit - tally.delivered]
        if not refs:
            continue
        try:
            dossiers = yield from ask(_dossiers(refs))
            if not run.prepared:
                yield from check_breaker(run)
            before = run.rebound
            yield from prepare_batch(run, dossiers, tally)
            if run.rebound > before:  # what was found may have to go: it is counted with the others
                yield from check_breaker(run)
        except BillManager1CError as error:
            raise_unless_passing(error)
            problems.append(error)
            break
        refs = yield from _put_off(refs, tally)  # what the sweep met cannot be read either
        yield from ask(Tell(what=Work.EXPORTING, expected=len(refs)))
        for ref, lines in (yield from _deliver_batch(run, refs)).items():
            tally.add(ref, lines)
            tally.delivered += bool(lines)
            if len(again) < AGAIN and _to_be_retried(lines):
                again[ref] = lines
        run.twins.forget(refs)
        run.payments_of.clear()
        run.unmarked.clear()
    if again and run.now_or_never and not run.is_over:
        # One more look at what the wire left in doubt: most of it is settled by reading.
        yield from ask(Tell(what=Work.EXPORTING, expected=len(again)))
        try:
            yield from load_owners(run)
        except BillManager1CError as error:
            raise_unless_passing(error)
            problems.append(error)
            return
        for ref, lines in (yield from _deliver_batch(run, list(again))).items():
            tally.add(ref, lines, again[ref])


def _put_off(refs: Sequence[DocumentRef], tally: Tally) -> Plan[list[DocumentRef]]:
    """Leave out, and count, the documents that cannot be read and of which something is still to be begun."""
    waiting = []
    for dossier in (yield from ask(_dossiers([ref for ref in refs if ref in tally.unread]))):
        if not tally.may_go_on(dossier):
            waiting.append(dossier.ref)
            tally.add(dossier.ref, (yield from ask(Transact(dossier.ref, _waiting(tally.unread[dossier.ref])))))
    return [ref for ref in refs if ref not in waiting]


def _waiting(why: str) -> Callable[[Dossier, Tick], Verdict[list[Outcome]]]:
    # The note is for the journal: a report of a long run is read from there.
    return lambda dossier, tick: Verdict(dossier, unread_outcomes(dossier, why), why)


def prepare_batch(run: Run, dossiers: Sequence[Dossier], tally: Tally) -> Plan[None]:
    """Read what must be known before these documents are delivered."""
    if not run.prepared:
        yield from prepare(run)
        run.prepared = True
    if any(dossier.record and dossier.record.wanted for dossier in dossiers):
        # A payment is made for client, provider and currency: a client of yesterday would get another's money.
        yield from load_owners(run)
    if not run.swept:  # before any write: a store of yesterday must not change a payment by what it remembers
        yield from sweep(run, tally)
        run.swept = True
    yield from _load_payers(run, dossiers)
    yield from check_twins(run, dossiers)


def _deliver_batch(run: Run, refs: Sequence[DocumentRef]) -> Plan[dict[DocumentRef, list[Outcome]]]:
    results: dict[DocumentRef, list[Outcome]] = {}
    waiting = list(refs)
    while waiting and not run.proven and not run.is_over:
        # The first payment goes alone: what it shows is asked for all the others.
        ref = waiting.pop(0)
        results[ref] = yield from _deliver(ref, run)
    if waiting and not run.is_over:
        lines = yield from ask(Together([_deliver(ref, run) for ref in waiting]))
        results.update(zip(waiting, lines, strict=True))
    return results


def _deliver(ref: DocumentRef, run: Run) -> Plan[list[Outcome]]:
    lines = yield from deliver(ref, run)
    yield from ask(Tell(what=Work.EXPORTING, done=1, outcomes=lines))
    return lines


def _load_payers(run: Run, dossiers: Sequence[Dossier]) -> Plan[None]:
    wanted = [accounts_of(d.record.document, run) for d in dossiers if d.record and d.record.wanted]
    missing = sorted(set().union(*wanted) - set(run.reference.payers))
    if missing:
        yield from ask(Tell(what=Work.READING_PAYERS, expected=len(missing)))
        yield from ask(Together([load_payers(run, account_id) for account_id in missing]))


def _open_documents(after: int, due_by: datetime | None) -> Consult[list[tuple[int, DocumentRef]]]:
    return Consult(lambda store: store.open_documents(after=after, limit=BATCH, due_by=due_by))


def _dossiers(refs: Sequence[DocumentRef]) -> Consult[list[Dossier]]:
    def question(store: Store) -> list[Dossier]:
        return list(store.dossiers(refs).values())

    return Consult(question)


def raise_unless_passing(error: BillManager1CError) -> None:
    """Raise what a person must mend; let pass what passes by itself."""
    if error.repeat is Repeat.NEVER:
        raise error


def _to_be_retried(lines: Sequence[Outcome]) -> bool:
    return any(outcome.action is Action.POSTPONED for outcome in lines)
