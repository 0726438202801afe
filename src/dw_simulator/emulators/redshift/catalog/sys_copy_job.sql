-- "SYS_COPY_JOB": the emulator records nothing here.
CREATE VIEW pg_catalog.sys_copy_job AS SELECT
    CAST(NULL AS bigint) AS "job_id",
    CAST(NULL AS varchar) AS "job_name",
    CAST(NULL AS varchar) AS "data_source",
    CAST(NULL AS varchar) AS "copy_query",
    CAST(NULL AS varchar) AS "filename_column",
    CAST(NULL AS varchar) AS "iam_role",
    CAST(NULL AS integer) AS "is_auto",
    CAST(NULL AS integer) AS "job_owner",
    CAST(NULL AS integer) AS "job_status"
WHERE false;
GRANT SELECT ON pg_catalog.sys_copy_job TO PUBLIC;
