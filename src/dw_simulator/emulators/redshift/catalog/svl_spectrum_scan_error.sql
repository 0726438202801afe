-- "SVL_SPECTRUM_SCAN_ERROR": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_spectrum_scan_error AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS char(256)) AS "location",
    CAST(NULL AS char(128)) AS "rowid",
    CAST(NULL AS char(128)) AS "colname",
    CAST(NULL AS char(128)) AS "original_value",
    CAST(NULL AS char(128)) AS "modified_value",
    CAST(NULL AS varchar) AS "trigger",
    CAST(NULL AS varchar) AS "action",
    CAST(NULL AS varchar) AS "action_value",
    CAST(NULL AS integer) AS "error_code"
WHERE false;
GRANT SELECT ON pg_catalog.svl_spectrum_scan_error TO PUBLIC;
