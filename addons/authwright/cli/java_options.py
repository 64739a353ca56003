"""A JVM's options: it reads no proxy variables, and its trust store is no PEM file."""

from __future__ import annotations

import os
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .private_file import private_file

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_STORE_PASSWORD: Final = "changeit"
"""The JDK's own; a trust store holds nothing secret."""


def java_options(
    environment: Mapping[str, str], *, address: tuple[str, int], password: str, bundle: Path, folder: Path
) -> dict[str, str]:
    """``JAVA_TOOL_OPTIONS`` and ``JDK_JAVA_OPTIONS`` for a proxy and its CA; nothing where there is no Java.

    A JVM prints its ``JAVA_TOOL_OPTIONS``, so the proxy's password goes into a private file that ``JDK_JAVA_OPTIONS`` names
    (Java 9 and newer). Clients that read ``http.proxyUser`` use it; the JDK's own need an ``Authenticator``.

    Args:
        environment: the child's environment so far.
        address: where the proxy listens.
        password: the proxy's password.
        bundle: a PEM file of CAs.
        folder: where the two files go.
    """
    if not _has_java(environment):
        return {}
    store = private_file(folder / "truststore.p12", _trust_store(bundle.read_bytes()))
    user = {"User": "authwright", "Password": password}
    lines = "".join(f"-D{scheme}.proxy{key}={value}\n" for scheme in ("http", "https") for key, value in user.items())
    private = private_file(folder / "java.options", lines.encode())
    host, port = address
    options = [
        *(f"-D{scheme}.proxy{key}={value}" for scheme in ("http", "https") for key, value in (("Host", host), ("Port", port))),
        "-Dhttp.nonProxyHosts=",
        "-Djdk.http.auth.tunneling.disabledSchemes=",
        f"-Djavax.net.ssl.trustStore={store}",
        "-Djavax.net.ssl.trustStoreType=PKCS12",
        f"-Djavax.net.ssl.trustStorePassword={_STORE_PASSWORD}",
    ]
    return {
        "JAVA_TOOL_OPTIONS": " ".join(filter(None, (environment.get("JAVA_TOOL_OPTIONS", ""), *options))),
        "JDK_JAVA_OPTIONS": " ".join(filter(None, (environment.get("JDK_JAVA_OPTIONS", ""), f"@{private}"))),
    }


def _has_java(environment: Mapping[str, str]) -> bool:
    home = environment.get("JAVA_HOME")
    return bool(shutil.which("java", path=environment.get("PATH")) or (home and os.access(Path(home) / "bin/java", os.X_OK)))


def _trust_store(pem: bytes) -> bytes:
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

    entries = [pkcs12.PKCS12Certificate(one, b"ca-%d" % index) for index, one in enumerate(_certificates(pem))]
    return pkcs12.serialize_java_truststore(entries, BestAvailableEncryption(_STORE_PASSWORD.encode()))


def _certificates(pem: bytes) -> Iterator[Certificate]:
    """The certificates of a bundle; systems ship some that the library warns of, or will not read one day."""
    from cryptography.x509 import load_pem_x509_certificate

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for block in re.findall(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", pem, re.DOTALL):
            with suppress(ValueError):
                yield load_pem_x509_certificate(block)
