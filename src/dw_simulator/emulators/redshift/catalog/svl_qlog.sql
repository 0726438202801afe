-- "SVL_QLOG": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_qlog AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS bigint) AS "elapsed",
    CAST(NULL AS integer) AS "aborted",
    CAST(NULL AS char(320)) AS "label",
    CAST(NULL AS char(60)) AS "substring",
    CAST(NULL AS integer) AS "source_query",
    CAST(NULL AS varchar) AS "concurrency_scaling_status_txt",
    CAST(NULL AS integer) AS "from_sp_call"
WHERE false;
GRANT SELECT ON pg_catalog.svl_qlog TO PUBLIC;
