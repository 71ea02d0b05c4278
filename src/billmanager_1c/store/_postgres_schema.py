"""The schema of a PostgreSQL store: whose it is, which version, and the way to the present one."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from psycopg import errors, sql

from ..errors import StoreFailed, StoreTooNew
from ._postgres_session import Connection

_LOCK = 0x31436269
"""``1Cbi``: the first of two numbers that name our lock among those of other programs."""


def read_steps() -> tuple[str, ...]:
    """Return the migrations in order; number *n* leads from version *n* - 1 to version *n*."""
    folder = files(__package__) / "migrations"
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return tuple(file.read_text(encoding="utf-8") for file in found)


def check(connection: Connection, schema: str, name: str, known: int) -> int:
    """Return the version of the schema; 0 where there is none, or an empty one.

    Raises:
        StoreTooNew: a newer version of this library wrote it; it is untouched.
        StoreFailed: something else is there.
    """
    [(has_meta, has_tables)] = connection.execute(
        "SELECT to_regclass(quote_ident(%s::text) || '.meta') IS NOT NULL, "
        "EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(%s)))",
        (schema, schema),
    ).fetchall()
    version = _version(connection, schema) if has_meta else None
    if version is None and has_tables:
        raise StoreFailed(f"The schema {name} is of another program; give the store a schema of its own.")
    if version is not None and version > known:
        raise StoreTooNew(
            f"The store {name} has schema {version} and this library knows {known}; "
            "upgrade the library. The store is untouched."
        )
    return version or 0


def migrate(connection: Connection, schema: str, name: str, steps: Sequence[str]) -> None:
    """Take the steps that the schema has not taken yet, all in one transaction; one process at a time."""
    if check(connection, schema, name, len(steps)) == len(steps):
        return
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SELECT pg_advisory_xact_lock(%s::int, hashtext(%s))", (_LOCK, schema))
        version = check(connection, schema, name, len(steps))  # another process may have been faster
        # Whoever may not make schemas can be given an empty one.
        if not connection.execute("SELECT to_regnamespace(quote_ident(%s))", (schema,)).fetchall()[0][0]:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        for step in steps[version:]:
            connection.execute(step)
        connection.execute(
            "INSERT INTO meta (key, value) VALUES ('schema', %s) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (str(len(steps)),),
        )


def _version(connection: Connection, schema: str) -> int | None:
    try:
        query = sql.SQL("SELECT value FROM {}.meta WHERE key = 'schema'").format(sql.Identifier(schema))
        found = connection.execute(query).fetchone()
    except errors.UndefinedColumn:
        return None
    return None if found is None else int(found[0])
