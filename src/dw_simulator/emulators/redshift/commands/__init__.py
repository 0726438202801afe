"""Redshift's commands: the router decides per statement, a handler each runs what PostgreSQL has no command for."""
