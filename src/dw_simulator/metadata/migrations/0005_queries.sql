-- what was run in the workspace, the newest thousand; secrets are masked before they come here
CREATE TABLE query_history (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    warehouse  TEXT NOT NULL,
    experiment TEXT,
    sql        TEXT NOT NULL,
    at         TEXT NOT NULL,
    seconds    REAL NOT NULL,
    row_count  INTEGER, -- NULL: it failed, or its rows are still being read
    error      TEXT
);
CREATE INDEX query_history_by_warehouse ON query_history (warehouse, id);

CREATE TABLE saved_queries (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL COLLATE NOCASE UNIQUE,
    sql        TEXT NOT NULL,
    warehouse  TEXT,
    experiment TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
