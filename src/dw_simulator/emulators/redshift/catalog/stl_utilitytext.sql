-- "STL_UTILITYTEXT": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_utilitytext AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS char(320)) AS "label",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS integer) AS "sequence",
    CAST(NULL AS char(200)) AS "text"
WHERE false;
GRANT SELECT ON pg_catalog.stl_utilitytext TO PUBLIC;
