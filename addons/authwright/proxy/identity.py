"""The identity that an origin sees on a connection, and addresses that keep connections of two identities apart.

mitmproxy reuses a connection for every request to the same address. A rule with a client certificate (RFC 8446 section
4.4.2), and a rule whose scheme authenticates the connection itself (RFC 4559), must not share one. So they ask for a
:class:`PinnedAddress`: the same host and port, equal only to a pinned address of the same identity.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from ..errors import AuthwrightError
from ..octets import bytes_of


class Identity(NamedTuple):
    """The identity of a connection to an origin: what a credential and a certificate hold, never what they are called.

    A rule keeps its name and its place while its credential changes, and a file its path. So identities are compared by
    the credential's parameters and the certificate's bytes; both are hidden from a repr.

    Args:
        certificate: a client certificate in PEM; empty for none.
        key: its private key in PEM; empty where it stands in *certificate*.
        principal: the scheme with its resolved parameters, where it authenticates connections; those speak HTTP/1.1.
    """

    certificate: str = ""
    key: str = ""
    principal: object = None

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
        pem, key_pem = (bytes_of(text) for text in (certificate, key))
        return x509.load_pem_x509_certificate(pem), load_pem_private_key(key_pem, None)
    except (ValueError, TypeError) as error:
        raise unreadable(error) from error


def unreadable(error: Exception) -> AuthwrightError:
    """The error for a rule's client certificate that cannot be read because of *error*."""
    return AuthwrightError(
        f"The rule's client certificate or its key cannot be read ({type(error).__name__}).",
        code="client_certificate",
        hint="client_certificate and client_key take PEM: a path, or ${file:…}.",
    )
