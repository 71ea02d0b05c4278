"""How long a call may take, whatever the server does meanwhile."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import httpx


class Deadline:
    """A moment on a clock that never goes back."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at = clock() + seconds

    def left(self) -> float:
        """Return the seconds that are left; negative once it has passed."""
        return self._at - self._clock()


class TimeLeft(Mapping[str, float]):
    """The time limits of httpcore, which asks for them before each phase: what is left of the deadline then."""

    _PHASES = ("connect", "read", "write", "pool")

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def __getitem__(self, phase: str) -> float:
        if phase not in self._PHASES:
            raise KeyError(phase)
        return _Remaining(self._deadline)

    def __iter__(self) -> Iterator[str]:
        return iter(self._PHASES)

    def __len__(self) -> int:
        return len(self._PHASES)


class _Remaining(float):
    """What is left of a deadline; :class:`_Stream` asks it again before each wait."""

    deadline: Deadline

    def __new__(cls, deadline: Deadline) -> Self:
        # Nought would mean "at once" to a socket, and fail in another way.
        remaining = super().__new__(cls, max(deadline.left(), 0.001))
        remaining.deadline = deadline
        return remaining


def bound_waits(client: httpx.Client) -> None:
    """Have each single read of the client's connections wait no longer than to the deadline of the call.

    httpcore asks for its limits once in a phase and gives every read of the phase the same: a server that sends its
    headers byte by byte would be listened to without end. httpx takes no network backend as an argument, so it is
    put where httpcore keeps it. A version that keeps it elsewhere is left as it is; a test over a socket will tell.
    """
    for transport in (client._transport, *client._mounts.values()):
        pool = getattr(transport, "_pool", None)
        backend = getattr(pool, "_network_backend", None)
        if pool is not None and backend is not None:
            pool._network_backend = _Backend(backend)


class _Backend:
    """Makes connections as the backend of httpcore does, and bounds their waits."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def connect_tcp(self, *arguments: Any, **options: Any) -> _Stream:
        return _Stream(self._backend.connect_tcp(*arguments, **options))

    def connect_unix_socket(self, *arguments: Any, **options: Any) -> _Stream:
        return _Stream(self._backend.connect_unix_socket(*arguments, **options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream:
    """A connection whose waits end at the deadline of the call that uses it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data: bytes = self._stream.read(max_bytes, timeout=_now(timeout))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=_now(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Stream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _now(timeout: float | None) -> float | None:
    """Return how long a wait may last that begins now."""
    if not isinstance(timeout, _Remaining):
        return timeout
    left = timeout.deadline.left()
    if left <= 0:
        raise TimeoutError
    return left
