"""Payers of clients (billmanager-api.md §4.4)."""

from __future__ import annotations

import contextlib

import attrs

from ..models import AccountId, LegalStatus, Payer, PayerId, normalize_inn
from ._dialect import Dialect
from ._document import Document
from ._listing import FilteredList
from ._operation import Call, Operation


@attrs.frozen(kw_only=True)
class ListPayers(FilteredList[Payer]):
    """List payers of all clients, of one client, or with one INN.

    INN, КПП and accounting code are not columns of the list: :class:`ReadPayer` has them.
    """

    account_id: AccountId | None = None
    #: only payers with this INN
    vatnum: str | None = None

    def function(self, dialect: Dialect) -> str:
        """Return the name of the function."""
        return "profile"

    def filter(self, dialect: Dialect) -> dict[str, str]:
        """Return the fields of the filter."""
        fields = {}
        if self.account_id is not None:
            fields[dialect.account_filter] = str(self.account_id)
        if self.vatnum is not None:
            fields[dialect.payer_inn_filter] = self.vatnum
        return fields

    def read_row(self, row: Document, dialect: Dialect) -> Payer:
        """Read one row; whose it is, is what it says, else the client that was asked for.

        Of the rest nothing stops the list: the form has it.
        """
        account_id = row.link("account_id") or self.account_id
        return _payer(PayerId(row.integer("id")), row.lenient, dialect, account_id=account_id, active="status")


@attrs.frozen
class ReadPayer(Operation[Payer]):
    """Read the form of a payer, with INN, КПП and accounting code.

    The form is not known to show whether the payer is active: where it does not, ``active`` is True, and the list
    is what tells.
    """

    id: PayerId
    #: the client whose payers were listed, to be kept with the answer
    account_id: AccountId | None = None

    def call(self, dialect: Dialect) -> Call:
        """Return the call: the form without ``sok`` saves nothing."""
        return Call("profile.edit", {"elid": str(self.id)})

    def read(self, document: Document, dialect: Dialect) -> Payer:
        """Read the form. The name stands in the list too; what we ask for is what the list does not show."""
        told = ("name", "person", dialect.payer_inn, dialect.payer_kpp, dialect.payer_code)
        if not any(name in document for name in told):
            document.missing("name")
        account_id = document.link("account_id") or self.account_id
        active = "status" if "status" in document else "active"
        return _payer(self.id, document, dialect, account_id=account_id, active=active)


def _payer(payer_id: PayerId, fields: Document, dialect: Dialect, *, account_id: int | None, active: str) -> Payer:
    legal_status = None
    with contextlib.suppress(ValueError):  # a status unknown to us is kept out, and the payer stays
        legal_status = LegalStatus(fields.shown_integer("profiletype") or 0)
    name, person = fields.text("name"), fields.text("person")
    return Payer(
        id=payer_id,
        # BILLmanager itself shows the person's name for an individual (§4.4)
        name=(person or name) if legal_status is LegalStatus.INDIVIDUAL else (name or person),
        account=fields.text("account"),
        account_id=None if account_id is None else AccountId(account_id),
        legal_status=legal_status,
        active=fields.active(active, dialect.inactive_words),
        inn=normalize_inn(fields.text(dialect.payer_inn)),
        kpp=fields.text(dialect.payer_kpp),
        accounting_code=fields.text(dialect.payer_code),
    )
