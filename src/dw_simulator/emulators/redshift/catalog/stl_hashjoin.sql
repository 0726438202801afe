-- "STL_HASHJOIN": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_hashjoin AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "step",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS integer) AS "tasknum",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS integer) AS "tbl",
    CAST(NULL AS integer) AS "num_parts",
    CAST(NULL AS integer) AS "join_type",
    CAST(NULL AS char(1)) AS "hash_looped",
    CAST(NULL AS char(1)) AS "switched_parts",
    CAST(NULL AS char(1)) AS "used_prefetching",
    CAST(NULL AS integer) AS "hash_segment",
    CAST(NULL AS integer) AS "hash_step",
    CAST(NULL AS bigint) AS "checksum",
    CAST(NULL AS integer) AS "distribution"
WHERE false;
GRANT SELECT ON pg_catalog.stl_hashjoin TO PUBLIC;
