"""The smallest of engines, and a fate that kills it and changes 1C behind its back at every step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import attrs
import httpx

from billmanager_1c.models import DocumentKind, DocumentRef, PaymentDocument
from billmanager_1c.onec import ODataAdapter
from billmanager_1c.testing.onec import OneCSimulator

Step: TypeAlias = tuple[str, int]
"""What happens next: go, kill, or something done to the document of that number."""

_SPACE = "8d9a1c5e-0000-4000-8000-00000000000"
_KINDS = tuple(DocumentKind)


class Killed(BaseException):
    """The process is gone; nothing may catch it."""


class Fate:
    """Does one step wherever it is asked, until there are none left."""

    def __init__(self, simulator: OneCSimulator, contract: str, steps: Sequence[Step]) -> None:
        self._simulator = simulator
        self._contract = contract
        self._steps = list(reversed(steps))
        self._node: str | None = None
        self._gone: set[str] = set()
        self.refs: dict[str, DocumentRef] = {}

    @property
    def is_over(self) -> bool:
        """No step is left."""
        return not self._steps

    def rest(self) -> None:
        """Leave the steps that are left undone."""
        self._steps.clear()

    def step(self, *, quiet: bool = False) -> None:
        """Take the next step. ``quiet``: where nobody may meddle with the node itself."""
        if not self._steps:
            return
        what, number = self._steps.pop()
        match what:
            case "kill":
                raise Killed
            case "write":
                self.write(number)
            case "delete":
                self._delete(number)
            case "poison":
                self.write(number, Комментарий="плохо\x02")
            case "renew" if not quiet and self._node is not None:
                self._simulator.renew_exchange_node(self._node)
                self._node = None  # once is enough: of a node that received nothing yet nothing can be told

    def watch(self, node: str) -> None:
        """Allow this node to be made anew."""
        self._node = node

    def write(self, number: int, **attributes: str) -> None:
        """Write a document: a new one, another state of it, or what was deleted."""
        key, kind = f"{_SPACE}{number}", _KINDS[number % len(_KINDS)]
        if key not in self.refs:
            self._simulator.add_document(kind, guid=key, lines=[(self._contract, "1")], date="2026-11-24T10:00:00")
            self.refs[key] = DocumentRef(kind, key)
        elif key in self._gone:
            self._gone.discard(key)
            self._simulator.restore(key)
        self._simulator.change_document(key, attributes=attributes)

    def _delete(self, number: int) -> None:
        key = f"{_SPACE}{number}"
        if key in self.refs and key not in self._gone:
            self._gone.add(key)
            self._simulator.delete(key)

    def truth(self) -> dict[DocumentRef, str]:
        """Return the version of each document; none for one that is gone."""
        return {
            ref: "" if key in self._gone else str(self._simulator.stored(key)["DataVersion"])
            for key, ref in self.refs.items()
        }


@attrs.define
class Meddled(httpx.BaseTransport):
    """A way to 1C with a step of fate before each request and after it."""

    simulator: OneCSimulator
    fate: Fate

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        self.fate.step(quiet=True)
        response = self.simulator.handle_request(request)
        self.fate.step(quiet=True)
        return response


@attrs.define
class Books:
    """What outlives a kill: the versions that were read, and the place."""

    fate: Fate
    versions: dict[DocumentRef, str] = attrs.field(factory=dict)
    cursor: str | None = None
    acknowledged: str | None = None

    def run(self, onec: ODataAdapter) -> None:
        """Take in what changed, in the steps of the engine."""
        if self.cursor is not None and self.cursor != self.acknowledged:
            self._acknowledge(onec, self.cursor)
        shown: set[DocumentRef] = set()
        for batch in onec.changes(self.cursor):
            self.fate.step()
            shown.update(each.ref for each in batch.stamps)
            news = [ref for ref, version, _ in batch.stamps if self.versions.get(ref) != version]
            self._take_in(onec, news, batch.cursor)
            if batch.cursor is not None:
                self._acknowledge(onec, batch.cursor)
            if batch.complete_since is not None:
                self._take_in(onec, [ref for ref in self.versions if ref not in shown], None)

    def _take_in(self, onec: ODataAdapter, refs: Sequence[DocumentRef], cursor: str | None) -> None:
        found = list(onec.read(refs)) if refs else []
        self.fate.step()
        for each in found:
            if isinstance(each, PaymentDocument):
                self.versions[each.ref] = each.version
            elif each.ref in self.versions:
                self.versions[each.ref] = ""
        if cursor is not None:
            self.cursor = cursor
        self.fate.step()

    def _acknowledge(self, onec: ODataAdapter, cursor: str) -> None:
        onec.acknowledge(cursor)
        self.fate.step()
        self.acknowledged = cursor


def live_through(books: Books, make: Callable[[], ODataAdapter]) -> None:
    """Run again and again, in a new process each time, until fate has nothing left; then twice in peace."""
    while not books.fate.is_over:
        with process(books.fate, make) as onec:
            books.run(onec)
    for _ in range(2):
        with process(books.fate, make) as onec:
            books.run(onec)


@contextlib.contextmanager
def process(fate: Fate, make: Callable[[], ODataAdapter]) -> Iterator[ODataAdapter]:
    """Give a new adapter, whose life a kill ends."""
    onec = make()
    with contextlib.suppress(Killed):
        yield onec
    # A killed process says no goodbye; this one is not asked to start a session.
    onec.close()


def lost(books: Books) -> dict[DocumentRef, tuple[str | None, str]]:
    """Return the documents whose last state the books do not have: what they have, and what is true."""
    kept = {ref: version.partition(".")[0] for ref, version in books.versions.items()}  # the token of 1C
    return {
        ref: (kept.get(ref), version) for ref, version in books.fate.truth().items() if kept.get(ref, "") != version
    }
