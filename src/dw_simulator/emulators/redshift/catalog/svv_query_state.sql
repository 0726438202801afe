-- "SVV_QUERY_STATE": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_query_state AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "seg",
    CAST(NULL AS integer) AS "step",
    CAST(NULL AS integer) AS "maxtime",
    CAST(NULL AS integer) AS "avgtime",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS bigint) AS "bytes",
    CAST(NULL AS integer) AS "cpu",
    CAST(NULL AS bigint) AS "memory",
    CAST(NULL AS double precision) AS "rate_row",
    CAST(NULL AS double precision) AS "rate_byte",
    CAST(NULL AS char(25)) AS "label",
    CAST(NULL AS char(1)) AS "is_diskbased",
    CAST(NULL AS bigint) AS "workmem",
    CAST(NULL AS integer) AS "num_parts",
    CAST(NULL AS char(1)) AS "is_rrscan",
    CAST(NULL AS char(1)) AS "is_delayed_scan"
WHERE false;
GRANT SELECT ON pg_catalog.svv_query_state TO PUBLIC;
