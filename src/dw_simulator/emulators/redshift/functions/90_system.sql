-- "System information functions" and "System administration functions".

-- "Amazon Redshift system-defined roles".
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['sys:operator', 'sys:dba', 'sys:superuser', 'sys:secadmin', 'sys:monitor'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN EXECUTE format('CREATE ROLE %I NOLOGIN', name); END IF;
    END LOOP;
END$$;

CREATE FUNCTION pg_catalog.current_user_id() RETURNS integer LANGUAGE sql STABLE
    RETURN (SELECT CAST(oid AS integer) FROM pg_roles WHERE rolname = current_user);
CREATE FUNCTION pg_catalog.current_namespace() RETURNS varchar LANGUAGE sql STABLE RETURN 'd8d13d0c-8f3b-4c5a-9a75-6d7f4b6f7f7f';
CREATE FUNCTION pg_catalog.current_aws_account() RETURNS varchar LANGUAGE sql STABLE RETURN '123456789012';
-- Redshift's own parameters are kept under the prefix dw: see commands/parameters.py.
CREATE FUNCTION pg_catalog.dw_current_setting(text) RETURNS text LANGUAGE sql STABLE
    RETURN coalesce(nullif(current_setting('dw.' || $1, true), ''), CASE $1 WHEN 'query_group' THEN 'unset' ELSE current_setting($1) END);
CREATE FUNCTION pg_catalog.dw_set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF current_setting($1, true) IS NULL THEN RETURN set_config('dw.' || $1, $2, $3); END IF;
    RETURN set_config($1, $2, $3);
END$$;
CREATE FUNCTION pg_catalog.slice_num() RETURNS integer LANGUAGE sql STABLE RETURN 0;
CREATE FUNCTION pg_catalog.current_session_arn() RETURNS varchar LANGUAGE sql STABLE RETURN CAST(NULL AS varchar);
CREATE FUNCTION pg_catalog.dw_setting(text, text) RETURNS text LANGUAGE sql STABLE
    RETURN coalesce(nullif(current_setting('dw.' || $1, true), ''), $2);
CREATE FUNCTION pg_catalog.pg_last_query_id() RETURNS bigint LANGUAGE sql STABLE RETURN CAST(dw_setting('last_query_id', '-1') AS bigint);
CREATE FUNCTION pg_catalog.last_user_query_id() RETURNS bigint LANGUAGE sql STABLE RETURN pg_last_query_id();
CREATE FUNCTION pg_catalog.pg_last_copy_id() RETURNS bigint LANGUAGE sql STABLE RETURN CAST(dw_setting('last_copy_id', '-1') AS bigint);
CREATE FUNCTION pg_catalog.pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE RETURN CAST(dw_setting('last_copy_count', '0') AS bigint);
CREATE FUNCTION pg_catalog.pg_last_unload_id() RETURNS bigint LANGUAGE sql STABLE RETURN CAST(dw_setting('last_unload_id', '-1') AS bigint);
CREATE FUNCTION pg_catalog.pg_last_unload_count() RETURNS bigint LANGUAGE sql STABLE RETURN CAST(dw_setting('last_unload_count', '0') AS bigint);
CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE
    RETURN 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.77777';
CREATE FUNCTION pg_catalog.change_query_priority(bigint, text) RETURNS text LANGUAGE sql STABLE RETURN 'Succeeded to change query priority. Priority changed to ' || $2 || '.';
CREATE FUNCTION pg_catalog.change_session_priority(integer, text) RETURNS text LANGUAGE sql STABLE RETURN 'Succeeded to change session priority. Changed session (pid:' || $1 || ') priority to ' || $2 || '.';
CREATE FUNCTION pg_catalog.change_user_priority(text, text) RETURNS text LANGUAGE sql STABLE RETURN 'Succeeded to change user priority. Changed user (' || $1 || ') priority to ' || $2 || '.';
-- Membership that was granted, to superusers too, who may use every role without being in it.
CREATE FUNCTION pg_catalog.dw_is_member(member name, role name) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT pg_has_role($1, $2, 'member') THEN RETURN false; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND rolsuper) THEN RETURN true; END IF;
    RETURN EXISTS (WITH RECURSIVE found(id) AS (
        SELECT m.roleid FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = $1
        UNION SELECT m.roleid FROM pg_auth_members m JOIN found ON m.member = found.id
    ) SELECT FROM found JOIN pg_roles r ON r.oid = found.id WHERE r.rolname = $2);
END$$;
-- "USER_IS_MEMBER_OF": superusers and members of sys:secadmin and sys:superuser may ask about others.
CREATE FUNCTION pg_catalog.user_is_member_of(text, text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF $1 <> current_user AND NOT (pg_has_role('sys:secadmin', 'member') OR pg_has_role('sys:superuser', 'member')) THEN
        RAISE EXCEPTION 'permission denied to see the roles and groups of user "%"', $1 USING ERRCODE = '42501';
    END IF;
    RETURN dw_is_member(CAST($1 AS name), CAST($2 AS name));
END$$;
CREATE FUNCTION pg_catalog.role_is_member_of(text, text) RETURNS boolean LANGUAGE sql STABLE
    RETURN dw_is_member(CAST($1 AS name), CAST($2 AS name));
CREATE FUNCTION pg_catalog.has_assumerole_privilege(text, text, text) RETURNS boolean LANGUAGE sql STABLE RETURN true;
CREATE FUNCTION pg_catalog.default_iam_role() RETURNS text LANGUAGE sql STABLE RETURN 'arn:aws:iam::123456789012:role/default';
CREATE FUNCTION pg_catalog.pg_get_iam_role_by_user(text) RETURNS SETOF record LANGUAGE sql STABLE AS
    $$SELECT CAST(NULL AS text), CAST(NULL AS text), CAST(NULL AS text) WHERE false$$;
CREATE FUNCTION pg_catalog.pg_get_grantee_by_iam_role(text) RETURNS SETOF record LANGUAGE sql STABLE AS
    $$SELECT CAST(NULL AS text), CAST(NULL AS text), CAST(NULL AS text) WHERE false$$;
CREATE FUNCTION pg_catalog.pg_get_cols(text) RETURNS SETOF record LANGUAGE sql STABLE AS $$
    SELECT n.nspname, c.relname, a.attname, pg_catalog.dw_type_name(a.atttypid, a.atttypmod), CAST(a.attnum AS integer)
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.oid = CAST($1 AS pg_catalog.regclass) ORDER BY a.attnum$$;
