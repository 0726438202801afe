-- Whether no object in valid JSON has an attribute twice.
CREATE FUNCTION pg_catalog.dw_unique_keys(text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN $1 IS JSON WITH UNIQUE KEYS;
