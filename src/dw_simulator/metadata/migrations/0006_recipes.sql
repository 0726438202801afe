-- what a run makes, as a digest: one that was cut off is gone on with by a run of the same recipe
ALTER TABLE generation_runs ADD COLUMN recipe TEXT NOT NULL DEFAULT '';
