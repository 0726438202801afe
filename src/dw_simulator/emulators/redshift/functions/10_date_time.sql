-- "Date and time functions". Date parts arrive as full names: the translation knows every spelling.
-- CASE over a constant part folds away when the planner inlines these functions.

-- --- now ---------------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CAST(date_trunc('second', statement_timestamp()) AS timestamp);
CREATE FUNCTION pg_catalog.sysdate() RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CAST(transaction_timestamp() AS timestamp);

-- The text, not known to the planner: a cast of it fails when it runs, not when it is planned.
CREATE FUNCTION pg_catalog.dw_text_of(text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$BEGIN RETURN $1; END$$;

-- --- text to dates -----------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_timetz(text) RETURNS timetz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(CAST(dw_valid($1, 'timetz') AS timetz), CAST(CAST(dw_valid($1, 'timestamptz') AS timestamptz) AS timetz), CAST(dw_text_of($1) AS timetz));

CREATE FUNCTION pg_catalog.dw_bad_part(text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
    $$BEGIN RAISE EXCEPTION 'datetime units "%" not recognized', $1 USING ERRCODE = '22023'; END$$;

-- --- DATEADD -----------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_interval(part text, amount bigint) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE $1
        WHEN 'millennium' THEN make_interval(years => CAST($2 * 1000 AS integer))
        WHEN 'century' THEN make_interval(years => CAST($2 * 100 AS integer))
        WHEN 'decade' THEN make_interval(years => CAST($2 * 10 AS integer))
        WHEN 'year' THEN make_interval(years => CAST($2 AS integer))
        WHEN 'quarter' THEN make_interval(months => CAST($2 * 3 AS integer))
        WHEN 'month' THEN make_interval(months => CAST($2 AS integer))
        WHEN 'week' THEN make_interval(days => CAST($2 * 7 AS integer))
        WHEN 'day' THEN make_interval(days => CAST($2 AS integer))
        WHEN 'dow' THEN make_interval(days => CAST($2 AS integer))
        WHEN 'doy' THEN make_interval(days => CAST($2 AS integer))
        WHEN 'hour' THEN $2 * interval '1 hour'
        WHEN 'minute' THEN $2 * interval '1 minute'
        WHEN 'second' THEN $2 * interval '1 second'
        WHEN 'epoch' THEN $2 * interval '1 second'
        WHEN 'millisecond' THEN $2 * interval '1 millisecond'
        WHEN 'microsecond' THEN $2 * interval '1 microsecond'
        ELSE CAST(dw_bad_part($1) AS interval)
    END;
-- A year from the 29th of February leads to the 1st of March, twelve months to the 28th ("DATEADD function").
CREATE FUNCTION pg_catalog.dateadd(text, bigint, timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 = 'year' AND extract(month FROM $3) = 2 AND extract(day FROM $3) = 29
                 AND extract(day FROM $3 + dw_interval($1, $2)) <> 29
                THEN $3 + dw_interval($1, $2) + interval '1 day' ELSE $3 + dw_interval($1, $2) END;
CREATE FUNCTION pg_catalog.dateadd(text, bigint, timestamptz) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN $1 = 'year' AND extract(month FROM $3) = 2 AND extract(day FROM $3) = 29
                 AND extract(day FROM $3 + dw_interval($1, $2)) <> 29
                THEN $3 + dw_interval($1, $2) + interval '1 day' ELSE $3 + dw_interval($1, $2) END;
CREATE FUNCTION pg_catalog.dateadd(text, bigint, date) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dateadd($1, $2, CAST($3 AS timestamp));
CREATE FUNCTION pg_catalog.dateadd(text, bigint, time) RETURNS time LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN $3 + dw_interval($1, $2);
CREATE FUNCTION pg_catalog.dateadd(text, bigint, timetz) RETURNS timetz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN timezone('UTC', $3 + dw_interval($1, $2));
CREATE FUNCTION pg_catalog.add_months(timestamp, bigint) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN extract(day FROM $1 + interval '1 day') = 1
                THEN date_trunc('month', $1) + make_interval(months => CAST($2 + 1 AS integer)) - interval '1 day'
                     + ($1 - date_trunc('day', $1))
                ELSE $1 + make_interval(months => CAST($2 AS integer)) END;
CREATE FUNCTION pg_catalog.add_months(date, bigint) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN add_months(CAST($1 AS timestamp), $2);
CREATE FUNCTION pg_catalog.add_months(timestamptz, bigint) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CAST(add_months(CAST($1 AS timestamp), $2) AS timestamptz);

-- --- DATEDIFF: boundaries crossed --------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.dw_months(timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(extract(year FROM $1) * 12 + extract(month FROM $1) - 1 AS bigint);
CREATE FUNCTION pg_catalog.dw_days(timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(CAST($1 AS date) - date '2000-01-03' AS bigint);
CREATE FUNCTION pg_catalog.dw_micros(timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(extract(epoch FROM $1) * 1000000 AS bigint);
CREATE FUNCTION pg_catalog.dw_floor(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN $1 >= 0 THEN $1 / $2 ELSE -((-$1 + $2 - 1) / $2) END;
CREATE FUNCTION pg_catalog.datediff(text, timestamp, timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE $1
        WHEN 'millennium' THEN CAST(date_part('millennium', $3) - date_part('millennium', $2) AS bigint)
        WHEN 'century' THEN CAST(date_part('century', $3) - date_part('century', $2) AS bigint)
        WHEN 'decade' THEN CAST(date_part('decade', $3) - date_part('decade', $2) AS bigint)
        WHEN 'year' THEN CAST(date_part('year', $3) - date_part('year', $2) AS bigint)
        WHEN 'quarter' THEN dw_months($3) / 3 - dw_months($2) / 3
        WHEN 'month' THEN dw_months($3) - dw_months($2)
        -- Weeks begin on Sunday here.
        WHEN 'week' THEN dw_floor(dw_days($3) + 1, 7) - dw_floor(dw_days($2) + 1, 7)
        WHEN 'day' THEN dw_days($3) - dw_days($2)
        WHEN 'dow' THEN dw_days($3) - dw_days($2)
        WHEN 'doy' THEN dw_days($3) - dw_days($2)
        WHEN 'hour' THEN dw_floor(dw_micros($3), 3600000000) - dw_floor(dw_micros($2), 3600000000)
        WHEN 'minute' THEN dw_floor(dw_micros($3), 60000000) - dw_floor(dw_micros($2), 60000000)
        WHEN 'second' THEN dw_floor(dw_micros($3), 1000000) - dw_floor(dw_micros($2), 1000000)
        WHEN 'epoch' THEN dw_floor(dw_micros($3), 1000000) - dw_floor(dw_micros($2), 1000000)
        WHEN 'millisecond' THEN dw_floor(dw_micros($3), 1000) - dw_floor(dw_micros($2), 1000)
        WHEN 'microsecond' THEN dw_micros($3) - dw_micros($2)
        ELSE CAST(dw_bad_part($1) AS bigint)
    END;
CREATE FUNCTION pg_catalog.datediff(text, timestamptz, timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN datediff($1, CAST($2 AS timestamp), CAST($3 AS timestamp));
CREATE FUNCTION pg_catalog.datediff(text, date, date) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN datediff($1, CAST($2 AS timestamp), CAST($3 AS timestamp));
CREATE FUNCTION pg_catalog.datediff(text, time, time) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN datediff($1, date '2000-01-01' + $2, date '2000-01-01' + $3);
CREATE FUNCTION pg_catalog.datediff(text, timetz, timetz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN datediff($1, CAST($2 AT TIME ZONE 'UTC' AS time), CAST($3 AT TIME ZONE 'UTC' AS time));

-- --- DATE_PART, EXTRACT, DATE_TRUNC --------------------------------------------------------------------------------------
-- "Date parts for date or timestamp functions": decade 1 is 0001 to 0009; DATE_PART gives the complete seconds, EXTRACT a
-- whole number of them.
CREATE FUNCTION pg_catalog.dw_date_part(text, timestamp) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE $1
        WHEN 'millisecond' THEN CAST(CAST(date_part('microseconds', $2) AS bigint) % 1000000 / 1000 AS double precision)
        WHEN 'microsecond' THEN CAST(CAST(date_part('microseconds', $2) AS bigint) % 1000000 AS double precision)
        WHEN 'decade' THEN date_part('decade', $2) + 1
        ELSE date_part($1, $2) END;
CREATE FUNCTION pg_catalog.dw_date_part(text, timestamptz) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN $1 IN ('millisecond', 'microsecond', 'decade') THEN dw_date_part($1, CAST($2 AS timestamp))
                ELSE date_part($1, $2) END;
CREATE FUNCTION pg_catalog.dw_date_part(text, date) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_date_part($1, CAST($2 AS timestamp));
CREATE FUNCTION pg_catalog.dw_date_part(text, time) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN dw_date_part($1, date '2000-01-01' + $2);
CREATE FUNCTION pg_catalog.dw_date_part(text, timetz) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN $1 LIKE 'timezone%' THEN date_part($1, $2)
                ELSE dw_date_part($1, CAST($2 AS time)) END;
CREATE FUNCTION pg_catalog.dw_date_part(text, interval) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE $1
        WHEN 'millisecond' THEN CAST(CAST(date_part('microseconds', $2) AS bigint) % 1000000 / 1000 AS double precision)
        WHEN 'microsecond' THEN CAST(CAST(date_part('microseconds', $2) AS bigint) % 1000000 AS double precision)
        ELSE date_part($1, $2) END;
CREATE FUNCTION pg_catalog.dw_extract(text, timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(floor(dw_date_part($1, $2)) AS bigint);
CREATE FUNCTION pg_catalog.dw_extract(text, date) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(floor(dw_date_part($1, $2)) AS bigint);
CREATE FUNCTION pg_catalog.dw_extract(text, timestamptz) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN $1 = 'second' THEN floor(dw_date_part($1, $2)) ELSE dw_date_part($1, $2) END;
CREATE FUNCTION pg_catalog.dw_extract(text, time) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(floor(dw_date_part($1, $2)) AS bigint);
CREATE FUNCTION pg_catalog.dw_extract(text, timetz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CAST(floor(dw_date_part($1, $2)) AS bigint);
CREATE FUNCTION pg_catalog.dw_extract(text, interval) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(floor(dw_date_part($1, $2)) AS bigint);
CREATE FUNCTION pg_catalog.date_part_year(date) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(date_part('year', $1) AS integer);
CREATE FUNCTION pg_catalog.date_trunc(text, date) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN date_trunc($1, CAST($2 AS timestamp));
CREATE FUNCTION pg_catalog.trunc(timestamp) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CAST($1 AS date);
CREATE FUNCTION pg_catalog.trunc(timestamptz) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE RETURN CAST($1 AS date);
CREATE FUNCTION pg_catalog.trunc(date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN $1;

-- --- calendar ------------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.last_day(timestamp) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CAST(date_trunc('month', $1) + interval '1 month - 1 day' AS date);
CREATE FUNCTION pg_catalog.last_day(date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN last_day(CAST($1 AS timestamp));
CREATE FUNCTION pg_catalog.last_day(timestamptz) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE
    RETURN last_day(CAST($1 AS timestamp));
CREATE FUNCTION pg_catalog.dw_weekday(text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN lower($1) IN ('su', 'sun', 'sunday') THEN 0 WHEN lower($1) IN ('m', 'mo', 'mon', 'monday') THEN 1
        WHEN lower($1) IN ('tu', 'tues', 'tue', 'tuesday') THEN 2 WHEN lower($1) IN ('w', 'we', 'wed', 'wednesday') THEN 3
        WHEN lower($1) IN ('th', 'thu', 'thurs', 'thur', 'thursday') THEN 4 WHEN lower($1) IN ('f', 'fr', 'fri', 'friday') THEN 5
        WHEN lower($1) IN ('sa', 'sat', 'saturday') THEN 6 ELSE CAST(dw_bad_part($1) AS integer) END;
CREATE FUNCTION pg_catalog.next_day(date, text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN $1 + CASE WHEN dw_weekday($2) > extract(dow FROM $1) THEN 0 ELSE 7 END
              + dw_weekday($2) - CAST(extract(dow FROM $1) AS integer);
CREATE FUNCTION pg_catalog.next_day(timestamp, text) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN next_day(CAST($1 AS date), $2);
CREATE FUNCTION pg_catalog.months_between(timestamp, timestamp) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN extract(day FROM $1) = extract(day FROM $2)
          OR (CAST($1 AS date) = last_day($1) AND CAST($2 AS date) = last_day($2))
        THEN dw_months($1) - dw_months($2)
        ELSE dw_months($1) - dw_months($2)
             + (extract(epoch FROM $1 - date_trunc('month', $1)) - extract(epoch FROM $2 - date_trunc('month', $2)))
               / (31 * 86400.0) END;
CREATE FUNCTION pg_catalog.months_between(date, date) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN months_between(CAST($1 AS timestamp), CAST($2 AS timestamp));
CREATE FUNCTION pg_catalog.months_between(timestamptz, timestamptz) RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE
    RETURN months_between(CAST($1 AS timestamp), CAST($2 AS timestamp));

-- --- time zones ----------------------------------------------------------------------------------------------------------
CREATE FUNCTION pg_catalog.convert_timezone(text, text, timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN timezone($2, timezone($1, $3));
CREATE FUNCTION pg_catalog.convert_timezone(text, timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN timezone($1, timezone('UTC', $2));
CREATE FUNCTION pg_catalog.convert_timezone(text, text, timestamptz) RETURNS timestamp LANGUAGE sql STABLE PARALLEL SAFE
    RETURN timezone($2, timezone($1, CAST($3 AS timestamp)));
CREATE FUNCTION pg_catalog.convert_timezone(text, timestamptz) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN timezone($1, $2);

-- --- comparison functions --------------------------------------------------------------------------------------------------

-- --- operators -------------------------------------------------------------------------------------------------------------
-- A date minus a date is an integer in both; a timestamp with whole days too is added as in Redshift.
CREATE FUNCTION pg_catalog.dw_timestamp_plus_days(timestamp, integer) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN $1 + make_interval(days => $2);
CREATE FUNCTION pg_catalog.dw_timestamp_minus_days(timestamp, integer) RETURNS timestamp LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN $1 - make_interval(days => $2);
CREATE OPERATOR pg_catalog.+ (LEFTARG = timestamp, RIGHTARG = integer, FUNCTION = dw_timestamp_plus_days);
CREATE OPERATOR pg_catalog.- (LEFTARG = timestamp, RIGHTARG = integer, FUNCTION = dw_timestamp_minus_days);
CREATE FUNCTION pg_catalog.dw_timestamptz_plus_days(timestamptz, integer) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN $1 + make_interval(days => $2);
CREATE FUNCTION pg_catalog.dw_timestamptz_minus_days(timestamptz, integer) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN $1 - make_interval(days => $2);
CREATE OPERATOR pg_catalog.+ (LEFTARG = timestamptz, RIGHTARG = integer, FUNCTION = dw_timestamptz_plus_days);
CREATE OPERATOR pg_catalog.- (LEFTARG = timestamptz, RIGHTARG = integer, FUNCTION = dw_timestamptz_minus_days);
