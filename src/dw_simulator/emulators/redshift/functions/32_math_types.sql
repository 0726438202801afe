-- "Math functions": what they return is of the type of their argument, or DOUBLE PRECISION as documented.
DO $do$
DECLARE
    kind text;
    name text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['smallint', 'integer', 'bigint'] LOOP
        FOREACH name IN ARRAY ARRAY['ceil', 'ceiling', 'floor', 'round', 'trunc'] LOOP
            EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.%I(%2$s) RETURNS %2$s LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1', name, kind);
        END LOOP;
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.sign(%1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(sign(CAST($1 AS numeric)) AS %1$s)', kind);
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.round(%1$s, integer) RETURNS %1$s LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(round(CAST($1 AS numeric), $2) AS %1$s)', kind);
        EXECUTE format('CREATE OR REPLACE FUNCTION pg_catalog.trunc(%1$s, integer) RETURNS %1$s LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(trunc(CAST($1 AS numeric), $2) AS %1$s)', kind);
    END LOOP;
END$do$;
CREATE FUNCTION pg_catalog.dw_power(double precision, double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN power($1, $2);
CREATE FUNCTION pg_catalog.dw_sqrt(double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN sqrt($1);
CREATE FUNCTION pg_catalog.dw_exp(double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN exp($1);
CREATE FUNCTION pg_catalog.dw_log(double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN log($1);
CREATE FUNCTION pg_catalog.dw_log(numeric, numeric) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(log($1, $2) AS double precision);
-- The root of a cube is exact.
CREATE FUNCTION pg_catalog.dw_cbrt(double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN round(cbrt($1)) * round(cbrt($1)) * round(cbrt($1)) = $1 THEN round(cbrt($1)) ELSE cbrt($1) END;
-- MEDIAN of dates and times: of their seconds.
CREATE FUNCTION pg_catalog.dw_seconds(timestamp) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(extract(epoch FROM $1) AS double precision);
CREATE FUNCTION pg_catalog.dw_from_seconds(double precision) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN timestamp '1970-01-01' + make_interval(secs => $1);
