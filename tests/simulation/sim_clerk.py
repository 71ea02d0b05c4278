"""The clerk: works in BILLmanager by hand, changes its books of reference, and puts its backup back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from sim_bank import EMPLOYEE, METHODS, ORGANIZATION_INNS, Line
from sim_books import Books, Paper
from sim_faults import Fault
from sim_time import HOUR, MINUTE

from billmanager_1c.models import ContractId, DocumentKind, PaymentStatus
from billmanager_1c.testing.billmanager._records import PaymentRecord

if TYPE_CHECKING:
    from simulation import Simulation


class Clerk:
    """Who works in BILLmanager."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        #: lines on whose payments somebody had hands, and when
        self.handled: dict[Line, float] = {}
        #: payments that somebody changed or deleted, and when
        self.hands: dict[int, float] = {}
        #: payments typed in by hand for the money of a line
        self.typed: dict[int, Line] = {}
        #: bills that clients made for themselves, by id, which a restore may give again: the contract, and the sum
        self.bills: dict[int, list[tuple[ContractId, Decimal]]] = {}
        #: and what stood on them
        self.purposes: dict[int, str] = {}
        #: lines whose payments a restore took away or set back: nobody has told the exchange
        self.lost: set[Line] = set()
        #: credited payments that a restore brought back: the exchange had cancelled them, or never heard of them
        self.brought_back: set[int] = set()
        #: when a payment of a line was deleted that was bound to it
        self.deleted: dict[Line, float] = {}
        self._mending: list[Callable[[], None]] = []

    def acts(self) -> dict[Fault, Callable[[], bool]]:
        """Return what may be done at any time: each says whether there was something to do it to."""
        return {
            Fault.PERSON_DELETES: self._delete,
            Fault.PERSON_EDITS: self._edit,
            Fault.PERSON_REFUNDS: self._refund,
            Fault.ACCOUNT_MOVED: self._move_account,
            Fault.PAYER_INN_CHANGED: self._change_payer,
            Fault.METHOD_CHANGED: self._change_method,
            Fault.COMPANY_INN_CHANGED: self._change_company,
            Fault.IDS_REUSED: self._restore,
            Fault.DOWN_FOR_HOURS: self._go_down,
            Fault.CERTIFICATE_CHANGED: self._change_certificate,
            Fault.PROXY_RESENDS_GETS: self._put_up_proxy,
        }

    # -------------------------------------------------------------------------------------------------- payments

    def touch_inert(self, payment_id: int, line: Line) -> bool:
        """Pay our inert payment as its client, or delete it."""
        bank = self._simulation.bank
        payment = bank.tables.payments.rows.get(payment_id)
        if payment is None or payment.status != PaymentStatus.NEW:
            return False
        self._note(payment, "has hands on our inert", line)
        if self._simulation.choices.happens("inert is paid", 0.5):
            del self.hands[payment_id]  # whose money it is does not matter to us: it stands once
            bank.person_credits(payment_id)
        else:
            self.deleted[line] = self._simulation.timeline.time
            bank.person_deletes_payment(payment_id)
        return True

    def make_bill(
        self, books: Books, kind: DocumentKind, organization: int, line: tuple[ContractId, Decimal], name: str
    ) -> tuple[tuple[ContractId, Decimal], str]:
        """Make a bill as a client does who will pay by bank; return the line of his money, and what he writes on it.

        Some write another sum than they pay, and some pay for one bill twice.
        """
        choices, bank = self._simulation.choices, self._simulation.bank
        if self.bills and choices.happens(f"{name} pays a bill again", 0.2):
            bill = choices.among(f"{name} bill", list(self.bills))
            line = self.bills[bill][-1]
        else:
            contract, amount = line
            agreement = books.agreements[contract]
            assert agreement.subaccount is not None
            billed = amount + 1 if choices.happens(f"{name} pays less", 0.2) else amount
            bill = bank.person_adds_payment(
                subaccount=agreement.subaccount,
                method=bank.methods[kind.value],
                amount=billed,
                payer=agreement.client.payer,
                company=bank.companies[organization],
            )
            self.bills.setdefault(bill, []).append((contract, billed))
            self.purposes[bill] = bank.tables.payments.rows[bill].description
            self._simulation.see_new_payment()
            self._simulation.tell("client", f"makes bill {bill} of {billed}")
        return line, f"Оплата по счёту № {bill}, НДС не облагается"

    def is_bill(self, payment_id: int) -> bool:
        """Say whether a payment is a client's own bill; after a restore its number may be another payment's."""
        return payment_id in self.bills and self._simulation.bank.maker(payment_id) != EMPLOYEE

    def type_in(self, books: Books, paper: Paper, contract: ContractId, amount: Decimal) -> None:
        """Type in the money of a line before the exchange does."""
        simulation, bank = self._simulation, self._simulation.bank
        agreement = books.agreements[contract]
        assert agreement.subaccount is not None
        payment_id = bank.person_adds_payment(
            subaccount=agreement.subaccount,
            method=bank.methods[paper.ref.kind.value],
            amount=amount,
            payer=agreement.client.payer,
            company=bank.companies[paper.organization],
            credited=True,
            paid_at=paper.at.replace(microsecond=0),
        )
        simulation.see_new_payment()
        self.typed[payment_id] = Line.of(books.base, paper.ref, contract)
        simulation.tell("clerk", f"types in payment {payment_id} of {amount} for {paper.title}")

    def _credited(self) -> list[PaymentRecord]:
        bank = self._simulation.bank
        rows = bank.tables.payments.rows.values()
        return [payment for payment in rows if bank.credited_by_us(payment) and bank.line_of(payment)]

    def _any_credited(self, why: str) -> PaymentRecord | None:
        found = self._credited()
        return self._simulation.choices.among(f"which to {why}", found) if found else None

    def _note(self, payment: PaymentRecord, what: str, line: Line | None = None) -> None:
        time = self._simulation.timeline.time
        self.hands[payment.id] = time
        line = line or self._simulation.bank.line_of(payment)
        if line is not None:
            self.handled[line] = time
            if self._simulation.choices.happens("accountant changes it too", 0.6):
                self._simulation.timeline.after(30 * MINUTE, lambda: self._let_it_be_seen(line))
        self._simulation.tell("clerk", f"{what} payment {payment.id}")

    def _let_it_be_seen(self, line: Line) -> None:
        """Let the document change: only then the exchange looks at the payment."""
        found = self._simulation.ref_of(line)
        if found is not None and not found[0].papers[found[1]].deleted:
            self._simulation.people.accountant.change(*found)

    def _delete(self) -> bool:
        payment = self._any_credited("delete")
        if payment is None:
            return False
        self._note(payment, "deletes")
        line = self._simulation.bank.line_of(payment)
        assert line is not None
        self.deleted[line] = self._simulation.timeline.time
        self._simulation.bank.person_deletes_payment(payment.id)
        return True

    def _edit(self) -> bool:
        payment = self._any_credited("edit")
        if payment is None:
            return False
        self._note(payment, "edits the amount of")
        self._simulation.bank.person_edits_payment(payment.id, amount=payment.amount + Decimal("7.77"))
        return True

    def _refund(self) -> bool:
        payment = self._any_credited("refund")
        if payment is None:
            return False
        status = self._simulation.choices.among("refund how", (PaymentStatus.REFUNDED, PaymentStatus.FRAUD))
        self._note(payment, f"sets status {status} on")
        self._simulation.bank.person_edits_payment(payment.id, status=status)
        return True

    def _restore(self) -> bool:
        """Make a backup now and put it back in some hours: what came between is gone, and its ids come again."""
        simulation = self._simulation
        if not self._credited():
            return False
        backup = simulation.bank.take_backup()
        before = dict(simulation.bank.tables.payments.rows)
        later = simulation.choices.between("restored after", HOUR, 4 * HOUR)
        taken = simulation.timeline.time
        simulation.timeline.after(later, lambda: self._put_back(backup, before, taken))
        return True

    def _put_back(self, backup: tuple, before: dict[int, PaymentRecord], taken: float) -> None:
        simulation = self._simulation
        if not simulation.storm:
            return
        bank = simulation.bank
        after = bank.tables.payments.rows
        changed = [row for id in {*before, *after} for row in (before.get(id), after.get(id)) if row is not None]
        for row in changed:
            if before.get(row.id) != after.get(row.id) and (line := bank.line_of(row)) is not None:
                self.lost.add(line)
                self.handled[line] = simulation.timeline.time
        bank.put_back(backup)
        for row in bank.tables.payments.rows.values():
            was = after.get(row.id)
            if row.credited and (was is None or not was.credited or was.info != row.info):
                self.brought_back.add(row.id)
        # What people did since is undone with all the rest.
        self.hands = {id: at for id, at in self.hands.items() if at < taken}
        self.deleted = {line: at for line, at in self.deleted.items() if at < taken}
        simulation.take_ids_back()
        simulation.invariants.forget_bindings()
        simulation.tell("clerk", f"puts a backup of BILLmanager back: {len(self.lost)} lines lose something")

    # ----------------------------------------------------------------------------------------------- books of reference

    def suspend(self, payer: int) -> None:
        """Make a payer inactive for some hours."""
        bank = self._simulation.bank
        bank.suspend_payer(payer)
        self._simulation.tell("clerk", f"suspends payer {payer}")
        self._mend_later(lambda: bank.change_payer(payer, active=True))

    def _move_account(self) -> bool:
        """Move a subaccount to another client, as a merge does; take it back some hours later."""
        simulation, bank = self._simulation, self._simulation.bank
        if simulation.choices.happens("owners change places", 0.5):
            self._when_nobody_runs(self._swap_owners)
            return True
        client = simulation.choices.among("whose account", bank.clients[1:])
        other = bank.clients[0]
        subaccount = client.subaccounts[0]
        bank.change_subaccount(subaccount, account=other.account)
        simulation.tell("clerk", f"moves subaccount {subaccount} to client {other.account}")
        self._mend_later(lambda: bank.change_subaccount(subaccount, account=client.account))
        return True

    def _swap_owners(self) -> None:
        """Let two clients of one provider and currency have each other's subaccounts for some hours."""
        simulation, bank = self._simulation, self._simulation.bank
        one, two = bank.clients[1], bank.clients[3]
        owner = {one.subaccounts[0]: one.account, two.subaccounts[0]: two.account}

        def give(subaccounts: Iterable[int]) -> None:
            for subaccount, account in zip(subaccounts, owner.values(), strict=True):
                bank.change_subaccount(subaccount, account=account)

        give(reversed(owner))
        simulation.tell("clerk", f"lets clients {one.account} and {two.account} change their subaccounts")
        self._mend_later(lambda: self._when_nobody_runs(lambda: give(owner)))

    def _when_nobody_runs(self, do: Callable[[], None]) -> None:
        """Do it between two runs: what happens under way is seen by the next batch only (docs/faults.md, 46)."""
        simulation = self._simulation
        workers = [worker for place in simulation.stores.values() for worker in place.workers]
        if any(worker.process is not None and worker.process.run is not None for worker in workers):
            simulation.timeline.after(MINUTE, lambda: self._when_nobody_runs(do))
        else:
            do()

    def _change_payer(self) -> bool:
        simulation, bank = self._simulation, self._simulation.bank
        client = simulation.choices.among("whose payer", bank.clients)

        def there() -> Collection[int]:
            return bank.tables.payers.rows.keys()

        if simulation.choices.happens("second payer", 0.5):
            twin = bank.add_payer(client.account, name=f"{client.name} бис", legal_status=client.status, inn=client.inn)
            simulation.tell("clerk", f"adds payer {twin} with the INN of payer {client.payer}")
            self._mend_later(lambda: bank.change_payer(twin, inn="", active=False) if twin in there() else None)
        else:
            bank.change_payer(client.payer, inn="7700000000")
            simulation.tell("clerk", f"changes the INN of payer {client.payer}")
            self._mend_later(lambda: bank.change_payer(client.payer, inn=client.inn))
        return True

    def _change_method(self) -> bool:
        simulation, bank = self._simulation, self._simulation.bank
        kind = simulation.choices.among("which method", tuple(METHODS))
        method, name = bank.methods[kind], METHODS[kind]
        how = simulation.choices.among("method how", ("renamed", "closed", "second"))
        if how == "renamed":
            bank.change_method(method, name="Касса", name_ru="Касса")
            self._mend_later(lambda: bank.change_method(method, name=name, name_ru=name))
        elif how == "closed":
            bank.change_method(method, active=False)
            self._mend_later(lambda: bank.change_method(method, active=True))
        else:
            bank.add_method(name, name_ru=name, providers=bank.providers, companies=bank.companies, order_priority=2)
        simulation.tell("clerk", f"changes method {method}: {how}")
        return True

    def _change_company(self) -> bool:
        simulation, bank = self._simulation, self._simulation.bank
        number = simulation.choices.among("which company", (0, 1))
        bank.change_company(bank.companies[number], inn="7711111111")
        simulation.tell("clerk", f"changes the INN of company {bank.companies[number]}")
        self._mend_later(lambda: bank.change_company(bank.companies[number], inn=ORGANIZATION_INNS[number]))
        return True

    def _mend_later(self, mend: Callable[[], None]) -> None:
        simulation = self._simulation
        self._mending.append(mend)
        simulation.timeline.after(simulation.choices.between("mended after", HOUR, 4 * HOUR), mend)

    def mend(self) -> None:
        """Put everything back as it was."""
        for mend in self._mending:
            mend()

    # ------------------------------------------------------------------------------------------------------ the house

    def _go_down(self) -> bool:
        self._simulation.network.go_down(8)
        self._simulation.tell("bank", "is down for eight hours")
        return True

    def _change_certificate(self) -> bool:
        simulation = self._simulation
        simulation.network.stranger_until = simulation.timeline.time + 2 * HOUR
        simulation.tell("bank", "shows another certificate for two hours")
        return True

    def _put_up_proxy(self) -> bool:
        self._simulation.network.has_proxy = True
        return True
