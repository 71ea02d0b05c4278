"""What both clients are, apart from waiting.

What to send when, what may be sent again and when to log in is one generator, :meth:`Conversation._exchange`. It yields
what it needs done (send a request, wait, open a session) and is handed the result, or has the failure thrown into it.
The clients do these three things and nothing else, and so differ only in ``await``.

A write is sent once, whatever happens. The one call that is sent again is one that BILLmanager refused because of the
session: then nothing was done.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Generator
from typing import Any, Literal, TypeAlias, TypedDict, TypeVar

import attrs

from ..api import SYSTEM, Credentials, Dialect, Language, LogIn, LogOut, Operation, Reply, SessionId, decode, encode
from ..errors import AccessDenied, ConnectionFailed, DeadlinePassed, Repeat, SessionExpired, SettingsError, WireError
from ..transport import Deadline, Verify, WireReply, WireRequest
from ._checks import checked_login, checked_url, checked_zone, one_of

T = TypeVar("T")

AuthMode: TypeAlias = Literal["authinfo", "session"]
"""How to log in: with each call, or once for many."""

_FAREWELL_SECONDS = 5.0
_FIRST_PAUSE = 0.2

_log = logging.getLogger("billmanager_1c")


class ClientOptions(TypedDict, total=False):
    """Further arguments of both clients."""

    auth: AuthMode
    dialect: Dialect
    timeout: float
    verify: Verify
    language: Language
    read_retries: int


@attrs.frozen
class Pause:
    """Wait before a reading is tried again."""

    seconds: float


@attrs.frozen
class OpenSession:
    """Give me a session, and not this one, which was refused."""

    refused: SessionId | None = None


@attrs.frozen
class Session:
    id: SessionId
    #: True if it was opened just now: then a refusal cannot be because of its age
    is_new: bool


Effect: TypeAlias = WireRequest | Pause | OpenSession
Steps: TypeAlias = Generator[Effect, Any, T]


class Conversation:
    """What both clients are, apart from waiting."""

    def __init__(
        self,
        url: str,
        *,
        username: str,
        password: str,
        timezone: str | dt.tzinfo,
        auth: AuthMode,
        dialect: Dialect | None,
        timeout: float,
        language: Language,
        read_retries: int,
    ) -> None:
        self.url: str = checked_url(url)
        """The address of BILLmanager, such as ``https://billing.example:1500/billmgr``."""
        self.timezone: dt.tzinfo = checked_zone(timezone)
        """The zone of BILLmanager's wall clock."""
        self.dialect: Dialect = dialect or Dialect()
        """The names of this installation."""
        self.username = username
        """The employee we are."""
        self.language: Language = one_of("language", language, "ru", "en")
        """The language of the texts that BILLmanager answers with."""
        self.auth: AuthMode = one_of("auth", auth, "authinfo", "session")
        """``"authinfo"``: the password with each call; ``"session"``: one log-in for many."""
        self.timeout = timeout
        """Seconds for a whole call, with its log-in and its repetitions."""
        if not timeout > 0:
            raise SettingsError(f"timeout must be greater than zero, and is {timeout}.")
        self.clock_lead: dt.timedelta | None = None
        """How far BILLmanager's clock was ahead of ours at its last answer; None where it did not say."""
        self._read_retries = read_retries
        self._credentials = checked_login(username, password)
        self._session: SessionId | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r}, username={self.username!r}, auth={self.auth!r})"

    def _exchange(self, operation: Operation[T], deadline: Deadline) -> Steps[T]:
        """Send the operation. The rules of repetition are all here; see the head of this file."""
        session: Session | None = None
        if self.auth == "session" and not isinstance(operation, LogIn):
            session = yield from self._open(operation, OpenSession())
        reopened, failures = False, 0
        while True:
            try:
                return (yield from self._call(operation, session))
            except (AccessDenied, SessionExpired) as error:
                if session is None:
                    raise
                if session.is_new or reopened:
                    if isinstance(error, AccessDenied):
                        raise
                    raise _denied(error) from error
                refused, reopened = session.id, True
            except WireError as error:
                failures += 1
                pause = _FIRST_PAUSE * 2 ** (failures - 1)
                out_of_patience = failures > self._read_retries or deadline.left() <= pause
                if operation.writes or error.repeat is Repeat.NEVER or out_of_patience:
                    raise
                _log.info("%s: %s, the reading is tried again", error.function, type(error).__name__)
                yield Pause(pause)
                continue
            session = yield from self._open(operation, OpenSession(refused))

    def _open(self, operation: Operation[Any], wanted: OpenSession) -> Steps[Session]:
        """Get a session. Whatever became of the log-in, the operation itself was not sent."""
        try:
            session: Session = yield wanted
        except WireError as error:
            if error.repeat is not Repeat.LOOK_FIRST:
                raise
            function = operation.call(self.dialect).func
            raise ConnectionFailed(
                f"{function}: not sent, for the log-in before it failed: {error}", system=SYSTEM, function=function
            ) from error
        return session

    def _call(self, operation: Operation[T], session: Session | None) -> Steps[T]:
        """Send the operation once."""
        sent: Credentials = session.id if session else None if isinstance(operation, LogIn) else self._credentials
        request = encode(operation, dialect=self.dialect, credentials=sent, language=self.language)
        wire_reply: WireReply = yield WireRequest(
            url=self.url,
            headers={"Content-Type": request.content_type},
            body=request.body,
            function=request.function,
            system=SYSTEM,
        )
        if (told := wire_reply.date) is not None:
            self.clock_lead = told - dt.datetime.now(dt.UTC)
        reply = Reply(status=wire_reply.status, content_type=wire_reply.content_type, body=wire_reply.body)
        _log.debug("%s: HTTP %s, %s bytes", request.function, reply.status, len(reply.body))
        known = sent or self._credentials
        return decode(operation, reply, dialect=self.dialect, zone=self.timezone, credentials=known)

    @property
    def _farewell_seconds(self) -> float:
        """How long a goodbye may take."""
        return min(_FAREWELL_SECONDS, self.timeout)

    def _farewell(self) -> Steps[None]:
        """End the session, if there is one. It would end by itself: a failure is no reason to fail the work."""
        session, self._session = self._session, None
        if session is not None:
            yield from self._call(LogOut(), Session(session, is_new=False))

    def _log_in(self) -> LogIn:
        """Return the operation that opens a session."""
        return LogIn(self._credentials.username, self._credentials.password)

    def _waited_too_long(self) -> DeadlinePassed:
        """Return what to raise where another call logs in, and does not come to an end before our deadline."""
        function = self._log_in().call(self.dialect).func
        return DeadlinePassed(
            f"{function}: another call was still logging in when the time was over; nothing was sent.",
            system=SYSTEM,
            function=function,
        )

    def _current_session(self, wanted: OpenSession) -> Session | None:
        """Return the session that all share, or None if it is time for a new one."""
        current = self._session
        return None if current is None or current == wanted.refused else Session(current, is_new=False)


def _denied(error: SessionExpired) -> AccessDenied:
    """Return what a refusal is that a new session did not help."""
    return AccessDenied(
        f"{error.function}: BILLmanager refuses a session that was opened a moment ago. Check the employee's rights, "
        'or use auth="authinfo".',
        function=error.function,
        type=error.type,
        object=error.object,
        value=error.value,
    )
