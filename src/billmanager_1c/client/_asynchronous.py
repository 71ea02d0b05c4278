"""The client for async code."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self, TypeVar, cast

from ..api import Dialect, Identified, Language, Listing, Operation, Page, walk
from ..errors import BillManager1CError
from ..transport import AsyncTransport, AsyncWire, Deadline, Verify, WireRequest
from ._conversation import AuthMode, Conversation, OpenSession, Pause, Session, Steps

T = TypeVar("T")
R = TypeVar("R", bound=Identified)


class AsyncBillManagerClient(Conversation):
    """The same client for async code, in one event loop. For the arguments see :class:`BillManagerClient`."""

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
        transport: AsyncTransport | None = None,
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
        self._wire = AsyncWire(transport=transport, verify=verify)
        self._lock = asyncio.Lock()

    async def send(self, operation: Operation[T], *, timeout: float | None = None) -> T:  # noqa: ASYNC109 -- of the whole call, as in the blocking client
        """Send an operation and return its answer; see :meth:`BillManagerClient.send`.

        Raises:
            WireError: one of its leaves; its ``repeat`` says whether a write may have been done.
            BillManagerError: one of its leaves: BILLmanager refused, nothing was done.
        """
        deadline = Deadline(self.timeout if timeout is None else timeout)
        return await self._drive(self._exchange(operation, deadline), deadline)

    async def iterate(self, listing: Listing[R]) -> AsyncIterator[R]:
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
                    page = await self.send(step)
                else:
                    page = None
                    for row in step:
                        yield row

    async def close(self) -> None:
        """End the session, if there is one, and close the connections."""
        try:
            deadline = Deadline(self._farewell_seconds)
            with contextlib.suppress(BillManager1CError):
                await self._drive(self._farewell(), deadline)
        finally:
            await self._wire.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def _drive(self, steps: Steps[T], deadline: Deadline) -> T:
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
                        answer = await self._wire.send(effect, deadline)
                    case Pause():
                        await asyncio.sleep(effect.seconds)
                    case OpenSession():
                        answer = await self._open_session(effect, deadline)
            except BillManager1CError as error:
                failure = error

    async def _open_session(self, wanted: OpenSession, deadline: Deadline) -> Session:
        try:
            async with asyncio.timeout(max(deadline.left(), 0)):
                await self._lock.acquire()
        except TimeoutError:
            raise self._waited_too_long() from None
        try:
            if (current := self._current_session(wanted)) is not None:
                return current
            self._session = await self._drive(self._exchange(self._log_in(), deadline), deadline)
            return Session(self._session, is_new=True)
        finally:
            self._lock.release()
