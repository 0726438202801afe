-- "STL_WLM_RULE_ACTION": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_wlm_rule_action AS SELECT
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "query",
    CAST(NULL AS integer) AS "service_class",
    CAST(NULL AS char(256)) AS "rule",
    CAST(NULL AS char(256)) AS "action",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS char(256)) AS "action_value",
    CAST(NULL AS char(64)) AS "service_class_name"
WHERE false;
GRANT SELECT ON pg_catalog.stl_wlm_rule_action TO PUBLIC;
