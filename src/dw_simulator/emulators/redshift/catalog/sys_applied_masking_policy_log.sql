-- "SYS_APPLIED_MASKING_POLICY_LOG": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_applied_masking_policy_log AS SELECT
    CAST(NULL AS varchar) AS "policy_name",
    CAST(NULL AS varchar) AS "user_id",
    CAST(NULL AS timestamp) AS "record_time",
    CAST(NULL AS integer) AS "session_id",
    CAST(NULL AS bigint) AS "transaction_id",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS varchar) AS "database_name",
    CAST(NULL AS varchar) AS "relation_name",
    CAST(NULL AS varchar) AS "schema_name",
    CAST(NULL AS varchar) AS "relation_kind"
WHERE false;
GRANT SELECT ON pg_catalog.sys_applied_masking_policy_log TO PUBLIC;
