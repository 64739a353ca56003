"""The identity that an origin sees on a connection, and addresses that keep connections of two identities apart.

mitmproxy reuses a connection for every request to the same address. A rule with a client certificate (RFC 8446 section
4.4.2), and a rule whose scheme authenticates the connection itself (RFC 4559), must not share one. So they ask for a
:class:`PinnedAddress`: the same host and port, equal only to a pinned address of the same identity.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import AuthwrightError


class Identity(NamedTuple):
    """The identity of a connection to an origin.

    Args:
        certificate: a client certificate: PEM, or a path to it; empty for none.
        key: its private key, likewise; empty when the certificate's PEM holds it too.
        rule: the rule that owns the connection, where its scheme authenticates connections; those speak HTTP/1.1.
    """

    certificate: str = ""
    key: str = ""
    rule: str = ""

    def __repr__(self) -> str:
        return "Identity(…)"

    def loaded(self) -> tuple[Any, Any]:
        """The parsed certificate and its key; each identity is parsed once.

        Raises:
            AuthwrightError: ``client_certificate``: one of them cannot be read.
        """
        return _loaded(self.certificate, self.key or self.certificate)


class PinnedAddress(tuple[str, int]):  # noqa: SLOT001 - a tuple has no room for slots
    """Host and port, as one identity sees them."""

    identity: Identity

    @classmethod
    def of(cls, address: tuple[str, int], identity: Identity) -> PinnedAddress:
        """*address* for *identity* alone."""
        pinned = cls(address)
        pinned.identity = identity
        return pinned

    def __eq__(self, other: object) -> bool:
        return tuple.__eq__(self, other) is True and getattr(other, "identity", None) == self.identity

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__


@lru_cache(64)
def _loaded(certificate: str, key: str) -> tuple[Any, Any]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return x509.load_pem_x509_certificate(_pem(certificate)), load_pem_private_key(_pem(key), None)
    except (ValueError, TypeError, OSError) as error:
        raise AuthwrightError(
            f"The rule's client certificate or its key cannot be read ({type(error).__name__}).",
            code="client_certificate",
            hint="client_certificate and client_key take PEM: a path, or ${file:…}.",
        ) from error


def _pem(text: str) -> bytes:
    return text.encode() if "-----BEGIN" in text else Path(text).expanduser().read_bytes()
