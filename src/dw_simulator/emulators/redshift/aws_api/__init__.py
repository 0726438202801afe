"""AWS's HTTP APIs of Redshift: temporary credentials, where a cluster is, and the Data API."""
