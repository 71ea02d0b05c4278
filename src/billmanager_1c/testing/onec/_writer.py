"""Answers to POST, PATCH, PUT and DELETE, and the posting of documents (1c-odata.md §1.7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from urllib.parse import quote

import attrs

from .._wire import Reply
from ._body import read_body
from ._errors import Code, ODataError, extra_segments, no_instance, no_right, runtime
from ._infobase import Header, Infobase, Key, Parts, Row
from ._keys import read_key, read_segment, write_key
from ._reader import Reader
from ._schema import EMPTY_DATE, EMPTY_GUID, EntitySet, SetKind
from ._switches import Switches

POSTING = frozenset({"Post", "Unpost"})


def touches_documents(method: str, segments: tuple[str, ...]) -> bool:
    """Say whether a request would write a document or change whether it is posted. A GET posts as well (§9.29)."""
    if not segments:
        return False
    return segments[-1] in POSTING or (method != "GET" and segments[0].startswith("Document_"))


@attrs.frozen(kw_only=True)
class Writer:
    """Carries out one request that changes something."""

    infobase: Infobase
    switches: Switches
    reader: Reader
    now: dt.datetime
    if_match: str | None
    #: told of each write of a document, as a subscription of the configuration is
    written: Callable[[EntitySet, Row], None]

    def answer(self, method: str, segments: tuple[str, ...], body: bytes) -> Reply:
        """Carry out a request.

        Raises:
            ODataError: 1C would refuse it.
        """
        if not segments:
            raise ODataError(405, Code.METHOD_FORBIDDEN, f"Метод {method} не поддерживается!")
        segment = read_segment(segments[0])
        entity_set, _ = self.reader.set(segment.name)
        if entity_set.name not in self.infobase.schema.sets:
            raise ODataError(400, Code.PART_READ_ONLY, "Создание строк табличной части напрямую не поддерживается!")
        if self.switches.read_only and touches_documents(method, segments):
            raise no_right()
        if segment.key is None:
            if method != "POST" or len(segments) > 1:
                raise ODataError(405, Code.METHOD_FORBIDDEN, f"Метод {method} не поддерживается!")
            return self._create(entity_set, body)
        key = read_key(entity_set, segment.key)
        row = self.infobase.tables[entity_set.name].get(key)
        if row is None:
            raise no_instance(entity_set.title)
        if len(segments) > 1:
            return self._act(entity_set, row, method, segments[1:])
        self._check_version(row)
        match method:
            case "PATCH" | "PUT" | "MERGE":
                return self._change(entity_set, row, body)
            case "DELETE":
                self.infobase.remove(entity_set, key)
                return Reply(status=204, content_type="application/json;charset=utf-8")
        raise ODataError(405, Code.METHOD_FORBIDDEN, f"Метод {method} не поддерживается!")

    def _create(self, entity_set: EntitySet, body: bytes) -> Reply:
        header, parts = read_body(self.infobase, entity_set, body)
        self._fill_in(entity_set, header)
        key: Key = tuple(header.get(name, entity_set.by_name[name].empty) for name in entity_set.key)
        if key in self.infobase.tables[entity_set.name]:
            raise ODataError(400, Code.DUPLICATE_KEY, "Запись с такими ключевыми полями существует!")
        row = self._put(entity_set, header, parts)
        location = f"{self.reader.root}/{write_key(entity_set, row.header)}"
        return self.reader.single(entity_set, row, 201, ("Location", quote(location, safe=":/()',=")))

    def _fill_in(self, entity_set: EntitySet, header: Header) -> None:
        """Do what the platform does for a new object: a key, a number or a code, a date."""
        known = entity_set.by_name
        if "Ref_Key" in known and header.get("Ref_Key", EMPTY_GUID) == EMPTY_GUID:
            header["Ref_Key"] = self.infobase.new_guid()
        for name in ("Number", "Code"):
            if name in known and not str(header.get(name, "")).strip():
                header[name] = self.infobase.next_code(entity_set, name)
        if "Date" in known and header.get("Date", EMPTY_DATE) == EMPTY_DATE:
            header["Date"] = self.now.strftime("%Y-%m-%dT%H:%M:%S")

    def _change(self, entity_set: EntitySet, row: Row, body: bytes) -> Reply:
        header, parts = read_body(self.infobase, entity_set, body)
        for name in entity_set.key:
            header.pop(name, None)
        changed = self._put(entity_set, {**row.header, **header}, {**row.parts, **parts})
        return self.reader.single(entity_set, changed)

    def _act(self, entity_set: EntitySet, row: Row, method: str, names: tuple[str, ...]) -> Reply:
        if len(names) > 1 or names[0] not in POSTING or entity_set.kind is not SetKind.DOCUMENT:
            raise extra_segments()
        if method not in ("POST", "GET"):
            raise ODataError(405, Code.METHOD_FORBIDDEN, f"Метод {method} не поддерживается!")
        post = names[0] == "Post"
        refusal = why_not_posted(self.infobase, entity_set, row.header) if post else why_not_unposted(row.header)
        if refusal is not None:
            raise runtime(refusal)
        self._put(entity_set, {**row.header, "Posted": post}, row.parts)
        return Reply(content_type="application/json;charset=utf-8")

    def _check_version(self, row: Row) -> None:
        if self.switches.enforce_if_match and self.if_match not in (None, "*", row.header.get("DataVersion")):
            raise ODataError(412, Code.UNSUPPORTED, "Версия объекта не совпадает!")

    def _put(self, entity_set: EntitySet, header: Mapping[str, object], parts: Parts) -> Row:
        row = self.infobase.put(entity_set, header, parts)
        self.written(entity_set, row)
        return row


def why_not_posted(infobase: Infobase, entity_set: EntitySet, header: Header) -> str | None:
    """Return why a document cannot be posted, or None."""
    if header["DeletionMark"]:
        return "Помеченный на удаление документ не может быть проведен!"
    return infobase.schema.posting_rule(entity_set.name, header)


def why_not_unposted(header: Header) -> str | None:
    """Return why a document cannot be unposted, or None (1c-odata.md §3.1)."""
    return "Документ частично оплачен: отмена проведения невозможна!" if header.get("ЧастичнаяОплата") else None
