-- PostgreSQL 16's test whether a text is a value of a type.
CREATE FUNCTION pg_catalog.pg_input_is_valid(text, text) RETURNS boolean LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
BEGIN
    EXECUTE pg_catalog.format('SELECT %L::%s', $1, $2::pg_catalog.regtype);
    RETURN true;
EXCEPTION WHEN data_exception OR invalid_parameter_value OR program_limit_exceeded THEN
    RETURN false;
END$$;
