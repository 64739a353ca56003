"""Requests that are authorised without running a flow, with the same bytes."""
