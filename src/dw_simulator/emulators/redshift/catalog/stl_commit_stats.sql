-- "STL_COMMIT_STATS": the emulator records nothing here.
CREATE VIEW pg_catalog.stl_commit_stats AS SELECT
    CAST(NULL AS bigint) AS "xid",
    CAST(NULL AS integer) AS "node",
    CAST(NULL AS timestamp) AS "startqueue",
    CAST(NULL AS timestamp) AS "startwork",
    CAST(NULL AS timestamp) AS "endtime",
    CAST(NULL AS bigint) AS "queuelen",
    CAST(NULL AS bigint) AS "permblocks",
    CAST(NULL AS bigint) AS "newblocks",
    CAST(NULL AS bigint) AS "dirtyblocks",
    CAST(NULL AS bigint) AS "headers",
    CAST(NULL AS integer) AS "numxids",
    CAST(NULL AS bigint) AS "oldestxid",
    CAST(NULL AS bigint) AS "extwritelatency",
    CAST(NULL AS integer) AS "metadatawritten",
    CAST(NULL AS bigint) AS "tombstonedblocks",
    CAST(NULL AS bigint) AS "tossedblocks",
    CAST(NULL AS bigint) AS "batched_by"
WHERE false;
GRANT SELECT ON pg_catalog.stl_commit_stats TO PUBLIC;
