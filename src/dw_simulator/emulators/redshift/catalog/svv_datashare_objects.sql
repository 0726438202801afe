-- "SVV_DATASHARE_OBJECTS": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_datashare_objects AS SELECT
    CAST(NULL AS varchar(8)) AS "share_type",
    CAST(NULL AS varchar(128)) AS "share_name",
    CAST(NULL AS varchar(64)) AS "object_type",
    CAST(NULL AS varchar(512)) AS "object_name",
    CAST(NULL AS varchar(16)) AS "producer_account",
    CAST(NULL AS varchar(64)) AS "producer_namespace",
    CAST(NULL AS boolean) AS "include_new"
WHERE false;
GRANT SELECT ON pg_catalog.svv_datashare_objects TO PUBLIC;
