-- "STL_QUERY": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_query AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS char(320)) AS "label",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS char(32)) AS "database",
    CAST(NULL AS char(4000)) AS "querytxt",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS integer) AS "aborted",
    CAST(NULL AS integer) AS "insert_pristine",
    CAST(NULL AS integer) AS "concurrency_scaling_status"
WHERE false;
GRANT SELECT ON pg_catalog.stl_query TO PUBLIC;
