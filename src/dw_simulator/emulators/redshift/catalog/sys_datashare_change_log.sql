-- "SYS_DATASHARE_CHANGE_LOG": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_datashare_change_log AS SELECT
    CAST(NULL AS integer) AS "user_id",
    CAST(NULL AS varchar(128)) AS "user_name",
    CAST(NULL AS integer) AS "session_id",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS integer) AS "share_id",
    CAST(NULL AS varchar(128)) AS "share_name",
    CAST(NULL AS integer) AS "source_database_id",
    CAST(NULL AS varchar(128)) AS "source_database_name",
    CAST(NULL AS integer) AS "consumer_database_id",
    CAST(NULL AS varchar(128)) AS "consumer_database_name",
    CAST(NULL AS timestamp) AS "record_time",
    CAST(NULL AS varchar(128)) AS "action",
    CAST(NULL AS integer) AS "status",
    CAST(NULL AS varchar(64)) AS "share_object_type",
    CAST(NULL AS integer) AS "share_object_id",
    CAST(NULL AS varchar(128)) AS "share_object_name",
    CAST(NULL AS varchar(16)) AS "target_user_type",
    CAST(NULL AS integer) AS "target_user_id",
    CAST(NULL AS varchar(128)) AS "target_user_name",
    CAST(NULL AS varchar(16)) AS "consumer_account",
    CAST(NULL AS varchar(64)) AS "consumer_namespace",
    CAST(NULL AS varchar(16)) AS "producer_account",
    CAST(NULL AS varchar(64)) AS "producer_namespace"
WHERE false;
GRANT SELECT ON pg_catalog.sys_datashare_change_log TO PUBLIC;
