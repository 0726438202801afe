-- "Conditional expressions": what is more than syntax.
CREATE FUNCTION pg_catalog.collate(text, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE lower($2) WHEN 'case_insensitive' THEN lower($1) WHEN 'ci' THEN lower($1) ELSE $1 END;
