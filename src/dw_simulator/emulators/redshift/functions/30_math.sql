-- "Math functions".

CREATE FUNCTION pg_catalog.round(double precision, integer) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(round(CAST($1 AS numeric), $2) AS double precision);
CREATE FUNCTION pg_catalog.trunc(double precision, integer) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(trunc(CAST($1 AS numeric), $2) AS double precision);
CREATE FUNCTION pg_catalog.pow(double precision, integer) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN power($1, CAST($2 AS double precision));
CREATE FUNCTION pg_catalog.to_hex(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN encode(convert_to($1, 'UTF8'), 'hex');
CREATE FUNCTION pg_catalog.to_hex(bytea) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN encode($1, 'hex');
CREATE FUNCTION pg_catalog.from_hex(text) RETURNS varbyte LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN decode($1, 'hex');
CREATE FUNCTION pg_catalog.dw_divide(numeric, numeric, integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN trunc(round($1, greatest($3, scale($1))) / $2, $3);
-- Averages keep the kind of their argument: integers give an integer, decimals their scale, both cut off.
CREATE FUNCTION pg_catalog.dw_avg(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN $1 / nullif($2, 0);
CREATE FUNCTION pg_catalog.dw_avg(numeric, bigint) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 > 0 THEN trunc($1 / $2, scale($1)) END;
CREATE FUNCTION pg_catalog.dw_avg(double precision, bigint) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 > 0 THEN $1 / $2 END;
CREATE FUNCTION pg_catalog.dw_avg(interval, bigint) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 > 0 THEN $1 / $2 END;
