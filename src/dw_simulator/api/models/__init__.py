"""Bodies of requests and answers that are not models of other packages already; one module a resource."""
