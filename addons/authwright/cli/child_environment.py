"""The environment of a child of ``exec``: it names the proxy, and a bundle of CAs that the child may trust.

Programs name these variables each in their own way. A variable replaces a trust store, so every one of them names a bundle
that holds the system's roots as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ..octets import ERRORS
from .java_options import java_options
from .private_file import private_file

_PROXY: Final = ("http_proxy", "https_proxy", "all_proxy")
_CA_FILE: Final = (
    "SSL_CERT_FILE",  # OpenSSL and with it most languages, httpx, uv, Go
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "AWS_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "npm_config_cafile",
    "NODE_EXTRA_CA_CERTS",
    "CARGO_HTTP_CAINFO",
    "PERL_LWP_SSL_CA_FILE",
    "DENO_CERT",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "HTTPLIB2_CA_CERTS",
    "NIX_SSL_CERT_FILE",
)
_OWN_BUNDLES: Final = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


def own_bundles(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The files of CAs that a child's environment names already; what they hold stays trusted."""
    named = dict.fromkeys(Path(environment[name]) for name in _OWN_BUNDLES if environment.get(name))
    return tuple(path for path in named if path.is_file())


def environment_of_child(
    environment: Mapping[str, str], *, address: tuple[str, int], password: str, bundle: Path, folder: Path
) -> dict[str, str]:
    """The environment of a child behind a proxy.

    ``no_proxy`` is emptied: whatever it names would leave without its credential, and the proxy reaches all that the child
    could reach. Who wants an exception says so for the command: ``exec -- env no_proxy=… CMD``.

    Args:
        environment: the one it would have otherwise.
        address: where the proxy listens.
        password: what the proxy wants to hear from this child.
        bundle: a PEM file of the system's roots and the proxy's own CA.
        folder: a private folder that lives as long as the child; it holds wget's settings and Java's.
    """
    host, port = address
    url = f"http://authwright:{password}@{f'[{host}]' if ':' in host else host}:{port}"
    return {
        **environment,
        **{spelling: url for name in _PROXY for spelling in (name, name.upper())},
        "no_proxy": "",
        "NO_PROXY": "",
        **dict.fromkeys(_CA_FILE, str(bundle)),
        "NODE_USE_ENV_PROXY": "1",
        "WGETRC": str(_wgetrc(environment, bundle, folder)),
        **java_options(environment, address=address, password=password, bundle=bundle, folder=folder),
    }


def _wgetrc(environment: Mapping[str, str], bundle: Path, folder: Path) -> Path:
    """Settings for wget, which reads its CAs from nowhere else; the user's own stand before ours."""
    own = Path(environment.get("WGETRC") or Path(environment.get("HOME", "/")) / ".wgetrc")
    before = own.read_text("utf-8", ERRORS) + "\n" if own.is_file() else ""
    content = f"{before}ca_certificate = {bundle}\n".encode("utf-8", ERRORS)
    return private_file(folder / "wgetrc", content)
