-- "SVV_ALL_COLUMNS".
CREATE VIEW pg_catalog.svv_all_columns AS
SELECT CAST(current_database() AS varchar(128)) AS database_name, CAST(nspname AS varchar(128)) AS schema_name, CAST(relname AS varchar(128)) AS table_name,
       CAST(attname AS varchar(128)) AS column_name, CAST(attnum AS integer) AS ordinal_position, CAST(column_default AS varchar(4000)) AS column_default,
       CAST(CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END AS varchar(3)) AS is_nullable, CAST(dw_data_type(atttypid) AS varchar(128)) AS data_type,
       dw_length(atttypid, atttypmod) AS character_maximum_length, dw_precision(atttypid, atttypmod) AS numeric_precision, dw_scale(atttypid, atttypmod) AS numeric_scale,
       CAST(remarks AS varchar(256)) AS remarks
FROM dw_described WHERE nspname <> 'pg_catalog';
GRANT SELECT ON pg_catalog.svv_all_columns TO PUBLIC;
