"""The host and media type that a signature covers, as the server will read them (RFC 9110 sections 7.2 and 8.3)."""

from __future__ import annotations

from ..message import Request


def sent_host(request: Request) -> str:
    """The host as the client spelt it in ``Host`` or ``:authority``, in lower case and without a port."""
    authority = (request.authority or request.origin.authority).lower()
    host, colon, port = authority.rpartition(":")
    return host if colon and (port.isdecimal() or not port) else authority


def media_type(request: Request) -> str:
    """The media type of ``Content-Type``, in lower case and without parameters; empty when the field is missing."""
    return (request.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
