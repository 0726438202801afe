-- "SVV_REDSHIFT_COLUMNS".
CREATE VIEW pg_catalog.svv_redshift_columns AS
SELECT CAST(current_database() AS varchar(128)) AS database_name, CAST(nspname AS varchar(128)) AS schema_name, CAST(relname AS varchar(128)) AS table_name,
       CAST(attname AS varchar(128)) AS column_name, CAST(attnum AS integer) AS ordinal_position, CAST(dw_type_name(atttypid, atttypmod) AS varchar(32)) AS data_type,
       CAST(column_default AS varchar(4000)) AS column_default, CAST(CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END AS varchar(3)) AS is_nullable,
       CAST(dw_encoding(oid, attnum, atttypid) AS varchar(128)) AS encoding, distkey, sortkey, CAST(array_to_string(attacl, '~') AS varchar(128)) AS column_acl,
       CAST(remarks AS varchar(256)) AS remarks
FROM dw_described WHERE nspname <> 'pg_catalog';
GRANT SELECT ON pg_catalog.svv_redshift_columns TO PUBLIC;
