"""Client certificates per rule (RFC 8446 section 4.4.2), and connections that are not shared between identities.

mitmproxy reuses a connection for every request to the same address. So a rule with a certificate asks for another
address: a :class:`Door`, which is the same host and port but equal only to a door of the same identity.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from mitmproxy import ctx
from mitmproxy.tls import TlsData

from ..errors import AuthwrightError


class Certificate(NamedTuple):
    """A client certificate and its key: PEM, or a path to it."""

    certificate: str
    key: str

    def __repr__(self) -> str:
        return "Certificate(…)"


class Door(tuple[str, int]):  # noqa: SLOT001 - a tuple has no room for slots
    """Host and port, as one identity sees them."""

    identity: Certificate

    @classmethod
    def of(cls, address: tuple[str, int], identity: Certificate) -> Door:
        """*address* for *identity* alone."""
        door = cls(address)
        door.identity = identity
        return door

    def __eq__(self, other: object) -> bool:
        return tuple.__eq__(self, other) is True and getattr(other, "identity", None) == self.identity

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__


def present_certificate(data: TlsData) -> None:
    """Give the connection its identity's certificate, if its address is a door.

    Raises:
        AuthwrightError: the certificate or its key cannot be read.
    """
    door = getattr(data.conn, "address", None)
    if isinstance(door, Door):
        if data.ssl_conn is None:  # a script's hooks run before mitmproxy's own, which leaves alone what it finds made
            ctx.master.addons.get("tlsconfig").tls_start_server(data)
        assert data.ssl_conn is not None
        certificate, key = loaded(door.identity)
        data.ssl_conn.use_certificate(certificate)
        data.ssl_conn.use_privatekey(key)


@lru_cache(64)
def loaded(identity: Certificate) -> tuple[Any, Any]:
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
    except (ValueError, TypeError, OSError) as error:
        raise AuthwrightError(
            f"The rule's client certificate or its key cannot be read ({type(error).__name__}).",
            code="client_certificate",
            hint="client_certificate and client_key take PEM: a path, or ${file:…}.",
        ) from error


def _pem(text: str) -> bytes:
    return text.encode() if "-----BEGIN" in text else Path(text).expanduser().read_bytes()
