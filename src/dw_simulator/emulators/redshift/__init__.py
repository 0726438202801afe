"""Amazon Redshift: its wire protocol and SQL in front of PostgreSQL."""
