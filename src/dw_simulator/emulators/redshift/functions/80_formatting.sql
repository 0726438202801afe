-- "Data type formatting functions".

-- L is the dollar sign, and the time zone of a timestamp without one is UTC.
CREATE FUNCTION pg_catalog.dw_dollar(formatted text, format text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $2 ~* '^l' THEN overlay($1 PLACING '$' FROM 1 FOR 1) ELSE $1 END;
-- "TO_NUMBER": FM is about what is printed, and takes nothing from what is read.
CREATE FUNCTION pg_catalog.dw_to_number(text, text) RETURNS numeric LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'numeric_to_number';
CREATE OR REPLACE FUNCTION pg_catalog.to_number(text, text) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE
    RETURN dw_to_number($1, regexp_replace($2, '^(.?)FM', '\1', 'i'));
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

-- --- "Teradata-style formatting characters for numeric data" ----------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_alt_error(value text, format text) RETURNS void LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
    $$BEGIN RAISE EXCEPTION 'The input % is not valid to be converted with format %', quote_literal($1), coalesce(quote_literal($2), 'NULL') USING ERRCODE = '22023'; END$$;
-- How many digits a format has before and after its radix, NULL for as many as there are: 'Z(5)9.99', '999V99', 'C9(I)', '999S'.
CREATE FUNCTION pg_catalog.dw_alt_digits(format text, OUT whole integer, OUT fraction integer) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    part text[];
    behind boolean := false;
    size integer;
BEGIN
    whole := 0; fraction := 0;
    FOR part IN SELECT regexp_matches($1, '([9Z])(?:[(]([0-9]+|[IF])[)])?|([.DV])', 'g') LOOP
        IF part[3] IS NOT NULL THEN behind := true; CONTINUE; END IF;
        size := CASE WHEN part[2] IN ('I', 'F') THEN NULL ELSE coalesce(CAST(part[2] AS integer), 1) END;
        IF part[2] = 'F' OR behind THEN fraction := fraction + size; ELSE whole := whole + size; END IF;
    END LOOP;
    IF $1 LIKE '%S' THEN whole := whole + 1; END IF; -- the last character is a digit with its sign
END$$;
-- The number in a string: signs before or after it, currency of the United States beside it, punctuation ignored.
CREATE FUNCTION pg_catalog.dw_alt(value text, format text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    digits text := btrim(regexp_replace(regexp_replace(btrim($1), '^([-+]?) *([$]|USD|US Dollars)|([$]|USD|US Dollars)$', chr(92) || '1'), '[/,:%]', '', 'g'));
    place integer;
    sizes record;
    result numeric;
BEGIN
    IF $1 IS NULL THEN RETURN NULL; END IF;
    IF $2 !~ '^[LCN]?([9Z]([(]([0-9]+|[IF])[)])?)*([.DV]?([9Z]([(]([0-9]+|[IF])[)])?)*S?|S)[LCN]?$' OR $2 !~ '[9Z]' OR $2 ~ '[.D].*S' THEN
        PERFORM dw_alt_error($1, $2);
    END IF;
    IF digits = '' THEN RETURN 0; END IF;
    IF $2 LIKE '%S' THEN
        place := strpos('{ABCDEFGHI}JKLMNOPQR', right(digits, 1)) - 1;
        IF place >= 0 THEN digits := left(digits, -1) || place % 10 || CASE WHEN place > 9 THEN '-' ELSE '' END; END IF;
    END IF;
    digits := regexp_replace(digits, '^(.*?) *([-+])$', chr(92) || '2' || chr(92) || '1');
    IF digits !~ '^[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)(E[-+]?[0-9]+)?$' THEN PERFORM dw_alt_error($1, $2); END IF;
    result := CAST(digits AS numeric);
    IF $2 IS NOT NULL THEN
        sizes := dw_alt_digits($2);
        IF $2 LIKE '%V%' AND digits NOT LIKE '%.%' THEN result := result / power(10::numeric, coalesce(sizes.fraction, 0)); END IF;
        IF abs(result) >= power(10::numeric, sizes.whole) THEN PERFORM dw_alt_error($1, $2); END IF;
    END IF;
    RETURN result;
END$$;
-- "TEXT_TO_NUMERIC_ALT": what lies in the middle goes to the even neighbour.
CREATE FUNCTION pg_catalog.dw_half_even(value numeric, places integer) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN abs($1 - trunc($1, $2)) * power(10::numeric, $2) = 0.5 AND trunc($1, $2) * power(10::numeric, $2) % 2 = 0
                THEN trunc($1, $2) ELSE round($1, $2) END;
CREATE FUNCTION pg_catalog.text_to_numeric_alt(text, text, integer DEFAULT 38, integer DEFAULT 0) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE result CONSTANT numeric := dw_half_even(dw_alt($1, $2), $4);
BEGIN
    IF abs(result) >= power(10::numeric, $3 - $4) THEN
        RAISE EXCEPTION 'Numeric data overflow (result precision)' USING ERRCODE = '22003';
    END IF;
    RETURN result;
END$$;
CREATE FUNCTION pg_catalog.text_to_numeric_alt(text, integer DEFAULT 38, integer DEFAULT 0) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN text_to_numeric_alt($1, CAST(NULL AS text), $2, $3);
CREATE FUNCTION pg_catalog.text_to_int_alt(text, text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST(trunc(dw_alt($1, $2)) AS integer);
CREATE FUNCTION pg_catalog.text_to_int_alt(text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN text_to_int_alt($1, CAST(NULL AS text));
