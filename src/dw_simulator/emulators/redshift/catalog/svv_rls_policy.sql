-- "SVV_RLS_POLICY".
CREATE VIEW pg_catalog.svv_rls_policy AS
SELECT CAST(current_database() AS varchar) AS poldb, CAST(name AS varchar) AS polname, CAST(nullif(alias, '') AS varchar) AS polalias,
       CAST((SELECT json_agg(json_build_object('colname', split_part(btrim(a), ' ', 1), 'type', substr(btrim(a), strpos(btrim(a), ' ') + 1)))
               FROM unnest(string_to_array(replace(arguments, '"', ''), ',')) a) AS varchar) AS polatts,
       CAST(expression AS varchar) AS polqual, true AS polenabled, CAST(modified_by AS varchar) AS polmodifiedby, modified AS polmodifiedtime
FROM dw_rls_policies;
GRANT SELECT ON pg_catalog.svv_rls_policy TO PUBLIC;
