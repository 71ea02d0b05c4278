"""A PostgreSQL server for the tests of its store: one for each process that runs tests, a database for each test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

# What other rooms may want to start as well is a module, not a fixture.
sys.path.append(str(Path(__file__).parent))

from postgres_cluster import MISSING, Cluster, find_programs, running_cluster  # the path comes first

_numbers = count(1)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running server."""
    pytest.importorskip("psycopg", reason="PostgreSQL is NOT tested: psycopg is not installed (extra postgres)")
    if find_programs() is None:
        pytest.skip(MISSING)
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def address(cluster: Cluster) -> Iterator[str]:
    """The address of an empty database."""
    import psycopg

    name = f"test{next(_numbers)}"
    with psycopg.connect(cluster.address(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield cluster.address(name)
    with psycopg.connect(cluster.address(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def raw(address: str) -> Iterator[Any]:
    """Somebody else's connection to the database."""
    import psycopg

    with psycopg.connect(address, autocommit=True, options="-c search_path=billmanager_1c") as connection:
        yield connection
