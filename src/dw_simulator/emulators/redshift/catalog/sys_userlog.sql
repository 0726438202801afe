-- "SYS_USERLOG": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_userlog AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS char(50)) AS "user_name",
    CAST(NULL AS char(50)) AS "original_user_name",
    CAST(NULL AS char(10)) AS "action",
    CAST(NULL AS integer) AS "has_create_db_privs",
    CAST(NULL AS integer) AS "is_superuser",
    CAST(NULL AS integer) AS "has_update_catalog_privs",
    CAST(NULL AS timestamp) AS "password_expiration",
    CAST(NULL AS integer) AS "session_id",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS timestamp) AS "record_time"
WHERE false;
GRANT SELECT ON pg_catalog.sys_userlog TO PUBLIC;
