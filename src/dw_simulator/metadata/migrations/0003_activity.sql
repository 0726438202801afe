-- what was generated and loaded, for the metrics: it stays when an experiment is deleted, so that counters never fall
CREATE TABLE activity (
    id        INTEGER PRIMARY KEY,
    at        TEXT NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('generation', 'load')),
    outcome   TEXT NOT NULL CHECK (outcome IN ('completed', 'failed', 'aborted')),
    warehouse TEXT NOT NULL DEFAULT '',
    row_count INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    seconds   REAL NOT NULL
);
INSERT INTO activity (at, kind, outcome, row_count, bytes, seconds)
SELECT
    finished_at,
    'generation',
    lower(status),
    (SELECT coalesce(sum(value), 0) FROM json_each(iif(status = 'COMPLETED', row_counts, target_rows))),
    (
        SELECT coalesce(sum(json_extract(file.value, '$.size')), 0)
        FROM json_each(files) AS by_table, json_each(by_table.value) AS file
    ),
    coalesce(json_extract(timings, '$.generate'), 0)
FROM generation_runs
WHERE finished_at IS NOT NULL;
