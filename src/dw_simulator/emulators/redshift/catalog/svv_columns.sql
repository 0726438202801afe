-- "SVV_COLUMNS".
CREATE VIEW pg_catalog.svv_columns AS
SELECT CAST(current_database() AS varchar) AS table_catalog, CAST(nspname AS varchar) AS table_schema, CAST(relname AS varchar) AS table_name,
       CAST(attname AS varchar) AS column_name, CAST(attnum AS integer) AS ordinal_position, CAST(column_default AS varchar) AS column_default,
       CAST(CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END AS varchar) AS is_nullable, dw_data_type(atttypid) AS data_type,
       dw_length(atttypid, atttypmod) AS character_maximum_length, dw_precision(atttypid, atttypmod) AS numeric_precision,
       CASE WHEN atttypid IN (20, 21, 23, 700, 701) THEN 2 WHEN atttypid = 1700 THEN 10 END AS numeric_precision_radix, dw_scale(atttypid, atttypmod) AS numeric_scale,
       CASE WHEN atttypid IN (1083, 1114, 1184, 1266) THEN 6 END AS datetime_precision, CAST(NULL AS varchar) AS interval_type, CAST(NULL AS varchar) AS interval_precision,
       CAST(NULL AS varchar) AS character_set_catalog, CAST(NULL AS varchar) AS character_set_schema, CAST(NULL AS varchar) AS character_set_name,
       CAST(NULL AS varchar) AS collation_catalog, CAST(NULL AS varchar) AS collation_schema, CAST(NULL AS varchar) AS collation_name,
       CAST(NULL AS varchar) AS domain_name, CAST(remarks AS varchar) AS remarks
FROM dw_described;
GRANT SELECT ON pg_catalog.svv_columns TO PUBLIC;
