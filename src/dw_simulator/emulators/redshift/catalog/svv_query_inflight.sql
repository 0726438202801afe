-- "SVV_QUERY_INFLIGHT": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_query_inflight AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS integer) AS "suspended",
    CAST(NULL AS char(200)) AS "text",
    CAST(NULL AS integer) AS "sequence"
WHERE false;
GRANT SELECT ON pg_catalog.svv_query_inflight TO PUBLIC;
