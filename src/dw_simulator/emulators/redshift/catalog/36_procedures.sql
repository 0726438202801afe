-- "Security and privileges for stored procedures": a new procedure may be called by its owner and superusers only, besides
-- those whom ALTER DEFAULT PRIVILEGES ON PROCEDURES names. PostgreSQL would let everybody, and counts procedures as functions.
CREATE TABLE pg_catalog.dw_procedures (id oid PRIMARY KEY);
INSERT INTO pg_catalog.dw_procedures SELECT oid FROM pg_proc
 WHERE prokind = 'p' AND pronamespace NOT IN (CAST('pg_catalog' AS regnamespace), CAST('information_schema' AS regnamespace)) ON CONFLICT DO NOTHING;
CREATE TABLE pg_catalog.dw_default_procedures (
    owner oid NOT NULL,
    -- 0 is every schema, and PUBLIC.
    schema oid NOT NULL,
    grantee oid NOT NULL,
    grantable boolean NOT NULL,
    PRIMARY KEY (owner, schema, grantee)
);
GRANT SELECT ON pg_catalog.dw_default_procedures TO PUBLIC;

CREATE FUNCTION pg_catalog.dw_role_oid(name text) RETURNS oid LANGUAGE plpgsql STABLE AS $$
DECLARE
    found CONSTANT oid := (SELECT oid FROM pg_roles WHERE rolname = name);
BEGIN
    IF found IS NULL THEN RAISE EXCEPTION 'role "%" does not exist', name USING ERRCODE = '42704'; END IF;
    RETURN found;
END$$;
-- No owners: the user's own; no schemas: all. A grantee '' is PUBLIC.
CREATE FUNCTION pg_catalog.dw_default_procedure(grants boolean, option boolean, owners text[], schemas text[], grantees text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT dw_role_oid(o) AS owner, CASE WHEN s = '' THEN 0 ELSE CAST(CAST(quote_ident(s) AS regnamespace) AS oid) END AS schema,
                       CASE WHEN g = '' THEN 0 ELSE dw_role_oid(g) END AS grantee, o AS name
                  FROM unnest(CASE WHEN owners = '{}' THEN ARRAY[CAST(session_user AS text)] ELSE owners END) o,
                       unnest(CASE WHEN schemas = '{}' THEN ARRAY[''] ELSE schemas END) s, unnest(grantees) g LOOP
        IF item.name <> session_user AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) THEN
            RAISE EXCEPTION 'permission denied to change default privileges' USING ERRCODE = '42501';
        END IF;
        IF grants THEN
            INSERT INTO dw_default_procedures VALUES (item.owner, item.schema, item.grantee, option)
                ON CONFLICT ON CONSTRAINT dw_default_procedures_pkey DO UPDATE SET grantable = dw_default_procedures.grantable OR excluded.grantable;
        ELSIF option THEN
            UPDATE dw_default_procedures d SET grantable = false WHERE d.owner = item.owner AND d.schema = item.schema AND d.grantee = item.grantee;
        ELSE
            DELETE FROM dw_default_procedures d WHERE d.owner = item.owner AND d.schema = item.schema AND d.grantee = item.grantee;
        END IF;
    END LOOP;
END$$;

CREATE FUNCTION pg_catalog.dw_on_procedure() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET allow_system_table_mods = on AS $$
DECLARE
    made record;
    item record;
BEGIN
    DELETE FROM dw_procedures WHERE id NOT IN (SELECT oid FROM pg_proc WHERE prokind = 'p');
    FOR made IN SELECT p.oid AS id, CAST(CAST(p.oid AS regprocedure) AS text) AS name, p.proowner, p.pronamespace, p.proacl
                  FROM pg_event_trigger_ddl_commands() c JOIN pg_proc p ON p.oid = c.objid AND p.prokind = 'p'
                 WHERE NOT EXISTS (SELECT FROM dw_procedures d WHERE d.id = p.oid) LOOP
        INSERT INTO dw_procedures VALUES (made.id);
        FOR item IN SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
                      FROM aclexplode(coalesce(made.proacl, acldefault('f', made.proowner))) a WHERE a.grantee <> made.proowner LOOP
            EXECUTE format('REVOKE ALL ON PROCEDURE %s FROM %s', made.name, item.grantee);
        END LOOP;
        FOR item IN SELECT CASE d.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(d.grantee)) END AS grantee, bool_or(d.grantable) AS grantable
                      FROM dw_default_procedures d WHERE d.owner = made.proowner AND d.schema IN (0, made.pronamespace)
                       AND (d.grantee = 0 OR EXISTS (SELECT FROM pg_roles r WHERE r.oid = d.grantee)) GROUP BY d.grantee LOOP
            EXECUTE format('GRANT EXECUTE ON PROCEDURE %s TO %s %s', made.name, item.grantee, CASE WHEN item.grantable THEN 'WITH GRANT OPTION' ELSE '' END);
        END LOOP;
    END LOOP;
END$$;
