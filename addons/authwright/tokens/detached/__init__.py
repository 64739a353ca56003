"""Attempts in a process of their own, which outlives the proxy."""
