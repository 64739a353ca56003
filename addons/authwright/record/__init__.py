"""What happened to a request, as values."""
