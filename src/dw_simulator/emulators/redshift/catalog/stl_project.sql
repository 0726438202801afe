-- "STL_PROJECT": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_project AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "step",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS integer) AS "tasknum",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS bigint) AS "checksum"
WHERE false;
GRANT SELECT ON pg_catalog.stl_project TO PUBLIC;
