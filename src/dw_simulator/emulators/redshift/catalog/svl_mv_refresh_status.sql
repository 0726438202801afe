-- "SVL_MV_REFRESH_STATUS": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_mv_refresh_status AS SELECT
    CAST(NULL AS char(128)) AS "db_name",
    CAST(NULL AS bigint) AS "userid",
    CAST(NULL AS char(128)) AS "schema",
    CAST(NULL AS char(128)) AS "name",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS varchar) AS "status",
    CAST(NULL AS char(32)) AS "refresh_type"
WHERE false;
GRANT SELECT ON pg_catalog.svl_mv_refresh_status TO PUBLIC;
