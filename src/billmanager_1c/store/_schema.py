"""The tables of the SQLite store, as the steps from each version of the schema to the next.

The columns are the fields of the records (protocol.md §1) under their own names; what is a list or a value of its own
is JSON. Times are ISO 8601 with their offset; money is text. A step, once released, is never edited: a change is a new
step at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

APPLICATION_ID = 0x31436269
"""``1Cbi``: stands in the head of the file and says that it is ours."""

Step = tuple[str, ...]
"""The statements that lead from one version to the next."""

_FIRST: Step = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT)",
    # A row without a record is a document that only the journal or a link speaks of.
    """CREATE TABLE documents (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        guid TEXT NOT NULL,
        observed_rev INTEGER,
        digest TEXT,
        version TEXT,
        document TEXT,
        wanted INTEGER,
        reason TEXT,
        code TEXT,
        missing INTEGER,
        first_seen_at TEXT,
        changed_at TEXT,
        -- derived from the above and the links, for finding
        date TEXT,
        open INTEGER NOT NULL DEFAULT 0,
        due TEXT,
        UNIQUE (kind, guid)
    )""",
    "CREATE INDEX documents_open ON documents (id, due, changed_at) WHERE open = 1",
    "CREATE INDEX documents_by_date ON documents (date) WHERE missing = 0",
    """CREATE TABLE links (
        document_id INTEGER NOT NULL REFERENCES documents (id),
        contract_id TEXT NOT NULL,
        state TEXT NOT NULL,
        gen INTEGER NOT NULL,
        payment_id INTEGER,
        applied_rev INTEGER NOT NULL,
        applied TEXT,
        history TEXT NOT NULL,
        written TEXT,
        written_rev INTEGER NOT NULL,
        random_number TEXT NOT NULL,
        code TEXT,
        reason TEXT NOT NULL,
        refused_rev INTEGER,
        next_attempt_at TEXT,
        failures INTEGER NOT NULL,
        lease_owner TEXT,
        lease_until TEXT,
        fence INTEGER NOT NULL,
        lingering_id INTEGER,
        lingering_until TEXT,
        PRIMARY KEY (document_id, contract_id)
    )""",
    "CREATE UNIQUE INDEX links_payment ON links (payment_id)",
    "CREATE UNIQUE INDEX links_lingering ON links (lingering_id) WHERE lingering_id IS NOT NULL",
    "CREATE INDEX links_by_state ON links (state, code)",
    """CREATE TABLE attempts (
        document_id INTEGER NOT NULL,
        id TEXT NOT NULL,
        contract_id TEXT NOT NULL,
        gen INTEGER NOT NULL,
        op TEXT NOT NULL,
        target_rev INTEGER NOT NULL,
        target TEXT,
        payment_id INTEGER,
        random_number TEXT NOT NULL,
        fence INTEGER NOT NULL,
        high_water INTEGER NOT NULL,
        started_at TEXT NOT NULL,
        send_by TEXT NOT NULL,
        settle_after TEXT NOT NULL,
        outcome TEXT,
        resolved_by TEXT,
        detail TEXT NOT NULL,
        PRIMARY KEY (document_id, id),
        FOREIGN KEY (document_id, contract_id) REFERENCES links (document_id, contract_id)
    )""",
    "CREATE UNIQUE INDEX attempts_open ON attempts (document_id, contract_id) WHERE resolved_by IS NULL",
    """CREATE TABLE journal (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id INTEGER NOT NULL REFERENCES documents (id),
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        contract_id TEXT,
        attempt_id TEXT,
        from_state TEXT,
        to_state TEXT,
        detail TEXT NOT NULL,
        changes TEXT NOT NULL
    )""",
    "CREATE INDEX journal_by_document ON journal (document_id, seq)",
    "CREATE TRIGGER journal_is_not_edited BEFORE UPDATE ON journal "
    "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    "CREATE TRIGGER journal_is_not_shortened BEFORE DELETE ON journal "
    "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    # AUTOINCREMENT: a number never comes twice, so an old note cannot be taken for a new one.
    """CREATE TABLE notes (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        guid TEXT NOT NULL,
        at TEXT NOT NULL,
        UNIQUE (kind, guid)
    )""",
    """CREATE TABLE subaccounts (
        id INTEGER PRIMARY KEY,
        account_id INTEGER NOT NULL,
        account TEXT NOT NULL,
        provider_id INTEGER NOT NULL,
        provider TEXT NOT NULL,
        currency_id INTEGER NOT NULL,
        currency TEXT NOT NULL,
        balance TEXT,
        active INTEGER NOT NULL
    )""",
    """CREATE TABLE bindings (
        contract_id TEXT PRIMARY KEY,
        subaccount_id INTEGER NOT NULL,
        actor TEXT NOT NULL,
        at TEXT NOT NULL
    )""",
    "CREATE TABLE places (adapter TEXT PRIMARY KEY, cursor TEXT, acknowledged TEXT)",
    "CREATE TABLE jobs (name TEXT PRIMARY KEY, last_start TEXT, last_success TEXT)",
    # Tells a store from one that was made anew or put back from a backup under the same name.
    "INSERT INTO meta VALUES ('epoch', lower(hex(randomblob(16))))",
)

_SECOND: Step = (
    "ALTER TABLE links ADD COLUMN twin_id INTEGER",
    "ALTER TABLE links ADD COLUMN dismissed TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE links ADD COLUMN abandoned TEXT NOT NULL DEFAULT ''",
    "CREATE UNIQUE INDEX links_twin ON links (twin_id) WHERE twin_id IS NOT NULL",
    "CREATE INDEX journal_by_actor ON journal (actor, document_id)",
    "CREATE TABLE memory (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
)

STEPS: Sequence[Step] = (_FIRST, _SECOND)
"""Step number *n* leads from version *n* to version *n* + 1. A new file has version 0."""
