-- "SVV_MASKING_POLICY".
CREATE VIEW pg_catalog.svv_masking_policy AS
SELECT CAST(current_database() AS varchar) AS policy_database, CAST(name AS varchar) AS policy_name,
       CAST((SELECT json_agg(json_build_object('colname', i ->> 'colname', 'type', regexp_replace(i ->> 'type', '^varchar', 'character varying'))) FROM json_array_elements(inputs) i) AS varchar) AS input_columns,
       CAST((SELECT json_agg(json_build_object('expr', o ->> 'expr', 'type', dw_data_type(CAST(o ->> 'type' AS regtype)))) FROM json_array_elements(outputs) o) AS varchar)
           AS policy_expression, CAST(modified_by AS varchar) AS policy_modified_by, modified AS policy_modified_time
FROM dw_mask_policies;
GRANT SELECT ON pg_catalog.svv_masking_policy TO PUBLIC;
