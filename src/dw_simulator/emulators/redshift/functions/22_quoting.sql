-- "QUOTE_LITERAL function": backslashes are doubled, and no letter E stands before.
CREATE FUNCTION pg_catalog.dw_quote_literal(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ltrim(quote_literal($1), 'E');
CREATE FUNCTION pg_catalog.dw_quote_literal(anyelement) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
    $$SELECT dw_quote_literal(CAST($1 AS text))$$;
