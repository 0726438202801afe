-- "Type compatibility and conversion": numbers, dates, times and truth values become strings where a function wants one.
-- Each line: a function, its arguments (* is the value, of any such kind), and what it returns.
DO $do$
DECLARE
    kind text;
    line record;
BEGIN
    FOR line IN SELECT * FROM (VALUES
        ('upper', '*', 'text'), ('lower', '*', 'text'), ('initcap', '*', 'text'), ('reverse', '*', 'text'),
        ('length', '*', 'integer'), ('len', '*', 'integer'), ('char_length', '*', 'integer'), ('character_length', '*', 'integer'),
        ('textlen', '*', 'integer'), ('octet_length', '*', 'integer'), ('ascii', '*', 'integer'),
        ('ltrim', '*', 'text'), ('rtrim', '*', 'text'), ('btrim', '*', 'text'),
        ('ltrim', '*,text', 'text'), ('rtrim', '*,text', 'text'), ('btrim', '*,text', 'text'),
        ('left', '*,integer', 'text'), ('right', '*,integer', 'text'), ('repeat', '*,integer', 'text'), ('replicate', '*,integer', 'text'),
        ('lpad', '*,integer', 'text'), ('rpad', '*,integer', 'text'), ('lpad', '*,integer,text', 'text'), ('rpad', '*,integer,text', 'text'),
        ('lpad', 'text,integer,*', 'text'), ('rpad', 'text,integer,*', 'text'), ('lpad', '*,integer,*', 'text'), ('rpad', '*,integer,*', 'text'),
        ('strpos', '*,text', 'integer'), ('position', '*,text', 'integer'), ('charindex', 'text,*', 'integer'), ('octetindex', 'text,*', 'integer'),
        ('strpos', 'text,*', 'integer'), ('charindex', '*,text', 'integer'),
        ('replace', '*,text,text', 'text'), ('replace', 'text,*,*', 'text'), ('replace', '*,*,*', 'text'), ('translate', '*,text,text', 'text'),
        ('dw_split_part', '*,text,integer', 'text'), ('md5', '*', 'text'), ('sha1', '*', 'text'), ('sha', '*', 'text'), ('func_sha1', '*', 'text'),
        ('sha2', '*,integer', 'text'), ('crc32', '*', 'varchar'), ('soundex', '*', 'text'), ('url_encode', '*', 'text'),
        ('dw_regexp_count', '*,text', 'integer'), ('dw_regexp_substr', '*,text', 'text'), ('dw_regexp_instr', '*,text', 'integer'),
        ('dw_regexp_replace', '*,text,text', 'text')
    ) AS known (name, arguments, result) LOOP
        FOREACH kind IN ARRAY ARRAY['integer', 'bigint', 'numeric', 'double precision', 'boolean', 'date', 'timestamp', 'timestamptz', 'time'] LOOP
            EXECUTE (
                SELECT format('CREATE OR REPLACE FUNCTION pg_catalog.%I(%s) RETURNS %s LANGUAGE sql STABLE PARALLEL SAFE RETURN %I(%s)',
                              line.name, string_agg(CASE WHEN part = '*' THEN kind ELSE part END, ', ' ORDER BY place), line.result, line.name,
                              string_agg(CASE WHEN part = '*' THEN format('CAST($%s AS text)', place) ELSE format('$%s', place) END, ', ' ORDER BY place))
                FROM unnest(string_to_array(line.arguments, ',')) WITH ORDINALITY AS parts (part, place));
        END LOOP;
    END LOOP;
END$do$;
