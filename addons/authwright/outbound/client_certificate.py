"""A client certificate for our own connections (RFC 8446 section 4.4.2, RFC 8705 section 2).

Python's ``ssl`` reads a private key from a file only. So the key stands in a file for the moment of reading it: one in
memory where the system has such, else one of its owner's alone.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import AuthwrightError
from ..flow.commands import ClientCertificate


def present(context: ssl.SSLContext, certificate: ClientCertificate) -> None:
    """Make *context* present *certificate* to servers that ask for one.

    Raises:
        AuthwrightError: certificate and key are not PEM, or do not belong together.
    """
    try:
        with _file(f"{certificate.certificate}\n{certificate.key.reveal()}\n") as path:
            context.load_cert_chain(path, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        raise AuthwrightError(
            f"The client certificate or its key cannot be used ({getattr(error, 'reason', None) or type(error).__name__}).",
            code="client_certificate",
            hint="client_certificate and client_key take PEM of one certificate and its key, without a password",
        ) from None


def _no_password() -> str:
    raise ValueError("the key is encrypted")  # else OpenSSL asks on the terminal


@contextmanager
def _file(text: str) -> Iterator[str]:
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("certificate", os.MFD_CLOEXEC), "w") as memory:
            memory.write(text)
            memory.flush()
            yield f"/proc/self/fd/{memory.fileno()}"
    else:
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as named:  # 0600, deleted when it is closed
            named.write(text)
            named.flush()
            yield named.name
