-- What keeps a user of the database from the files and programs of the machine. Redshift has none of this.

-- Functions of PostgreSQL that read, list and write the server's files. Revoking does not bind superusers.
DELETE FROM pg_catalog.pg_proc WHERE proname IN (
    'pg_read_file', 'pg_read_file_old', 'pg_read_binary_file', 'pg_stat_file', 'pg_ls_dir', 'pg_ls_logdir', 'pg_ls_waldir',
    'pg_ls_tmpdir', 'pg_ls_archive_statusdir', 'pg_ls_summariesdir', 'pg_ls_logicalsnapdir', 'pg_ls_logicalmapdir',
    'pg_ls_replslotdir', 'pg_current_logfile', 'lo_import', 'lo_export'
) AND pronamespace = 'pg_catalog'::regnamespace;

-- What the emulator answers to dw_dynamic_sql (dynamic.py): written by the owner's connection, one row a session.
CREATE UNLOGGED TABLE pg_catalog.dw_answers (pid int PRIMARY KEY, token text NOT NULL, answer json NOT NULL);

CREATE FUNCTION pg_catalog.dw_answer(wanted text) RETURNS json LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
DECLARE
    given json;
    since timestamptz := clock_timestamp();
    pause float8 := 0.0005;
BEGIN
    LOOP
        SELECT a.answer INTO given FROM pg_catalog.dw_answers a WHERE a.pid = pg_backend_pid() AND a.token = wanted;
        IF given->>'wait' IS NOT NULL THEN
            since := 'infinity';
        ELSIF given IS NOT NULL THEN
            RETURN given;
        END IF;
        IF clock_timestamp() > since + interval '60 seconds' THEN
            RAISE EXCEPTION 'the Redshift emulator did not translate the text of EXECUTE'
                USING ERRCODE = 'XX000', HINT = 'Call the procedure through the Redshift emulator.';
        END IF;
        PERFORM pg_sleep(pause);
        pause := least(pause * 1.5, 0.02);
    END LOOP;
END$$;

-- The next rows of a cursor, each as PostgreSQL prints a row: how UNLOAD reads within a procedure.
CREATE FUNCTION pg_catalog.dw_fetched(cursor refcursor, size integer) RETURNS SETOF text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    next record;
BEGIN
    FOR i IN 1..size LOOP
        FETCH NEXT FROM cursor INTO next;
        EXIT WHEN NOT FOUND;
        RETURN NEXT CAST(next AS text);
    END LOOP;
END$$;

-- The text that EXECUTE runs in a procedure, translated; commands/plpgsql.py puts it round the argument. The notice with
-- SQLSTATE DW001 goes to the emulator, not to the client. Its answer is the text, or what is to be run or asked before.
CREATE FUNCTION pg_catalog.dw_dynamic_sql(text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    question json := json_build_object('sql', $1);
    answer json;
    token text;
    found json;
    state text;
    message text;
    more text;
    advice text;
    -- Without backslashes, which may or may not escape here.
    command CONSTANT text := (regexp_match($1, '(?:^|;|[*]/|[[:cntrl:]])[[:space:]]*(do(?=[[:space:]]*(?:[$]|''|language|e''))|load(?=[[:space:]]+e?'')'
        || '|alter[[:space:]]+system|create[[:space:]]+(?:or[[:space:]]+replace[[:space:]]+)?(?:function|procedure|extension|language|server|foreign|trusted)(?=[[:space:]]))', 'i'))[1];
BEGIN
    IF command IS NOT NULL THEN
        RAISE EXCEPTION '% in the text of EXECUTE is not supported by the Redshift emulator', upper(command)
            USING ERRCODE = '0A000', HINT = 'Send the command by itself, outside of the procedure.';
    END IF;
    IF $1 ~* 'dw_mask|u&"' AND EXISTS (SELECT FROM pg_catalog.dw_masked) THEN
        RAISE EXCEPTION 'names that begin with dw_mask do not exist' USING ERRCODE = '42P01';
    END IF;
    IF $1 IS NULL THEN
        RETURN NULL;
    END IF;
    LOOP
        token := md5(random()::text || clock_timestamp()::text);
        RAISE INFO USING ERRCODE = 'DW001', MESSAGE = token,
            DETAIL = encode(convert_to(question::text, 'UTF8'), 'base64');
        answer := dw_answer(token);
        IF answer->>'error' IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = answer->>'sqlstate', MESSAGE = answer->>'error',
                DETAIL = coalesce(answer->>'detail', ''), HINT = coalesce(answer->>'hint', '');
        ELSIF answer->>'sql' IS NOT NULL THEN
            RETURN answer->>'sql';
        ELSIF answer->>'query' IS NOT NULL THEN
            EXECUTE 'SELECT coalesce(json_agg(dw_row::text), ''[]'') FROM (' || (answer->>'query') || ') dw_row' INTO found;
            question := json_build_object('rows', found);
        ELSE
            BEGIN
                EXECUTE answer->>'run';
                question := '{"rows": []}';
            EXCEPTION WHEN OTHERS THEN
                GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
                    more = PG_EXCEPTION_DETAIL, advice = PG_EXCEPTION_HINT;
                question := json_build_object('failed', json_build_array(state, message, more, advice));
            END;
        END IF;
    END LOOP;
END$$;
