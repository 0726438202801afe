-- "SVL_QUERY_REPORT": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_query_report AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "step",
    CAST(NULL AS timestamp) AS "start_time",
    CAST(NULL AS timestamp) AS "end_time",
    CAST(NULL AS bigint) AS "elapsed_time",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS bigint) AS "bytes",
    CAST(NULL AS char(256)) AS "label",
    CAST(NULL AS char(1)) AS "is_diskbased",
    CAST(NULL AS bigint) AS "workmem",
    CAST(NULL AS char(1)) AS "is_rrscan",
    CAST(NULL AS char(1)) AS "is_delayed_scan",
    CAST(NULL AS bigint) AS "rows_pre_filter"
WHERE false;
GRANT SELECT ON pg_catalog.svl_query_report TO PUBLIC;
