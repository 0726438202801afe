"""Who may log in: users with passwords, public keys and tokens, checked in the mode ``login: strict``."""
