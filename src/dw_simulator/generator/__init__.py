"""Schema and seed -> Arrow batches -> Parquet."""
