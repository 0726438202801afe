-- "SVL_VACUUM_PERCENTAGE": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_vacuum_percentage AS SELECT
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS bigint) AS "percentage"
WHERE false;
GRANT SELECT ON pg_catalog.svl_vacuum_percentage TO PUBLIC;
