"""External tables over S3, as Redshift Spectrum reads them."""
