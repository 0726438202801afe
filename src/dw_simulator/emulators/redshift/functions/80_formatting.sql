-- "Data type formatting functions".

-- L is the dollar sign, and the time zone of a timestamp without one is UTC.
CREATE FUNCTION pg_catalog.dw_dollar(formatted text, format text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 ~* '^l' THEN overlay($1 PLACING '$' FROM 1 FOR 1) ELSE $1 END;
CREATE FUNCTION pg_catalog.dw_to_char(numeric, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN dw_dollar(to_char($1, $2), $2);
CREATE FUNCTION pg_catalog.dw_to_char(bigint, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN dw_dollar(to_char($1, $2), $2);
CREATE FUNCTION pg_catalog.dw_to_char(integer, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN dw_dollar(to_char($1, $2), $2);
CREATE FUNCTION pg_catalog.dw_to_char(double precision, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN dw_dollar(to_char($1, $2), $2);
CREATE FUNCTION pg_catalog.dw_to_char(timestamp, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char($1, replace(replace($2, 'TZ', '"UTC"'), 'tz', '"utc"'));
CREATE FUNCTION pg_catalog.dw_to_char(timestamptz, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN to_char($1, $2);
CREATE FUNCTION pg_catalog.dw_to_char(date, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN dw_to_char(CAST($1 AS timestamp), $2);
CREATE FUNCTION pg_catalog.dw_to_char(interval, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN to_char($1, $2);
CREATE FUNCTION pg_catalog.dw_to_char(time, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN to_char(CAST($1 AS interval), $2);
CREATE FUNCTION pg_catalog.dw_to_char(super, text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE RETURN dw_to_char(dw_super_numeric($1), $2);
CREATE FUNCTION pg_catalog.to_date(text, text, boolean) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN to_date($1, $2);
-- Hours past 23 carry over into the next day unless the third argument asks to be strict.
CREATE FUNCTION pg_catalog.dw_to_timestamp(text, text, boolean DEFAULT false) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
    hours integer;
BEGIN
    RETURN to_timestamp($1, $2);
EXCEPTION WHEN datetime_field_overflow THEN
    hours := CAST(substring($1 FROM '([0-9]+):[0-9]+') AS integer);
    IF $3 OR hours IS NULL OR hours < 24 THEN
        RAISE EXCEPTION 'date/time field value out of range: %.0', coalesce(substring($1 FROM '[0-9]+:[0-9:]+'), $1) USING ERRCODE = '22008';
    END IF;
    RETURN to_timestamp(regexp_replace($1, '[0-9]+:', '00:'), $2) + make_interval(hours => hours);
END$$;
CREATE FUNCTION pg_catalog.dw_to_timestamp(timestamp, text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE RETURN CAST($1 AS timestamptz);

-- Teradata-style numbers: a sign may follow.
CREATE FUNCTION pg_catalog.dw_alt(text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN btrim($1) = '' THEN NULL
                WHEN right(btrim($1), 1) IN ('+', '-') THEN CAST(right(btrim($1), 1) || left(btrim($1), -1) AS numeric)
                ELSE CAST(btrim($1) AS numeric) END;
CREATE FUNCTION pg_catalog.text_to_numeric_alt(text, integer DEFAULT 38, integer DEFAULT 0) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN round(dw_alt($1), $3);
CREATE FUNCTION pg_catalog.text_to_int_alt(text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(dw_alt($1) AS integer);
