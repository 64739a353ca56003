"""The address to listen on: it must be one, and only this machine may reach it unless clients give a password."""

from __future__ import annotations

import errno
import ipaddress
from typing import TYPE_CHECKING

from mitmproxy.proxy.mode_specs import ProxyMode

from ...errors import AuthwrightError
from ...origin import without_userinfo
from ...terminal import visible

if TYPE_CHECKING:
    from ...rules.settings import Settings


def check_listen(settings: Settings) -> tuple[str, int]:
    """Host and port to listen on.

    Raises:
        AuthwrightError: ``listen`` or ``mode``: the address is none, or other machines can reach it and no password is set.
    """
    host, _, port = settings.listen.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdecimal() or int(port) > 65535:
        raise AuthwrightError(
            f"settings.listen: {settings.listen!r} is no HOST:PORT.", code="listen", hint="Write 127.0.0.1:8080."
        )
    try:
        mode = ProxyMode.parse(settings.mode)
    except ValueError as error:
        shown = without_userinfo(settings.mode)
        why = f" ({error})" if shown == settings.mode else ""  # mitmproxy's own words may quote it
        raise AuthwrightError(
            f"settings.mode: {shown!r} is no mode{why}.",
            code="mode",
            hint="Write regular, reverse:URL, upstream:URL or socks5.",
        ) from error
    if settings.password is None and not all(is_loopback(each) for each in (host, mode.listen_host(host))):
        raise AuthwrightError(
            f"{settings.listen} can be reached from other machines, so clients must give a password.",
            code="listen",
            hint='Set settings.password: "${env:NAME}", or listen on 127.0.0.1.',
        )
    return host, int(port)


def is_loopback(host: str) -> bool:
    """True when only this machine reaches *host*."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def cannot_listen(error: Exception) -> AuthwrightError:
    """The error for a port that cannot be opened, made of the system's *error*."""
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return AuthwrightError(
            "The port is already in use.", code="listen", hint="Take a free one: authwright run --listen 127.0.0.1:0"
        )
    return AuthwrightError(
        f"The proxy cannot listen: {visible(str(error))}.", code="listen", hint="Try authwright run --listen 127.0.0.1:0"
    )
