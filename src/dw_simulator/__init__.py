"""A Redshift, a Snowflake and an S3 on your own machine, filled with realistic synthetic data."""
