-- "SVV_ALTER_TABLE_RECOMMENDATIONS": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_alter_table_recommendations AS SELECT
    CAST(NULL AS char(30)) AS "type",
    CAST(NULL AS char(128)) AS "database",
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS integer) AS "group_id",
    CAST(NULL AS char(1024)) AS "ddl",
    CAST(NULL AS char(1)) AS "auto_eligible"
WHERE false;
GRANT SELECT ON pg_catalog.svv_alter_table_recommendations TO PUBLIC;
