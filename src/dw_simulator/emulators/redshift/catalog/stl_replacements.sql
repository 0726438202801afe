-- "STL_REPLACEMENTS": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_replacements AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS integer) AS "tbl",
    CAST(NULL AS timestamp) AS "starttime",
    CAST(NULL AS integer) AS "session",
    CAST(NULL AS char(256)) AS "filename",
    CAST(NULL AS bigint) AS "line_number",
    CAST(NULL AS char(127)) AS "colname",
    CAST(NULL AS char(1024)) AS "raw_line"
WHERE false;
GRANT SELECT ON pg_catalog.stl_replacements TO PUBLIC;
