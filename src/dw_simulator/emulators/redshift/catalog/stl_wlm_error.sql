-- "STL_WLM_ERROR": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_wlm_error AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS char(256)) AS "error_string"
WHERE false;
GRANT SELECT ON pg_catalog.stl_wlm_error TO PUBLIC;
