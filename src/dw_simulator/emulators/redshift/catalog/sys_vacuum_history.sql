-- "SYS_VACUUM_HISTORY": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_vacuum_history AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS varchar) AS "database_name",
    CAST(NULL AS varchar) AS "schema_name",
    CAST(NULL AS varchar) AS "table_name",
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS char(30)) AS "vacuum_type",
    CAST(NULL AS boolean) AS "is_automatic",
    CAST(NULL AS varchar) AS "status",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS timestamp) AS "end_time",
    CAST(NULL AS timestamp) AS "record_time",
    CAST(NULL AS bigint) AS "total_rows",
    CAST(NULL AS bigint) AS "sorted_rows",
    CAST(NULL AS bigint) AS "tombstoned_blocks",
    CAST(NULL AS bigint) AS "reclaimable_rows",
    CAST(NULL AS bigint) AS "reclaimable_space_mb"
WHERE false;
GRANT SELECT ON pg_catalog.sys_vacuum_history TO PUBLIC;
