"""What stores of tables share: the books beside dossiers, and the queries that every SQL understands.

A query is written with question marks; a store that needs other signs puts them in.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

from ..errors import StoreBelongsElsewhere
from ..ledger import JournalEntry, LinkState
from ..models import ContractId, DocumentRef, QuarantineCode, Subaccount, SubaccountId
from ..ports.store import Job, Place, StoreSummary, Switch
from ._rows import JOURNAL, SUBACCOUNTS, make_ref, plain_ref

Statement: TypeAlias = tuple[str, Sequence[Sequence[object]]]
"""A query, to be run once for each row of values."""

_PAGE = 500
_JOURNAL = JOURNAL.select.replace("SELECT", "SELECT seq, kind, guid,", 1) + " JOIN documents ON id = document_id"
_OF_DOCUMENT = "document_id = (SELECT id FROM documents WHERE kind = ? AND guid = ?)"


class Books(ABC):
    """The part of a store that differs from SQL to SQL in a few words only."""

    #: conditions in the words by which the indexes were made: the document is open; 1C had it when last read
    _OPEN: ClassVar[str]
    _THERE: ClassVar[str]
    #: notes a document (kind, guid, at), under a new number if it was noted before
    _NOTE: ClassVar[str]

    @abstractmethod
    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """Ask, and return all rows."""

    @abstractmethod
    def _change(self, *statements: Statement) -> None:
        """Run these in one transaction."""

    @property
    @abstractmethod
    def _name(self) -> str:
        """How messages call the store."""

    def claim_base(self, base: str) -> None:
        """Fix the infobase. See :meth:`~billmanager_1c.ports.store.Store.claim_base`."""
        kept = self._meta("base")
        if kept is None:
            # Another process may be doing the same: the first one stands.
            self._change(("INSERT INTO meta (key, value) VALUES ('base', ?) ON CONFLICT (key) DO NOTHING", [(base,)]))
            kept = self._meta("base")
        if kept != base:
            raise StoreBelongsElsewhere(
                f"The store {self._name} keeps the books of infobase {kept!r}, not of {base!r}; "
                "give each infobase its own store."
            )

    def _meta(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    # -- finding documents -------------------------------------------------------------------------------------

    def documents_in(
        self, states: Collection[LinkState], *, after: int = 0, limit: int = 200, open_only: bool = False
    ) -> list[tuple[int, DocumentRef]]:
        """Return documents by the state of their lines. See :meth:`~billmanager_1c.ports.store.Store.documents_in`."""
        if not states:
            return []
        marks = ", ".join("?" * len(states))
        condition = f"id IN (SELECT document_id FROM links WHERE state IN ({marks}))"  # noqa: S608 (question marks)
        if open_only:
            condition = f"{self._OPEN} AND {condition}"
        return self._documents(condition, [state.value for state in states], after, limit)

    def documents_since(self, day: dt.date, *, after: int = 0, limit: int = 200) -> list[tuple[int, DocumentRef]]:
        """Return documents of that day and later. See :meth:`~billmanager_1c.ports.store.Store.documents_since`."""
        return self._documents(f"{self._THERE} AND date >= ?", (day.isoformat(),), after, limit)

    def touched(self, actor: str, *, after: int = 0, limit: int = 200) -> list[tuple[int, DocumentRef]]:
        """Return documents that an actor changed. See :meth:`~billmanager_1c.ports.store.Store.touched`."""
        rows = self._rows(
            "SELECT id, kind, guid FROM documents JOIN (SELECT DISTINCT document_id FROM journal WHERE actor = ? "
            "AND document_id > ? ORDER BY document_id LIMIT ?) AS found ON document_id = id ORDER BY id",
            (actor, after, limit),
        )
        return [(place, make_ref(kind, guid)) for place, kind, guid in rows]

    def _documents(
        self, condition: str, values: Sequence[object], after: int, limit: int, how: str = ""
    ) -> list[tuple[int, DocumentRef]]:
        query = f"SELECT id, kind, guid FROM documents WHERE {condition} AND id > ? ORDER BY id LIMIT ?{how}"  # noqa: S608 (ours)
        return [(place, make_ref(kind, guid)) for place, kind, guid in self._rows(query, (*values, after, limit))]

    def note_changed(self, refs: Iterable[DocumentRef], *, at: dt.datetime) -> None:
        """Note changes in 1C. See :meth:`~billmanager_1c.ports.store.Store.note_changed`."""
        self._change((self._NOTE, [(ref.kind.value, ref.id, at.isoformat()) for ref in refs]))

    def noted(self, *, limit: int = 500) -> dict[DocumentRef, int]:
        """Return notes. See :meth:`~billmanager_1c.ports.store.Store.noted`."""
        rows = self._rows("SELECT kind, guid, number FROM notes ORDER BY number LIMIT ?", (limit,))
        return {make_ref(kind, guid): number for kind, guid, number in rows}

    def forget_noted(self, notes: Mapping[DocumentRef, int]) -> None:
        """Drop notes. See :meth:`~billmanager_1c.ports.store.Store.forget_noted`."""
        self._change(("DELETE FROM notes WHERE number = ?", [(number,) for number in notes.values()]))

    def journal(self, ref: DocumentRef | None = None, *, after: int = 0) -> Iterator[JournalEntry]:
        """Yield journal entries. See :meth:`~billmanager_1c.ports.store.Store.journal`."""
        condition, values = (f"{_OF_DOCUMENT} AND ", (ref.kind.value, ref.id)) if ref else ("", ())
        query = f"{_JOURNAL} WHERE {condition}seq > ? ORDER BY seq LIMIT {_PAGE}"
        # Page by page, so that no transaction stays open while the caller thinks.
        while rows := self._rows(query, (*values, after)):
            for seq, kind, guid, *fields in rows:
                yield JOURNAL.record(fields, seq=seq, ref=plain_ref(make_ref(kind, guid)))
            after = rows[-1][0]

    # -- accounts and bindings ---------------------------------------------------------------------------------

    def subaccounts(self) -> dict[SubaccountId, Subaccount]:
        """Return all subaccounts. See :meth:`~billmanager_1c.ports.store.Store.subaccounts`."""
        found = (SUBACCOUNTS.record(row) for row in self._rows(SUBACCOUNTS.select + " ORDER BY id"))
        return {subaccount.id: subaccount for subaccount in found}

    def save_subaccounts(self, subaccounts: Iterable[Subaccount]) -> None:
        """Insert or replace subaccounts. See :meth:`~billmanager_1c.ports.store.Store.save_subaccounts`."""
        self._change((SUBACCOUNTS.upsert, [SUBACCOUNTS.row(subaccount) for subaccount in subaccounts]))

    def bindings(self) -> dict[ContractId, SubaccountId]:
        """Return bindings made by hand. See :meth:`~billmanager_1c.ports.store.Store.bindings`."""
        return dict(self._rows("SELECT contract_id, subaccount_id FROM bindings ORDER BY contract_id"))

    def bind(self, contract_id: ContractId, subaccount_id: SubaccountId | None, *, actor: str, at: dt.datetime) -> None:
        """Bind a contract. See :meth:`~billmanager_1c.ports.store.Store.bind`."""
        if subaccount_id is None:
            self._change(("DELETE FROM bindings WHERE contract_id = ?", [(contract_id,)]))
        else:
            self._set("bindings", contract_id=contract_id, subaccount_id=subaccount_id, actor=actor, at=at.isoformat())

    # -- the run -----------------------------------------------------------------------------------------------

    def place(self, adapter: str) -> Place:
        """Return how far changes have been read. See :meth:`~billmanager_1c.ports.store.Store.place`."""
        rows = self._rows("SELECT cursor, acknowledged FROM places WHERE adapter = ?", (adapter,))
        return Place(cursor=rows[0][0], acknowledged=rows[0][1]) if rows else Place()

    def acknowledged(self, adapter: str, cursor: str) -> None:
        """Remember an acknowledgement. See :meth:`~billmanager_1c.ports.store.Store.acknowledged`."""
        self._set("places", adapter=adapter, acknowledged=cursor)

    def job(self, name: str) -> Job:
        """Return when a job ran. See :meth:`~billmanager_1c.ports.store.Store.job`."""
        rows = self._rows("SELECT last_start, last_success FROM jobs WHERE name = ?", (name,))
        return Job(last_start=_time(rows[0][0]), last_success=_time(rows[0][1])) if rows else Job()

    def job_started(self, name: str, at: dt.datetime) -> None:
        """Remember a start. See :meth:`~billmanager_1c.ports.store.Store.job_started`."""
        self._set("jobs", name=name, last_start=at.isoformat())

    def job_succeeded(self, name: str, at: dt.datetime) -> None:
        """Remember a success. See :meth:`~billmanager_1c.ports.store.Store.job_succeeded`."""
        self._set("jobs", name=name, last_success=at.isoformat())

    def recall(self, key: str) -> str | None:
        """Return what was remembered. See :meth:`~billmanager_1c.ports.store.Store.recall`."""
        rows = self._rows("SELECT value FROM memory WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def remember(self, key: str, text: str | None) -> None:
        """Remember something. See :meth:`~billmanager_1c.ports.store.Store.remember`."""
        if text is None:
            self._change(("DELETE FROM memory WHERE key = ?", [(key,)]))
        else:
            self._set("memory", key=key, value=text)

    def switch(self) -> Switch:
        """Return the switch. See :meth:`~billmanager_1c.ports.store.Store.switch`."""
        kept = dict(self._rows("SELECT key, value FROM meta WHERE key IN ('enabled', 'paused')"))
        return Switch(enabled=kept.get("enabled", "yes") == "yes", paused=kept.get("paused"))

    def set_switch(self, switch: Switch) -> None:
        """Change the switch. See :meth:`~billmanager_1c.ports.store.Store.set_switch`."""
        kept = [("enabled", "yes" if switch.enabled else "no"), ("paused", switch.paused)]
        self._change((upsert("meta", "key", "value"), kept))

    def _set(self, table: str, **values: object) -> None:
        self._change((upsert(table, *values), [tuple(values.values())]))


def upsert(table: str, key: str, *columns: str) -> str:
    """Return the query that keeps values under a key, in a row that may be there."""
    marks = ", ".join("?" * (1 + len(columns)))
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return (
        f"INSERT INTO {table} ({', '.join((key, *columns))}) VALUES ({marks}) "  # noqa: S608 (every name is ours)
        f"ON CONFLICT ({key}) DO UPDATE SET {changes}"
    )


def summarize(
    states: Iterable[tuple[str, str | None, int]],
    *,
    documents: int,
    open_documents: int,
    oldest_open: dt.datetime | None,
    subaccounts: int,
) -> StoreSummary:
    """Put the counts together; ``states`` are counts of links by state and code."""
    links: dict[LinkState, int] = {}
    quarantined: dict[QuarantineCode, int] = {}
    for state, code, count in states:
        links[LinkState(state)] = links.get(LinkState(state), 0) + count
        if code is not None and LinkState(state) is LinkState.QUARANTINED:
            quarantined[QuarantineCode(code)] = count
    return StoreSummary(
        documents=documents,
        links=links,
        quarantined=quarantined,
        open_documents=open_documents,
        oldest_open=oldest_open,
        subaccounts=subaccounts,
    )


def _time(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
