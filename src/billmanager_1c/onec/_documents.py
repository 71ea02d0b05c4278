"""Payment documents in bulk: rows by key or by date, catalogues beside them, values out of both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Final, TypeAlias, TypeVar

import attrs

from ..errors import BadReply, ForeignAnswer, NotPublished, OneCObjectMissing
from ..models import (
    Contract,
    ContractId,
    Counterparty,
    DocumentKind,
    DocumentRef,
    MissingDocument,
    OperationKind,
    Organization,
    PaymentDocument,
    PaymentLine,
    SubaccountId,
)
from ..wirejson import writable
from ._catalogues import Catalogue
from ._connection import Connection
from ._currencies import iso_letters
from ._listing import by_date
from ._selection import Selection, unique
from ._stamps import stamp_fields, version_of
from ._values import Row, id_in
from .configuration import Configuration, DocumentNames, is_composite

T = TypeVar("T")

Lines: TypeAlias = tuple[tuple[str | None, Decimal], ...]
"""Which contract gets how much."""

#: the type of a reference whose target is not in the composition of the interface (1c-odata.md §1.3)
_UNAVAILABLE: Final = "UnavailableEntities."
#: so many documents are held at once while the catalogues beside them are fetched
_GROUP: Final = 1000
#: a range of dates is read whole if at least every fourth document in it is wanted
_WORTH: Final = 4


def document_fields(names: DocumentNames) -> tuple[str, ...]:
    """Return what is read of a document's header."""
    references = (names.counterparty, names.contract)
    composite = [f"{name}_Type" for name in references if name is not None and is_composite(name)]
    return unique(
        (
            *stamp_fields(names),
            *(names.operation, names.organization, *references, *composite, names.currency, names.amount),
            *(names.paid, names.paid_on, names.incoming_number, names.incoming_date, names.purpose),
        )
    )


def document_selection(names: DocumentNames) -> Selection:
    """Return the selection of everything that is read of a document."""
    rows = () if names.lines is None else (names.line_contract, names.line_amount)
    return Selection(names.entity_set, (*document_fields(names), *(f"{names.lines}/{field}" for field in rows)))


@attrs.frozen
class _Found:
    """A document that came, before the catalogues beside it are there."""

    ref: DocumentRef
    row: Row
    organization: str | None
    counterparty: str | None
    currency: str | None
    lines: Lines


