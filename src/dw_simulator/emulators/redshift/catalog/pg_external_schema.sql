-- "PG_EXTERNAL_SCHEMA": the emulator records nothing here.
CREATE VIEW pg_catalog.pg_external_schema AS SELECT
    CAST(NULL AS oid) AS "esoid",
    CAST(NULL AS smallint) AS "eskind",
    CAST(NULL AS varchar) AS "esdbname",
    CAST(NULL AS varchar) AS "esoptions"
WHERE false;
GRANT SELECT ON pg_catalog.pg_external_schema TO PUBLIC;
