-- "SVV_MASKING_POLICY": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_masking_policy AS SELECT
    CAST(NULL AS varchar) AS "policy_database",
    CAST(NULL AS varchar) AS "policy_name",
    CAST(NULL AS varchar) AS "input_columns",
    CAST(NULL AS varchar) AS "policy_expression",
    CAST(NULL AS varchar) AS "policy_modified_by",
    CAST(NULL AS timestamp) AS "policy_modified_time"
WHERE false;
GRANT SELECT ON pg_catalog.svv_masking_policy TO PUBLIC;
