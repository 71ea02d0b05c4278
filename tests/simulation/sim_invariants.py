"""What must be true after every event, and what must come true in time (protocol.md §4)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from sim_bank import CANARY, EMPLOYEE, Line
from sim_books import Books, Paper
from sim_faults import Fault
from sim_time import HOUR

from billmanager_1c.ledger import Dossier, LinkState, make_mark, replay
from billmanager_1c.models import ContractId, DocumentRef, PaymentStatus
from billmanager_1c.testing.billmanager._records import CreditEvent, PaymentRecord

if TYPE_CHECKING:
    from sim_worker import Process

    from billmanager_1c.plans.run import Run
    from billmanager_1c.reports import ExportReport
    from billmanager_1c.store import SQLiteStore
    from simulation import Simulation

CODES = frozenset(
    [
        "sum_mismatch",
        "bad_amount",
        "currency_mismatch",
        "no_contract",
        "no_subaccount",
        "subaccount_closed",
        "no_company",
        "company_ambiguous",
        "no_payer",
        "payer_inactive",
        "no_method",
        "rejected",
        "cancel_refused",
        "possible_twin",
        "duplicate",
        "remote_missing",
        "remote_changed",
    ]
)
"""The closed list of protocol.md §4, I10, written once more by hand."""

_OPS = {
    "CreatePayment": {"create"},
    "EditPayment": {"write", "update"},
    "SetPaid": {"credit"},
    "UncreditPayment": {"cancel"},
    "DeletePayment": {"cancel"},
    "CancelPayment": {"cancel"},
}
_CANCELS = ("UncreditPayment", "DeletePayment", "CancelPayment")

REQUESTS_OF_A_RUN = 600
"""So many requests are enough for a run over a dozen documents, whatever happens to it (I9)."""
WRITES_OF_A_LINE = 40
"""So many writes are enough for one line in two hours, whatever happens to it (I9)."""


#: after these a store cannot know what stood in BILLmanager when a person deleted it
_FORGETFUL = (Fault.STORE_DELETED, Fault.STORE_FROM_YESTERDAY, Fault.TWO_INSTALLATIONS, Fault.IDS_REUSED)


#: after these a look may have missed a payment, or one may have come too late for it
_HIDING = (
    Fault.LISTS_STALE,
    Fault.ROWS_SHIFT,
    Fault.LIST_CUT,
    Fault.COMMIT_AFTER_WE_GAVE_UP,
    Fault.SLEEPS_PAST_LEASE,
    Fault.KILLED_MID_REQUEST,
    Fault.CLOCK_JUMPS,
    Fault.INERT_PAYMENT_TOUCHED,
    Fault.ACCOUNT_MOVED,
    Fault.PAYER_INN_CHANGED,
    Fault.PAYER_SUSPENDED,
)


class Violation(NamedTuple):
    """A promise that was broken."""

    invariant: str
    what: str


class Canary(logging.Handler):
    """Listens to everything that is logged, raised or reported: the password must not be in it (I11)."""

    def __init__(self, tell: Callable[[str, str], None]) -> None:
        super().__init__()
        self._tell = tell
        self.heard = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Look at a log record."""
        self.look("a log record", record.getMessage())

    def look(self, where: str, text: str) -> None:
        """Look at a text."""
        self.heard += 1
        if CANARY in text:
            self._tell("I11", f"{where} shows the password: {text[:200]}")


