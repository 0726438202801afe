-- "SVV_ATTACHED_MASKING_POLICY": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_attached_masking_policy AS SELECT
    CAST(NULL AS varchar) AS "policy_name",
    CAST(NULL AS varchar) AS "schema_name",
    CAST(NULL AS varchar) AS "table_name",
    CAST(NULL AS varchar) AS "table_type",
    CAST(NULL AS varchar) AS "grantor",
    CAST(NULL AS varchar) AS "grantee",
    CAST(NULL AS varchar) AS "grantee_type",
    CAST(NULL AS integer) AS "priority",
    CAST(NULL AS varchar) AS "input_columns",
    CAST(NULL AS varchar) AS "output_columns"
WHERE false;
GRANT SELECT ON pg_catalog.svv_attached_masking_policy TO PUBLIC;
