-- "Data type formatting functions".

CREATE FUNCTION pg_catalog.to_char(date, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN to_char(CAST($1 AS timestamp), $2);
CREATE FUNCTION pg_catalog.to_char(super, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN to_char(dw_super_numeric($1), $2);
CREATE FUNCTION pg_catalog.to_date(text, text, boolean) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN to_date($1, $2);
CREATE FUNCTION pg_catalog.to_timestamp(timestamp, text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE RETURN CAST($1 AS timestamptz);
-- Teradata-style numbers: a sign may follow.
CREATE FUNCTION pg_catalog.dw_alt(text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN btrim($1) = '' THEN NULL
                WHEN right(btrim($1), 1) IN ('+', '-') THEN CAST(right(btrim($1), 1) || left(btrim($1), -1) AS numeric)
                ELSE CAST(btrim($1) AS numeric) END;
CREATE FUNCTION pg_catalog.text_to_numeric_alt(text, integer DEFAULT 38, integer DEFAULT 0) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN round(dw_alt($1), $3);
CREATE FUNCTION pg_catalog.text_to_int_alt(text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(dw_alt($1) AS integer);
