"""The infobase that the contract suite of adapters works on, and what the suite says when a promise is broken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

import attrs

from ..models import DocumentRef, MissingDocument, PaymentDocument
from ..ports.onec import ChangeBatch, OneCAdapter, Stamp

#: what the port asks for; isinstance() says only whether something lacks
METHODS = ("base", "changes", "acknowledge", "read")


class Infobase(Protocol):
    """What the suite needs of an infobase: the adapter under test, and a hand on the other side of it."""

    @property
    def adapter(self) -> OneCAdapter:
        """The adapter; a document dated today is among its changes."""
        ...

    @property
    def today(self) -> dt.date:
        """Today by the adapter's clock."""
        ...

    def put(self, document: PaymentDocument) -> PaymentDocument | None:
        """Write a document as an accountant would, with what it refers to: a new one, or one that is there.

        Return the document as the source keeps it, where it cannot keep all of it: under a key of its own, without a
        field, with one line. It is what the adapter must read, so say what was *written*, and do not ask the adapter.
        None stands for the document as it was given.
        """
        ...

    def remove(self, ref: DocumentRef) -> None:
        """Delete a document for good."""
        ...


def stamps_of(batches: Iterable[ChangeBatch]) -> dict[DocumentRef, Stamp]:
    return {stamp.ref: stamp for batch in batches for stamp in batch.stamps}


def put(infobase: Infobase, document: PaymentDocument) -> PaymentDocument:
    return infobase.put(document) or document


def read_all(infobase: Infobase, refs: Sequence[DocumentRef]) -> dict[DocumentRef, PaymentDocument | MissingDocument]:
    answers = {each.ref: each for each in infobase.adapter.read(refs)}
    silent = [ref for ref in refs if ref not in answers]
    assert not silent, (
        f"read() said nothing of {names_of(silent)}; each reference is answered: by a document, by a MissingDocument "
        "if the source says that there is none, or by an exception for all that could not be asked"
    )
    strangers = answers.keys() - set(refs)
    assert not strangers, f"read() yielded {names_of(strangers)}, which was not asked for"
    return answers


def read_one(infobase: Infobase, ref: DocumentRef) -> PaymentDocument:
    document = read_all(infobase, [ref])[ref]
    assert isinstance(document, PaymentDocument), f"{ref} was written, and read() says that it is missing"
    return document


def must_be_shown(ref: DocumentRef, shown: dict[DocumentRef, Stamp], where: str) -> None:
    assert ref in shown, f"{ref} is not shown by {where}. Shown were: {names_of(shown)}"


def must_be(what: str, found: object, wanted: object, ref: DocumentRef) -> None:
    assert found == wanted, f"{ref}: {what} is {found!r}; it must be {wanted!r}"


def names_of(refs: Collection[DocumentRef]) -> str:
    return ", ".join(sorted(map(str, refs))) or "nothing"


def differences(found: PaymentDocument, wanted: PaymentDocument) -> list[str]:
    names = [field.name for field in attrs.fields(PaymentDocument) if field.name != "version"]
    pairs = [(name, getattr(found, name), getattr(wanted, name)) for name in names]
    return [f"  {name}: read {was!r}, written {wished!r}" for name, was, wished in pairs if was != wished]
