-- "SVL_COMPILE": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_compile AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "locus",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS integer) AS "compile"
WHERE false;
GRANT SELECT ON pg_catalog.svl_compile TO PUBLIC;
