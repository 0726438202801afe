-- "SVL_RESTORE_ALTER_TABLE_PROGRESS": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_restore_alter_table_progress AS SELECT
    CAST(NULL AS integer) AS "tbl",
    CAST(NULL AS char(128)) AS "table_name",
    CAST(NULL AS varchar(128)) AS "status"
WHERE false;
GRANT SELECT ON pg_catalog.svl_restore_alter_table_progress TO PUBLIC;
