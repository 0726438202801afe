-- "STL_EXPLAIN": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_explain AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "nodeid",
    CAST(NULL AS integer) AS "parentid",
    CAST(NULL AS char(400)) AS "plannode",
    CAST(NULL AS char(400)) AS "info"
WHERE false;
GRANT SELECT ON pg_catalog.stl_explain TO PUBLIC;
