"""The certificate of the proxy's own CA: P-256, for two years, for servers only (RFC 5280 section 4.2).

It says ``keyUsage: keyCertSign``, which Python since 3.13 insists on, and that no other CA stands below it. Its name holds a
part of its key's digest: clients that trust two of them tell them apart.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ...origin import canonical_host

LIFE: Final = timedelta(days=730)
_BEFORE: Final = timedelta(days=2)
"""How much earlier it begins: clocks of clients differ."""
_EVERY_ADDRESS: Final = tuple(map(ipaddress.ip_network, ("0.0.0.0/0", "::/0")))


def make(now: datetime, only: Sequence[str] = ()) -> bytes:
    """A new CA's private key and certificate in PEM.

    Args:
        now: when it begins.
        only: the hosts it may sign for, each with the names below it; any when there are none.

    Raises:
        RequestError: one of *only* is no host.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"authwright local CA {identifier.digest.hex()[:8]}"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "authwright"),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + LIFE)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_KEY_USAGE, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
    )
    if only:
        builder = builder.add_extension(_constraints(only), critical=True)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _constraints(only: Sequence[str]) -> x509.NameConstraints:
    """The names that it may sign (RFC 5280 section 4.2.1.10); a kind of name without an entry would be unrestricted."""
    permitted = list(_subtrees(only))
    kinds = {type(each) for each in permitted}
    excluded: list[x509.GeneralName] = [] if x509.DNSName in kinds else [x509.DNSName("")]
    if x509.IPAddress not in kinds:
        excluded += [x509.IPAddress(network) for network in _EVERY_ADDRESS]
    return x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=excluded or None)


def _subtrees(only: Sequence[str]) -> Iterator[x509.GeneralName]:
    for text in only:
        host = canonical_host(text.removeprefix("**.").removeprefix("*."))
        try:
            yield x509.IPAddress(ipaddress.ip_network(host))
        except ValueError:
            yield x509.DNSName(host)


_KEY_USAGE: Final = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
