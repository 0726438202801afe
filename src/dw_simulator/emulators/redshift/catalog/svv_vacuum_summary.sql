-- "SVV_VACUUM_SUMMARY": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_vacuum_summary AS SELECT
    CAST(NULL AS varchar) AS "table_name",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS bigint) AS "sort_partitions",
    CAST(NULL AS bigint) AS "merge_increments",
    CAST(NULL AS bigint) AS "elapsed_time",
    CAST(NULL AS bigint) AS "row_delta",
    CAST(NULL AS bigint) AS "sortedrow_delta",
    CAST(NULL AS integer) AS "block_delta",
    CAST(NULL AS integer) AS "max_merge_partitions"
WHERE false;
GRANT SELECT ON pg_catalog.svv_vacuum_summary TO PUBLIC;
