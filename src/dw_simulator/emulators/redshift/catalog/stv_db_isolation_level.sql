-- "STV_DB_ISOLATION_LEVEL".
CREATE VIEW pg_catalog.stv_db_isolation_level AS
SELECT CAST(datname AS char(128)) AS db_name, CAST('Snapshot Isolation' AS char(20)) AS isolation_level FROM pg_database WHERE datallowconn AND datname NOT IN ('template1', 'postgres');
GRANT SELECT ON pg_catalog.stv_db_isolation_level TO PUBLIC;
