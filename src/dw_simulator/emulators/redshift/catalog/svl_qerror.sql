-- "SVL_QERROR": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_qerror AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS integer) AS "code",
    CAST(NULL AS char(128)) AS "context",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS char(512)) AS "error"
WHERE false;
GRANT SELECT ON pg_catalog.svl_qerror TO PUBLIC;
