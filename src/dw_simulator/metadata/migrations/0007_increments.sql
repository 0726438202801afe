-- a run that continues another: it has that one's files and its own; days counts what all runs before and it have added
ALTER TABLE generation_runs ADD COLUMN extends INTEGER;
ALTER TABLE generation_runs ADD COLUMN days INTEGER NOT NULL DEFAULT 0;
