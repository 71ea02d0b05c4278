"""The three trees as they were read, and what of them is to be compared. Nothing is asked here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import attrs

from ...ledger import Dossier, Link, find_mark, make_mark, number_of, short_hash
from ...matching import MethodNames, has_method_words
from ...models import (
    ContractId,
    DocumentRef,
    PayerId,
    Payment,
    PaymentDocument,
    PaymentId,
    PaymentMethod,
    PaymentMethodId,
    PaymentRow,
    PaymentStatus,
    Subaccount,
    SubaccountId,
)
from ...models.onec import NO_CONTRACT
from ...reports import LineClass, Reconciliation
from ..shown import INERT, OVER, may_credit, subaccount_of
from . import reconcile_kept
from ._inputs import KnownLine, RemotePayment, currency_of
from ._twins import WITHIN

ELSEWHERE = SubaccountId(0)
"""Stands for a subaccount that is not the line's, and that cannot be told."""

_Key = tuple[DocumentRef, ContractId]


@attrs.define(kw_only=True, eq=False)
class Trees:
    """What was read so far."""

    base: str
    #: the first day of the exchange
    export_from: date
    method_names: MethodNames
    since: date
    until: date | None

    #: 1C: documents of these days as they are now; documents of other days, and those among them that are older than
    #: the exchange; those that 1C does not have (any more)
    documents: dict[DocumentRef, PaymentDocument] = attrs.field(factory=dict)
    outside: set[DocumentRef] = attrs.field(factory=set)
    too_old: set[DocumentRef] = attrs.field(factory=set)
    missing: set[DocumentRef] = attrs.field(factory=set)
    #: and those that it shows in a way that cannot be read: of them, and of payments of theirs, nothing is told
    unreadable: set[DocumentRef] = attrs.field(factory=set)

    #: the store: dossiers of these documents, and which payments lines of any document have
    dossiers: dict[DocumentRef, Dossier] = attrs.field(factory=dict)
    holders: dict[PaymentId, DocumentRef] = attrs.field(factory=dict)
    subaccounts: dict[SubaccountId, Subaccount] = attrs.field(factory=dict)
    bindings: dict[ContractId, SubaccountId] = attrs.field(factory=dict)

    #: BILLmanager: rows of the list; forms, None for a payment that is gone; methods by name, those of them whose forms
    #: were read, and those that the exchange uses; INN of payers
    rows: dict[PaymentId, PaymentRow] = attrs.field(factory=dict)
    forms: dict[PaymentId, Payment | None] = attrs.field(factory=dict)
    methods: dict[str, set[PaymentMethodId]] = attrs.field(factory=dict)
    known_methods: set[PaymentMethodId] = attrs.field(factory=set)
    our_methods: set[PaymentMethodId] = attrs.field(factory=set)
    inns: dict[PayerId, str] = attrs.field(factory=dict)

    warnings: list[str] = attrs.field(factory=list)

    def is_of_these_days(self, day: date | None) -> bool:
        """Say whether a day is one of those that are compared."""
        return day is not None and self.since <= day and (self.until is None or day <= self.until)

    def take(self, document: PaymentDocument) -> None:
        """Keep a document as it is in 1C now."""
        self.missing.discard(document.ref)
        if self.is_of_these_days(document.date):
            self.documents[document.ref] = document
        else:
            self.outside.add(document.ref)
            if document.date < self.export_from:
                self.too_old.add(document.ref)

    def leave_out(self, unreadable: Mapping[DocumentRef, str]) -> None:
        """Compare neither these documents nor what is theirs: what 1C has of them is not known."""
        self.unreadable.update(unreadable)
        for ref, why in unreadable.items():
            self.documents.pop(ref, None)
            self.missing.discard(ref)
            self.warnings.append(f"{ref.kind.title} {ref.id} cannot be read from 1C, and is not compared: {why}")

    def judge_method(self, method: PaymentMethod) -> None:
        """Keep whether the exchange uses a payment method."""
        if any(has_method_words(name, self.method_names) for name in method.names):
            self.our_methods.add(method.id)

    # -- what is to be compared ----------------------------------------------------------------------------------

    def compare(self) -> Reconciliation:
        """Compare what was read so far."""
        known = list(self._known())
        bound = {link.payment_id: link for link in known if link.payment_id is not None}
        linked = {link.ref for link in bound.values()}
        lines = self._lines(known)
        documents = [one for one in self.documents.values() if one.date >= self.export_from or one.ref in linked]
        shown = {_short(document.ref) for document in documents}
        found = reconcile_kept(
            documents,
            list(self._payments(bound, lines)),
            known,
            keep=lambda payment: self._is_of_these_days(payment, shown),
        )
        return attrs.evolve(
            found,
            since=self.since,
            until=self.until,
            left_out=self._count_left_out(bound, lines),
            warnings=tuple(self.warnings),
        )

    def unread(self, found: Reconciliation) -> list[PaymentId]:
        """Return the payments whose forms may say more than their rows did."""
        told = {payment_id for line in found.lines for payment_id in line.payment_ids}
        refs = [*self.documents, *self.missing]
        links = [link for ref in refs if ref in self.dossiers for link in self.dossiers[ref].links.values()]
        bound = {link.payment_id for link in links if link.payment_id is not None}
        # A payment that is not in the list is read by its id; so is one whose row does not show enough.
        absent = {id for id in bound if id not in self.rows or not self._shows_enough(self.rows[id])}
        without_amount = {id for id, row in self.rows.items() if row.amount is None}
        return sorted((told | absent | without_amount) - self.forms.keys())

    def unread_methods(self) -> list[PaymentMethodId]:
        """Return the methods whose forms may say more: lists name them in one language, the words may be of another."""
        names = {
            row.method_name
            for id, row in self.rows.items()
            if id not in self.holders and row.status not in OVER and self._is_near(row)
        }
        ids = {id for name in names if not self._is_our_method(name) for id in self.methods[name]}
        return sorted(ids - self.known_methods)

    def unread_payers(self, found: Reconciliation) -> list[PayerId]:
        """Return the payers of payments that may have been typed in by hand: whose INN they have is a sign."""
        poor = {line.amount for line in found.lines if line.amount is not None and line.payment_id is None}
        payers = {
            payer_id
            for line in found.lines
            if line.ref is None and line.line_class is LineClass.EXTRA_REMOTE and line.credited in poor
            for payer_id in [self._payer_of(line.payment_id)]
            if payer_id is not None
        }
        return sorted(payers - self.inns.keys())

    def unknown_documents(self) -> list[str]:
        """Return the GUIDs of documents that marks name and that were not asked for yet."""
        asked = {_short(ref) for refs in (self.documents, self.outside, self.missing, self.unreadable) for ref in refs}
        named = (find_mark(form.mark) for form in self.forms.values() if form is not None)
        return sorted({mark.document for mark in named if mark and mark.base == short_hash(self.base)} - asked)

    def poor(self, found: Reconciliation) -> set[DocumentRef]:
        """Return the documents of which some line lacks a payment."""
        lacking = (LineClass.MISSING_REMOTE, LineClass.HUMAN_TWIN)
        lines = [line for line in found.lines if line.line_class in lacking or set(lacking) & set(line.besides)]
        return {line.ref for line in lines if line.ref is not None}

    # -- the store -----------------------------------------------------------------------------------------------

    def _known(self) -> Iterator[KnownLine]:
        for ref in [*self.documents, *self.missing]:
            dossier = self.dossiers.get(ref)
            links = dict(dossier.links) if dossier else {}
            document = self.documents.get(ref)
            if document is not None and document.date < self.export_from and not _was_exported(dossier):
                continue  # it has no lines in this exchange
            for line in document.lines if document else ():
                contract_id = line.contract.id if line.contract else NO_CONTRACT
                links.setdefault(contract_id, Link(contract_id=contract_id))
            for contract_id, link in links.items():
                yield self._known_line(ref, link, dossier, is_kept=dossier is not None and contract_id in dossier.links)

    def _known_line(self, ref: DocumentRef, link: Link, dossier: Dossier | None, *, is_kept: bool) -> KnownLine:
        return KnownLine(
            ref=ref,
            contract_id=link.contract_id,
            payment_id=link.payment_id,
            state=link.state if is_kept else None,
            code=link.code,
            reason=link.reason,
            applied=link.applied,
            twin_id=link.twin_id,
            dismissed=link.dismissed,
            abandoned=link.abandoned,
            subaccount_id=self.bindings.get(link.contract_id),
            last_read=dossier.record.document if dossier and dossier.record else None,
        )

    # -- BILLmanager ---------------------------------------------------------------------------------------------

    def _lines(self, known: Iterable[KnownLine]) -> Lines:
        # One that is older than the exchange has no line on any day, unless it has a payment.
        elsewhere = self.outside - (self.too_old - set(self.holders.values()))
        lines = Lines(outside={_short(ref) for ref in [*elsewhere, *self.unreadable]})
        for document in self.documents.values():
            for line in document.lines:
                contract_id = line.contract.id if line.contract else NO_CONTRACT
                named = line.contract.subaccount_id if line.contract else None
                subaccount_id = named or self.bindings.get(contract_id)
                if subaccount_id is not None:
                    lines.subaccounts[document.ref, contract_id] = subaccount_id
            for contract_id, amount in _amounts(document).items():
                lines.amounts.setdefault(amount, set()).add(lines.subaccounts.get((document.ref, contract_id)))
        for link in known:
            dossier = self.dossiers.get(link.ref)
            kept = dossier.links.get(link.contract_id) if dossier else None
            for gen in range(1, (kept.gen if kept else 1) + 1):
                mark = make_mark(self.base, link.ref, link.contract_id, gen)
                lines.numbers[number_of(mark)] = mark
        for ref in self.unreadable & self.dossiers.keys():
            for each in self.dossiers[ref].links.values():
                marks = (make_mark(self.base, ref, each.contract_id, gen) for gen in range(1, each.gen + 1))
                lines.unreadable.update(number_of(mark) for mark in marks)
        return lines

    def _payments(self, bound: dict[PaymentId, KnownLine], lines: Lines) -> Iterator[RemotePayment]:
        accounts: dict[str, list[Subaccount]] = {}
        for subaccount in self.subaccounts.values():
            accounts.setdefault(subaccount.account, []).append(subaccount)
        for payment_id in sorted({*self.rows, *self.forms}):
            row, form = self.rows.get(payment_id), self.forms.get(payment_id)
            if payment_id in self.forms and form is None:
                continue  # its form says that it is gone, whatever an old list shows
            link = bound.get(payment_id)
            if link is not None:
                # It credits what was written, unless its row says otherwise; that may be another than 1C names now.
                written = link.applied.subaccount_id if link.applied else None
                named = lines.subaccounts.get((link.ref, link.contract_id))
                likely = [id for id in (written, named) if id is not None]
            elif self._is_ours(payment_id, lines):
                # Clients may have one name: of those that a row may credit, one whose money is looked for is likelier.
                likely = sorted(id for id in lines.amounts.get(_amount(form, row), ()) if id is not None)
            else:
                continue
            wanted = [self.subaccounts[id] for id in likely if id in self.subaccounts]
            yield self._remote(payment_id, row, form, wanted, accounts, lines, is_bound=link is not None)

    def _remote(
        self,
        payment_id: PaymentId,
        row: PaymentRow | None,
        form: Payment | None,
        likely: Sequence[Subaccount],
        accounts: dict[str, list[Subaccount]],
        lines: Lines,
        *,
        is_bound: bool,
    ) -> RemotePayment:
        """Put a payment together: its form goes before its row."""
        shown = form or row
        assert shown is not None
        subaccount_id = form.subaccount_id if form else None
        if subaccount_id is None and row is not None:
            subaccount_id = _credited(row, likely, accounts.get(row.account_name, []), is_bound=is_bound)
        subaccount = self.subaccounts.get(subaccount_id) if subaccount_id else None
        payer_id = self._payer_of(payment_id)
        mark = form.mark if form else None
        if form is not None and form.random_number and find_mark(mark) is None:
            mark = lines.numbers.get(form.random_number, mark)  # the number of a line's create is made of its mark
        return RemotePayment(
            id=payment_id,
            status=shown.status,
            amount=_amount(form, row),
            currency=subaccount.currency if subaccount else currency_of(row.amount) if row and row.amount else "",
            number=shown.number,
            paid_on=shown.paid_on or (row.paid_on if row else None),
            created_on=row.created_on if row else form.created_at.date() if form and form.created_at else None,
            subaccount_id=subaccount_id,
            payer_id=payer_id,
            payer_name=row.payer_name if row else "",
            payer_inn=self.inns.get(payer_id, "") if payer_id is not None else "",
            method_id=form.method_id if form and form.method_id else self._method_of(row),
            document_number=form.document_number if form else None,
            description=form.description if form else None,
            mark=mark,
        )

    def _payer_of(self, payment_id: PaymentId | None) -> PayerId | None:
        shown = (self.forms.get(payment_id), self.rows.get(payment_id)) if payment_id is not None else ()
        return next((one.payer_id for one in shown if one is not None and one.payer_id is not None), None)

    def _method_of(self, row: PaymentRow | None) -> PaymentMethodId | None:
        ids = self.methods.get(row.method_name, ()) if row else ()
        return next(iter(ids)) if len(ids) == 1 else None

    def _shows_enough(self, row: PaymentRow) -> bool:
        known = row.paid_on is not None and row.payer_id is not None and self._method_of(row) is not None
        return known or row.status != PaymentStatus.CREDITED

    def _is_ours(self, payment_id: PaymentId, lines: Lines) -> bool:
        """Say whether a payment that no line of these days is bound to may be this exchange's business."""
        form, row = self.forms.get(payment_id), self.rows.get(payment_id)
        shown = form or row
        if shown is None or shown.status in OVER or not self._is_free(payment_id):
            return False
        mark = find_mark(form.mark) if form else None
        if form is not None and mark is not None:
            return mark.base == short_hash(self.base) and mark.document not in lines.outside
        if form is not None and form.random_number in lines.unreadable:
            return False
        if form is not None and form.random_number in lines.numbers:
            return True
        if not self._is_near(row):
            return False
        amount = _amount(form, row)
        by_our_method = row is None or not row.method_name or self._is_our_method(row.method_name)
        if shown.status in INERT and form is not None:
            return lines.may_be_of(amount, form.subaccount_id)  # any other bill that nobody paid is a client's own
        return by_our_method or amount in lines.amounts

    def _is_free(self, payment_id: PaymentId) -> bool:
        """Say whether no line of other days has the payment."""
        holder = self.holders.get(payment_id)
        return holder is None or holder in self.documents or holder in self.missing

    def _is_our_method(self, name: str) -> bool:
        return name not in self.methods or not self.our_methods.isdisjoint(self.methods[name])

    def _is_of_these_days(self, payment: RemotePayment, shown: Collection[str]) -> bool:
        """Say whether a payment that no line has belongs here: with the document of its mark, else by its own day."""
        mark, day = find_mark(payment.mark), payment.paid_on or payment.created_on
        if mark is not None and (mark.document in shown or day is None):
            return True
        return self.is_of_these_days(day)

    def _is_near(self, row: PaymentRow | None) -> bool:
        """Say whether a payment is of these days, or near enough to be a twin."""
        day = (row.paid_on or row.created_on) if row else None
        if day is None:
            return True
        away = timedelta(days=WITHIN)
        return self.since - away <= day and (self.until is None or day <= self.until + away)

    def _count_left_out(self, bound: Collection[PaymentId], lines: Lines) -> int:
        return sum(
            1
            for id, row in self.rows.items()
            if id not in bound
            and self._is_free(id)
            and (row.status == PaymentStatus.CREDITED or row.status in INERT)
            and self.is_of_these_days(row.paid_on or row.created_on)
            and self.forms.get(id, row) is not None
            and not self._is_ours(id, lines)
        )


