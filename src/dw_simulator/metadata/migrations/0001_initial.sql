CREATE TABLE experiments (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL COLLATE NOCASE UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    schema_json TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'READY' CHECK (state IN ('READY', 'DELETING')),
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL
);

CREATE TABLE generation_runs (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    status        TEXT NOT NULL CHECK (status IN ('RUNNING', 'COMPLETED', 'FAILED', 'ABORTED')),
    seed          INTEGER NOT NULL,
    target_rows   TEXT NOT NULL,
    row_counts    TEXT NOT NULL DEFAULT '{}',
    files         TEXT NOT NULL DEFAULT '{}',
    location      TEXT NOT NULL,
    staged        INTEGER NOT NULL DEFAULT 1, -- 0: nothing is left under location
    timings       TEXT NOT NULL DEFAULT '{}',
    error         TEXT,
    traceback     TEXT,
    started_at    TEXT NOT NULL,
    finished_at   TEXT
);
CREATE INDEX generation_runs_by_experiment ON generation_runs (experiment_id, id);
CREATE UNIQUE INDEX one_run_at_a_time ON generation_runs (experiment_id) WHERE status = 'RUNNING';

-- the physical tables: what each warehouse holds of an experiment, and from which run
CREATE TABLE experiment_tables (
    experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    warehouse     TEXT NOT NULL,
    table_name    TEXT NOT NULL COLLATE NOCASE,
    row_count     INTEGER NOT NULL,
    run_id        INTEGER REFERENCES generation_runs (id) ON DELETE SET NULL,
    loaded_at     TEXT NOT NULL,
    PRIMARY KEY (experiment_id, warehouse, table_name)
) WITHOUT ROWID;

CREATE TABLE events (
    id            INTEGER PRIMARY KEY,
    experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    run_id        INTEGER REFERENCES generation_runs (id) ON DELETE CASCADE,
    at            TEXT NOT NULL,
    kind          TEXT NOT NULL,
    data          TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX events_by_run ON events (run_id, id);
