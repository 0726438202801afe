"""How each client connects to a service: one module a service, one entry a client."""
