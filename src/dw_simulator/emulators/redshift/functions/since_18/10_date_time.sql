-- PostgreSQL 18 gave this function, which Redshift has, another name.
CREATE FUNCTION pg_catalog.pg_timezone_abbrevs() RETURNS TABLE (abbrev text, utc_offset interval, is_dst boolean) LANGUAGE sql STABLE AS
    $$SELECT abbrev, utc_offset, is_dst FROM pg_catalog.pg_timezone_abbrevs$$;
