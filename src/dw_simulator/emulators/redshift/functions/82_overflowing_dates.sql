-- "interval_forbid_composite_literals".
CREATE FUNCTION pg_catalog.dw_day_to_second(interval) RETURNS interval LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
DECLARE
    months CONSTANT integer := EXTRACT(YEAR FROM $1) * 12 + EXTRACT(MONTH FROM $1);
BEGIN
    IF months = 0 THEN RETURN $1; END IF;
    IF dw_setting('interval_forbid_composite_literals', 'on') <> 'off' THEN
        RAISE EXCEPTION 'Interval Day To Second literal cannot contain year-month parts. Disable the GUC interval_forbid_composite_literals to suppress this error and silently discard the year-month part.'
            USING ERRCODE = '22007';
    END IF;
    RETURN $1 - make_interval(months => months);
END$$;
-- "TO_DATE function": unless asked to be strict, a day or month past the end runs over into the next month or year.
CREATE FUNCTION pg_catalog.dw_field(input text, format text, field text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CAST(substr($1, position($3 IN upper($2)), length($3)) AS integer);
CREATE FUNCTION pg_catalog.dw_to_date(input text, format text, strict boolean DEFAULT false) RETURNS date LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN to_date(input, format);
EXCEPTION WHEN datetime_field_overflow THEN
    IF strict OR length(input) <> length(format) OR upper(format) !~ '^[^A-Z]*(YYYY|MM|DD)[^A-Z]*(YYYY|MM|DD)[^A-Z]*(YYYY|MM|DD)[^A-Z]*$' THEN RAISE; END IF;
    RETURN make_date(dw_field(input, format, 'YYYY'), 1, 1) + make_interval(months => dw_field(input, format, 'MM') - 1, days => dw_field(input, format, 'DD') - 1);
END$$;
