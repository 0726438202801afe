-- "STL_UNIQUE": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_unique AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "step",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS integer) AS "tasknum",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS char(6)) AS "type",
    CAST(NULL AS char(1)) AS "is_diskbased",
    CAST(NULL AS integer) AS "slots",
    CAST(NULL AS bigint) AS "workmem",
    CAST(NULL AS bigint) AS "max_buffers_used",
    CAST(NULL AS integer) AS "resizes",
    CAST(NULL AS integer) AS "occupied",
    CAST(NULL AS integer) AS "flushable",
    CAST(NULL AS char(1)) AS "used_unique_prefetching",
    CAST(NULL AS bigint) AS "bytes"
WHERE false;
GRANT SELECT ON pg_catalog.stl_unique TO PUBLIC;
