-- "STL_UTILITYTEXT".
CREATE VIEW pg_catalog.stl_utilitytext AS
SELECT user_id AS userid, transaction_id AS xid, pid, CAST(coalesce(label, 'default') AS char(320)) AS label, start_time AS starttime, end_time AS endtime, sequence,
       CAST(piece AS char(200)) AS text
FROM dw_query_texts WHERE family = 'utility' AND end_time IS NOT NULL;
GRANT SELECT ON pg_catalog.stl_utilitytext TO PUBLIC;
