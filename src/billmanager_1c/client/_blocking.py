"""The blocking client."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self, TypeVar, cast

from ..api import Dialect, Identified, Language, Listing, Operation, Page, walk
from ..errors import BillManager1CError
from ..transport import BlockingTransport, Deadline, Verify, Wire, WireRequest
from ._conversation import AuthMode, Conversation, OpenSession, Pause, Session, Steps

T = TypeVar("T")
R = TypeVar("R", bound=Identified)


class BillManagerClient(Conversation):
    """A blocking client. One may be shared by many threads.

    Args:
        url: the address of BILLmanager, such as ``https://billing.example:1500/billmgr``.
        username: an employee of BILLmanager, best one for the exchange alone.
        password: his password. It is sent in bodies only and shown nowhere.
        timezone: the zone of BILLmanager's wall clock, such as ``"Europe/Moscow"``.
        auth: ``"authinfo"`` sends the password with each call; ``"session"`` logs in once.
        dialect: the names of this installation, where they differ.
        timeout: seconds for a whole call.
        transport: an httpx transport to use in place of the network. It is not closed.
        verify: False, a context, or a path to certificates to trust.
        language: of texts in answers.
        read_retries: how often a reading is tried again after trouble on the wire, within ``timeout``.

    Raises:
        SettingsError: an argument cannot work.
    """

    def __init__(
        self,
        url: str,
        *,
        username: str,
        password: str,
        timezone: str | dt.tzinfo,
        auth: AuthMode = "authinfo",
        dialect: Dialect | None = None,
        timeout: float = 30.0,
        transport: BlockingTransport | None = None,
        verify: Verify = True,
        language: Language = "ru",
        read_retries: int = 2,
    ) -> None:
        super().__init__(
            url,
            username=username,
            password=password,
            timezone=timezone,
            auth=auth,
            dialect=dialect,
            timeout=timeout,
            language=language,
            read_retries=read_retries,
        )
        self._wire = Wire(transport=transport, verify=verify)
        self._lock = threading.Lock()

    def send(self, operation: Operation[T], *, timeout: float | None = None) -> T:
        """Send an operation and return its answer.

        Args:
            operation: what to ask or to do.
            timeout: seconds for this call, where they differ from the client's.

        Raises:
            WireError: one of its leaves; its ``repeat`` says whether a write may have been done.
            BillManagerError: one of its leaves: BILLmanager refused, nothing was done.
        """
        deadline = Deadline(self.timeout if timeout is None else timeout)
        return self._drive(self._exchange(operation, deadline), deadline)

    def iterate(self, listing: Listing[R]) -> Iterator[R]:
        """Yield the rows of a whole list, each once, page by page.

        Raises:
            ListTruncated: it cannot be read whole.
            WireError, BillManagerError: as :meth:`send`.
        """
        steps = walk(listing, self.dialect)
        page: Page[R] | None = None
        with contextlib.suppress(StopIteration):
            while True:
                step = steps.send(page)
                if isinstance(step, Listing):
                    page = self.send(step)
                else:
                    page = None
                    yield from step

    def close(self) -> None:
        """End the session, if there is one, and close the connections."""
        try:
            deadline = Deadline(self._farewell_seconds)
            with contextlib.suppress(BillManager1CError):
                self._drive(self._farewell(), deadline)
        finally:
            self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _drive(self, steps: Steps[T], deadline: Deadline) -> T:
        answer: object = None
        failure: BillManager1CError | None = None
        while True:
            try:
                effect = steps.send(answer) if failure is None else steps.throw(failure)
            except StopIteration as stop:
                return cast(T, stop.value)
            answer, failure = None, None
            try:
                match effect:
                    case WireRequest():
                        answer = self._wire.send(effect, deadline)
                    case Pause():
                        time.sleep(effect.seconds)
                    case OpenSession():
                        answer = self._open_session(effect, deadline)
            except BillManager1CError as error:
                failure = error

    def _open_session(self, wanted: OpenSession, deadline: Deadline) -> Session:
        if not self._lock.acquire(timeout=max(deadline.left(), 0)):
            raise self._waited_too_long()
        try:
            if (current := self._current_session(wanted)) is not None:
                return current
            self._session = self._drive(self._exchange(self._log_in(), deadline), deadline)
            return Session(self._session, is_new=True)
        finally:
            self._lock.release()