class Invariants:
    """The promises, checked as cheaply as they can be."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.canary = Canary(simulation.violation)
        #: which line has which payment, over all stores
        self._bound: dict[int, Line] = {}
        self._payment: dict[Line, int] = {}
        self._writes: dict[Line, list[float]] = {}
        #: when money of a document was taken back by us
        self._taken_back: list[tuple[float, str]] = []
        #: payments that were taken for ours by their likeness
        self._guessed: set[int] = set()

    # ------------------------------------------------------------------------------------------------- every event

    def on_money(self, event: CreditEvent) -> None:
        """I1: at most one credited payment for a line, and no more for a document than it ever was."""
        if event.actor != EMPLOYEE:
            return
        bank = self._simulation.bank
        payment = bank.payment(event.payment_id) if event.payment_id in bank.tables.payments.rows else None
        line = bank.line_of(payment) if payment is not None else None
        if event.amount <= 0:
            if line is not None:
                self._taken_back.append((self._simulation.timeline.time, line.document))
            return
        if payment is None or line is None:
            self._simulation.violation("I1", f"payment {event.payment_id} was credited and belongs to no line")
            return
        made_by = bank.maker(payment.id)
        unasked = line not in self._simulation.people.operator.asked and not self._is_named(payment, line)
        if made_by != EMPLOYEE and unasked:
            self._simulation.violation(
                "I1", f"payment {payment.id}, which was made by a {made_by}, is credited unasked"
            )
        brought_back = self._simulation.people.clerk.brought_back
        brought_back.discard(payment.id)
        ours = [other for other in bank.payments_of(line) if bank.credited_by_us(other)]
        standing = [other for other in ours if other.id not in brought_back]
        if len(standing) > 1:
            ids = ", ".join(str(other.id) for other in standing)
            self._simulation.violation("I1", f"{self.name(line)} stands credited by payments {ids}")
        found = self._simulation.ref_of(line)
        if found is None:
            self._simulation.violation("I1", f"payment {payment.id} was credited for a document nobody wrote")
            return
        books, ref = found
        total = sum(
            (bank.credited_by_us(other) for other in bank.tables.payments.rows.values() if self._same(other, line)),
            Decimal(0),
        )
        # Two stores know nothing of each other: no line stands twice, but what moves between lines may for a while.
        # And what a person made of a payment is his.
        handled = any(other[:2] == line[:2] for other in self._simulation.people.clerk.handled)
        if total > books.greatest_total(ref) and not handled and not self._simulation.hits[Fault.TWO_INSTALLATIONS]:
            self._simulation.violation("I1", f"{total} stands credited for {books.papers[ref].title}, more than it was")

    def _is_named(self, payment: PaymentRecord, line: Line) -> bool:
        """Say whether a bill may be credited for a line: its document named it when both were of one amount."""
        simulation = self._simulation
        bills, found = simulation.people.clerk.bills.get(payment.id, []), simulation.ref_of(line)
        if not simulation.match_bills or found is None:
            return False
        books, ref = found
        billed = {(books.agreements[contract].subaccount, amount) for contract, amount in bills}
        return any(
            payment.number in paper.purpose and (books.agreements[contract].subaccount, amount) in billed
            for _, paper in books.history[ref]
            for contract, amount in paper.wanted().items()
        )

    def _same(self, payment: PaymentRecord, line: Line) -> bool:
        other = self._simulation.bank.line_of(payment)
        return other is not None and self._same_document(other, line)

    @staticmethod
    def _same_document(one: Line, other: Line) -> bool:
        return one[:2] == other[:2]

    def on_number_again(self, number: str) -> None:
        """I1: the number of a generation that was cancelled makes no other payment: an old create may still come."""
        line = self._simulation.bank.numbers.get(number)
        forgetful = any(self._simulation.hits[fault] for fault in _FORGETFUL)
        late = self._simulation.hits[Fault.COMMIT_AFTER_WE_GAVE_UP] or self._simulation.hits[Fault.SLEEPS_PAST_LEASE]
        if line is not None and not forgetful and not late:
            self._simulation.violation("I1", f"{self.name(line)} uses the number of a cancelled payment once more")

    def after_report(self, process: Process, run: Run, report: ExportReport) -> None:
        """The breaker: no run cancels so much unless a person approved of it."""
        # What was never credited is no money that goes.
        taken_back = {document for at, document in self._taken_back if at >= process.began}
        cancelled = min(report.counts["cancelled"], len(taken_back))
        operator = self._simulation.people.operator
        asked = operator.approved >= 0
        too_many = run.breaker is not None and (
            cancelled > run.breaker.documents and cancelled > run.breaker.share * (run.linked + cancelled)
        )
        if too_many and not asked:
            self._simulation.violation("B", f"{process.name} cancelled {cancelled} documents and nobody approved")

    def after_transaction(self, process: Process, ref: DocumentRef, dossier: Dossier) -> None:
        """I2: a payment has one line; I10: codes are of the closed list."""
        base = process.worker.adapter.base
        self._guessed |= {one.payment_id for one in dossier.attempts.values() if one.is_guess and one.payment_id}
        has = {Line.of(base, ref, link.contract_id): link.payment_id for link in dossier.links.values()}
        for line in has:
            before = self._payment.pop(line, None)
            if before is not None and self._bound.get(before) == line:
                del self._bound[before]
        for line, payment_id in has.items():
            if payment_id is None:
                continue
            self._payment[line] = payment_id
            other = self._bound.setdefault(payment_id, line)
            # A second store may not have heard yet that the payment went to another contract of its document.
            moved = self._simulation.hits[Fault.TWO_INSTALLATIONS] and self._same_document(other, line)
            if other != line and not moved and not {line, other} & self._simulation.people.clerk.lost:
                self._simulation.violation(
                    "I2", f"payment {payment_id} is bound to {self.name(line)} and to {self.name(other)}"
                )
        for link in dossier.links.values():
            line = Line.of(base, ref, link.contract_id)
            if link.state is LinkState.REMOTE_MISSING and not self._is_missing(link.payment_id):
                self._simulation.violation(
                    "I6", f"{self.name(line)} is said to have lost payment {link.payment_id}, which is there"
                )
            if link.code is not None and link.code.value not in CODES:
                self._simulation.violation("I10", f"{self.name(line)} is refused with code {link.code.value!r}")
            if link.state in (LinkState.QUARANTINED, LinkState.REMOTE_MISSING, LinkState.REMOTE_CHANGED) and (
                link.code is None or not link.reason
            ):
                self._simulation.violation("I10", f"{self.name(line)} is {link.state.value} without code or reason")

    def _is_missing(self, payment_id: int | None) -> bool:
        payment = self._simulation.bank.tables.payments.rows.get(payment_id or 0)
        over = (PaymentStatus.CANCELLED, PaymentStatus.BEING_DELETED)
        # After a restore of BILLmanager the id may be another payment's.
        return payment is None or payment.status in over or "IDS_REUSED" in self._simulation.weather.names

    def forget_bindings(self) -> None:
        """Begin anew: ids have been taken back by a restore."""
        self._bound.clear()
        self._payment.clear()

    def before_write(self, process: Process, operation: Any, since: float) -> None:
        """I3: no write without an open attempt; I6: nothing is cancelled that the books never gave up.

        And rule 8 of the core: what a person did is neither overwritten nor undone; ``since`` is when the write was
        decided, and what was done later could not be seen.
        """
        name = type(operation).__name__
        paused = self._simulation.people.operator.paused_since
        # A switch goes with its store: where that was lost or put back, so was the pause.
        forgotten = any(self._simulation.hits[fault] for fault in (Fault.STORE_DELETED, Fault.STORE_FROM_YESTERDAY))
        if (
            paused is not None
            and not forgotten
            and process.began > paused
            and process.worker.file is self._simulation.stores["first"].file
        ):
            self._simulation.violation("P", f"{process.name} began after the exchange was paused, and writes")
        with process.store._transactions.read() as connection:
            if name == "CreatePayment":
                number = operation.payment.random_number
                rows = connection.execute(
                    "SELECT op FROM attempts WHERE resolved_by IS NULL AND random_number = ?", (number,)
                ).fetchall()
                line = self._simulation.bank.numbers.get(number)
            else:
                payment_id = operation.ids[0] if name == "DeletePayment" else operation.id
                rows = connection.execute(
                    "SELECT op FROM attempts WHERE resolved_by IS NULL AND payment_id = ?", (payment_id,)
                ).fetchall()
                payment = self._simulation.bank.tables.payments.rows.get(payment_id)
                line = None if payment is None else self._simulation.bank.line_of(payment)
        # Where clocks disagree, a lease may be over for one and not for the other; fences and ids are there for that.
        allowed = _OPS[name] | ({"cancel"} if self._gives_back(operation) else set())
        if not {row[0] for row in rows} & allowed and not self._clocks_were_set():
            self._simulation.violation("I3", f"{process.name} sends {name} without an open attempt")
        if line is not None:
            now = self._simulation.timeline.time
            writes = self._writes[line] = [at for at in self._writes.get(line, []) if at > now - 2 * HOUR] + [now]
            if len(writes) == WRITES_OF_A_LINE:
                self._simulation.violation("I9", f"{self.name(line)} was written to {WRITES_OF_A_LINE} times")
        if name in ("DeletePayment", "CancelPayment") and self._simulation.people.clerk.is_bill(payment_id):
            self._simulation.violation("B1", f"payment {payment_id} is a client's own bill, and {name} takes it away")
        if name in _CANCELS and line is not None:
            self._may_cancel(line, operation.ids[0] if name == "DeletePayment" else operation.id)
        if name != "CreatePayment" and line is not None:
            self._may_touch(line, operation.ids[0] if name == "DeletePayment" else operation.id, since)

    def _gives_back(self, operation: Any) -> bool:
        """Say whether it takes our mark off a client's bill."""
        return (
            type(operation).__name__ == "EditPayment"
            and operation.changes.mark == ""
            and self._simulation.people.clerk.is_bill(operation.id)
        )

    def _clocks_were_set(self) -> bool:
        return any(worker.was_set for place in self._simulation.stores.values() for worker in place.workers)

    def _may_touch(self, line: Line, payment_id: int, since: float) -> None:
        people = self._simulation.people
        when = people.clerk.hands.get(payment_id)
        payment = self._simulation.bank.tables.payments.rows.get(payment_id)
        taken_out = payment is not None and payment.status in (PaymentStatus.REFUNDED, PaymentStatus.FRAUD)
        if not taken_out and any(self._simulation.hits[fault] for fault in _FORGETFUL):
            return  # an amount that a new store never saw otherwise is no person's change to it
        if when is not None and when < since and people.operator.asked.get(line, -1.0) < when:
            self._simulation.violation("R8", f"a person changed payment {payment_id}, and it is written to unasked")

    def before_create(self, line: Line) -> None:
        """Rule 8: what a person deleted is not made again unasked, unless 1C gave it up meanwhile."""
        simulation = self._simulation
        when = simulation.people.clerk.deleted.get(line)
        found, contract = simulation.ref_of(line), simulation.contract_of(line)
        if when is None or found is None or contract is None:
            return
        forgetful = any(simulation.hits[fault] for fault in _FORGETFUL)
        asked = simulation.people.operator.asked.get(line, -1.0) > when
        if not (forgetful or asked or found[0].was_unwanted(found[1], contract, since=when)):
            simulation.violation(
                "R8", f"a person deleted the payment of {self.name(line)}, and it is made again unasked"
            )

    def _may_cancel(self, line: Line, payment_id: int) -> None:
        found = self._simulation.ref_of(line)
        contract = self._simulation.contract_of(line)
        if found is None or contract is None:
            return
        books, ref = found
        born = self._simulation.born.get(payment_id, 0.0)
        if not books.was_unwanted(ref, contract, since=born) and not self._simulation.excuses(line):
            self._simulation.violation("I6", f"payment {payment_id} of {self.name(line)} is cancelled, and 1C wants it")

    def after_run(self, process: Process, requests: int) -> None:
        """I9: a run stays within its budget."""
        if requests > REQUESTS_OF_A_RUN:
            self._simulation.violation("I9", f"a run of {process.name} made {requests} requests")

    # ----------------------------------------------------------------------------------------------------- in time

    def settled(self) -> None:
        """I4, I5, I8: what the books want stands in BILLmanager, once and as they want it; nothing else does."""
        simulation = self._simulation
        for books in simulation.all_books:
            for ref, paper in books.papers.items():
                wanted = paper.wanted()
                seen = {contract for _, was in books.history[ref] for contract in was.wanted()} | set(wanted)
                for contract in sorted(seen):
                    line = Line.of(books.base, ref, contract)
                    if simulation.is_left_to_a_person(books, ref, contract):
                        continue
                    standing = self._standing(books, line, ref, contract)
                    if contract in wanted:
                        self._is_exact(books.base, paper, contract, wanted[contract], standing)
                    elif standing:
                        simulation.violation(
                            "I5", f"{self.name(line)} is no money any more and stands credited by {standing[0].id}"
                        )

    def _standing(self, books: Books, line: Line, ref: DocumentRef, contract: ContractId) -> list[PaymentRecord]:
        """Return what stands credited for a line, by us or, typed in for just this money, by a person."""
        bank, typed = self._simulation.bank, self._simulation.people.clerk.typed
        standing = {each.id: each for each in bank.payments_of(line) if each.credited}
        amounts = {paper.wanted().get(contract) for _, paper in books.history[ref]}
        if self._simulation.hits[Fault.LIST_CUT] or self._simulation.hits[Fault.IDS_REUSED]:
            typed = {}  # what a list leaves out without a word, nobody can ask about
        for payment_id, whose in typed.items():
            payment = bank.tables.payments.rows.get(payment_id)
            if payment_id in self._simulation.people.operator.dismissed:
                continue  # "a payment holds at most one line", perhaps not the one whose money it is; or it moved away
            if whose == line and payment is not None and payment.credited and len(amounts) == 1:
                standing[payment_id] = payment
        return list(standing.values())

    def _is_exact(
        self, base: str, paper: Paper, contract: ContractId, amount: Decimal, standing: list[PaymentRecord]
    ) -> None:
        line = Line.of(base, paper.ref, contract)
        if len(standing) != 1:
            state = self._simulation.state_of(base, paper.ref, contract)
            self._simulation.violation(
                "I4", f"{self.name(line)} has {len(standing)} credited payments and should have one; it is {state}"
            )
            return
        payment = standing[0]
        agreement = self._simulation.agreement(base, contract)
        date = paper.at.date()
        number = (paper.incoming_number if paper.ref.kind.value == "incoming_payment_order" else "") or paper.number
        is_, be = (
            (
                payment.amount,
                payment.subaccount_id,
                payment.paid_at and payment.paid_at.date(),
                payment.document_number,
                payment.document_date,
                payment.description,
            ),
            (amount, agreement.subaccount or payment.subaccount_id, date, number, date, paper.purpose),
        )
        if is_ != be:
            state = self._simulation.state_of(base, paper.ref, contract)
            self._simulation.violation("I4", f"{self.name(line)} shows {is_} and should show {be}; it is {state}")
        elif make_mark(base, paper.ref, contract, 1)[:-1] not in payment.info:
            self._simulation.violation("I4", f"payment {payment.id} of {self.name(line)} does not carry its mark")
        elif payment.status != PaymentStatus.CREDITED:
            self._simulation.violation("I4", f"payment {payment.id} of {self.name(line)} is not credited")

    def no_strays(self) -> None:
        """Where nothing was hidden from a look, none of our payments is left behind as an unpaid bill."""
        simulation = self._simulation
        if any(simulation.hits[fault] for fault in (*_FORGETFUL, *_HIDING)):
            return
        for payment in simulation.bank.tables.payments.rows.values():
            line = simulation.bank.line_of(payment)
            found = None if line is None else simulation.ref_of(line)
            if (
                line is None
                or found is None
                or payment.status != PaymentStatus.NEW
                or line in simulation.people.clerk.handled
                or (payment.id in self._guessed and not payment.info)  # it may be a client's: it is left to him
            ):
                continue
            books, ref = found
            links = [
                link
                for contract in self._contracts(books, ref)
                for link in simulation.links_of(books.base, ref, contract)
            ]
            if not any(payment.id in (link.payment_id, link.lingering_id) for link in links):
                simulation.violation(
                    "I9", f"payment {payment.id} of {self.name(line)} is left behind, and nobody has it"
                )

    def bills_as_they_were(self) -> None:
        """A bill that no line has is what its client was asked for, and has no mark of ours: he may pay it yet."""
        simulation, clerk = self._simulation, self._simulation.people.clerk
        if any(simulation.hits[fault] for fault in _FORGETFUL):
            return  # what it was before is known to the store alone
        for payment_id, billed in clerk.bills.items():
            payment = simulation.bank.tables.payments.rows.get(payment_id)
            if payment is None or payment.status != PaymentStatus.NEW or not clerk.is_bill(payment_id):
                continue
            if (
                payment_id in self._bound
                or payment_id in clerk.hands
                or simulation.bank.line_of(payment) in clerk.handled
            ):
                continue
            was = clerk.purposes[payment_id]
            if payment.info or payment.description != was or payment.amount not in {amount for _, amount in billed}:
                shows = f"{payment.amount}, {payment.description!r}, {payment.info!r}"
                simulation.violation("B3", f"bill {payment_id} was of {billed}, {was!r}, and shows {shows}")

    @staticmethod
    def _contracts(books: Books, ref: DocumentRef) -> set[ContractId]:
        return {contract for _, paper in books.history[ref] for contract in paper.wanted()}

    def at_end(self) -> None:
        """I7: the journal tells how everything came to be as it is; I11: no file has the password."""
        for place in self._simulation.stores.values():
            with place.file.open() as store:
                refs = [ref for _, ref in store.documents_since(self._simulation.first_day, limit=1000)]
                for ref in refs:
                    kept = store.dossier(ref)
                    if not self._replays(store, ref, kept):
                        self._simulation.violation("I7", f"the journal of {ref} does not replay to what is kept")
            if CANARY.encode() in place.file.path.read_bytes():
                self._simulation.violation("I11", f"the store {place.file.path.name} has the password in it")

    @staticmethod
    def _replays(store: SQLiteStore, ref: DocumentRef, kept: Dossier) -> bool:
        try:
            return replay(ref, store.journal(ref)) == kept
        except Exception:  # noqa: BLE001 (what cannot be read does not replay)
            return False

    def name(self, line: Line) -> str:
        """Return what the story calls a line."""
        return f"line {line.document[-2:]}/{self._simulation.contract_of(line) or line.contract}"[:44]
