-- PostgreSQL 16's any_value.
CREATE FUNCTION pg_catalog.any_value_transfn(anyelement, anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS 'SELECT $1';
CREATE AGGREGATE pg_catalog.any_value(anyelement) (
    SFUNC = pg_catalog.any_value_transfn, STYPE = anyelement, COMBINEFUNC = pg_catalog.any_value_transfn, PARALLEL = SAFE
);
