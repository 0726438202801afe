-- "PG_DATABASE_INFO".
CREATE VIEW pg_catalog.pg_database_info AS
SELECT CAST(d.oid AS integer) AS datid, d.datname, d.datdba, d.encoding, d.datistemplate, d.datallowconn, CAST(NULL AS text[]) AS datconfig, d.datacl,
       CAST(CASE d.datconnlimit WHEN -1 THEN 'UNLIMITED' ELSE CAST(d.datconnlimit AS text) END AS text) AS datconnlimit
FROM pg_database d WHERE d.datname <> 'postgres';
GRANT SELECT ON pg_catalog.pg_database_info TO PUBLIC;
