"""One conversation with 1C: credentials, the session and its licence, a deadline, and nothing that could do harm."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar
from urllib.parse import quote, quote_plus

import attrs

from ..errors import (
    BaseLocked,
    BillManager1CError,
    DeadlinePassed,
    OneCFailed,
    Repeat,
    SettingsError,
)
from ..transport import Deadline, Wire, WireReply, WireRequest
from ._address import record_url, resource_url, service_url
from ._answers import SYSTEM, read_json, read_refusal, read_rows, text_of, trouble
from ._values import Json, Row, row_of

T = TypeVar("T")

#: seconds before a reading is tried again; the engine comes back for what lasts longer
_PAUSES: Final = (0.1, 0.5)
_FAREWELL_SECONDS: Final = 5.0
#: what is called to learn what changed, and to say that it was learnt; it changes nothing that people see
_SERVICES: Final = frozenset({"SelectChanges", "NotifyChangesReceived"})
#: visible ASCII: anything else cannot stand in the header that brings it back
_COOKIE = re.compile(r"\bibsession=([!#-+\--:<-\[\]-~]+)", re.IGNORECASE)
#: a password that is shorter may stand anywhere by chance
_LEAST_SECRET: Final = 6


@attrs.frozen(kw_only=True)
class _Question:
    """A request without credentials and session."""

    resource: str
    key: str | None = None
    options: Mapping[str, str] = attrs.field(factory=dict)
    method: str = "GET"
    body: bytes = attrs.field(default=b"", repr=False)
    #: in place of the one made of resource, key and options
    url: str | None = attrs.field(default=None, repr=False)
    accept: str = "application/json"


class Connection:
    """Sends one request at a time, all in one session: a session of 1C is a licence (1c-odata.md §1.9).

    It can only read, with three exceptions: objects of the entity set named as ``writable`` can be created and changed,
    records of the register named as ``erasable`` can be deleted, and exchange plans can be told what has arrived. There
    is no way to build an address that posts a document, which in 1C even a GET would do (§1.7).
    """

    def __init__(
        self,
        root: str,
        wire: Wire,
        *,
        username: str,
        password: str,
        timeout: float,
        keep_session: bool,
        writable: str,
        erasable: str | None = None,
        probe: str,
    ) -> None:
        if not username or ":" in username:
            raise SettingsError("The 1C user name is empty or has a colon in it, which Basic authentication forbids.")
        self.root = root
        self._wire = wire
        self._timeout = timeout
        self._writable = writable
        self._erasable = erasable
        #: a small entity set, asked for only to say goodbye
        self._probe = probe
        # By hand: 1C wants UTF-8, and HTTP libraries encode in Latin-1 (§1.2).
        token = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        # In a closure: an attribute would stand in every report that prints the variables of a traceback.
        self._sign: Callable[[], str] = lambda: f"Basic {token}"
        self._hide: Callable[[bytes], bytes] = lambda body: _without(body, token, password)
        self._starts_session = keep_session
        self._cookie: Callable[[], str] | None = None
        #: how far the server's clock was ahead of ours at its last answer; None where it did not say
        self.clock_lead: dt.timedelta | None = None
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.root!r})"

    # ------------------------------------------------------------------------------------------------------ reading

    def rows(self, resource: str, options: Mapping[str, str] | None = None) -> tuple[Row, ...]:
        """Read a collection.

        Raises:
            WireError, OneCError: it could not be read whole.
        """
        return self._read(_Question(resource=resource, options=options or {}), lambda reply: read_rows(reply, resource))

    def entity(self, resource: str, key: str) -> Row:
        """Read one object by its key.

        Raises:
            OneCObjectMissing: 1C says that there is none.
            WireError, OneCError: it could not be read.
        """

        def read(reply: WireReply) -> Row:
            payload = read_json(reply, resource)
            if isinstance(payload, dict) and isinstance(payload.get("value"), list):
                rows = read_rows(reply, resource)
                return rows[0] if len(rows) == 1 else row_of(None, resource)
            return row_of(payload, resource)

        return self._read(_Question(resource=resource, key=key), read)

    def answer(self, resource: str) -> Json:
        """Read whatever 1C says of a resource whose shape is not known.

        Raises:
            WireError, OneCError: it could not be read.
        """
        return self._read(_Question(resource=resource), lambda reply: read_json(reply, resource))

    def _read(self, question: _Question, read: Callable[[WireReply], T]) -> T:
        deadline = Deadline(self._timeout)
        for pause in _PAUSES:
            try:
                return read(self._ask(question, deadline))
            except BillManager1CError as error:
                if not _may_pass(error) or deadline.left() <= pause:
                    raise
            time.sleep(pause)
        return read(self._ask(question, deadline))

    # ------------------------------------------------------------------------------------------------------ writing

    def write(self, resource: str, key: str | None, fields: Mapping[str, str]) -> None:
        """Create an object of the writable entity set, or change the one that has this key. Never repeated.

        Raises:
            WireError, OneCError: it is not known to be saved, or known not to be.
        """
        if resource != self._writable or not resource.startswith("Catalog_"):
            raise ValueError(f"{resource} is not written to: this library writes nothing but its own catalogue.")
        question = _Question(
            method="POST" if key is None else "PATCH",
            resource=resource,
            key=key,
            body=json.dumps(fields, ensure_ascii=False).encode(),
        )
        reply = self._ask(question, Deadline(self._timeout))
        if not (200 <= reply.status < 300 and not text_of(reply)):  # whoever says nothing has nothing against it
            read_json(reply, resource)

    def erase(self, register: str, key: Mapping[str, str]) -> None:
        """Delete a record of the erasable register. Never repeated.

        Raises:
            OneCObjectMissing: 1C says that there is none.
            WireError, OneCError: it is not known to be deleted, or known not to be.
        """
        if register != self._erasable or not register.startswith("InformationRegister_"):
            raise ValueError(f"Nothing is deleted from {register}: this library deletes nothing but its own queue.")
        url = record_url(self.root, register, key)
        reply = self._ask(_Question(method="DELETE", resource=register, url=url), Deadline(self._timeout))
        if not (200 <= reply.status < 300 and not text_of(reply)):  # whoever says nothing has deleted it
            read_json(reply, register)

    # ----------------------------------------------------------------------------------------------------- services

    def call(self, service: str, parameters: Mapping[str, str]) -> WireReply:
        """Call a service of exchange plans and return its answer, which is in Atom. Never repeated.

        Raises:
            WireError, OneCError: it is not known to be carried out, or known not to be.
        """
        if service not in _SERVICES:
            raise ValueError(f"{service} is not called: this library calls {' and '.join(sorted(_SERVICES))} alone.")
        url = service_url(self.root, service, parameters)
        question = _Question(method="POST", resource=service, url=url, accept="application/atom+xml")
        reply = self._ask(question, Deadline(self._timeout))
        if not 200 <= reply.status < 300:
            raise trouble(reply, service)
        return reply

    # ------------------------------------------------------------------------------------------------------ session

    def close(self) -> None:
        """Give the licence back and close the connection."""
        with self._lock:
            try:
                if self._cookie is not None:
                    goodbye = _Question(resource=self._probe, options={"$top": "1", "$select": "Ref_Key"})
                    # The session ends by itself in a while; a failed goodbye is no reason to fail the work.
                    with contextlib.suppress(BillManager1CError):
                        self._send(goodbye, Deadline(min(_FAREWELL_SECONDS, self._timeout)), session="finish")
            finally:
                self._cookie = None
                self._wire.close()

    def _ask(self, question: _Question, deadline: Deadline) -> WireReply:
        with self._turn(question, deadline):
            reply = self._send(question, deadline)
            if self._cookie is not None and _session_is_lost(reply):
                # 1C refused before it looked at the request, so even a write was not carried out.
                self._cookie = None
                reply = self._send(question, deadline)
            return reply

    def _send(self, question: _Question, deadline: Deadline, *, session: str = "start") -> WireReply:
        asks_for_session = self._cookie is None and self._starts_session
        request = WireRequest(
            method=question.method,
            url=question.url or resource_url(self.root, question.resource, question.key, question.options),
            headers=self._headers(question, session if asks_for_session or session == "finish" else ""),
            body=question.body,
            function=question.resource,
            system=SYSTEM,
        )
        reply = self._wire.send(request, deadline)
        if (told := reply.date) is not None:
            self.clock_lead = told - dt.datetime.now(dt.UTC)
        if asks_for_session:
            self._note_session(reply)
        return attrs.evolve(reply, body=self._hide(reply.body)) if _is_page(reply) else reply

    def _headers(self, question: _Question, session: str) -> dict[str, str]:
        # Made apart from where they are sent: a failure there is told with the variables of its frame.
        headers = {"Authorization": self._sign(), "Accept": question.accept}
        if question.body:
            headers["Content-Type"] = "application/json;charset=utf-8"
        if self._cookie is not None:
            headers["Cookie"] = f"ibsession={self._cookie()}"
        if session:
            headers["IBSession"] = session
        return headers

    @contextlib.contextmanager
    def _turn(self, question: _Question, deadline: Deadline) -> Iterator[None]:
        """Wait until the requests of other threads are answered, and no longer than to the deadline."""
        if not self._lock.acquire(timeout=max(deadline.left(), 0)):
            raise DeadlinePassed(
                f"{question.resource}: requests of other threads to 1C took all the time there was; nothing was sent.",
                system=SYSTEM,
                function=question.resource,
            )
        try:
            yield
        finally:
            self._lock.release()

    def _note_session(self, reply: WireReply) -> None:
        found = _COOKIE.search(reply.headers.get("set-cookie", ""))
        if found is not None:
            name = found[1]
            self._cookie = lambda: name
        elif reply.status < 300:
            self._starts_session = False  # this publication does not know the header: each request is a session


def _is_page(reply: WireReply) -> bool:
    """Say whether the answer is no data: such pages like to show the headers of the request."""
    return not 200 <= reply.status < 300 or reply.body[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _without(body: bytes, token: str, password: str) -> bytes:
    secrets = [token, *({password, quote(password), quote_plus(password)} if len(password) >= _LEAST_SECRET else ())]
    for secret in sorted(secrets, key=len, reverse=True):
        body = body.replace(secret.encode(), b"***")
    return body


def _session_is_lost(reply: WireReply) -> bool:
    """Say whether the answer is about the session, not about the request: it has no code of OData."""
    return reply.status in (400, 404, 406) and read_refusal(reply).code in ("", "-1")


def _may_pass(error: BillManager1CError) -> bool:
    """Say whether a reading is worth trying again at once."""
    if isinstance(error, BaseLocked | DeadlinePassed) or (isinstance(error, OneCFailed) and error.code):
        return False  # maintenance lasts; an error with a code lies in the data or the query
    return error.repeat is not Repeat.NEVER
