-- "STL_SAVE": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_save AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "step",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS integer) AS "tasknum",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS bigint) AS "bytes",
    CAST(NULL AS integer) AS "tbl",
    CAST(NULL AS char(1)) AS "is_diskbased",
    CAST(NULL AS bigint) AS "workmem"
WHERE false;
GRANT SELECT ON pg_catalog.stl_save TO PUBLIC;
