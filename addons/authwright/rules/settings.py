"""The settings of a configuration: the proxy's address, its limits and its permissions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..parameters import param
from ..secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The proxy's settings. Each but the password is also a flag of ``run``."""

    listen: str = param(
        "The address and port to listen on; another address than loopback needs a password.", default="127.0.0.1:8080"
    )
    mode: str = param("How clients reach it: regular, reverse:URL, upstream:URL or socks5.", default="regular")
    engine: Literal["auto", "stock"] = param(
        "What moves the bytes of HTTP/1.1: auto, a fast layer of its own; stock, mitmproxy's.", default="auto"
    )
    upstream_ca: str = param(
        "A file of CA certificates that are trusted beside the system's.", default="", example="corporate-ca.pem", file=True
    )
    max_signed_body: int = param("How large a body may be that a scheme must read.", default=16 * 1024 * 1024, size=True)
    inspect_all: bool = param("Whether TLS is opened for hosts that no rule names, too.", default=False)
    annotate: bool = param("Whether responses say which rule was at work, in Authwright-Rule.", default=False)
    password: Secret | None = param("What clients must give the proxy.", default=None, example="${env:AUTHWRIGHT_PROXY_PASSWORD}")
