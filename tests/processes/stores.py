"""A fresh store of either kind, for as long as a block lasts."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import attrs

sys.path.append(str(Path(__file__).parents[1] / "store"))


@attrs.frozen
class FreshStore:
    """Where it is."""

    #: the path of a file, or ``postgresql://…``
    url: str
    #: kills the database server and starts it again; None where there is none
    crash: Callable[[], None] | None = None


@contextmanager
def fresh_store(kind: str) -> Iterator[FreshStore]:
    """Make an empty store: ``sqlite``, or ``postgres`` on a server of its own.

    Raises:
        LookupError: PostgreSQL cannot be tested here; the message says why, loudly.
    """
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="kill-") as folder:
            yield FreshStore(str(Path(folder) / "sync.db"))
        return
    if find_spec("psycopg") is None:
        raise LookupError("PostgreSQL is NOT tested: psycopg is not installed (extra postgres)")
    if find_spec("billmanager_1c.store.postgres") is None:
        raise LookupError("PostgreSQL is NOT tested: this library has no PostgresStore")
    from postgres_cluster import running_cluster

    with running_cluster() as cluster:
        yield FreshStore(cluster.address(), cluster.crash)
