"""Keeps tokens valid: each is obtained once, saved before it is used, and refreshed in time."""
