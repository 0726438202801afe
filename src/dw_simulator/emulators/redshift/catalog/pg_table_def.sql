-- "PG_TABLE_DEF".
CREATE VIEW pg_catalog.pg_table_def AS
SELECT nspname AS schemaname, relname AS tablename, attname AS "column", dw_type_name(atttypid, atttypmod) AS type,
       CAST(dw_encoding(oid, attnum, atttypid) AS char(32)) AS encoding, distkey, sortkey, attnotnull AS "notnull"
FROM dw_described WHERE relkind = 'r' AND nspname = ANY (current_schemas(true));
GRANT SELECT ON pg_catalog.pg_table_def TO PUBLIC;
