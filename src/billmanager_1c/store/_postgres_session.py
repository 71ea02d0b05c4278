"""Connections to PostgreSQL: where to, with which settings, and kept for the next who needs one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import attrs
import psycopg
from psycopg import conninfo
from psycopg.abc import Buffer
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg.types.string import StrDumperUnknown

from ..errors import SettingsError, StoreBusy, StoreFailed
from ..ledger.encoding import dumps

Connection: TypeAlias = psycopg.Connection[TupleRow]
Connect: TypeAlias = Callable[[], Connection]

# A server that vanished without a word is noticed within a minute or so, not after the hours that TCP allows.
_PATIENCE: Mapping[str, str] = {
    "connect_timeout": "10",
    "keepalives_idle": "20",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "50000",
    "fallback_application_name": "billmanager_1c",
    "client_encoding": "utf8",
}


@attrs.frozen
class Address:
    """Where a database is. The name may be shown; the rest, which has the password, may not."""

    name: str
    _parameters: Mapping[str, Any] = attrs.field(repr=False)

    @classmethod
    def parse(cls, text: str, *, schema: str) -> Address:
        """Read a URL, or the ``key=value`` words of libpq.

        Raises:
            SettingsError: it cannot be read. Nothing of it is shown, as any part may be the password.
        """
        parameters = _parse(text)
        if parameters is None or not _sound(parameters):
            raise SettingsError(
                "The address of the PostgreSQL store cannot be read; write postgresql://user:password@host/database, "
                "and percent-encode what is special in the password (%40 for @, %2F for /)."
            )
        database, host = parameters.get("dbname"), parameters.get("host")
        words = [schema, f"in {database}" if database else "", f"at {host}" if host else ""]
        return cls(" ".join(word for word in words if word), {**_PATIENCE, **parameters})

    def connect(self) -> Connection:
        """Open a connection."""
        return psycopg.connect(**self._parameters)


@attrs.frozen(kw_only=True)
class Session:
    """How every connection is set."""

    schema: str
    read_only: bool
    #: how long to wait for a lock, in seconds
    wait: float

    def set_up(self, connection: Connection) -> None:
        """Make a new connection fit: nothing hangs for ever, and a commit that returned is on the disk."""
        connection.autocommit = True  # BEGIN and COMMIT stand where we write them
        connection.prepare_threshold = None  # what is worth it is prepared once; psycopg forgets it at each rollback
        connection.adapters.register_dumper(str, _Text)
        settings = {
            "timezone": "UTC",
            "default_transaction_isolation": "read committed",
            "default_transaction_read_only": "on" if self.read_only else "off",
            "lock_timeout": f"{max(1, round(self.wait * 1000))}ms",
            "statement_timeout": f"{round((self.wait + 60) * 1000)}ms",
            # A worker that was stopped in the middle must not hold a document for ever.
            "idle_in_transaction_session_timeout": "60s",
        }
        path = "SELECT set_config('search_path', quote_ident(%s::text) || ', pg_temp', false)"
        connection.execute(path, (self.schema,))
        setting = "SELECT set_config(key, value, false) FROM json_each_text(%s)"
        connection.execute(setting, (dumps(settings),))
        # Only remote_apply promises more than on; whatever the server or the role is set to, less is not enough.
        connection.execute(
            "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') "
            "WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false)"
        )


class Pool:
    """Open connections, used by one thread at a time and kept for the next.

    psycopg_pool connects in threads of its own and tells who waits only that the time ran out. Here whoever needs a
    connection opens it, and hears why it failed.
    """

    def __init__(self, open_connection: Connect, *, size: int, wait: float, name: str) -> None:
        self._open = open_connection
        self._size, self._wait, self._name = size, wait, name
        self._free = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        #: the one that was used last is used next, so that a pool is no larger than it must be
        self._idle: list[Connection] = []
        self._closed = False

    def close(self) -> None:
        """Close what is idle now, and what is in use when it comes back; harmless when it is closed."""
        self._closed = True
        self._drop_idle()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Give a connection, which nobody else uses meanwhile. What is not committed at the end is rolled back."""
        if not self._free.acquire(timeout=self._wait):
            raise StoreBusy(f"All {self._size} connections to the store {self._name} are in use; raise pool_size.")
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)
        finally:
            self._free.release()

    def _take(self) -> Connection:
        if self._closed:
            raise StoreFailed(f"The store {self._name} is closed; open it again.")
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._open()

    def _give_back(self, connection: Connection) -> None:
        _roll_back(connection)
        if connection.closed:
            self._drop_idle()  # the server went away: the others are as dead
        elif self._closed or connection.info.transaction_status is not TransactionStatus.IDLE:
            connection.close()
        else:
            with self._lock:
                self._idle.append(connection)

    def _drop_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def legible(text: str) -> str:
    """Write what PostgreSQL cannot keep in text otherwise: NUL, and half a surrogate pair.

    A name in which somebody put one must not stop the exchange. In JSON columns both are escapes and come back.
    """
    return text.replace("\0", "␀").encode("utf-8", "replace").decode("utf-8")


class _Text(StrDumperUnknown):
    """Text that PostgreSQL can keep."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(legible(obj))


def _roll_back(connection: Connection) -> None:
    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()  # which rolls back as well


def _parse(text: str) -> Mapping[str, Any] | None:
    try:
        return conninfo.conninfo_to_dict(text)
    except psycopg.Error:
        return None


def _sound(parameters: Mapping[str, Any]) -> bool:
    """A password that is not percent-encoded spills into its neighbours, which are shown."""
    shown = (str(parameters.get(name, "")) for name in ("host", "hostaddr", "dbname"))
    ports = str(parameters.get("port", "")).split(",")
    return not any("@" in word for word in shown) and all(port.isdecimal() or not port for port in ports)
