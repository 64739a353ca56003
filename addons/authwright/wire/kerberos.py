"""A Kerberos ticket for a web server (RFC 4559, RFC 4120), from the credential cache of the user (``kinit``).

Its library is an extra, since it is built against the system's Kerberos.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from ..errors import AuthwrightError
from ..parameters import ParameterError

_SPNEGO: Final = "1.3.6.1.5.5.2"
"""SPNEGO, the mechanism that Negotiate carries (RFC 4178)."""


def check_installed() -> None:
    """Refuse when the extra is missing.

    Raises:
        ParameterError: pointing at the user name, without which a ticket is needed.
    """
    if find_spec("gssapi") is None:
        raise ParameterError(
            "username",
            "without a user name a Kerberos ticket is presented, and the extra for that is not installed",
            "pip install 'authwright[kerberos]', or give username and password",
        )


def token(host: str) -> bytes:
    """The first SPNEGO token for ``HTTP@host``. Blocks: it may ask the key distribution centre.

    Raises:
        AuthwrightError: there is no ticket, or none for this host.
    """
    import gssapi
    from gssapi.raw.misc import GSSError

    try:
        name = gssapi.Name(f"HTTP@{host}", gssapi.NameType.hostbased_service)
        context = gssapi.SecurityContext(name=name, mech=gssapi.OID.from_int_seq(_SPNEGO), usage="initiate")
        return bytes(context.step())
    except GSSError as error:
        reason = " ".join(str(error).split())
        raise AuthwrightError(
            f"There is no Kerberos ticket for HTTP@{host}: {reason[:300]}",
            code="no_ticket",
            hint="Get one with kinit, and look with klist.",
        ) from error
