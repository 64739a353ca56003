"""Which rule applies to a request, and under which conditions it may."""
