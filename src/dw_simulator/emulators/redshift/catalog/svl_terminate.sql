-- "SVL_TERMINATE": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_terminate AS SELECT
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS timestamp) AS "eventtime",
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS char(32)) AS "type"
WHERE false;
GRANT SELECT ON pg_catalog.svl_terminate TO PUBLIC;
