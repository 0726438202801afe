-- "SVL_DATASHARE_CHANGE_LOG": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_datashare_change_log AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS char(128)) AS "username",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "share_id",
    CAST(NULL AS char(128)) AS "share_name",
    CAST(NULL AS integer) AS "source_database_id",
    CAST(NULL AS char(128)) AS "source_database_name",
    CAST(NULL AS integer) AS "consumer_database_id",
    CAST(NULL AS char(128)) AS "consumer_database_name",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS char(128)) AS "action",
    CAST(NULL AS integer) AS "status",
    CAST(NULL AS char(64)) AS "share_object_type",
    CAST(NULL AS integer) AS "share_object_id",
    CAST(NULL AS char(128)) AS "share_object_name",
    CAST(NULL AS char(16)) AS "target_user_type",
    CAST(NULL AS integer) AS "target_userid",
    CAST(NULL AS char(128)) AS "target_username",
    CAST(NULL AS char(16)) AS "consumer_account",
    CAST(NULL AS char(64)) AS "consumer_namespace",
    CAST(NULL AS char(16)) AS "producer_account",
    CAST(NULL AS char(64)) AS "producer_namespace"
WHERE false;
GRANT SELECT ON pg_catalog.svl_datashare_change_log TO PUBLIC;
