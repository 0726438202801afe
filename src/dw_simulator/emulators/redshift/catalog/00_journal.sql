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
