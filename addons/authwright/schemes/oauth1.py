"""OAuth 1.0 (RFC 5849) signs a request for a client, and for a resource owner when there is a token."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, Literal

from ..flow.bases import SchemeBase
from ..flow.commands import forward, note
from ..flow.language import Flow
from ..flow.protocols import Ambient
from ..message import Place, Request
from ..octets import bytes_of, text_of
from ..parameters import ParameterError, param
from ..secret import Secret
from ..wire import oauth_signature, query
from ..wire.challenge import quoted
from ..wire.form import MEDIA_TYPE
from ..wire.oauth_signature import Pair, SignatureMethod
from ..wire.percent import form_decode, percent_encode
from ..wire.sent import media_type

_ALWAYS: Final = ("consumer_key", "token", "signature_method", "signature", "timestamp", "nonce", "version", "body_hash")


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth1(SchemeBase):
    """An OAuth 1.0 signature in the Authorization header, the query or a form body."""

    type: ClassVar[str] = "oauth1"

    consumer_key: str = param("The client's identifier.", example="dpf43f3p2l4k3l03")
    consumer_secret: Secret = param("The client's shared secret.", default=Secret(""), example="${env:CONSUMER_SECRET}")
    token: str = param("The token; leave it out for a request that needs none.", default="")
    token_secret: Secret = param("The token's shared secret.", default=Secret(""), example="${env:TOKEN_SECRET}")
    signature_method: SignatureMethod = param("How the request is signed.", default="HMAC-SHA1")
    private_key: Secret | None = param(
        "The RSA private key in PEM, for the RSA methods.", default=None, example="${file:key.pem}"
    )
    placement: Literal["header", "query", "body"] = param(
        "Where the parameters go; body is for forms, and the query stands in for it in any other request.", default="header"
    )
    realm: str = param("The realm, in the header only.", default="", example="Photos")
    callback: str = param("oauth_callback, to ask for a temporary credential.", default="", example="oob")
    verifier: str = param("oauth_verifier, to exchange that for a token.", default="")
    body_hash: bool = param("Whether a body that is no form is signed too, by its hash.", default=False)
    timestamp: str = param("Seconds since 1970; now when it is not given.", default="", advanced=True)
    nonce: str = param("A fresh one for each request when it is not given.", default="", advanced=True)
    version: str = param("oauth_version; empty to leave it out.", default="1.0", advanced=True)
    include_empty: bool = param("Whether an empty token or version is sent and signed.", default=False, advanced=True)
    encode_header: bool = param("Whether values in the header are percent-encoded, as they must be.", default=True, advanced=True)

    _key: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if not self.consumer_key:
            raise ParameterError("consumer_key", "the consumer key is empty")
        if self.signature_method.startswith("RSA"):
            if not self.private_key:
                raise ParameterError(
                    "private_key",
                    f"{self.signature_method} signs with a private key, and there is none",
                    "private_key: ${file:key.pem}",
                )
            object.__setattr__(self, "_key", oauth_signature.rsa_key("private_key", self.private_key))

    @property
    def places(self) -> tuple[Place, ...]:
        # A request has one signature, wherever it stands (section 3.1).
        return (Place("header", "Authorization"), *(Place("query", name) for name in self._names()))

    def reads_body(self, request: Request) -> bool:
        signed = self.signature_method != "PLAINTEXT"
        if media_type(request) == MEDIA_TYPE:
            return signed or self.placement == "body"
        return signed and self._hashes_body()

    def authorize(self, request: Request, ambient: Ambient) -> Flow[None]:
        request = self._unsigned(request)
        oauth = self._protocol_parameters(request, ambient)
        base = oauth_signature.base_string(request, _form(request), oauth)
        yield from note("signature base string", base)
        signature = Secret(self._signature(base))
        yield from forward(self._placed(request, [*oauth, ("oauth_signature", signature.reveal())]), signature)

    def _names(self) -> tuple[str, ...]:
        """The parameters that the scheme replaces. The client's own callback and verifier stay unless the credential has one."""
        given = [name for name in ("callback", "verifier") if getattr(self, name)]
        return tuple(f"oauth_{name}" for name in (*_ALWAYS, *given))

    def _unsigned(self, request: Request) -> Request:
        """*request* without the client's own signature in a form body. A body without a signature stays byte for byte."""
        names, parts = self._names(), _form(request).split("&")
        kept = [part for part in parts if form_decode(part.partition("=")[0]) not in names]
        return request if len(kept) == len(parts) else replace(request, body=bytes_of("&".join(kept)))

    def _hashes_body(self) -> bool:
        # The draft leaves the hash out of forms, whose parameters are signed, and of the requests that obtain a token.
        return self.body_hash and not self.callback and not self.verifier

    def _protocol_parameters(self, request: Request, ambient: Ambient) -> list[Pair]:
        found = {
            "consumer_key": self.consumer_key,
            "token": self.token,
            "signature_method": self.signature_method,
            "timestamp": self.timestamp or str(int(ambient.now().timestamp())),
            "nonce": self.nonce or ambient.nonce(),
            "version": self.version,
        }
        pairs = [(f"oauth_{name}", value) for name, value in found.items() if value or self.include_empty]
        pairs += [(f"oauth_{name}", value) for name in ("callback", "verifier") if (value := getattr(self, name))]
        if self._hashes_body() and self.signature_method != "PLAINTEXT" and media_type(request) != MEDIA_TYPE:
            pairs.append(("oauth_body_hash", oauth_signature.body_hash(self.signature_method, request.body)))
        return pairs

    def _signature(self, base: str) -> str:
        if self._key is not None:
            return oauth_signature.rsa_signature(self.signature_method, self._key, base)
        key = oauth_signature.shared_key(self.consumer_secret, self.token_secret)
        return key if self.signature_method == "PLAINTEXT" else oauth_signature.hmac_signature(self.signature_method, key, base)

    def _placed(self, request: Request, oauth: list[Pair]) -> Request:
        if self.placement == "header":
            return request.with_header("Authorization", self._header(oauth))
        if self.placement == "body" and media_type(request) == MEDIA_TYPE:
            return replace(request, body=_joined(request.body, oauth))
        target = request.target
        for name, value in oauth:
            target = query.append(target, name, value)
        return request.with_target(target)

    def _header(self, oauth: Iterable[Pair]) -> str:
        encode = percent_encode if self.encode_header else str
        realm = [f"realm={quoted(self.realm)}"] if self.realm else []
        return "OAuth " + ", ".join([*realm, *(f"{encode(name)}={quoted(encode(value))}" for name, value in oauth)])


def _form(request: Request) -> str:
    return text_of(request.body) if media_type(request) == MEDIA_TYPE else ""


def _joined(body: bytes, oauth: Iterable[Pair]) -> bytes:
    added = "&".join(f"{percent_encode(name)}={percent_encode(value)}" for name, value in oauth)
    separator = b"" if not body or body.endswith(b"&") else b"&"
    return body + separator + added.encode()
