"""Connections that break at a COMMIT: fault 20 of the protocol, armed at psycopg's seam."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

import psycopg

BEFORE, AFTER, LATE = "before", "after", "late"


class Wire:
    """Where a store's connections come from. Give its ``connect`` to ``PostgresStore(connect=)``.

    ``breaks`` is what will happen at the next commits, one word for each: ``before`` cuts the connection before the
    server hears of the COMMIT, ``after`` when the server has carried it out and its answer is on the way, ``late``
    while the server is still at work on it: it would commit some time later, unless its session is ended.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self.breaks: list[str] = []
        #: the first so many connections that are asked for hereafter are refused
        self.refusals = 0
        #: called when a connection has been cut
        self.then: Callable[[], object] = lambda: None

    def connect(self) -> psycopg.Connection[Any]:
        """Open a connection that breaks when it is told to."""
        if self.refusals:
            self.refusals -= 1
            raise psycopg.OperationalError("connection failed: Connection refused")
        connection = _Breakable.connect(self._address)
        connection.wire = self
        return connection


class _Breakable(psycopg.Connection[Any]):
    wire: Wire

    def execute(self, query: Any, *args: Any, **settings: Any) -> psycopg.Cursor[Any]:
        """Execute; a text that ends in COMMIT may be the last."""
        if not str(query).endswith("COMMIT"):
            return super().execute(query, *args, **settings)
        end = self.wire.breaks.pop(0) if self.wire.breaks else ""
        if end == BEFORE:
            self._cut()
        if end == LATE:
            later = str(query).removesuffix("COMMIT") + "SELECT pg_sleep(2); COMMIT"
            self.pgconn.send_query(later.encode())
            self.pgconn.flush()
            self._cut()
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        cursor = super().execute(query, *args, **settings)
        if end == AFTER:
            self._cut()
            super().execute("SELECT 'the answer to the COMMIT would have come here'")
        return cursor

    def _cut(self) -> None:
        with socket.socket(fileno=os.dup(self.pgconn.socket)) as line:
            line.shutdown(socket.SHUT_RDWR)
        self.wire.then()
