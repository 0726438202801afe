-- "SVV_DATASHARES": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_datashares AS SELECT
    CAST(NULL AS varchar(128)) AS "share_name",
    CAST(NULL AS integer) AS "share_id",
    CAST(NULL AS integer) AS "share_owner",
    CAST(NULL AS varchar(128)) AS "source_database",
    CAST(NULL AS varchar(128)) AS "consumer_database",
    CAST(NULL AS varchar(8)) AS "share_type",
    CAST(NULL AS timestamp) AS "createdate",
    CAST(NULL AS boolean) AS "is_publicaccessible",
    CAST(NULL AS varchar(256)) AS "share_acl",
    CAST(NULL AS varchar(16)) AS "producer_account",
    CAST(NULL AS varchar(64)) AS "producer_namespace",
    CAST(NULL AS varchar(64)) AS "managed_by"
WHERE false;
GRANT SELECT ON pg_catalog.svv_datashares TO PUBLIC;
