"""Our own store (SQLite): experiments, tables, generation runs, events."""