class DocumentReader:
    """Reads documents for one call of ``read``.

    The catalogues live as long as the reader: an accountant binds a contract to a subaccount between two runs, and
    what was read in the last one must not stand in the way.
    """

    def __init__(
        self,
        connection: Connection,
        configuration: Configuration,
        selections: Mapping[DocumentKind, Selection],
        *,
        page_size: int,
    ) -> None:
        self._connection = connection
        self._configuration = configuration
        self._selections = selections
        self._page_size = page_size
        organizations, counterparties = configuration.organizations, configuration.counterparties
        contracts, module = configuration.contracts, configuration.module
        self._organizations = self._catalogue(
            organizations.entity_set, ("Description", organizations.inn, organizations.kpp)
        )
        party = unique(
            (counterparties.code, "Description", counterparties.inn, counterparties.kpp, counterparties.legal_status)
        )
        # The flag of an entrepreneur came with some release; where it is not there yet, a person is a person.
        self._counterparties = self._catalogue(
            counterparties.entity_set, unique((*party, counterparties.entrepreneur)), party
        )
        # Where ISPsystem's additions were not merged, contracts have no such attribute, and that is no error: the
        # subaccount is then bound in the store. Whether they were is found out once per reading.
        self._contracts = self._catalogue(contracts.entity_set, ("Description", contracts.subaccount), ("Description",))
        self._currencies = self._catalogue(configuration.currencies, ("Code",))
        self._subaccounts = self._catalogue(module.subaccounts, ("Code",))
        # Few items are named by many documents: each becomes a value once.
        self._organization = cache(self._make_organization)
        self._counterparty_with = cache(self._make_counterparty)
        self._contract = cache(self._make_contract)
        self._currency = cache(self._make_currency)

    def _catalogue(self, entity_set: str, *alternatives: Sequence[str]) -> Catalogue:
        selection = Selection(entity_set, *(("Ref_Key", *fields) for fields in alternatives))
        return Catalogue(self._connection, selection, page_size=self._page_size)

    # --------------------------------------------------------------------------------------------------------- rows

    def read(
        self, refs: Iterable[DocumentRef], dates: Mapping[DocumentRef, dt.date]
    ) -> Iterator[PaymentDocument | MissingDocument]:
        """Yield each of the documents once. ``dates``: of the documents shown lately, as far as they are known.

        Raises:
            WireError, OneCError: they could not be read.
        """
        for group in _grouped(self._rows(refs, dates), _GROUP):
            found: list[_Found] = []
            for ref, row in group:
                if row is not None:
                    try:
                        found.append(self._found(ref, row))
                    except BadReply as error:
                        raise _of_document(row, error) from error
            self._load_catalogues(found)
            yield from (MissingDocument(ref=ref) for ref, row in group if row is None)
            for each in found:
                try:
                    document = self._document(each)
                except BadReply as error:
                    raise _of_document(each.row, error) from error
                yield document

    def _found(self, ref: DocumentRef, row: Row) -> _Found:
        names = self._configuration.documents[ref.kind]
        return _Found(
            ref,
            row,
            row.key(names.organization),
            _reference(row, names.counterparty, self._configuration.counterparties.entity_set),
            row.key(names.currency),
            self._lines(names, row),
        )

    def _rows(
        self, refs: Iterable[DocumentRef], dates: Mapping[DocumentRef, dt.date]
    ) -> Iterator[tuple[DocumentRef, Row | None]]:
        by_kind: dict[DocumentKind, dict[str, DocumentRef]] = {}
        for ref in refs:
            by_kind.setdefault(ref.kind, {})[ref.id] = ref
        for kind, wanted in by_kind.items():
            names = self._configuration.documents.get(kind)
            if names is None:
                raise NotPublished(
                    f"The configuration {self._configuration.name} has no document of kind {kind.value}."
                )
            fields = _fields_of(names)
            for row in self._rows_of_kind(kind, wanted, dates):
                if (found := wanted.pop(row.own_key(), None)) is not None:
                    yield found, row.only(fields)
            for key in sorted(wanted):
                yield wanted[key], self._single(names.entity_set, key, fields)

    def _rows_of_kind(
        self, kind: DocumentKind, wanted: Mapping[str, DocumentRef], dates: Mapping[DocumentRef, dt.date]
    ) -> Iterator[Row]:
        """Yield rows of the wanted documents, and perhaps of others; lack some, perhaps."""
        selection = self._selections[kind]
        days = [day for ref in wanted.values() if (day := dates.get(ref)) is not None]
        if len(days) > selection.chunk_size(whole=True):
            since, until = min(days), max(days)
            in_range = sum(ref.kind is kind and since <= day <= until for ref, day in dates.items())
            if in_range <= len(days) * _WORTH:
                pages = by_date(
                    self._connection, selection, since=since, until=until, page_size=min(self._page_size, _GROUP)
                )
                for page in pages:
                    yield from page
        # A URL has room for the names of the fields and ten keys, or for thirty keys. A request costs 1C a session,
        # so where there are many documents whole objects are the cheaper ones.
        keys = sorted(wanted)
        whole = len(keys) > selection.chunk_size()
        for rows in selection.rows_by_key(self._connection, keys, whole=whole):
            yield from rows

    def _single(self, entity_set: str, key: str, fields: Iterable[str]) -> Row | None:
        """Ask for one document by its key: only this answer can say that it is gone."""
        try:
            row = self._connection.entity(entity_set, key)
        except OneCObjectMissing:
            return None
        if row.own_key() != key:
            raise ForeignAnswer(
                f"1C answered with another document of {entity_set} than was asked for.",
                system="1C",
                function=entity_set,
            )
        return row.only(fields)

    # --------------------------------------------------------------------------------------------------- catalogues

    def _load_catalogues(self, found: Sequence[_Found]) -> None:
        self._organizations.load(each.organization for each in found)
        self._currencies.load(each.currency for each in found)
        self._counterparties.load(each.counterparty for each in found)
        contracts = {key for each in found for key, _ in each.lines}
        self._contracts.load(contracts)
        self._subaccounts.load(self._subaccount_key(key) for key in contracts)

    def _subaccount_key(self, contract: str | None) -> str | None:
        item = self._contracts[contract] if contract is not None else None
        attribute = self._configuration.contracts.subaccount
        return item.key(attribute) if item is not None and attribute in item else None

    def _lines(self, names: DocumentNames, row: Row) -> Lines:
        if names.lines is not None:
            return tuple(
                (line.key(names.line_contract), line.amount(names.line_amount)) for line in row.rows(names.lines)
            )
        if names.contract is None:
            return ()
        return ((_reference(row, names.contract, self._configuration.contracts.entity_set), row.amount(names.amount)),)

    # ------------------------------------------------------------------------------------------------------- values

    def _document(self, found: _Found) -> PaymentDocument:
        ref, row = found.ref, found.row
        names = self._configuration.documents[ref.kind]
        moment = row.moment("Date")
        return PaymentDocument(
            ref=ref,
            version=version_of(names, row),
            number=row.text("Number"),
            # Without a date it is older than any first day of the export, and is skipped as such.
            date=dt.date.min if moment is None else moment.date(),
            posted=row.flag("Posted"),
            deletion_mark=row.flag("DeletionMark"),
            paid=row.flag(names.paid) if names.paid else None,
            operation=_operation(names, row),
            organization=self._organization(found.organization),
            counterparty=self._counterparty(names, found),
            currency=self._currency(found.currency),
            amount=row.amount(names.amount),
            lines=[PaymentLine(contract=self._contract(key), amount=amount) for key, amount in found.lines],
            paid_on=_day(row, names.paid_on),
            incoming_number=row.text_or_empty(names.incoming_number) if names.incoming_number else "",
            incoming_date=_day(row, names.incoming_date),
            purpose=row.text_or_empty(names.purpose) if names.purpose else "",
        )

    # References may dangle (1c-odata.md §6): what they point to then is known by its key and by nothing else.

    def _make_organization(self, key: str | None) -> Organization | None:
        if key is None:
            return None
        item, names = self._organizations[key], self._configuration.organizations
        if item is None:
            return Organization(id=key)
        return Organization(id=key, name=item.text("Description"), inn=item.text(names.inn), kpp=item.text(names.kpp))

    def _counterparty(self, names: DocumentNames, found: _Found) -> Counterparty | None:
        key, row = found.counterparty, found.row
        if key is None:
            return None
        # Of an unpublished type: had that been the counterparties, they could not have been asked (NotPublished).
        # So it is a person, a till, a warehouse, and none of those is a customer.
        is_unavailable = is_composite(names.counterparty) and row.type_of(names.counterparty).startswith(_UNAVAILABLE)
        return None if is_unavailable and self._counterparties[key] is None else self._counterparty_with(key)

    def _make_counterparty(self, key: str) -> Counterparty:
        item, fields = self._counterparties[key], self._configuration.counterparties
        if item is None:
            return Counterparty(id=key)
        trades = fields.entrepreneur is not None and fields.entrepreneur in item and item.flag(fields.entrepreneur)
        return Counterparty(
            id=key,
            name=item.text("Description"),
            code=item.text(fields.code) if fields.code else "",
            inn=item.text(fields.inn),
            kpp=item.text_or_empty(fields.kpp),
            is_person=item.text(fields.legal_status) in fields.person and not trades,
        )

    def _make_contract(self, key: str | None) -> Contract | None:
        if key is None:
            return None
        item = self._contracts[key]
        name = "" if item is None else item.text("Description")
        return Contract(id=ContractId(key), name=name, subaccount_id=self._subaccount(self._subaccount_key(key)))

    def _subaccount(self, key: str | None) -> SubaccountId | None:
        item = self._subaccounts[key] if key is not None else None
        # A code that is no number was typed in by hand and is no subaccount of BILLmanager.
        id = None if item is None else id_in(item.text("Code"))
        return None if id is None else SubaccountId(id)

    def _make_currency(self, key: str | None) -> str:
        item = self._currencies[key] if key is not None else None
        return "" if item is None else iso_letters(item.text("Code"))


def _of_document(row: Row, error: BadReply) -> BadReply:
    """Name the document: its place in an answer is nothing that a person can look up."""
    number = row.fields.get("Number")
    named = f" It is in document {writable(number).strip()}." if isinstance(number, str) else ""
    return BadReply(error.message + named, system=error.system, function=error.function, paths=error.paths)


def _fields_of(names: DocumentNames) -> frozenset[str]:
    return frozenset(unique((*document_fields(names), names.lines)))


def _reference(row: Row, name: str, entity_set: str) -> str | None:
    """Read a reference; None for one into another set. Of a type that is not published only the key is known."""
    if not is_composite(name):
        return row.key(name)
    kind = row.type_of(name)
    return row.key(name) if kind == entity_set or kind.startswith(_UNAVAILABLE) else None


def _operation(names: DocumentNames, row: Row) -> OperationKind:
    return names.operations.get(row.text(names.operation), OperationKind.OTHER)


def _day(row: Row, name: str | None) -> dt.date | None:
    moment = row.moment(name) if name is not None and name in row else None
    return moment.date() if moment is not None else None


def _grouped(items: Iterable[T], size: int) -> Iterator[list[T]]:
    group: list[T] = []
    for item in items:
        group.append(item)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
