-- what a list of experiments shows of a schema, so that listing does not read whole schemas; NULL: not computed yet
ALTER TABLE experiments ADD COLUMN summary TEXT;

-- what servers do in the background; a server holds the lock of its name as long as it lives
CREATE TABLE jobs (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    kind          TEXT NOT NULL CHECK (kind IN ('generate', 'load', 'verify')),
    experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
    state         TEXT NOT NULL CHECK (state IN ('running', 'completed', 'failed', 'cancelled', 'aborted')),
    server        TEXT NOT NULL,
    run_id        INTEGER REFERENCES generation_runs (id) ON DELETE SET NULL,
    started_at    TEXT NOT NULL,
    finished_at   TEXT,
    tables        TEXT NOT NULL DEFAULT '[]',
    result        TEXT,
    error         TEXT,
    traceback     TEXT
);
CREATE INDEX jobs_by_experiment ON jobs (experiment_id, id);
CREATE UNIQUE INDEX one_job_at_a_time ON jobs (experiment_id) WHERE state = 'running';
