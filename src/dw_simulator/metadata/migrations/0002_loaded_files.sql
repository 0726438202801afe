-- which files the warehouses have got, and those that were set aside because they cannot be loaded
CREATE TABLE loaded_files (
    experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    warehouse     TEXT NOT NULL,
    table_name    TEXT NOT NULL COLLATE NOCASE,
    uri           TEXT NOT NULL,
    etag          TEXT NOT NULL DEFAULT '', -- empty for the files of a run, which never change
    size          INTEGER NOT NULL,
    run_id        INTEGER REFERENCES generation_runs (id) ON DELETE CASCADE, -- NULL: a file found under a prefix
    row_count     INTEGER NOT NULL,
    error         TEXT, -- why it was set aside; NULL: it is loaded
    loaded_at     TEXT NOT NULL,
    PRIMARY KEY (experiment_id, warehouse, table_name, uri)
) WITHOUT ROWID;
CREATE INDEX loaded_files_by_run ON loaded_files (run_id);
