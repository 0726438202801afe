"""An S3-compatible store over a directory."""
