"""A message of an exchange plan: an Atom feed of whole objects, and of tombstones (1c-odata.md §2.1).

Of each object only the key and the date are taken; the document itself is read later, by its key. A tombstone has never
been captured from a live 1C, so an address of the deleted object is taken from wherever in it one stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote
from xml.parsers import expat

import attrs

from ..errors import BadReply, EmptyAnswer
from ..transport import WireReply
from ._answers import SYSTEM
from ._values import Row

_ATOM: Final = "http://www.w3.org/2005/Atom"
_TOMBSTONES: Final = "http://purl.org/atompub/tombstones/1.0"
_METADATA: Final = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_DATA: Final = "http://schemas.microsoft.com/ado/2007/08/dataservices"

_FEED, _ENTRY, _ID, _CATEGORY = (f"{_ATOM} {name}" for name in ("feed", "entry", "id", "category"))
_DELETED: Final = f"{_TOMBSTONES} deleted-entry"
_PROPERTIES: Final = f"{_METADATA} properties"
_FIELDS: Final = {f"{_DATA} {name}": name for name in ("Ref_Key", "Date")}

_ADDRESS: Final = re.compile(r"(?:^|/)(\w+)\((?:Ref_Key=)?guid'([0-9A-Fa-f-]{36})'\)")


@attrs.frozen(kw_only=True)
class Change:
    """An object that was written, or deleted."""

    #: empty where the message does not say it
    entity_set: str
    #: ``Ref_Key`` and ``Date``, as far as they stand in the message; of a tombstone the key alone
    row: Row
    is_gone: bool = False


def read_message(reply: WireReply, resource: str) -> tuple[Change, ...]:
    """Read a message.

    Raises:
        EmptyAnswer: there is no body.
        BadReply: it is no feed, or not well-formed: one character may spoil the whole of it.
    """
    if not reply.body.strip():
        raise EmptyAnswer(f"1C's answer to {resource} is empty.", system=SYSTEM, function=resource)
    reader = _Reader(resource)
    # In UTF-8 whatever the declaration says: 1C declares wrong charsets (§1.4).
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse_entities
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(reply.body.removeprefix(b"\xef\xbb\xbf"), True)
    except expat.ExpatError as error:
        line, column = error.lineno, error.offset
        raise _bad(
            resource, f"not well-formed @ line {line}, column {column}: a document may hold a character XML forbids"
        ) from None
    return tuple(reader.changes)


def _bad(resource: str, what: str) -> BadReply:
    return BadReply(
        f"1C's answer to {resource} is no feed that can be read: {what}.",
        system=SYSTEM,
        function=resource,
        paths=(what,),
    )


class _Reader:
    """Takes the changes out of a feed, holding one of them at a time."""

    def __init__(self, resource: str) -> None:
        self._resource = resource
        self.changes: list[Change] = []
        self._path: list[str] = []
        self._address = ""
        self._term = ""
        self._fields: dict[str, str] = {}
        #: the text of the element that is wanted and open; None: none is
        self._open: list[str] | None = None
        #: everything that a tombstone says
        self._grave: list[str] | None = None

    def refuse_entities(self, *declared: object) -> None:
        """Refuse a document type: no feed has one, and it may define text that grows without an end."""
        raise _bad(self._resource, "it declares a document type")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        if not self._path and name != _FEED:
            raise _bad(self._resource, f"it begins with {name.rpartition(' ')[2][:40]}")
        parent = self._path[-1] if self._path else ""
        self._path.append(name)
        if self._grave is not None or name == _DELETED:
            self._grave = [*(self._grave or ()), *attributes.values()]
        elif self._open is not None:
            raise _bad(self._resource, f"an element where text was expected @ {self._place()}")
        elif name == _ENTRY:
            self._address, self._term, self._fields = "", "", {}
        elif name == _CATEGORY and parent == _ENTRY:
            self._term = attributes.get("term", "")
        elif (name == _ID and parent == _ENTRY) or (name in _FIELDS and parent == _PROPERTIES):
            self._open = []

    def text(self, text: str) -> None:
        """Take text."""
        if self._grave is not None:
            self._grave.append(text)
        elif self._open is not None:
            self._open.append(text)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        self._path.pop()
        if name == _DELETED:
            self.changes.extend(self._buried(self._grave or []))
            self._grave = None
        elif self._open is not None:
            said, self._open = "".join(self._open), None
            if name == _ID:
                self._address = said
            else:
                self._fields[_FIELDS[name]] = said
        elif name == _ENTRY:
            self.changes.append(self._entry())

    def _entry(self) -> Change:
        named, key = _found(self._address) or ("", "")
        entity_set = self._term.rpartition(".")[2] or named
        if not entity_set:
            raise _bad(self._resource, f"nothing says what it is @ {self._place()}")
        return Change(entity_set=entity_set, row=Row({"Ref_Key": key, **self._fields}, self._place()))

    def _buried(self, said: list[str]) -> Iterator[Change]:
        found = next(filter(None, map(_found, said)), None)
        entity_set, key = found or ("", "")
        yield Change(entity_set=entity_set, row=Row({"Ref_Key": key}, self._place()), is_gone=True)

    def _place(self) -> str:
        return f"{self._resource}[{len(self.changes)}]"


def _found(text: str) -> tuple[str, str] | None:
    match = _ADDRESS.search(unquote(text))
    return None if match is None else (match[1], match[2])
