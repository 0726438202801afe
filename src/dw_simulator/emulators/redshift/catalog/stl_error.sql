-- "STL_ERROR": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_error AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS char(12)) AS "process",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS integer) AS "errcode",
    CAST(NULL AS char(90)) AS "file",
    CAST(NULL AS integer) AS "linenum",
    CAST(NULL AS char(100)) AS "context",
    CAST(NULL AS char(512)) AS "error"
WHERE false;
GRANT SELECT ON pg_catalog.stl_error TO PUBLIC;
