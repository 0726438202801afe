-- "STV_PARTITIONS": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_partitions AS SELECT
    CAST(NULL AS integer) AS "owner",
    CAST(NULL AS integer) AS "host",
    CAST(NULL AS integer) AS "diskno",
    CAST(NULL AS bigint) AS "part_begin",
    CAST(NULL AS bigint) AS "part_end",
    CAST(NULL AS integer) AS "used",
    CAST(NULL AS integer) AS "tossed",
    CAST(NULL AS integer) AS "capacity",
    CAST(NULL AS bigint) AS "reads",
    CAST(NULL AS bigint) AS "writes",
    CAST(NULL AS integer) AS "seek_forward",
    CAST(NULL AS integer) AS "seek_back",
    CAST(NULL AS integer) AS "is_san",
    CAST(NULL AS integer) AS "failed",
    CAST(NULL AS integer) AS "mbps",
    CAST(NULL AS char(256)) AS "mount"
WHERE false;
GRANT SELECT ON pg_catalog.stv_partitions TO PUBLIC;
