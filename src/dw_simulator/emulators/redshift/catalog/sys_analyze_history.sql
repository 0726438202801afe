-- "SYS_ANALYZE_HISTORY": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_analyze_history AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS char(30)) AS "database_name",
    CAST(NULL AS char(128)) AS "schema_name",
    CAST(NULL AS char(128)) AS "table_name",
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS char(1)) AS "is_automatic",
    CAST(NULL AS char(15)) AS "status",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS timestamp) AS "end_time",
    CAST(NULL AS double precision) AS "rows",
    CAST(NULL AS double precision) AS "modified_rows",
    CAST(NULL AS integer) AS "modified_threshold",
    CAST(NULL AS char(1)) AS "is_background",
    CAST(NULL AS char(100)) AS "auto_analyze_phase"
WHERE false;
GRANT SELECT ON pg_catalog.sys_analyze_history TO PUBLIC;
