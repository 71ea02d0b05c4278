"""ISPsystem's own exchange module in the same infobase: is it on, and what has it done?"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import BadReply, NotPublished
from ..models import DocumentId, DocumentRef, PaymentId
from ._answers import NO_ENTITY_SET
from ._connection import Connection
from ._selection import Selection
from ._values import MOST_ID_DIGITS, Row
from .configuration import Configuration


def module_address(connection: Connection, configuration: Configuration) -> str | None:
    """Return the address the module exports to; None where it is off or absent.

    Raises:
        WireError, OneCError: it could not be asked.
    """
    resource = configuration.module.address
    try:
        rows = connection.rows(resource)
    except NotPublished as absent:
        if absent.code == NO_ENTITY_SET:
            return None
        raise
    # No public capture shows a constant: a collection of one, a single object, or one under its own name.
    name = "Value" if not rows or "Value" in rows[0] else resource.removeprefix("Constant_")
    return rows[0].text(name) or None if rows else None


def module_payments(connection: Connection, configuration: Configuration) -> Iterator[tuple[DocumentRef, PaymentId]]:
    """Yield which document became which payment, as the module's register says; nothing where it is absent.

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
            yield DocumentRef(kind, DocumentId(key)), _payment_id(row, code, text)


def _payment_id(row: Row, name: str, text: str) -> PaymentId:
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_ID_DIGITS):
        raise BadReply(
            f"The module's register holds a payment id that is no number @ {row.place}.",
            system="1C",
            paths=(f"not a number @ {row.place}.{name}",),
        )
    return PaymentId(int(text))
