"""`dw-sim demo`: what it shows, and how it runs."""
