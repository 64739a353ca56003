"""Where a proxy serves from, and how it says where it listens: in sentences for people, in an object for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import __version__
from ..config.reload import Watch
from ..outbound import ca_bundle
from ..proxy.server import ca
from ..rules.settings import Settings
from .proxying import notice
from .verb import Everywhere

type ListenAddresses = Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Serving:
    """What is served: the watched configuration of *file*, under *settings*, with all state in *home*.

    Where it is *interactive*, requests that need a person wait while one signs in.
    """

    watch: Watch
    settings: Settings
    home: Path
    file: Path
    interactive: bool = False


def announcing(common: Everywhere, place: Serving) -> Callable[[ListenAddresses], None]:
    """What says where the proxy listens."""
    announce = _announce_object if common.json else _announce
    bundle = _client_bundle(place.home)

    def on_ready(addresses: ListenAddresses) -> None:
        if common.json or not common.quiet:
            announce(place, addresses, bundle)

    return on_ready


def _client_bundle(home: Path) -> Path:
    """A file of CAs for clients: the system's, those their ``SSL_CERT_FILE`` names, and ours."""
    path = home / "client-ca.pem"
    theirs = os.environ.get("SSL_CERT_FILE", "")
    return ca_bundle.write(path, ca_bundle.client_pem(ca.certificate(home), "" if theirs == str(path) else theirs))


def _announce(place: Serving, addresses: ListenAddresses, bundle: Path) -> None:
    rules = place.watch.current
    environment = f", environment {rules.environment}" if rules.environment else ""
    places = ", ".join(map(_shown, addresses))
    count = len(rules.rules)
    notice(f"{__version__} listens on {places}: {count} rule{'s' * (count != 1)} of {place.file}{environment}")
    if place.settings.mode == "regular":
        user = "any:PASSWORD@" if place.settings.password else ""
        url = f"http://{user}{_shown(addresses[0])}"
        print(f"  export http_proxy={url} https_proxy={url} SSL_CERT_FILE={bundle}", file=sys.stderr)
        print(f"  the CA alone: {place.home / 'ca' / 'mitmproxy-ca-cert.pem'}", file=sys.stderr, flush=True)


def _announce_object(place: Serving, addresses: ListenAddresses, bundle: Path) -> None:
    rules = place.watch.current
    about = {
        "file": str(place.file),
        "rules": len(rules.rules),
        "environment": rules.environment or None,
        "ca_bundle": str(bundle),
    }
    print(json.dumps({"listening": [_shown(address) for address in addresses], **about}), flush=True)


def _shown(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
