"""Akamai EdgeGrid, ``EG1-HMAC-SHA256`` (techdocs.akamai.com, "Authenticate with EdgeGrid"; AkamaiOPEN-edgegrid-python)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import UTC
from typing import ClassVar, Final
from urllib.parse import urlsplit

from ..flow.bases import SchemeBase
from ..flow.commands import forward, note
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..message import Place, Request
from ..octets import bytes_of
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire.edgerc import read_section

_BODY: Final = 131072
_IN_VALUE: Final = re.compile(r"[!-:<-~]+\Z")
"""A value of the header holds no space and no semicolon."""


@dataclass(frozen=True, slots=True)
class EdgeGridClient:
    """The client that signs: the parameters, over the section of an ``.edgerc``."""

    client_token: str
    client_secret: Secret
    access_token: str
    max_body: int
    headers_to_sign: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeGrid(SchemeBase):
    """A signature of Akamai's APIs in the Authorization header."""

    type: ClassVar[str] = "edgegrid"
    places: ClassVar[tuple[Place, ...]] = (Place("header", "Authorization"),)

    access_token: str = param("The access token, akab-….", default="", example="${env:AKAMAI_ACCESS_TOKEN}")
    client_token: str = param("The client token, akab-….", default="", example="${env:AKAMAI_CLIENT_TOKEN}")
    client_secret: Secret = param("The client secret.", default=Secret(""), example="${env:AKAMAI_CLIENT_SECRET}")
    edgerc: Secret = param("An .edgerc file that has them instead.", default=Secret(""), contents=True, example="~/.edgerc")
    section: str = param("Its section.", default="default")
    headers_to_sign: tuple[str, ...] = param("The header fields that are signed, in this order.", default=())
    max_body: int | None = param("How many bytes of a POST's body are signed: 131072.", default=None, size=True)
    base_url: str = param(
        "The URL whose host is signed instead of the request's.", default="", example="https://akab-x.luna.akamaiapis.net"
    )
    nonce: str = param("A fresh one for each request when it is not given.", default="", advanced=True)
    timestamp: str = param("Such as 20260102T03:04:05+0000; now when it is not given.", default="", advanced=True)

    _client: EdgeGridClient = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.base_url and not urlsplit(self.base_url).netloc:
            raise ParameterError("base_url", "base_url is not an absolute URL", "https://host")
        object.__setattr__(self, "_client", self._read_client())
        for name in ("client_token", "access_token"):
            if not _IN_VALUE.match(getattr(self._client, name)):
                raise ParameterError(name, f"the {name} holds a space, a semicolon or no characters of ASCII")

    def reads_body(self, request: Request) -> bool:
        return request.method == "POST"

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:
        client = self._client
        timestamp = self.timestamp or ambient.now().astimezone(UTC).strftime("%Y%m%dT%H:%M:%S+0000")
        unsigned = (
            f"EG1-HMAC-SHA256 client_token={client.client_token};access_token={client.access_token};"
            f"timestamp={timestamp};nonce={self.nonce or ambient.nonce()};"
        )
        data = self._data_to_sign(request, unsigned)
        yield from note("data to sign", data)
        signing_key = _hmac(client.client_secret.reveal(), timestamp)
        signature = Secret(_hmac(signing_key, data))
        authorized = request.with_header("Authorization", f"{unsigned}signature={signature.reveal()}")
        yield from forward(authorized, signature, client.client_secret)

    def _read_client(self) -> EdgeGridClient:
        filed = read_section(self.edgerc.reveal(), self.section) if self.edgerc else {}
        found = {name: getattr(self, name) or filed.get(name, "") for name in ("client_token", "access_token")}
        secret = self.client_secret or Secret(filed.get("client_secret", ""))
        for name, value in {**found, "client_secret": secret}.items():
            if not value:
                raise ParameterError(
                    name if not filed else "section", f"{name} is missing", "edgerc: ~/.edgerc has all three, where there is one"
                )
        size = self.max_body if self.max_body is not None else _number(filed.get("max_body", ""))
        names = self.headers_to_sign or (filed.get("headers_to_sign", ""),)
        listed = tuple(part.strip().lower() for name in names for part in name.split(",") if part.strip())
        return EdgeGridClient(**found, client_secret=secret, max_body=size, headers_to_sign=listed)

    def _data_to_sign(self, request: Request, unsigned: str) -> str:
        host = urlsplit(self.base_url).netloc or request.authority or request.origin.authority
        # A question mark alone is no query.
        relative = request.target if request.query else request.path
        headers = self._canonical_headers(request)
        parts = (request.method, request.origin.scheme, host.lower(), relative, headers, self._content_hash(request), unsigned)
        return "\t".join(parts)

    def _canonical_headers(self, request: Request) -> str:
        fields = [
            (name, ", ".join(request.headers.get_all(name))) for name in self._client.headers_to_sign if name in request.headers
        ]
        return "\t".join(f"{name}:{re.sub(r'\s+', ' ', value.strip())}" for name, value in fields)

    def _content_hash(self, request: Request) -> str:
        body = request.body[: self._client.max_body]
        if request.method != "POST" or not body:
            return ""
        return base64.b64encode(hashlib.sha256(body).digest()).decode()


def _hmac(key: str, text: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), bytes_of(text), "sha256")).decode()


def _number(text: str) -> int:
    if text and not text.isdecimal():
        raise ParameterError("edgerc", "max_body in the .edgerc file is no number")
    return int(text) if text else _BODY
