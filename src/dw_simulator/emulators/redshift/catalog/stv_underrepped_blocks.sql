-- "STV_UNDERREPPED_BLOCKS": the emulator records nothing here.
CREATE VIEW pg_catalog.stv_underrepped_blocks AS SELECT
    CAST(NULL AS integer) AS "table_id",
    CAST(NULL AS integer) AS "blocks"
WHERE false;
GRANT SELECT ON pg_catalog.stv_underrepped_blocks TO PUBLIC;
