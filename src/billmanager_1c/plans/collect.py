"""From 1C into the store: what changed, what is gone, and what is money."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime

import attrs

from ..errors import BadReply
from ..ledger import Dossier, LinkState, Sighting, Tick, Verdict, observe
from ..matching import DocumentRefusal, Money, NotMoney, NotMoneyReason, digest_document, judge_document
from ..models import DocumentRef, MissingDocument, PaymentDocument
from ..ports.onec import Stamp
from ..ports.store import Store
from ..reports import Outcome
from .effects import (
    Acknowledge,
    Consult,
    NextBatch,
    Now,
    OpenChanges,
    Plan,
    ReadDocuments,
    Tell,
    TransactAll,
    Work,
    ask,
)
from .outcomes import Tally, outcomes_of
from .run import Run

CHUNK = 1000
"""Documents read and kept at once: an adapter fetches its catalogues once for each such reading."""

UNREAD = 20
"""So many documents that cannot be read are left by a run: more are no slip of a pen, and nothing is concluded."""


def collect(run: Run, tally: Tally, *, since: date | None = None) -> Plan[None]:
    """Take in what changed in 1C; ``since`` asks for everything from that day on instead.

    The cursor is kept together with what it stands for, and 1C is told to forget only after that.
    """
    adapter = run.terms.base
    place = yield from ask(Consult(lambda store: store.place(adapter)))
    if place.cursor is not None and place.cursor != place.acknowledged:
        yield from _acknowledge(adapter, place.cursor)  # we died between the commit and the word to 1C
    yield from ask(Tell(what=Work.READING_1C))
    handle = yield from ask(OpenChanges(cursor=place.cursor, since=since))
    shown: set[int] = set()  # hashes: a listing may be long, and a document forgotten for once is asked for tomorrow
    while (batch := (yield from ask(NextBatch(handle)))) is not None:
        shown.update(hash(ref) for ref, _, _ in batch.stamps)
        refs = yield from _news(run, batch.stamps)
        cursor = batch.cursor if since is None else None
        yield from take_in(run, refs, tally, cursor=cursor)
        if cursor is not None:
            yield from _acknowledge(adapter, cursor)
        if batch.complete_since is not None:
            yield from _ask_for_the_missing(run, batch.complete_since, shown, tally)


def reread(run: Run, tally: Tally, started: datetime) -> Plan[None]:
    """Read what was noted by hand, and what waits for data that stands in 1C, such as a contract's subaccount."""
    while notes := (yield from ask(_noted(tally.unread))):
        yield from take_in(run, list(notes), tally)
        yield from ask(_forget({ref: note for ref, note in notes.items() if ref not in tally.unread}))
    after = 0
    while page := (yield from ask(_refused(after, started))):
        after = page[-1][0]
        yield from take_in(run, [ref for _, ref in page if ref is not None], tally, is_counted=False)


def take_in(
    run: Run,
    refs: Sequence[DocumentRef],
    tally: Tally | None,
    *,
    cursor: str | None = None,
    is_counted: bool = True,
) -> Plan[None]:
    """Read documents by key and keep what they say. A failed reading keeps nothing and is nobody's deletion.

    Those that need nothing more are counted; the others will be when they are delivered. With a tally a document that
    cannot be read is left for the next run, and the others go on; without one all of them must be known.
    """
    if tally is not None:
        refs = [ref for ref in refs if ref not in tally.unread]
    if refs:
        yield from ask(Tell(what=Work.READING_1C, expected=len(refs)))
    chunks = [refs[start : start + CHUNK] for start in range(0, len(refs), CHUNK)] or [[]]
    for number, chunk in enumerate(chunks):
        found = (yield from _read(run, chunk, tally)) if chunk else []
        if found:
            yield from ask(Tell(done=len(chunk)))
        last = number == len(chunks) - 1
        if not found and not (last and cursor is not None):
            continue
        decisions = [(item.ref, _taking_in(run, item)) for item in found]
        results = yield from ask(TransactAll(decisions, cursor=cursor if last else None))
        for item, result in zip(found, results, strict=True):
            assert isinstance(result, _TakenIn)
            if tally is not None and is_counted and result.rested:
                tally.add(item.ref, list(result.rested))


def read_by_halves(
    refs: Sequence[DocumentRef], spare: int = UNREAD
) -> Plan[tuple[list[PaymentDocument | MissingDocument], dict[DocumentRef, str]]]:
    """Read documents. Where an answer cannot be read, halves are asked for until it is known whose fault it is.

    Raises:
        BadReply: more than ``spare`` documents cannot be read.
    """
    found: list[PaymentDocument | MissingDocument] = []
    unread: dict[DocumentRef, str] = {}
    waiting = [tuple(refs)]
    while waiting:
        part = waiting.pop()
        try:
            found += yield from ask(ReadDocuments(part))
        except BadReply as error:
            if len(unread) == spare:
                raise
            middle = len(part) // 2
            if middle:
                waiting += [part[middle:], part[:middle]]
            else:
                unread[part[0]] = error.message
    return found, unread


def _read(run: Run, refs: Sequence[DocumentRef], tally: Tally | None) -> Plan[list[PaymentDocument | MissingDocument]]:
    """Read documents. One that cannot be read is noted before anything is kept that would let 1C forget it."""
    spare = UNREAD - len(tally.unread) if tally is not None else 0
    found, unread = yield from read_by_halves(refs, spare)
    if tally is not None:
        tally.read += sum(isinstance(item, PaymentDocument) for item in found)
    if tally is not None and unread:
        now = yield from ask(Now())
        yield from ask(Consult(lambda store: store.note_changed(unread, at=now)))
        told = {ref: _unread(ref, why) for ref, why in unread.items()}
        run.warnings += told.values()
        tally.unread.update(told)
    return found


