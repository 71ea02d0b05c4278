-- The tables of the PostgreSQL store. The columns are the fields of the records (protocol.md §1) under their own names.
-- What is a list or a value of its own is JSON, and stays text: it must come back byte by byte. So do times, with the
-- offset they had; those by which something is found stand once more as what they are.
-- A file, once released, is never edited: a change is a new file with the next number.

CREATE TABLE meta (key text PRIMARY KEY, value text);

-- A row without a record is a document that only the journal or a link speaks of.
CREATE TABLE documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    guid text NOT NULL,
    observed_rev bigint,
    digest text,
    version text,
    document text,
    wanted boolean,
    reason text,
    code text,
    missing boolean,
    first_seen_at text,
    changed_at text,
    -- derived from the above and the links, for finding
    date date,
    open boolean NOT NULL DEFAULT false,
    due timestamptz,
    changed timestamptz,
    UNIQUE (kind, guid)
);
CREATE INDEX documents_open ON documents (id, due, changed) WHERE open;
CREATE INDEX documents_known ON documents (id) WHERE observed_rev IS NOT NULL;
CREATE INDEX documents_by_date ON documents (date) WHERE NOT missing;

CREATE TABLE links (
    place bigint GENERATED ALWAYS AS IDENTITY,
    document_id bigint NOT NULL REFERENCES documents (id),
    contract_id text NOT NULL,
    state text NOT NULL,
    gen bigint NOT NULL,
    payment_id bigint,
    applied_rev bigint NOT NULL,
    applied text,
    history text NOT NULL,
    written text,
    written_rev bigint NOT NULL,
    random_number text NOT NULL,
    code text,
    reason text NOT NULL,
    refused_rev bigint,
    next_attempt_at text,
    failures bigint NOT NULL,
    lease_owner text,
    lease_until text,
    fence bigint NOT NULL,
    lingering_id bigint,
    lingering_until text,
    twin_id bigint,
    dismissed text NOT NULL,
    abandoned text NOT NULL,
    PRIMARY KEY (document_id, contract_id)
);
CREATE UNIQUE INDEX links_payment ON links (payment_id) WHERE payment_id IS NOT NULL;
CREATE UNIQUE INDEX links_lingering ON links (lingering_id) WHERE lingering_id IS NOT NULL;
CREATE UNIQUE INDEX links_twin ON links (twin_id) WHERE twin_id IS NOT NULL;
CREATE INDEX links_by_state ON links (state, code, document_id);

-- The three columns above share one name space: a payment that is bound to one line neither lingers at another nor is
-- held against it. Only one key over all of them keeps that when two hosts write at once.
CREATE TABLE holdings (
    payment_id bigint CONSTRAINT holdings_payment PRIMARY KEY,
    document_id bigint NOT NULL,
    contract_id text NOT NULL
);

CREATE TABLE attempts (
    place bigint GENERATED ALWAYS AS IDENTITY,
    document_id bigint NOT NULL,
    id text NOT NULL,
    contract_id text NOT NULL,
    gen bigint NOT NULL,
    op text NOT NULL,
    target_rev bigint NOT NULL,
    target text,
    payment_id bigint,
    random_number text NOT NULL,
    fence bigint NOT NULL,
    high_water bigint NOT NULL,
    started_at text NOT NULL,
    send_by text NOT NULL,
    settle_after text NOT NULL,
    outcome text,
    resolved_by text,
    detail text NOT NULL,
    PRIMARY KEY (document_id, id),
    FOREIGN KEY (document_id, contract_id) REFERENCES links (document_id, contract_id)
);
CREATE UNIQUE INDEX attempts_open ON attempts (document_id, contract_id) WHERE resolved_by IS NULL;

CREATE TABLE journal (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id bigint NOT NULL REFERENCES documents (id),
    at text NOT NULL,
    actor text NOT NULL,
    contract_id text,
    attempt_id text,
    from_state text,
    to_state text,
    detail text NOT NULL,
    changes text NOT NULL
);
CREATE INDEX journal_by_document ON journal (document_id, seq);
CREATE INDEX journal_by_actor ON journal (actor, document_id);

CREATE FUNCTION refuse_to_change_the_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only';
END $$;
CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_journal();

-- A document with all that belongs to it, in one answer.
CREATE VIEW dossiers AS
SELECT
    documents.id,
    kind,
    guid,
    row_to_json(documents) AS record,
    (SELECT json_agg(links ORDER BY place) FROM links WHERE document_id = documents.id) AS links,
    (SELECT json_agg(attempts ORDER BY place) FROM attempts WHERE document_id = documents.id) AS attempts
FROM documents;

-- Locks documents in the order given, adding a row where there is none, and returns their dossiers as they stand then:
-- each statement of a volatile function sees what was committed before it began, so what follows a lock sees all that
-- its last holder did. The time is that after the last lock; the number of the transaction is for asking how it ended.
CREATE FUNCTION lock_dossiers(refs json) RETURNS json LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    ref json;
    found json[] := '{}';
    locked bigint;
    added boolean;
BEGIN
    FOR ref IN SELECT value FROM json_array_elements(refs) LOOP
        added := false;
        SELECT id INTO locked FROM documents WHERE kind = ref ->> 0 AND guid = ref ->> 1 FOR UPDATE;
        IF locked IS NULL THEN
            INSERT INTO documents (kind, guid) VALUES (ref ->> 0, ref ->> 1)
                ON CONFLICT (kind, guid) DO NOTHING RETURNING id INTO locked;
            added := locked IS NOT NULL;
        END IF;
        IF locked IS NULL THEN  -- another transaction added it meanwhile
            SELECT id INTO STRICT locked FROM documents WHERE kind = ref ->> 0 AND guid = ref ->> 1 FOR UPDATE;
        END IF;
        found := found || (
            SELECT json_build_object('id', id, 'added', added, 'record', record, 'links', links, 'attempts', attempts)
            FROM dossiers WHERE id = locked
        );
    END LOOP;
    RETURN json_build_object('now', clock_timestamp(), 'xid', pg_current_xact_id()::text, 'found', to_json(found));
END $$;

-- A number never comes twice, so an old note cannot be taken for a new one.
CREATE TABLE notes (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    guid text NOT NULL,
    at text NOT NULL,
    UNIQUE (kind, guid)
);

CREATE TABLE subaccounts (
    id bigint PRIMARY KEY,
    account_id bigint NOT NULL,
    account text NOT NULL,
    provider_id bigint NOT NULL,
    provider text NOT NULL,
    currency_id bigint NOT NULL,
    currency text NOT NULL,
    balance text,
    active boolean NOT NULL
);

CREATE TABLE bindings (
    contract_id text PRIMARY KEY,
    subaccount_id bigint NOT NULL,
    actor text NOT NULL,
    at text NOT NULL
);

CREATE TABLE places (adapter text PRIMARY KEY, cursor text, acknowledged text);
CREATE TABLE jobs (name text PRIMARY KEY, last_start text, last_success text);
CREATE TABLE memory (key text PRIMARY KEY, value text NOT NULL);

-- Tells a store from one that was made anew or put back from a backup under the same name.
INSERT INTO meta VALUES ('epoch', replace(gen_random_uuid()::text, '-', ''));
