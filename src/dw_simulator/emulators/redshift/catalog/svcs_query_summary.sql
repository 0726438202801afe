-- "SVCS_QUERY_SUMMARY": the emulator records nothing here.
CREATE VIEW pg_catalog.svcs_query_summary AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "stm",
    CAST(NULL AS integer) AS "seg",
    CAST(NULL AS integer) AS "step",
    CAST(NULL AS bigint) AS "maxtime",
    CAST(NULL AS bigint) AS "avgtime",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS bigint) AS "bytes",
    CAST(NULL AS double precision) AS "rate_row",
    CAST(NULL AS double precision) AS "rate_byte",
    CAST(NULL AS varchar) AS "label",
    CAST(NULL AS char(1)) AS "is_diskbased",
    CAST(NULL AS bigint) AS "workmem",
    CAST(NULL AS char(1)) AS "is_rrscan",
    CAST(NULL AS char(1)) AS "is_delayed_scan",
    CAST(NULL AS bigint) AS "rows_pre_filter"
WHERE false;
GRANT SELECT ON pg_catalog.svcs_query_summary TO PUBLIC;
