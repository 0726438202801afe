-- "SVL_STATEMENTTEXT".
CREATE VIEW pg_catalog.svl_statementtext AS
SELECT user_id AS userid, transaction_id AS xid, pid, CAST(coalesce(label, 'default') AS char(320)) AS label, start_time AS starttime, end_time AS endtime, sequence,
       CAST(upper(family) AS varchar(10)) AS type, CAST(piece AS char(200)) AS text
FROM dw_query_texts WHERE end_time IS NOT NULL;
GRANT SELECT ON pg_catalog.svl_statementtext TO PUBLIC;
