"""S3's wire protocol without sockets: requests, signatures, bodies, XML, errors."""
