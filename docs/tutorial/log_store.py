"""A store in one file to which every change is appended; the tutorial "Writing a store" explains it.

It keeps all that it knows in memory and reads the whole file when it is opened, so it is for learning and for small
books. It needs ``flock``, which Windows has not.
"""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import os
import pickle
import threading
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import attrs

from billmanager_1c.errors import StoreFailed
from billmanager_1c.ledger import Dossier, JournalEntry, LinkState, Verdict
from billmanager_1c.models import ContractId, DocumentRef, PaymentId, Subaccount, SubaccountId
from billmanager_1c.store import Decide, Decision, Job, MemoryStore, Place, StoreSummary, Switch

R = TypeVar("R")


@attrs.frozen
class Decided:
    """A decision that was made, as it is kept in the file: it decides the same again."""

    verdict: Verdict[None]

    def __call__(self, dossier: Dossier, now: dt.datetime) -> Verdict[None]:
        """Return what was decided."""
        return self.verdict


class LogStore:
    """Several threads, and several processes of one host, may use the file at once."""

    # [begin: a turn]
    def __init__(self, path: str | Path) -> None:
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
        self._lock = threading.RLock()
        self._forget()

    def _forget(self) -> None:
        self._memory, self._known = MemoryStore(), 0  # and how much of the file is in it

    @contextmanager
    def _turn(self) -> Iterator[MemoryStore]:
        """Be the only one who works with the file, and know all that is in it."""
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                self._catch_up()
                yield self._memory
            except BaseException:
                self._forget()  # perhaps the memory is ahead of the file; the next turn reads what is really there
                raise
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _catch_up(self) -> None:
        self._file.seek(self._known)
        new = self._file.read()
        start = 0
        while (end := start + 8 + int.from_bytes(new[start : start + 4])) <= len(new) and end > start + 8:
            text = new[start + 8 : end]
            if zlib.crc32(text) != int.from_bytes(new[start + 4 : start + 8]):
                break
            method, args, kwargs = pickle.loads(text)
            getattr(self._memory, method)(*args, **kwargs)
            start = end
        self._known += start
        self._file.truncate(self._known)  # whoever was killed while writing had not returned: it did not happen

    def _append(self, method: str, *args: Any, **kwargs: Any) -> None:
        """Write down what was just done to the memory. When this returned, it survives a power cut."""
        text = pickle.dumps((method, args, kwargs))
        record = len(text).to_bytes(4) + zlib.crc32(text).to_bytes(4) + text
        try:
            self._file.seek(self._known)
            if self._file.write(record) != len(record):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file.fileno())
        except OSError as error:
            self._file.truncate(self._known)
            raise StoreFailed(f"The store cannot be written: {error.strerror}.") from error
        self._known += len(record)

    def _look(self, question: Callable[[MemoryStore], R]) -> R:
        with self._turn() as memory:
            return question(memory)

    def _do(self, method: str, *args: Any, **kwargs: Any) -> None:
        with self._turn() as memory:
            getattr(memory, method)(*args, **kwargs)
            self._append(method, *args, **kwargs)

    # [end: a turn]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def read_only(self) -> bool:
        """Always False."""
        return False

    # -- decisions ---------------------------------------------------------------------------------------------

    # [begin: decisions]
    def transact(self, ref: DocumentRef, decide: Decide[R], *, actor: str, at: dt.datetime) -> R:
        with self._turn() as memory:
            verdicts: list[Verdict[R]] = []

            def watched(dossier: Dossier, now: dt.datetime) -> Verdict[R]:
                verdicts.append(decide(dossier, now))
                return verdicts[-1]

            result = memory.transact(ref, watched, actor=actor, at=at)
            self._append("transact", ref, _decided(verdicts[-1]), actor=actor, at=at)
            return result

    def transact_all(
        self,
        decisions: Sequence[Decision],
        *,
        actor: str,
        at: dt.datetime,
        adapter: str | None = None,
        cursor: str | None = None,
    ) -> list[object]:
        with self._turn() as memory:
            made: list[Decision] = []

            def watch(one: Decision) -> Decision:
                def watched(dossier: Dossier, now: dt.datetime) -> Verdict[object]:
                    verdict = one.decide(dossier, now)
                    made.append(Decision(ref=one.ref, decide=_decided(verdict)))
                    return verdict

                return Decision(ref=one.ref, decide=watched)

            where = {"actor": actor, "at": at, "adapter": adapter, "cursor": cursor}
            watching = [watch(one) for one in decisions]
            results = memory.transact_all(watching, actor=actor, at=at, adapter=adapter, cursor=cursor)
            self._append("transact_all", made, **where)
            return results

    # [end: decisions]

    # -- what is written ---------------------------------------------------------------------------------------

    def claim_base(self, base: str) -> None:
        self._do("claim_base", base)

    def note_changed(self, refs: Iterable[DocumentRef], *, at: dt.datetime) -> None:
        self._do("note_changed", list(refs), at=at)

    def forget_noted(self, notes: Mapping[DocumentRef, int]) -> None:
        self._do("forget_noted", dict(notes))

    def save_subaccounts(self, subaccounts: Iterable[Subaccount]) -> None:
        self._do("save_subaccounts", list(subaccounts))

    def bind(self, contract_id: ContractId, subaccount_id: SubaccountId | None, *, actor: str, at: dt.datetime) -> None:
        self._do("bind", contract_id, subaccount_id, actor=actor, at=at)

    def acknowledged(self, adapter: str, cursor: str) -> None:
        self._do("acknowledged", adapter, cursor)

    def job_started(self, name: str, at: dt.datetime) -> None:
        self._do("job_started", name, at)

    def job_succeeded(self, name: str, at: dt.datetime) -> None:
        self._do("job_succeeded", name, at)

    def remember(self, key: str, text: str | None) -> None:
        self._do("remember", key, text)

    def set_switch(self, switch: Switch) -> None:
        self._do("set_switch", switch)

    # -- what is read ------------------------------------------------------------------------------------------

    def dossier(self, ref: DocumentRef) -> Dossier:
        return self._look(lambda memory: memory.dossier(ref))

    def dossiers(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, Dossier]:
        return self._look(lambda memory: memory.dossiers(refs))

    def versions(self, refs: Iterable[DocumentRef]) -> dict[DocumentRef, str]:
        return self._look(lambda memory: memory.versions(refs))

    def open_documents(
        self, *, after: int = 0, limit: int = 200, due_by: dt.datetime | None = None
    ) -> list[tuple[int, DocumentRef]]:
        return self._look(lambda memory: memory.open_documents(after=after, limit=limit, due_by=due_by))

    def documents_in(
        self, states: Collection[LinkState], *, after: int = 0, limit: int = 200, open_only: bool = False
    ) -> list[tuple[int, DocumentRef]]:
        return self._look(lambda memory: memory.documents_in(states, after=after, limit=limit, open_only=open_only))

    def documents_since(self, day: dt.date, *, after: int = 0, limit: int = 200) -> list[tuple[int, DocumentRef]]:
        return self._look(lambda memory: memory.documents_since(day, after=after, limit=limit))

    def touched(self, actor: str, *, after: int = 0, limit: int = 200) -> list[tuple[int, DocumentRef]]:
        return self._look(lambda memory: memory.touched(actor, after=after, limit=limit))

    def noted(self, *, limit: int = 500) -> dict[DocumentRef, int]:
        return self._look(lambda memory: memory.noted(limit=limit))

    def holders(self, payment_ids: Iterable[PaymentId]) -> dict[PaymentId, tuple[DocumentRef, ContractId]]:
        return self._look(lambda memory: memory.holders(payment_ids))

    def journal(self, ref: DocumentRef | None = None, *, after: int = 0) -> Iterator[JournalEntry]:
        yield from self._look(lambda memory: list(memory.journal(ref, after=after)))

    def summary(self) -> StoreSummary:
        return self._look(lambda memory: memory.summary())

    def subaccounts(self) -> dict[SubaccountId, Subaccount]:
        return self._look(lambda memory: memory.subaccounts())

    def bindings(self) -> dict[ContractId, SubaccountId]:
        return self._look(lambda memory: memory.bindings())

    def place(self, adapter: str) -> Place:
        return self._look(lambda memory: memory.place(adapter))

    def job(self, name: str) -> Job:
        return self._look(lambda memory: memory.job(name))

    def recall(self, key: str) -> str | None:
        return self._look(lambda memory: memory.recall(key))

    def switch(self) -> Switch:
        return self._look(lambda memory: memory.switch())


def _decided(verdict: Verdict[Any]) -> Decided:
    return Decided(attrs.evolve(verdict, result=None))
