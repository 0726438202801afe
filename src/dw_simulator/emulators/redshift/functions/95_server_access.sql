-- What keeps a user of the database from the files and programs of the machine. Redshift has none of this.

-- Functions of PostgreSQL that read, list and write the server's files. Revoking does not bind superusers.
DELETE FROM pg_catalog.pg_proc WHERE proname IN (
    'pg_read_file', 'pg_read_file_old', 'pg_read_binary_file', 'pg_stat_file', 'pg_ls_dir', 'pg_ls_logdir', 'pg_ls_waldir',
    'pg_ls_tmpdir', 'pg_ls_archive_statusdir', 'pg_ls_summariesdir', 'pg_ls_logicalsnapdir', 'pg_ls_logicalmapdir',
    'pg_ls_replslotdir', 'pg_current_logfile', 'lo_import', 'lo_export'
) AND pronamespace = 'pg_catalog'::regnamespace;

-- The text that EXECUTE runs in a procedure; commands/plpgsql.py puts it round the argument.
CREATE FUNCTION pg_catalog.dw_dynamic_sql(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    -- Without backslashes, which may or may not escape here.
    command CONSTANT text := (regexp_match($1, '(?:^|;|[*]/|[[:cntrl:]])[[:space:]]*(copy(?=[[:space:]])|do(?=[[:space:]]*(?:[$]|''|language|e''))|load(?=[[:space:]]+e?'')'
        || '|alter[[:space:]]+system|create[[:space:]]+(?:or[[:space:]]+replace[[:space:]]+)?(?:function|procedure|extension|language|server|foreign|trusted)(?=[[:space:]]))', 'i'))[1];
BEGIN
    IF command IS NOT NULL THEN
        RAISE EXCEPTION '% in the text of EXECUTE is not supported by the Redshift emulator', upper(command)
            USING ERRCODE = '0A000', HINT = 'Send the command by itself, outside of the procedure.';
    END IF;
    IF $1 ~* 'dw_mask|u&"' AND EXISTS (SELECT FROM pg_catalog.dw_masked) THEN
        RAISE EXCEPTION 'names that begin with dw_mask do not exist' USING ERRCODE = '42P01';
    END IF;
    RETURN $1;
END$$;
