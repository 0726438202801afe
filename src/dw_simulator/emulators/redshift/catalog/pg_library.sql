-- "PG_LIBRARY": the emulator records nothing here.
CREATE VIEW pg_catalog.pg_library AS SELECT
    CAST(NULL AS name) AS "name",
    CAST(NULL AS oid) AS "language_oid",
    CAST(NULL AS integer) AS "file_store_id",
    CAST(NULL AS integer) AS "owner"
WHERE false;
GRANT SELECT ON pg_catalog.pg_library TO PUBLIC;
