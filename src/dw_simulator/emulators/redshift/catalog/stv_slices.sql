-- "STV_SLICES".
CREATE VIEW pg_catalog.stv_slices AS
SELECT 0 AS node, s AS slice, s AS localslice, CAST('D' AS char(1)) AS type FROM generate_series(0, 1) s;
GRANT SELECT ON pg_catalog.stv_slices TO PUBLIC;
