-- "SVL_DATASHARE_CROSS_REGION_USAGE": the emulator records nothing here.
CREATE VIEW pg_catalog.svl_datashare_cross_region_usage AS SELECT
    CAST(NULL AS bigint) AS "query",
    CAST(NULL AS integer) AS "segment",
    CAST(NULL AS integer) AS "userid",
    CAST(NULL AS integer) AS "pid",
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS timestamp) AS "recordtime",
    CAST(NULL AS bigint) AS "transferred_data",
    CAST(NULL AS char(64)) AS "source_region"
WHERE false;
GRANT SELECT ON pg_catalog.svl_datashare_cross_region_usage TO PUBLIC;
