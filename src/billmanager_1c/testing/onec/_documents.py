"""Payment documents, and what accountants do to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import attrs

from ...models import DocumentKind, OperationKind
from ._catalogues import Catalogues
from ._foundation import KEEP, Keep
from ._infobase import Header, padded
from ._schema import EMPTY_DATE, EMPTY_GUID, DocumentShape, EntitySet, SetKind, Type, Value
from ._writer import why_not_posted, why_not_unposted

Amount: TypeAlias = Decimal | int | str
Lines: TypeAlias = Sequence[tuple[str | None, Amount]]
"""Rows of РасшифровкаПлатежа: the GUID of a contract, or None, and an amount."""
Moment: TypeAlias = dt.datetime | dt.date | str


class Documents(Catalogues):
    """Adding documents, changing them, posting, marking, deleting."""

    def add_document(
        self,
        kind: DocumentKind | str,
        *,
        lines: Lines,
        number: str | None = None,
        date: Moment | None = None,
        organization: str | None = None,
        counterparty: str | None = None,
        counterparty_type: str | None = None,
        contract: str | None = None,
        amount: Amount | None = None,
        currency: str = "643",
        operation: OperationKind | str = OperationKind.CUSTOMER_PAYMENT,
        posted: bool = True,
        paid: bool = True,
        paid_on: Moment | None = None,
        incoming_number: str = "",
        incoming_date: Moment | None = None,
        purpose: str = "",
        guid: str | None = None,
        attributes: Mapping[str, object] | None = None,
    ) -> str:
        """Add a payment document.

        What is not given is what an accountant would enter: organization, counterparty and header contract of the
        first line's contract, the sum of the lines, the day of the document as ДатаОплаты where the kind has it.
        A posted document that is not paid is a planned receipt. ``operation``: a kind, or the value of ВидОперации.
        ``counterparty_type``: the set of a composite counterparty, such as ``"Catalog_ФизическиеЛица"``.
        ``attributes``: any further properties by their wire names.
        """
        with self._lock:
            shape = self._schema.documents[DocumentKind(kind)]
            entity_set = self._schema.sets[shape.entity_set]
            day = _moment(self.now().replace(tzinfo=None) if date is None else date)
            first = next((each for each, _ in lines if each is not None), None)
            agreed = {} if first is None else self._header(first)
            header: Header = {
                "Ref_Key": guid.lower() if guid else self._infobase.new_guid(),
                "Number": self._infobase.next_code(entity_set, "Number")
                if number is None
                else padded(entity_set, "Number", number),
                "Date": day,
                "Posted": posted,
            }
            given = _Given(
                organization=organization or str(agreed.get("Организация_Key", EMPTY_GUID)),
                counterparty=counterparty or str(agreed.get("Owner_Key", EMPTY_GUID)),
                counterparty_type=counterparty_type or KEEP,
                contract=contract or first or EMPTY_GUID,
                amount=sum((_decimal(each) for _, each in lines), Decimal(0)) if amount is None else amount,
                currency=currency,
                operation=operation,
                paid=paid,
                paid_on=(f"{day[:10]}T00:00:00" if paid else EMPTY_DATE) if paid_on is None else paid_on,
                incoming_number=incoming_number,
                incoming_date=EMPTY_DATE if incoming_date is None else incoming_date,
                purpose=purpose,
            )
            header |= self._document_header(shape, entity_set, given)
            header |= dict.fromkeys(shape.accounting_flags, posted)
            header |= attributes or {}
            row = self._infobase.put(entity_set, header, {shape.lines: self._document_lines(shape, lines)})
            self._written(entity_set, row)
            return str(header["Ref_Key"])

    def change_document(
        self,
        guid: str,
        *,
        lines: Lines | Keep = KEEP,
        number: str | Keep = KEEP,
        date: Moment | Keep = KEEP,
        organization: str | Keep = KEEP,
        counterparty: str | Keep = KEEP,
        counterparty_type: str | Keep = KEEP,
        contract: str | Keep = KEEP,
        amount: Amount | Keep = KEEP,
        currency: str | Keep = KEEP,
        operation: OperationKind | str | Keep = KEEP,
        paid: bool | Keep = KEEP,
        paid_on: Moment | Keep | None = KEEP,
        incoming_number: str | Keep = KEEP,
        incoming_date: Moment | Keep | None = KEEP,
        purpose: str | Keep = KEEP,
        attributes: Mapping[str, object] | None = None,
    ) -> None:
        """Change a document as an accountant would. New ``lines`` bring the new sum, unless ``amount`` is given."""
        with self._lock:
            entity_set, row = self._infobase.find(guid, SetKind.DOCUMENT)
            shape = self._shape(entity_set)
            parts = row.parts
            if not isinstance(lines, Keep):
                parts = {**parts, shape.lines: self._document_lines(shape, lines)}
                if isinstance(amount, Keep):
                    amount = sum((_decimal(each) for _, each in lines), Decimal(0))
            given = _Given(
                organization=organization,
                counterparty=counterparty,
                counterparty_type=counterparty_type,
                contract=contract,
                amount=amount,
                currency=currency,
                operation=operation,
                paid=paid,
                paid_on=EMPTY_DATE if paid_on is None else paid_on,
                incoming_number=incoming_number,
                incoming_date=EMPTY_DATE if incoming_date is None else incoming_date,
                purpose=purpose,
            )
            header = {**row.header, **self._document_header(shape, entity_set, given)}
            if not isinstance(number, Keep):
                header["Number"] = padded(entity_set, "Number", number)
            if not isinstance(date, Keep):
                header["Date"] = _moment(date)
            self._written(entity_set, self._infobase.put(entity_set, {**header, **(attributes or {})}, parts))

    def repost(self, guid: str) -> None:
        """Post a document again: a write that changes nothing else but ``DataVersion``."""
        with self._lock:
            entity_set, row = self._infobase.find(guid, SetKind.DOCUMENT)
            self._refuse(guid, why_not_posted(self._infobase, entity_set, row.header))
            self._write(guid, {"Posted": True})

    def unpost(self, guid: str) -> None:
        """Undo the posting of a document."""
        with self._lock:
            _, row = self._infobase.find(guid, SetKind.DOCUMENT)
            self._refuse(guid, why_not_unposted(row.header))
            self._write(guid, {"Posted": False})

    def mark_deleted(self, guid: str, marked: bool = True) -> None:
        """Mark an object for deletion, which unposts a document; ``False`` takes the mark off."""
        self._write(guid, {"DeletionMark": marked})

    def delete(self, guid: str) -> None:
        """Delete an object physically."""
        with self._lock:
            entity_set, row = self._infobase.find(guid)
            if self.switches.queue_deletions:
                self._written(entity_set, row)
            self._deleted[guid.lower()] = (entity_set, self._infobase.remove(entity_set, (row.header["Ref_Key"],)))

    def restore(self, guid: str) -> None:
        """Bring back what :meth:`delete` deleted, with the same GUID."""
        with self._lock:
            entity_set, row = self._deleted.pop(guid.lower())
            self._infobase.put_back(entity_set, row)
            self._written(entity_set, row)

    def renumber(self, guid: str, number: str, date: Moment | Keep = KEEP) -> None:
        """Give a document another number and perhaps another date."""
        self.change_document(guid, number=number, date=date)

    # ------------------------------------------------------------------------------------------------------ helpers

    def _shape(self, entity_set: EntitySet) -> DocumentShape:
        return next(each for each in self._schema.documents.values() if each.entity_set == entity_set.name)

    def _header(self, guid: str) -> Mapping[str, Value]:
        return self._infobase.find(guid)[1].header

    def _document_header(self, shape: DocumentShape, entity_set: EntitySet, given: _Given) -> Header:
        """Return the header properties for what was given, where this kind of document has them."""
        header: dict[str | None, Value] = {
            shape.organization: given.organization,
            shape.counterparty: given.counterparty,
            shape.contract: given.contract,
            shape.amount: given.amount if isinstance(given.amount, Keep) else _decimal(given.amount),
            shape.currency: given.currency if isinstance(given.currency, Keep) else self._currency(given.currency),
            shape.operation: _operation(shape, given.operation),
            shape.paid: given.paid,
            shape.paid_on: given.paid_on if isinstance(given.paid_on, Keep) else _moment(given.paid_on),
            shape.incoming_number: given.incoming_number,
            shape.incoming_date: given.incoming_date
            if isinstance(given.incoming_date, Keep)
            else _moment(given.incoming_date),
            shape.purpose: given.purpose,
        }
        if entity_set.by_name[shape.counterparty].type is Type.COMPOSITE and not isinstance(given.counterparty, Keep):
            header |= _composite(shape.counterparty, given, self._schema.names.counterparties)
        return {name: value for name, value in header.items() if name is not None and not isinstance(value, Keep)}

    def _document_lines(self, shape: DocumentShape, lines: Lines) -> list[Header]:
        return [
            {
                **shape.line_defaults,
                shape.line_contract: contract or EMPTY_GUID,
                shape.line_amount: _decimal(amount),
                "СуммаВзаиморасчетов": _decimal(amount),
            }
            for contract, amount in lines
        ]

    @staticmethod
    def _refuse(guid: str, reason: str | None) -> None:
        if reason is not None:
            raise ValueError(f"1C refuses to do this with the document {guid}: {reason}")


@attrs.frozen(kw_only=True)
class _Given:
    """What was said of a document: a value, or to keep what is there."""

    organization: str | Keep
    counterparty: str | Keep
    counterparty_type: str | Keep
    contract: str | Keep
    amount: Amount | Keep
    currency: str | Keep
    operation: OperationKind | str | Keep
    paid: bool | Keep
    paid_on: Moment | Keep
    incoming_number: str | Keep
    incoming_date: Moment | Keep
    purpose: str | Keep


def _composite(name: str, given: _Given, default: str) -> dict[str | None, Value]:
    if given.counterparty == EMPTY_GUID:
        return {name: "", f"{name}_Type": "StandardODATA.Undefined"}
    target = default if isinstance(given.counterparty_type, Keep) else given.counterparty_type
    return {f"{name}_Type": f"StandardODATA.{target}"}


def _operation(shape: DocumentShape, operation: OperationKind | str | Keep) -> Value:
    match operation:
        case OperationKind.CUSTOMER_PAYMENT:
            return shape.customer_payment
        case OperationKind.CUSTOMER_REFUND:
            if shape.customer_refund is None:
                raise ValueError(f"A document {shape.entity_set} cannot be a refund to a customer.")
            return shape.customer_refund
        case OperationKind.OTHER:
            return shape.other
    return operation


def _moment(moment: Moment) -> str:
    """Write a moment of the infobase's calendar as it is stored."""
    if isinstance(moment, str):
        return moment if "T" in moment else f"{moment}T00:00:00"
    if isinstance(moment, dt.datetime):
        return moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment.isoformat()}T00:00:00"


def _decimal(amount: Amount) -> Decimal:
    return Decimal(amount)
