-- "SYS_ANALYZE_COMPRESSION_HISTORY": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_analyze_compression_history AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS char(128)) AS "table_name",
    CAST(NULL AS integer) AS "column_position",
    CAST(NULL AS char(15)) AS "old_encoding",
    CAST(NULL AS char(15)) AS "new_encoding",
    CAST(NULL AS char(14)) AS "mode"
WHERE false;
GRANT SELECT ON pg_catalog.sys_analyze_compression_history TO PUBLIC;
