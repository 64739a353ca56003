"""A proxy says where it listens: in sentences for people, in an object for programs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from .. import __version__
from ..outbound import ca_bundle
from ..proxy.server import ca
from ..proxy.server.master import ListenAddresses
from .configuration import LoadedConfiguration
from .output import notice, print_json, say
from .verb import Everywhere


def announcer(common: Everywhere, served: LoadedConfiguration) -> Callable[[ListenAddresses], None]:
    """A function that says where the proxy for the configuration *served* listens."""
    announce = _announce_object if common.json else _announce
    bundle = _client_bundle(served.home)

    def on_ready(addresses: ListenAddresses) -> None:
        if common.json or not common.quiet:
            announce(served, addresses, bundle)

    return on_ready


def _client_bundle(home: Path) -> Path:
    """A file of CAs for clients: the system's, those their ``SSL_CERT_FILE`` names, and ours."""
    path = home / "client-ca.pem"
    theirs = os.environ.get("SSL_CERT_FILE", "")
    return ca_bundle.write(path, ca_bundle.client_pem(ca.certificate(home), "" if theirs == str(path) else theirs))


def _announce(served: LoadedConfiguration, addresses: ListenAddresses, bundle: Path) -> None:
    rules = served.rules
    environment = f", environment {rules.environment}" if rules.environment else ""
    places = ", ".join(map(_shown, addresses))
    count = len(rules.rules)
    notice(f"{__version__} listens on {places}: {count} rule{'s' * (count != 1)} of {served.file}{environment}")
    if served.settings.mode == "regular":
        user = "any:PASSWORD@" if served.settings.password else ""
        url = f"http://{user}{_shown(addresses[0])}"
        say(f"  export http_proxy={url} https_proxy={url} SSL_CERT_FILE={bundle}")
        say(f"  the CA alone: {served.home / 'ca' / 'mitmproxy-ca-cert.pem'}")


def _announce_object(served: LoadedConfiguration, addresses: ListenAddresses, bundle: Path) -> None:
    rules = served.rules
    about = {
        "file": str(served.file),
        "rules": len(rules.rules),
        "environment": rules.environment or None,
        "ca_bundle": str(bundle),
    }
    print_json({"listening": [_shown(address) for address in addresses], **about})


def _shown(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
