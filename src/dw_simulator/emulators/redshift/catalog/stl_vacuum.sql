-- "STL_VACUUM": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_vacuum AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS char(30)) AS "status",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS integer) AS "sortedrows",
    CAST(NULL AS integer) AS "blocks",
    CAST(NULL AS integer) AS "max_merge_partitions",
    CAST(NULL AS timestamp) AS "eventtime",
    CAST(NULL AS bigint) AS "reclaimable_rows",
    CAST(NULL AS bigint) AS "reclaimable_space_mb",
    CAST(NULL AS bigint) AS "cutoff_xid",
    CAST(NULL AS integer) AS "is_recluster"
WHERE false;
GRANT SELECT ON pg_catalog.stl_vacuum TO PUBLIC;
