-- "SVV_DISKUSAGE": the emulator records nothing here.
CREATE VIEW pg_catalog.svv_diskusage AS SELECT
    CAST(NULL AS integer) AS "db_id",
    CAST(NULL AS char(72)) AS "name",
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS integer) AS "col",
    CAST(NULL AS integer) AS "tbl",
    CAST(NULL AS integer) AS "blocknum",
    CAST(NULL AS integer) AS "num_values",
    CAST(NULL AS bigint) AS "minvalue",
    CAST(NULL AS bigint) AS "maxvalue",
    CAST(NULL AS integer) AS "sb_pos",
    CAST(NULL AS integer) AS "pinned",
    CAST(NULL AS integer) AS "on_disk",
    CAST(NULL AS integer) AS "modified",
    CAST(NULL AS integer) AS "hdr_modified",
    CAST(NULL AS integer) AS "unsorted",
    CAST(NULL AS integer) AS "tombstone",
    CAST(NULL AS integer) AS "preferred_diskno",
    CAST(NULL AS integer) AS "temporary",
    CAST(NULL AS integer) AS "newblock",
    CAST(NULL AS integer) AS "num_readers",
    CAST(NULL AS integer) AS "flags"
WHERE false;
GRANT SELECT ON pg_catalog.svv_diskusage TO PUBLIC;
