"""A Kerberos ticket for a web server (RFC 4559, RFC 4120), from the credential cache of whoever runs this (``kinit``).

What it stands on is an extra, since it is built against the system's Kerberos.
"""

from __future__ import annotations

from importlib.util import find_spec

from ..errors import AuthwrightError
from ..parameters import ParameterError


def check_installed() -> None:
    """Refuse where the extra is missing.

    Raises:
        ParameterError: pointing at the user name, without which a ticket is needed.
    """
    if find_spec("gssapi") is None or find_spec("krb5") is None:
        raise ParameterError(
            "username",
            "without a user name a Kerberos ticket is presented, and the extra for that is not installed",
            "pip install 'authwright[kerberos]', or give username and password",
        )


def token(host: str) -> bytes:
    """The first SPNEGO token (RFC 4178) for ``HTTP@host``. Blocks: it may ask the key distribution centre.

    Raises:
        AuthwrightError: there is no ticket, or none for this host.
    """
    import spnego

    try:
        context = spnego.client(hostname=host, service="HTTP", protocol="kerberos")
        return context.step() or b""
    except (spnego.exceptions.SpnegoError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise AuthwrightError(
            f"There is no Kerberos ticket for HTTP@{host}: {reason[:300]}",
            code="no_ticket",
            hint="Get one with kinit, and look with klist.",
        ) from error
