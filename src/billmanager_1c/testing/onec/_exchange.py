"""The two services of exchange plans: ``SelectChanges`` and ``NotifyChangesReceived`` (1c-odata.md §2.1, §9.30)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Final

import attrs

from .._wire import Reply
from ._errors import Code, ODataError, no_instance, no_right, unknown_set
from ._infobase import Infobase, Row
from ._keys import read_key, read_segment
from ._schema import EntitySet, SetKind
from ._xml import AtomWriter

SERVICES: Final = frozenset({"SelectChanges", "NotifyChangesReceived"})

#: what XML 1.0 has no way to write
_UNWRITABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@attrs.frozen(kw_only=True)
class Exchange:
    """Answers one call of a service."""

    infobase: Infobase
    #: the address of ``…/odata/standard.odata``
    root: str
    now: dt.datetime
    #: the base's own node, which has no changes to tell
    own_node: str

    def answer(self, service: str, method: str, query: Mapping[str, str]) -> Reply:
        """Carry out a call.

        Raises:
            ODataError: 1C would refuse it.
        """
        if method != "POST":
            raise ODataError(405, Code.METHOD_FORBIDDEN, f"Метод {method} не поддерживается!")
        plan, row = self._node(query)
        message = _message(query)
        node = str(row.header["Ref_Key"])
        if service == "SelectChanges":
            return self._select(plan, row, node, message)
        self.infobase.registrations.forget(node, message)
        self._number(plan, row, "ReceivedNo", message)
        return Reply(content_type="application/atom+xml;charset=utf-8")

    def _node(self, query: Mapping[str, str]) -> tuple[EntitySet, Row]:
        point = query.get("DataExchangePoint")
        if point is None:
            raise ODataError(400, Code.NO_ARGUMENT, "Не указан аргумент метода DataExchangePoint.")
        if not (len(point) > 1 and point[0] == point[-1] == "'" and point[1:].startswith(f"{self.root}/")):
            raise ODataError(400, Code.BAD_URL, "Значение DataExchangePoint не является адресом узла плана обмена.")
        segment = read_segment(point[len(self.root) + 2 : -1])
        plan = self.infobase.schema.sets.get(segment.name)
        if plan is None or plan.kind is not SetKind.EXCHANGE_PLAN or not self.infobase.is_published(plan.name):
            raise unknown_set(segment.name)
        if plan.name in self.infobase.denied:
            raise no_right()
        row = self.infobase.tables[plan.name].get(read_key(plan, segment.key or ""))
        if row is None:
            raise no_instance(plan.title)
        if row.header["Ref_Key"] == self.own_node:
            raise ODataError(400, Code.RUNTIME, "Узел соответствует текущей информационной базе.")
        return plan, row

    def _select(self, plan: EntitySet, row: Row, node: str, message: int) -> Reply:
        subjects = self.infobase.registrations.shown_in(node, message)
        shown = [
            (self.infobase.schema.sets[name], key, self.infobase.tables[name].get(key))
            for name, key in subjects
            if self.infobase.is_published(name)  # others are passed over without a word
        ]
        feed = AtomWriter(infobase=self.infobase, root=self.root, now=self.now.strftime("%Y-%m-%dT%H:%M:%S")).changes(
            shown
        )
        if _UNWRITABLE.search(feed):
            raise ODataError(400, Code.RUNTIME, "Недопустимый символ в тексте XML.")
        self.infobase.registrations.stamp(node, subjects, message)
        self._number(plan, row, "SentNo", message)
        return Reply(content_type="application/atom+xml;type=feed;charset=utf-8", body=feed.encode())

    def _number(self, plan: EntitySet, row: Row, name: str, message: int) -> None:
        known = row.header[name]
        assert isinstance(known, int)
        self.infobase.put(plan, {**row.header, name: max(known, message)}, row.parts)


def _message(query: Mapping[str, str]) -> int:
    text = query.get("MessageNo")
    if text is None:
        raise ODataError(400, Code.NO_ARGUMENT, "Не указан аргумент метода MessageNo.")
    if not (text.isascii() and text.isdecimal()):
        raise ODataError(400, Code.UNPARSABLE, f"Не удалось разобрать строку '{text}' как значение типа Edm.Int64!")
    return int(text)
