-- "STL_PLAN_INFO": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_plan_info AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "nodeid",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "step",
    CAST(NULL AS integer) AS "locus",
    CAST(NULL AS integer) AS "plannode",
    CAST(NULL AS double precision) AS "startupcost",
    CAST(NULL AS double precision) AS "totalcost",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS bigint) AS "bytes"
WHERE false;
GRANT SELECT ON pg_catalog.stl_plan_info TO PUBLIC;
