-- "STV_TBL_TRANS": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_tbl_trans AS SELECT
    CAST(NULL AS integer) AS "slice",
    CAST(NULL AS integer) AS "id",
    CAST(NULL AS bigint) AS "rows",
    CAST(NULL AS bigint) AS "size",
    CAST(NULL AS bigint) AS "query_id",
    CAST(NULL AS integer) AS "ref_cnt",
    CAST(NULL AS integer) AS "from_suspended",
    CAST(NULL AS integer) AS "prep_swap"
WHERE false;
GRANT SELECT ON pg_catalog.stv_tbl_trans TO PUBLIC;
