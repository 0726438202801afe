"""What the services share to listen on their addresses and to stop in good order."""
