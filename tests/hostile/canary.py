"""Secrets that are easy to find, and everything that is said while something goes wrong.

Nothing here keeps a secret in a local variable: tracebacks are searched with the variables of all their frames, and
ours are among them.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import threading
import traceback
import warnings
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

BILLMANAGER_PASSWORD = "&k4narejka-7f3a+я"
ONEC_PASSWORD = "%onec-b1rd-55d0 я"
#: the part of each that looks the same however it is encoded
CORES = ("k4narejka-7f3a", "onec-b1rd-55d0")


class Spy(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Stands before a simulator and remembers the sessions that go by."""

    def __init__(self, simulator: Any) -> None:
        self._simulator = simulator
        self.sessions: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let the simulator answer."""
        request.read()
        return self.look(request, self._simulator.handle_request(request))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Let the simulator answer."""
        await request.aread()
        return self.look(request, await self._simulator.handle_async_request(request))

    def look(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        fields = httpx.QueryParams(request.content.decode(errors="replace"))
        self.sessions |= {fields["auth"]} if fields.get("auth") else set()
        cookies = (request.headers.get("cookie", ""), response.headers.get("set-cookie", ""))
        for name, _, value in (part.strip().partition("=") for text in cookies for part in text.split(";")):
            if name in ("ibsession", "billmgrses5") and value:
                self.sessions.add(value)
        return response


class Listener:
    """Hears everything that is said, by whomever, and searches it for secrets."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.loggers: set[str] = set()
        self.errors = 0
        self._lock = threading.Lock()

    def hear(self, where: str, text: str) -> None:
        """Remember a text."""
        with self._lock:
            self.said.append((where, text))

    def hear_value(self, where: str, value: object) -> None:
        """Remember all that a value shows of itself."""
        self.hear(where, f"{value!r} {value}")
        page = getattr(value, "_repr_html_", None)
        if page is not None:
            self.hear(f"{where}, HTML", page())

    def hear_error(self, error: BaseException) -> None:
        """Remember an exception with all that stands behind it, and the variables of every frame."""
        self.errors += 1
        seen: set[int] = set()
        waiting: list[BaseException | None] = [error]
        while waiting:
            link = waiting.pop()
            if link is None or id(link) in seen:
                continue
            seen.add(id(link))
            name = type(link).__name__
            self.hear(f"{name} itself", f"{link!r} {link} {link.args!r} {vars(link)!r}")
            told = traceback.TracebackException.from_exception(link, capture_locals=True, max_group_width=50)
            self.hear(f"{name} with its frames", "".join(told.format()))
            for frame in told.stack:
                self.hear(f"{name} in {frame.name}", repr(frame.locals))
            waiting += [link.__cause__, link.__context__]

    def hear_file(self, path: Path) -> None:
        """Remember what stands in a file and in those beside it."""
        for each in path.parent.glob(f"{path.name}*"):
            self.hear(f"file {each.name}", each.read_bytes().decode("latin-1"))

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Hear every log record of every logger, and every warning, while the block runs."""
        ear, root = _Ear(self), logging.getLogger()
        level = root.level
        root.addHandler(ear)
        root.setLevel(logging.DEBUG)
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                yield
            for warning in caught:
                self.hear("warning", f"{warning.message!r} {warning.source!r}")
        finally:
            root.removeHandler(ear)
            root.setLevel(level)

    def attempt(self, deed: Callable[[], object], *kinds: type[Exception]) -> None:
        """Do something and remember what it says of itself, or raises."""
        try:
            self.hear_value("report", deed())
        except kinds as error:
            self.hear_error(error)

    async def attempt_async(self, deed: Callable[[], Awaitable[object]], *kinds: type[Exception]) -> None:
        """Do the same in async code."""
        try:
            self.hear_value("report", await deed())
        except kinds as error:
            self.hear_error(error)

    def find(self, *more: str) -> list[str]:
        """Return where a secret was said: as it is, encoded for a URL or a form, or in base64."""
        secrets = [form.lower() for core in (*CORES, *more) for form in (core, *_in_base64(core))]
        found = []
        for where, text in self.said:
            lower = text.lower()
            found += [f"{where}: {secret} in …{_around(lower, secret)}…" for secret in secrets if secret in lower]
        return found


class _Ear(logging.Handler):
    def __init__(self, listener: Listener) -> None:
        super().__init__(logging.DEBUG)
        self._listener = listener

    def emit(self, record: logging.LogRecord) -> None:
        self._listener.loggers.add(record.name)
        self._listener.hear(f"log of {record.name}", f"{record.getMessage()} {record.args!r} {record.__dict__!r}")
        if record.exc_info and record.exc_info[1] is not None:
            self._listener.hear_error(record.exc_info[1])


class Overhearing:
    """A client whose exceptions are heard even where somebody swallows them."""

    def __init__(self, client: Any, listener: Listener) -> None:
        self._client = client
        self._listener = listener

    def __repr__(self) -> str:
        return repr(self._client)

    def send(self, *arguments: Any, **options: Any) -> Any:
        """Send an operation."""
        try:
            return self._client.send(*arguments, **options)
        except Exception as error:
            self._listener.hear_error(error)
            raise

    def iterate(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        """Read a list."""
        try:
            yield from self._client.iterate(*arguments, **options)
        except Exception as error:
            self._listener.hear_error(error)
            raise


def run_async(work: Callable[[], Any]) -> Any:
    """Run async code to its end."""
    return asyncio.run(work())


def _in_base64(core: str) -> list[str]:
    """Return what every base64 of a text with the core in it has in common, for each of three places to begin."""
    forms = []
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + core.encode()).decode().rstrip("=")
        forms.append(coded[(0, 2, 3)[before] : -1])
    return forms


def _around(text: str, secret: str) -> str:
    place = text.index(secret)
    return " ".join(text[max(0, place - 60) : place + len(secret) + 20].split())
