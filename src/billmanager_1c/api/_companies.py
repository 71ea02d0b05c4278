"""Our own side: companies and providers (billmanager-api.md §4.5, §4.6)."""

from __future__ import annotations

import attrs

from ..models import Company, CompanyId, Provider, ProviderId, normalize_inn
from ._dialect import Dialect
from ._document import Document
from ._listing import FilteredList
from ._operation import Call, Operation


@attrs.frozen(kw_only=True)
class ListProviders(FilteredList[Provider]):
    """List providers."""

    def function(self, dialect: Dialect) -> str:
        """Return the name of the function."""
        return "project"

    def read_row(self, row: Document, dialect: Dialect) -> Provider:
        """Read one row."""
        return Provider(id=ProviderId(row.integer("id")), name=row.text("name"), site=row.text("site"))


@attrs.frozen(kw_only=True)
class ListCompanies(FilteredList[Company]):
    """List companies. The list shows no INN: :class:`ReadCompany` does."""

    def function(self, dialect: Dialect) -> str:
        """Return the name of the function."""
        return "company"

    def read_row(self, row: Document, dialect: Dialect) -> Company:
        """Read one row, with INN and КПП where an installation shows them."""
        return _company(CompanyId(row.integer("id")), row, dialect)


@attrs.frozen
class ReadCompany(Operation[Company]):
    """Read the form of a company, with its INN and КПП."""

    id: CompanyId

    def call(self, dialect: Dialect) -> Call:
        """Return the call: the form without ``sok`` saves nothing."""
        return Call("company.edit", {"elid": str(self.id)})

    def read(self, document: Document, dialect: Dialect) -> Company:
        """Read the form. The name is not said to stand in it, and does in the list; what we ask for is the rest."""
        if not any(name in document for name in ("name", dialect.company_inn, dialect.company_kpp)):
            document.missing("name")
        return _company(self.id, document, dialect)


def _company(company_id: CompanyId, fields: Document, dialect: Dialect) -> Company:
    return Company(
        id=company_id,
        name=fields.text("name"),
        inn=normalize_inn(fields.text(dialect.company_inn)),
        kpp=fields.text(dialect.company_kpp),
    )
