"""The events of a request, as values."""
