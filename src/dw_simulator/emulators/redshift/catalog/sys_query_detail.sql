-- "SYS_QUERY_DETAIL": of each statement that wrote into a table, the step that wrote it. The table is the one that has the
-- statement's name for it now, unless that was made later.
CREATE FUNCTION pg_catalog.dw_written_table(statement text) RETURNS oid LANGUAGE sql STABLE
    RETURN to_regclass(regexp_replace((regexp_match($1,
        '^(?:\s|--[^\n]*\n|/[*].*?[*]/)*(?:insert\s+into|update|delete\s+(?:from\s+)?|merge\s+into|copy|create\s+(?:local\s+)?(?:temp\s+|temporary\s+)?table(?:\s+if\s+not\s+exists)?)'
        '\s*((?:"(?:[^"]|"")+"|[[:alpha:]_#][\w$#]*)(?:\s*[.]\s*(?:"(?:[^"]|"")+"|[[:alpha:]_#][\w$#]*)){0,2})', 'i'))[1],
        '^(?:"' || current_database() || '"|' || current_database() || ')\s*[.]\s*(?=.*[.])', '', 'i'));
CREATE VIEW pg_catalog.sys_query_detail AS SELECT
    q.user_id AS "user_id",
    q.query_id AS "query_id",
    1 AS "child_query_sequence",
    0 AS "stream_id",
    0 AS "segment_id",
    1 AS "step_id",
    CAST(q.step AS varchar) AS "step_name",
    CAST(r.oid AS integer) AS "table_id",
    CAST(current_database() || '.' || r.nspname || '.' || r.relname AS char(136)) AS "table_name",
    CAST('f' AS char(1)) AS "is_rrscan",
    q.start_time AS "start_time",
    q.end_time AS "end_time",
    CAST(extract(epoch FROM q.end_time - q.start_time) * 1000000 AS bigint) AS "duration",
    CAST(NULL AS varchar) AS "alert",
    CAST(0 AS bigint) AS "input_bytes",
    q.row_count AS "input_rows",
    CAST(0 AS bigint) AS "output_bytes",
    q.row_count AS "output_rows",
    CAST(0 AS bigint) AS "blocks_read",
    CAST(0 AS bigint) AS "blocks_write",
    CAST(0 AS bigint) AS "local_read_io",
    CAST(0 AS bigint) AS "remote_read_io",
    CAST('local' AS varchar) AS "source",
    0 AS "data_skewness",
    0 AS "time_skewness",
    CAST('f' AS char(1)) AS "is_active",
    CAST(0 AS bigint) AS "spilled_block_local_disk",
    CAST(0 AS bigint) AS "spilled_block_remote_disk",
    CAST(NULL AS char(64)) AS "step_attribute"
FROM (SELECT *, CASE query_type WHEN 'DELETE' THEN 'delete' ELSE 'insert' END AS step, dw_written_table(query_text) AS written FROM dw_queries
       WHERE query_type IN ('INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COPY', 'CTAS') AND sqlstate IS NULL AND end_time IS NOT NULL) q
JOIN dw_relations r ON r.oid = q.written LEFT JOIN dw_tables t ON t.relid = r.oid
WHERE t.created IS NULL OR q.end_time >= t.created;
GRANT SELECT ON pg_catalog.sys_query_detail TO PUBLIC;
