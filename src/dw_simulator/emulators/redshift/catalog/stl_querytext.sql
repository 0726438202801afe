-- "STL_QUERYTEXT": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_querytext AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "sequence",
    CAST(NULL AS char(200)) AS "text"
WHERE false;
GRANT SELECT ON pg_catalog.stl_querytext TO PUBLIC;
