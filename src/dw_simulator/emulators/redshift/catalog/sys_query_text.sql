-- "SYS_QUERY_TEXT".
CREATE VIEW pg_catalog.sys_query_text AS
SELECT user_id, query_id, transaction_id, pid AS session_id, start_time, end_time, sequence, CAST(piece AS char(200)) AS text
FROM dw_query_texts;
GRANT SELECT ON pg_catalog.sys_query_text TO PUBLIC;
