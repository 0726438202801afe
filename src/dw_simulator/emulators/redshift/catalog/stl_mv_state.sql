-- "STL_MV_STATE": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_mv_state AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS char(500)) AS "event_desc",
    CAST(NULL AS char(128)) AS "db_name",
    CAST(NULL AS char(128)) AS "base_table_schema",
    CAST(NULL AS char(128)) AS "base_table_name",
    CAST(NULL AS char(128)) AS "mv_schema",
    CAST(NULL AS char(128)) AS "mv_name",
    CAST(NULL AS char(32)) AS "state"
WHERE false;
GRANT SELECT ON pg_catalog.stl_mv_state TO PUBLIC;
