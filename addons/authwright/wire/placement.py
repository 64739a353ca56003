"""Puts a credential into its place; exactly one value leaves in each place (RFC 6750 section 2, RFC 6265 section 4.2)."""

from __future__ import annotations

from dataclasses import replace

from ..message import Headers, Place, Request
from . import query


def in_header(request: Request, name: str, prefix: str, value: str) -> Request:
    """*request* with the header *name*: ``prefix value``, or the bare value when *prefix* is empty."""
    return request.with_header(name, f"{prefix} {value}" if prefix else value)


def in_query(request: Request, name: str, value: str) -> Request:
    """*request* with one query parameter *name*, at the end."""
    return request.with_target(query.append(query.without(request.target, name), name, value))


def in_cookie(request: Request, name: str, value: str) -> Request:
    """*request* with one cookie *name*, after the client's other cookies, all in one ``Cookie`` header."""
    others = [pair for pair in _cookies(request.headers) if pair.partition("=")[0].strip() != name]
    return request.with_header("Cookie", "; ".join([*others, f"{name}={value}"]))


def occupied(request: Request, place: Place) -> bool:
    """True when the client itself sent a value in *place*."""
    match place.where:
        case "header":
            return request.headers.resembles(place.name)
        case "query":
            return bool(query.values(request.target, place.name))
        case "cookie":
            return any(pair.partition("=")[0].strip() == place.name for pair in _cookies(request.headers))
        case _:
            return False


def without(request: Request, place: Place) -> Request:
    """*request* with *place* empty."""
    match place.where:
        case "header":
            return replace(request, headers=request.headers.without(place.name))
        case "query":
            return request.with_target(query.without(request.target, place.name))
        case _:
            return request


def _cookies(headers: Headers) -> list[str]:
    return [pair.strip() for value in headers.get_all("Cookie") for pair in value.split(";") if pair.strip()]
