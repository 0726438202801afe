-- the version of this package that made a run: another one need not make rows that go with it
ALTER TABLE generation_runs ADD COLUMN version TEXT NOT NULL DEFAULT '';
