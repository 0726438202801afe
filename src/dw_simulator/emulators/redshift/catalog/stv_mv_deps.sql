-- "STV_MV_DEPS": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_mv_deps AS SELECT
    CAST(NULL AS char(128)) AS "db_name",
    CAST(NULL AS char(128)) AS "schema",
    CAST(NULL AS char(128)) AS "name",
    CAST(NULL AS char(128)) AS "ref_schema",
    CAST(NULL AS char(128)) AS "ref_name",
    CAST(NULL AS char(128)) AS "ref_database_name"
WHERE false;
GRANT SELECT ON pg_catalog.stv_mv_deps TO PUBLIC;