@attrs.define(eq=False)
class Lines:
    """What is looked up of all lines."""

    #: where their money should go
    subaccounts: dict[_Key, SubaccountId] = attrs.field(factory=dict)
    #: the subaccounts of lines by amount; None for a line without
    amounts: dict[Decimal, set[SubaccountId | None]] = attrs.field(factory=dict)
    #: their marks by the numbers that go with a create
    numbers: dict[str, str] = attrs.field(factory=dict)
    #: the documents of other days, and those that cannot be read, as marks name them
    outside: set[str] = attrs.field(factory=set)
    #: the numbers that go with creates of documents that cannot be read
    unreadable: set[str] = attrs.field(factory=set)

    def may_be_of(self, amount: Decimal, subaccount_id: SubaccountId | None) -> bool:
        """Say whether some line has this amount, for this subaccount as far as that is known."""
        found = self.amounts.get(amount)
        return found is not None and (subaccount_id is None or None in found or subaccount_id in found)


def _was_exported(dossier: Dossier | None) -> bool:
    """Say whether a document has a payment, as far as is known, or may have one."""
    return dossier is not None and (dossier.is_open or any(link.holds for link in dossier.links.values()))


def _short(ref: DocumentRef) -> str:
    return ref.id.replace("-", "")


def _amounts(document: PaymentDocument) -> dict[ContractId, Decimal]:
    amounts: dict[ContractId, Decimal] = {}
    for line in document.lines:
        contract_id = line.contract.id if line.contract else NO_CONTRACT
        amounts[contract_id] = amounts.get(contract_id, Decimal(0)) + line.amount
    return amounts


def _amount(form: Payment | None, row: PaymentRow | None) -> Decimal:
    return form.amount if form else row.amount.amount if row and row.amount else Decimal(0)


def _credited(
    row: PaymentRow, likely: Sequence[Subaccount], alike: list[Subaccount], *, is_bound: bool
) -> SubaccountId | None:
    """Return the subaccount that a row credits; the likely ones go before others that it may credit as well."""
    fitting = next((subaccount for subaccount in likely if may_credit(row, subaccount)), None)
    found = fitting or subaccount_of(row, alike)
    if found is not None:
        return found.id
    return ELSEWHERE if is_bound and likely else None
