"""The mark that makes a payment recognisable as ours (protocol.md §1)."""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Mapping

import attrs

from ..models import ContractId, DocumentRef

_DIGITS = string.digits + string.ascii_letters
_MARK = re.compile(
    r"\b1c:(?P<base>[0-9a-f]{8}):(?P<document>[0-9a-f]{32}):(?P<contract>[0-9a-f]{8}):g(?P<gen>[0-9]+)(?P<bill>:b)?\b"
)


@attrs.frozen(kw_only=True)
class Mark:
    """A mark, taken apart."""

    #: first 8 hex digits of SHA-256 of the infobase's name
    base: str
    #: the document's GUID without hyphens
    document: str
    #: first 8 hex digits of SHA-256 of the contract's GUID in lower case
    contract: str
    gen: int
    #: the payment is the client's own bill, which a store that finds it must know: it is never deleted
    bill: bool = False

    def __str__(self) -> str:
        return f"1c:{self.base}:{self.document}:{self.contract}:g{self.gen}{':b' if self.bill else ''}"


def short_hash(text: str) -> str:
    """Return the 8 hex digits that stand for a name in a mark."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def make_mark(base: str, ref: DocumentRef, contract_id: ContractId, gen: int, *, bill: bool = False) -> str:
    """Return the mark of one generation of one line."""
    document = ref.id.replace("-", "")
    return str(Mark(base=short_hash(base), document=document, contract=short_hash(contract_id), gen=gen, bill=bill))


def number_of(mark: str) -> str:
    """Return the number that goes with the create of a marked payment: the same for the same line and generation.

    BILLmanager looks it up before it inserts. Derived instead of drawn, it also stops a second installation, or a
    store that was lost and made anew, from inserting the payment once more.
    """
    rest = int.from_bytes(hashlib.sha256(mark.encode()).digest()[:12])
    digits = ""
    for _ in range(12):
        rest, digit = divmod(rest, len(_DIGITS))
        digits += _DIGITS[digit]
    return digits


def find_mark(text: str | None) -> Mark | None:
    """Find a mark in a field that people may have added words to."""
    match = _MARK.search(text or "")
    if match is None:
        return None
    groups: Mapping[str, str] = match.groupdict()
    return Mark(
        base=groups["base"],
        document=groups["document"],
        contract=groups["contract"],
        gen=int(groups["gen"]),
        bill=groups["bill"] is not None,
    )
