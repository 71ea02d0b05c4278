"""The contract suite over the store in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from billmanager_1c.store import Store
from billmanager_1c.testing import StoreContract


class TestPostgresStore(StoreContract):
    """The database does what the model does, by its own clock."""

    has_clock = True

    @pytest.fixture
    def make_store(self, address: str) -> Iterator[Callable[[], Store]]:
        from billmanager_1c.store.postgres import PostgresStore

        with ExitStack() as opened:
            yield lambda: opened.enter_context(PostgresStore(address))
