-- "SVV_IAM_PRIVILEGES": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_iam_privileges AS SELECT
    CAST(NULL AS varchar) AS "iam_arn",
    CAST(NULL AS varchar) AS "command_type",
    CAST(NULL AS integer) AS "identity_id",
    CAST(NULL AS varchar) AS "identity_name",
    CAST(NULL AS varchar) AS "identity_type"
WHERE false;
GRANT SELECT ON pg_catalog.svv_iam_privileges TO PUBLIC;
