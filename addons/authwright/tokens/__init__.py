"""Where tokens rest, and how one stays valid: obtained once, saved before it is used, refreshed in time."""
