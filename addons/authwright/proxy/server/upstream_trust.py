"""The certificate authorities that are believed of origins: the system's, and for hosts that rules name ``upstream_ca``, too.

mitmproxy verifies every origin by one bundle, which here holds the system's roots alone. OpenSSL looks for roots in the context
of a connection, so a connection to a host that rules name gets another context; what else was set for it stays.
"""

from __future__ import annotations

from pathlib import Path

from mitmproxy.proxy.mode_specs import UpstreamMode
from mitmproxy.tls import TlsData
from OpenSSL import SSL

from ...errors import RequestError
from ...origin import canonical_host
from ...rules.ruleset import RuleSet


class UpstreamTrust:
    """What is trusted beside the system's roots.

    Args:
        bundle: a PEM file of the system's roots and those of ``upstream_ca``; ``None`` where nothing is added.
    """

    def __init__(self, bundle: Path | None = None) -> None:
        self._context = None
        if bundle is not None:
            self._context = SSL.Context(SSL.TLS_CLIENT_METHOD)
            self._context.load_verify_locations(str(bundle))

    def extend(self, data: TlsData, rules: RuleSet) -> None:
        """Believe ``upstream_ca`` on a connection that begins TLS, where a rule injects a credential on its host."""
        if self._context is not None and data.ssl_conn is not None and _is_named(data, rules):
            data.ssl_conn.set_context(self._context)


def _is_named(data: TlsData, rules: RuleSet) -> bool:
    address, mode = getattr(data.conn, "address", None), data.context.client.proxy_mode
    if address is None:
        return False
    if isinstance(mode, UpstreamMode) and tuple(address) == tuple(mode.address):
        return True  # the other proxy is named by `mode`
    try:
        return rules.names(canonical_host(data.conn.sni or address[0]))  # the name that the certificate is verified for
    except RequestError:
        return False
