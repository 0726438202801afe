-- "SVL_USER_INFO": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_user_info AS SELECT
    CAST(NULL AS char(128)) AS "usename",
    CAST(NULL AS integer) AS "usesysid",
    CAST(NULL AS boolean) AS "usecreatedb",
    CAST(NULL AS boolean) AS "usesuper",
    CAST(NULL AS boolean) AS "usecatupd",
    CAST(NULL AS varchar) AS "useconnlimit",
    CAST(NULL AS varchar) AS "syslogaccess",
    CAST(NULL AS timestamp) AS "last_ddl_ts",
    CAST(NULL AS integer) AS "sessiontimeout",
    CAST(NULL AS varchar) AS "external_user_id"
WHERE false;
GRANT SELECT ON pg_catalog.svl_user_info TO PUBLIC;
