"""Bundles of CA certificates: those that the proxy trusts, and those that its clients should trust.

Variables such as ``SSL_CERT_FILE`` *replace* a program's store, so a bundle always holds the system's roots too.
"""

from __future__ import annotations

import os
import re
import ssl
from hashlib import sha256
from pathlib import Path
from typing import Final

from ..errors import AuthwrightError
from ..ownership import NotFile, NotOwn, read_own

_USUAL: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)

_CERTIFICATE: Final = re.compile(r"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([^-]*)-----END")


_MOST: Final = 16 * 1024 * 1024
"""Bytes of a file of CAs at most."""


def system_pem() -> str:
    """The system's roots: OpenSSL's own file, one of the usual places, else the certifi package's."""
    for candidate in (ssl.get_default_verify_paths().openssl_cafile, *_USUAL):
        if text := _read(candidate):
            return text
    import certifi

    return certifi.contents()


def upstream_pem(upstream_ca: str = "") -> str:
    """The CAs trusted for origins and token endpoints: the system's roots, ``SSL_CERT_FILE`` and *upstream_ca*.

    Raises:
        AuthwrightError: *upstream_ca* holds no certificate.
    """
    parts = [system_pem(), _read(os.environ.get("SSL_CERT_FILE", ""))]
    if upstream_ca:
        more = _named(upstream_ca)
        if "-----BEGIN CERTIFICATE-----" not in more:
            raise AuthwrightError(
                f"settings.upstream_ca: {upstream_ca[:200]} holds no certificate.",
                code="upstream_ca",
                hint="Name a PEM file of CA certificates.",
            )
        parts.append(more)
    return "\n".join(part for part in parts if part)


def fingerprints(upstream_ca: str = "") -> tuple[str, ...]:
    """The SHA-256 fingerprints of the certificates of *upstream_ca*, sorted; what cannot be read has none."""
    blocks = _CERTIFICATE.findall(_named(upstream_ca)) if upstream_ca else []
    return tuple(sorted({sha256("".join(block.split()).encode("ascii")).hexdigest() for block in blocks}))


def client_pem(own: str, child_file: str = "") -> str:
    """The CAs that a child behind the proxy should trust: the system's roots, its own ``SSL_CERT_FILE``, and *own*, our CA."""
    return "\n".join(part for part in (system_pem(), _read(child_file), own) if part)


def write(path: Path, pem: str) -> Path:
    """Write a bundle to *path*, readable by its owner alone, in one step."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(pem)
    temporary.replace(path)
    return path


def _named(upstream_ca: str) -> str:
    """The PEM text that *upstream_ca* is, or names."""
    return upstream_ca if "-----BEGIN" in upstream_ca else _own(Path(upstream_ca).expanduser())


def _own(path: Path) -> str:
    """The text of the user's own file; empty when it cannot be read.

    Raises:
        AuthwrightError: other users can write to it.
    """
    try:
        return read_own(path, _MOST).decode("ascii", "ignore")
    except (NotFile, OSError):
        return ""
    except NotOwn as error:
        raise AuthwrightError(f"settings.upstream_ca: {error.message}", code="upstream_ca", hint=error.hint) from None


def _read(path: str) -> str:
    try:
        return Path(path).read_text("ascii", "ignore") if path else ""
    except OSError:
        return ""