def _unread(ref: DocumentRef, why: str) -> str:
    return (
        f"{ref.kind.title} {ref.id} cannot be read from 1C, and nothing is begun for it: {why} Correct it in 1C; each "
        "run reads it again."
    )


@attrs.frozen
class _TakenIn:
    """What came of reading a document: its outcomes where it needs nothing more."""

    rested: tuple[Outcome, ...] = ()


def _acknowledge(adapter: str, cursor: str) -> Plan[None]:
    yield from ask(Acknowledge(cursor))
    yield from ask(Consult(lambda store: store.acknowledged(adapter, cursor)))


def _ask_for_the_missing(run: Run, day: date, shown: set[int], tally: Tally) -> Plan[None]:
    """Ask by key for every document that should have been shown and was not: only that says that one is gone.

    One that was exported and bears a date before the first day by now is in no list at all.
    """
    first, after = (date.min if day <= run.export_from else day), 0
    while page := (yield from ask(_known_since(first, after))):
        after = page[-1][0]
        hidden = [ref for _, ref in page if hash(ref) not in shown]
        if hidden and first < day:
            hidden = yield from ask(_of_concern(hidden, day))
        yield from take_in(run, hidden, tally)


def _of_concern(refs: Sequence[DocumentRef], day: date) -> Consult[list[DocumentRef]]:
    """Ask which of these are of that day or later, or were exported."""

    def question(store: Store) -> list[DocumentRef]:
        return [ref for ref, dossier in store.dossiers(refs).items() if _concerns(dossier, day)]

    return Consult(question)


def _concerns(dossier: Dossier, day: date) -> bool:
    record = dossier.record
    return record is not None and (record.document.date >= day or any(link.holds for link in dossier.links.values()))


def _noted(unread: Collection[DocumentRef]) -> Consult[dict[DocumentRef, int]]:
    return Consult(lambda store: {ref: note for ref, note in store.noted().items() if ref not in unread})


def _forget(notes: dict[DocumentRef, int]) -> Consult[None]:
    return Consult(lambda store: store.forget_noted(notes))


def _known_since(day: date, after: int) -> Consult[list[tuple[int, DocumentRef]]]:
    return Consult(lambda store: store.documents_since(day, after=after, limit=CHUNK))


def _refused(after: int, started: datetime) -> Consult[list[tuple[int, DocumentRef | None]]]:
    """Ask for documents with refused lines; None stands for one that was read in this run already."""

    def question(store: Store) -> list[tuple[int, DocumentRef | None]]:
        page = store.documents_in([LinkState.QUARANTINED], after=after, limit=CHUNK)
        dossiers = store.dossiers(ref for _, ref in page)
        return [(place, None if _is_fresh(dossiers[ref], started) else ref) for place, ref in page]

    return Consult(question)


def _is_fresh(dossier: Dossier, started: datetime) -> bool:
    return dossier.record is not None and dossier.record.changed_at >= started


def _news(run: Run, stamps: Iterable[Stamp]) -> Plan[list[DocumentRef]]:
    stamps = list(dict.fromkeys(stamps))
    known = yield from ask(Consult(lambda store: store.versions([ref for ref, _, _ in stamps])))
    return [
        ref
        for ref, version, day in stamps
        # What was too old is kept without a version: read again only when the line has been drawn earlier.
        if known.get(ref) != version and not (known.get(ref) == "" and day < run.export_from)
    ]


def _taking_in(run: Run, item: PaymentDocument | MissingDocument) -> Callable[[Dossier, Tick], Verdict[_TakenIn]]:
    def decide(dossier: Dossier, tick: Tick) -> Verdict[_TakenIn]:
        if isinstance(item, PaymentDocument):
            verdict = observe(dossier, _sighting(run, item), item, tick)
        elif dossier.record is None:
            return Verdict(dossier, _TakenIn())
        else:
            gone = Sighting(
                ref=item.ref, digest="missing", version="", amounts={}, reason=NotMoneyReason.DELETED, missing=True
            )
            verdict = observe(dossier, gone, dossier.record.document, tick)
        after = verdict.dossier
        if after.is_open:
            return Verdict(after, _TakenIn())
        # A reading that found everything as it was is noted, so that the journal accounts for every line of a run.
        note = _AS_IT_WAS if after.record == dossier.record else ""
        return Verdict(after, _TakenIn(tuple(outcomes_of(after, {}))), note)

    return decide


_AS_IT_WAS = "read again, and unchanged"


def _sighting(run: Run, document: PaymentDocument) -> Sighting:
    too_old = ""
    if document.date < run.export_from:
        too_old = f"older than {run.export_from:%d.%m.%Y}, the first day of the export"
    sighting = Sighting(
        ref=document.ref,
        digest=digest_document(document, remark=too_old),
        version=document.version,
        amounts={},
        too_old=too_old,
    )
    match judge_document(document):
        case Money(amounts=amounts):
            return attrs.evolve(sighting, amounts=amounts)
        case DocumentRefusal(code=code, message=message, amounts=amounts):
            return attrs.evolve(sighting, amounts=amounts, code=code, reason=message)
        case NotMoney(reason=reason):
            return attrs.evolve(sighting, reason=reason)
