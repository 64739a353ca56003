"""Client certificates per rule (RFC 8446 section 4.4.2), and connections that are not shared between identities.

mitmproxy reuses a connection for every request to the same address. So a rule with a certificate, or one whose scheme
authenticates the connection itself (RFC 4559), asks for another address: a :class:`PinnedAddress`, which is the same host and port
but equal only to a door of the same identity.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from mitmproxy import ctx
from mitmproxy.tls import TlsData

from ..errors import AuthwrightError
from ..ownership import NotOwn, read_own

_MOST: Final = 1024 * 1024
"""Bytes of a certificate's file at most."""


class Identity(NamedTuple):
    """Who the origin takes a connection for.

    Args:
        certificate: a client certificate: PEM, or a path to it; empty for none.
        key: its key, likewise.
        rule: the rule that the connection belongs to, where its scheme authenticates connections; those speak HTTP/1.1.
    """

    certificate: str = ""
    key: str = ""
    rule: str = ""

    def __repr__(self) -> str:
        return "Identity(…)"


class PinnedAddress(tuple[str, int]):  # noqa: SLOT001 - a tuple has no room for slots
    """Host and port, as one identity sees them."""

    identity: Identity

    @classmethod
    def of(cls, address: tuple[str, int], identity: Identity) -> PinnedAddress:
        """*address* for *identity* alone."""
        door = cls(address)
        door.identity = identity
        return door

    def __eq__(self, other: object) -> bool:
        return tuple.__eq__(self, other) is True and getattr(other, "identity", None) == self.identity

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__


def present(data: TlsData) -> None:
    """Give the connection what its identity needs, if its address is a door: a certificate, or HTTP/1.1 alone.

    Raises:
        AuthwrightError: the certificate or its key cannot be read.
    """
    door = getattr(data.conn, "address", None)
    if isinstance(door, PinnedAddress):
        if data.ssl_conn is None:  # a script's hooks run before mitmproxy's own, which leaves alone what it finds made
            ctx.master.addons.get("tlsconfig").tls_start_server(data)
        assert data.ssl_conn is not None
        if door.identity.certificate:
            certificate, key = loaded(door.identity)
            data.ssl_conn.use_certificate(certificate)
            data.ssl_conn.use_privatekey(key)
        if door.identity.rule:
            data.conn.alpn_offers = [b"http/1.1"]
            data.ssl_conn.set_alpn_protos([b"http/1.1"])


def speak_http1(data: TlsData) -> None:
    """Agree on HTTP/1.1 with the client: its requests' connections upstream are to be as many, and in the same order."""
    if data.ssl_conn is None:
        ctx.master.addons.get("tlsconfig").tls_start_client(data)
    assert data.ssl_conn is not None
    data.ssl_conn.get_app_data()["http2"] = False


@lru_cache(64)
def loaded(identity: Identity) -> tuple[Any, Any]:
    """The parsed certificate and key.

    Raises:
        AuthwrightError: one of them cannot be read.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        certificate = _pem(identity.certificate)
        key = _pem(identity.key) if identity.key else certificate
        return x509.load_pem_x509_certificate(certificate), load_pem_private_key(key, None)
    except NotOwn as error:
        raise AuthwrightError(error.message, code="client_certificate", hint=error.hint) from None
    except (ValueError, TypeError, OSError) as error:
        raise AuthwrightError(
            f"The rule's client certificate or its key cannot be read ({type(error).__name__}).",
            code="client_certificate",
            hint="client_certificate and client_key take PEM: a path, or ${file:…}.",
        ) from error


def _pem(text: str) -> bytes:
    return text.encode() if "-----BEGIN" in text else read_own(Path(text).expanduser(), _MOST)
