"""Is everything that the exchange reads published, and has it the fields that the Configuration names?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import BadReply, NotPublished, OneCAccessDenied, OneCFailed, OneCRefused
from ..ports.onec import Inspected
from ._connection import Connection
from ._documents import document_fields
from ._selection import unique
from .configuration import Configuration


def inspect(connection: Connection, configuration: Configuration) -> Iterator[Inspected]:
    """Yield each entity set that the exchange reads, needed ones first.

    Raises:
        WireError, OneCLoginFailed, BaseLocked, NoFreeSession: 1C could not be asked at all.
    """
    organizations, counterparties = configuration.organizations, configuration.counterparties
    contracts, module = configuration.contracts, configuration.module
    for names in configuration.documents.values():
        yield _look(connection, names.entity_set, unique((*document_fields(names), names.lines)))
    party = unique(
        ("Description", counterparties.code, counterparties.inn, counterparties.kpp, counterparties.legal_status)
    )
    yield _look(connection, organizations.entity_set, ("Description", organizations.inn, organizations.kpp))
    yield _look(connection, counterparties.entity_set, party)
    yield _look(connection, contracts.entity_set, ("Description",))
    yield _look(connection, configuration.currencies, ("Code",))
    yield _look(connection, module.subaccounts, ("Code", "Description"), is_needed=False)
    yield _look(connection, contracts.entity_set, (contracts.subaccount,), is_needed=False)


def _look(connection: Connection, name: str, fields: Sequence[str], *, is_needed: bool = True) -> Inspected:
    try:
        rows = connection.rows(name, {"$top": "1"})
    except (NotPublished, OneCAccessDenied) as refused:
        return Inspected(name=name, is_needed=is_needed, is_readable=False, problem=refused.message)
    except (OneCFailed, OneCRefused, BadReply) as trouble:
        return Inspected(name=name, is_needed=is_needed, is_readable=None, problem=trouble.message)
    lacks = tuple(field for field in fields if field not in rows[0]) if rows else ()
    return Inspected(name=name, is_needed=is_needed, is_readable=True, lacks=lacks)
