-- "STV_ACTIVE_CURSORS": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_active_cursors AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS char(256)) AS "name",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS bigint) AS "row_count",
    CAST(NULL AS bigint) AS "byte_count",
    CAST(NULL AS bigint) AS "fetched_rows"
WHERE false;
GRANT SELECT ON pg_catalog.stv_active_cursors TO PUBLIC;
