-- "SYS_MV_REFRESH_HISTORY": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_mv_refresh_history AS SELECT
    CAST(NULL AS char(128)) AS "database_name",
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS char(128)) AS "schema_name",
    CAST(NULL AS char(128)) AS "mv_name",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS char(32)) AS "refresh_type",
    CAST(NULL AS varchar) AS "status",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS timestamp) AS "end_time",
    CAST(NULL AS bigint) AS "duration",
    CAST(NULL AS bigint) AS "consumer_query_id",
    CAST(NULL AS bigint) AS "query_id"
WHERE false;
GRANT SELECT ON pg_catalog.sys_mv_refresh_history TO PUBLIC;
