"""The simulator without HTTP: a request as a value in, an outcome as a value out. The simulation drives it directly."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping

import attrs

from .._faults import Fault
from .._wire import CutBody, Outcome, Reply, Slow
from ._errors import ODataError, ServerError, runtime, unauthorized
from ._exchange import SERVICES, Exchange
from ._query import read_options
from ._reader import Reader, Wanted, read_wanted
from ._request import Address, LoggedRequest, Request, read_address
from ._select import Projection
from ._sessions import Sessions
from ._troubles import with_faults
from ._world import World
from ._writer import POSTING, Writer, touches_documents

_UNSUPPORTED_SERVICE = (
    '<?xml version="1.0"?><error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
    '<code>0</code><message xml:lang="ru">Не поддерживается</message></error>'
)
_NOT_BUILT = "$batch"  # in 1C, too


class Core(World):
    """The world, and the rules by which it answers (1c-odata.md §9)."""

    def _prepare(self) -> None:
        self._sessions = Sessions(random.Random(f"{self._seed}/session"))
        self._log: list[LoggedRequest] = []
        self._violations: list[str] = []
        self._projections: dict[tuple[str, str | None], Projection] = {}
        self._asked: Counter[str] = Counter()
        self._is_cold = True

    # ------------------------------------------------------------------------------------------- what a test reads

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """The requests that came, oldest first."""
        return tuple(self._log)

    def forget_requests(self) -> None:
        """Empty :attr:`requests`."""
        with self._lock:
            self._log.clear()

    @property
    def violations(self) -> tuple[str, ...]:
        """Each attempt to write a document or to post one, also by GET and also if refused: method and path."""
        return tuple(self._violations)

    @property
    def open_sessions(self) -> int:
        """Sessions that were started by ``IBSession: start`` and not finished: each holds a licence."""
        return self._sessions.open

    @property
    def started_sessions(self) -> int:
        """How many sessions were ever started by ``IBSession: start``."""
        return self._sessions.started

    def end_sessions(self) -> None:
        """End all sessions, as an administrator does: their cookies are stale then."""
        with self._lock:
            self._sessions.end_all()

    # --------------------------------------------------------------------------------------------------- answering

    def respond(self, request: Request) -> Outcome:
        """Answer a request. Never raises for what a client does."""
        with self._lock:
            try:
                address = read_address(request.target, self.publication, self.switches.limits)
            except ServerError as refused:
                return self._logged(request, Address(segments=(), query={}), refused.reply)
            subject = address.segments[0].partition("(")[0] if address.segments else ""
            outcome = with_faults(
                self.faults, subject, request, self.publication, lambda: self._reply(request, address, subject)
            )
            return self._logged(request, address, self._in_time(outcome))

    def _logged(self, request: Request, address: Address, outcome: Outcome) -> Outcome:
        reply = outcome.response if isinstance(outcome, Slow | CutBody) else outcome
        status = reply.status if isinstance(reply, Reply) else None
        path = "/".join(address.segments)
        self._log.append(
            LoggedRequest(method=request.method, path=path, query=address.query, at=self.now(), status=status)
        )
        if touches_documents(request.method, address.segments):
            self._violations.append(f"{request.method} {path}")
        return outcome

    def _in_time(self, outcome: Outcome) -> Outcome:
        seconds = self.switches.latency_first if self._is_cold else self.switches.latency
        self._is_cold = False
        return Slow(outcome, seconds) if isinstance(outcome, Reply) and seconds else outcome

    def _reply(self, request: Request, address: Address, subject: str) -> Reply:
        if request.credentials != (self._username, self._password):
            return unauthorized(self.publication)
        switches, cookie = self.switches, request.cookie if self.switches.session_header else None
        try:
            self._sessions.enter(cookie, now=self.now(), max_age=switches.session_max_age, limit=switches.max_sessions)
        except ServerError as refused:
            return refused.reply
        if self._lock_reply is not None:
            return self._lock_reply(request.method, subject)
        reply = self._odata(request, address, subject)
        return attrs.evolve(
            reply, headers=(("DataServiceVersion", "3.0"), *reply.headers, *self._session_headers(request, cookie))
        )

    def _session_headers(self, request: Request, cookie: str | None) -> tuple[tuple[str, str], ...]:
        asked = request.headers.get("ibsession", "").lower() if self.switches.session_header else ""
        if asked == "finish" and cookie is not None:
            self._sessions.finish(cookie)
        if asked == "start" and cookie is None:
            return (("Set-Cookie", f"ibsession={self._sessions.start(self.now())}; path=/{self.publication}"),)
        return ()

    def _odata(self, request: Request, address: Address, subject: str) -> Reply:
        if address.segments and subject == _NOT_BUILT:
            return Reply(status=501, content_type="application/xml;charset=utf-8", body=_UNSUPPORTED_SERVICE.encode())
        wanted = Wanted(level=None)
        try:
            wanted = read_wanted(address.query, request.headers.get("accept", ""))
            if len(address.segments) == 1 and subject in SERVICES:
                return self._exchange(request).answer(subject, request.method, address.query)
            return self._answer(request, address, subject, wanted)
        except (ArithmeticError, RecursionError):  # what the client asked for cannot be reckoned
            refused = runtime("Ошибка выполнения запроса")
            return refused.reply(as_json=wanted.as_json, bom=self.switches.error_bom)
        except ODataError as refused:
            return refused.reply(as_json=wanted.as_json, bom=self.switches.error_bom)

    def _exchange(self, request: Request) -> Exchange:
        return Exchange(
            infobase=self._infobase, root=self._root(request), now=self.now(), own_node=self.own_exchange_node
        )

    def _root(self, request: Request) -> str:
        return f"{request.host}/{self.publication}/odata/standard.odata"

    def _answer(self, request: Request, address: Address, subject: str, wanted: Wanted) -> Reply:
        def fire(fault: Fault) -> Mapping[str, object] | None:
            return self.faults.fire(fault, subject, request)

        self._asked[request.target] += 1
        segments = address.segments
        reader = Reader(
            infobase=self._infobase,
            switches=self.switches,
            root=self._root(request),
            now=self.now(),
            wanted=wanted,
            options=read_options(address.query),
            random=random.Random(f"{self._seed}/{request.target}/{self._asked[request.target]}"),
            fire=fire,
            projections=self._projections,
        )
        if request.method == "GET" and not (len(segments) > 1 and segments[-1] in POSTING):
            return reader.answer(segments)
        writer = Writer(
            infobase=self._infobase,
            switches=self.switches,
            reader=reader,
            now=self.now(),
            if_match=request.headers.get("if-match"),
            written=self._written,
        )
        return writer.answer(request.method, segments, request.body)
