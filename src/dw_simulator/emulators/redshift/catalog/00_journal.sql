-- What happened, as the emulator writes it down; the STL_, SVL_ and SYS_ views on loads, unloads and queries read it.
-- The tables are the emulator's own: no listing of Redshift's shows them.
CREATE TABLE IF NOT EXISTS pg_catalog.dw_journal_copy (
    query_id bigint NOT NULL,
    user_name text NOT NULL,
    pid integer NOT NULL,
    table_oid oid NOT NULL,
    schema_name text NOT NULL,
    table_name text NOT NULL,
    source text NOT NULL,
    format text NOT NULL,
    statement text NOT NULL,
    start_time timestamp NOT NULL,
    end_time timestamp NOT NULL,
    loaded_rows bigint NOT NULL,
    loaded_bytes bigint NOT NULL,
    error_count bigint NOT NULL,
    aborted boolean NOT NULL,
    error_message text
);
CREATE TABLE IF NOT EXISTS pg_catalog.dw_journal_copy_file (
    query_id bigint NOT NULL,
    file_name text NOT NULL,
    file_bytes bigint NOT NULL,
    scanned_rows bigint NOT NULL,
    scanned_bytes bigint NOT NULL,
    file_format text NOT NULL,
    end_time timestamp NOT NULL
);
CREATE TABLE IF NOT EXISTS pg_catalog.dw_journal_load_error (
    query_id bigint NOT NULL,
    user_name text NOT NULL,
    pid integer NOT NULL,
    table_oid oid NOT NULL,
    start_time timestamp NOT NULL,
    file_name text NOT NULL,
    line_number bigint NOT NULL,
    column_name text NOT NULL,
    column_type text NOT NULL,
    column_length text NOT NULL,
    position integer NOT NULL,
    raw_line text NOT NULL,
    raw_field_value text NOT NULL,
    error_code integer NOT NULL,
    error_reason text NOT NULL
);
CREATE TABLE IF NOT EXISTS pg_catalog.dw_journal_unload (
    query_id bigint NOT NULL,
    user_name text NOT NULL,
    pid integer NOT NULL,
    path text NOT NULL,
    format text NOT NULL,
    row_count bigint NOT NULL,
    file_bytes bigint NOT NULL,
    start_time timestamp NOT NULL,
    end_time timestamp NOT NULL
);
-- Statements (history.py). family says which of stl_query, stl_ddltext and stl_utilitytext lists them.
CREATE TABLE IF NOT EXISTS pg_catalog.dw_journal_query (
    query_id bigint NOT NULL,
    user_name text NOT NULL,
    pid integer NOT NULL,
    transaction_id bigint NOT NULL,
    label text,
    family text NOT NULL,
    query_type text NOT NULL,
    start_time timestamp NOT NULL,
    end_time timestamp,
    row_count bigint NOT NULL,
    sqlstate text,
    error_message text,
    query_text text NOT NULL
);
CREATE INDEX IF NOT EXISTS dw_journal_query_id ON pg_catalog.dw_journal_query (query_id);
-- Queries that were answered from the result of another one (reuse.py).
CREATE TABLE IF NOT EXISTS pg_catalog.dw_journal_reuse (query_id bigint PRIMARY KEY, source_query bigint NOT NULL);
-- What runs at this moment, written just before a statement reads it.
CREATE UNLOGGED TABLE IF NOT EXISTS pg_catalog.dw_journal_running (LIKE pg_catalog.dw_journal_query);
-- Nodes of their plans (explained.py): node_id counts from 1, parent_id is 0 for the root.
CREATE TABLE IF NOT EXISTS pg_catalog.dw_journal_plan (
    query_id bigint NOT NULL,
    node_id integer NOT NULL,
    parent_id integer NOT NULL,
    node text NOT NULL,
    info text,
    PRIMARY KEY (query_id, node_id)
);
-- "Visibility of data in system tables and views": superusers see all rows, others their own.
CREATE VIEW pg_catalog.dw_queries AS
SELECT q.*, (SELECT CAST(r.oid AS integer) FROM pg_roles r WHERE r.rolname = q.user_name) AS user_id
FROM (SELECT * FROM pg_catalog.dw_journal_query UNION ALL SELECT * FROM pg_catalog.dw_journal_running) q
WHERE q.user_name = current_user OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
-- What may have a plan and was not planned yet.
CREATE VIEW pg_catalog.dw_unplanned AS
SELECT query_id, query_text FROM pg_catalog.dw_queries q
WHERE end_time IS NOT NULL AND sqlstate IS NULL AND query_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
  AND NOT EXISTS (SELECT FROM pg_catalog.dw_journal_plan p WHERE p.query_id = q.query_id);
GRANT SELECT ON pg_catalog.dw_unplanned TO PUBLIC;
-- The text in pieces of 200 characters, line ends as \n.
CREATE VIEW pg_catalog.dw_query_texts AS
SELECT q.*, s.sequence, substr(q.escaped, s.sequence * 200 + 1, 200) AS piece
FROM (SELECT *, replace(query_text, E'\n', '\n') AS escaped FROM pg_catalog.dw_queries) q
CROSS JOIN LATERAL generate_series(0, greatest(length(q.escaped) - 1, 0) / 200) AS s(sequence);
