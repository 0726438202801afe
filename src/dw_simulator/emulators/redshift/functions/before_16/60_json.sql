-- Whether no object in valid JSON has an attribute twice.
CREATE FUNCTION pg_catalog.dw_unique_keys(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    part text;
BEGIN
    IF pg_catalog.json_typeof($1::json) = 'object' THEN
        IF EXISTS (SELECT FROM pg_catalog.json_each($1::json) GROUP BY key HAVING count(*) > 1) THEN RETURN false; END IF;
        FOR part IN SELECT value FROM pg_catalog.json_each($1::json) WHERE pg_catalog.json_typeof(value) IN ('object', 'array') LOOP
            IF NOT pg_catalog.dw_unique_keys(part) THEN RETURN false; END IF;
        END LOOP;
    ELSIF pg_catalog.json_typeof($1::json) = 'array' THEN
        FOR part IN SELECT value FROM pg_catalog.json_array_elements($1::json) LOOP
            IF NOT pg_catalog.dw_unique_keys(part) THEN RETURN false; END IF;
        END LOOP;
    END IF;
    RETURN true;
END$$;
