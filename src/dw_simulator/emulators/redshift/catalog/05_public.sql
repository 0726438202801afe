-- "Default database user permissions", "GRANT": everybody may use the schema PUBLIC and make objects in it, until that is revoked; the system owns it.
DO $do$
BEGIN
    IF (SELECT nspowner FROM pg_namespace WHERE nspname = 'public') = CAST('pg_database_owner' AS regrole) THEN
        EXECUTE format('ALTER SCHEMA public OWNER TO %I', current_user);
        GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;
    END IF;
END$do$;
