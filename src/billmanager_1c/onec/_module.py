"""ISPsystem's own exchange module in the same infobase: is it on, and what has it done?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from ..errors import BadReply, NotPublished
from ..models import DocumentId, DocumentRef, PaymentId, normalize_code
from ..wirejson import writable
from ._answers import NO_ENTITY_SET
from ._connection import Connection
from ._selection import Selection
from ._values import Json, id_in
from .configuration import Configuration

#: under which names OData keeps a value, a collection, and, in its second version, everything
_WRAPPERS: Final = ("Value", "value", "d", "results")


def module_address(connection: Connection, configuration: Configuration) -> str | None:
    """Return the address the module exports to; None where it is off or absent.

    Raises:
        WireError, OneCError: it could not be asked.
    """
    resource = configuration.module.address
    try:
        answer = connection.answer(resource)
    except NotPublished as absent:
        if absent.code == NO_ENTITY_SET:
            return None
        raise
    # No public capture shows a constant. Whoever takes an answer that he does not understand for a switched off module
    # lets two exporters loose on one base.
    said = None if answer is None else _address_in(answer, (*_WRAPPERS, resource.removeprefix("Constant_"), resource))
    if said is None:
        raise BadReply(
            f"1C's answer about {resource} cannot be understood, so nobody knows whether ISPsystem's module is on.",
            system="1C",
            function=resource,
            paths=(f"no address @ {resource}",),
        )
    return said or None


def _address_in(answer: Json, names: Collection[str]) -> str | None:
    """Find the address in an answer of whatever shape: empty where it says that there is none, None where nothing."""
    match answer:
        case None:
            return ""
        case str():
            return normalize_code(writable(answer))
        case list():
            parts = answer
        case dict():
            parts = [part for name, part in answer.items() if name in names] or [False]
        case _:
            return None
    found = [_address_in(part, names) for part in parts]
    return None if None in found else next(filter(None, found), "")


def module_payments(
    connection: Connection, configuration: Configuration
) -> Iterator[tuple[DocumentRef, PaymentId | None]]:
    """Yield which document became which payment, as the module's register says; nothing where it is absent.

    None stands for an id that is no number: it is text, and people may write into it.

    Raises:
        WireError, OneCError: the register could not be read whole.
    """
    names = configuration.module
    document, code = names.payments_document, names.payments_id
    selection = Selection(names.payments, (document, f"{document}_Type", code))
    try:
        # In one answer: registers may ignore $orderby in silence (1c-odata.md §1.5), and pages would tear.
        rows = selection.rows(connection, {})
    except NotPublished as absent:
        if absent.code == NO_ENTITY_SET:
            return
        raise
    for row in rows:
        kind = configuration.kind_of(row.type_of(document))
        key, text = row.key(document), row.text(code)
        if kind is not None and key is not None and text:
            id = id_in(text)
            yield DocumentRef(kind, DocumentId(key)), None if id is None else PaymentId(id)
