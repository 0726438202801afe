-- "PG_STATISTIC_INDICATOR": the emulator records nothing here.
CREATE VIEW pg_catalog.pg_statistic_indicator AS SELECT
    CAST(NULL AS oid) AS "stairelid",
    CAST(NULL AS double precision) AS "stairows",
    CAST(NULL AS double precision) AS "staiins",
    CAST(NULL AS double precision) AS "staidels"
WHERE false;
GRANT SELECT ON pg_catalog.pg_statistic_indicator TO PUBLIC;
