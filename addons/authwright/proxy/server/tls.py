"""TLS contexts that mitmproxy made, amended: a rule's client certificate, and HTTP/1.1 alone where connections are authenticated."""

from __future__ import annotations

from mitmproxy import ctx
from mitmproxy.tls import TlsData

from ..identity import PinnedAddress


def present(data: TlsData) -> None:
    """Give a connection to a pinned address what its identity needs: a client certificate, or HTTP/1.1 alone.

    Raises:
        AuthwrightError: the certificate or its key cannot be read.
    """
    address = getattr(data.conn, "address", None)
    if not isinstance(address, PinnedAddress):
        return
    if data.ssl_conn is None:  # a script's hooks run before mitmproxy's own, which leaves alone what it finds made
        ctx.master.addons.get("tlsconfig").tls_start_server(data)
    assert data.ssl_conn is not None
    if address.identity.certificate:
        certificate, key = address.identity.loaded()
        data.ssl_conn.use_certificate(certificate)
        data.ssl_conn.use_privatekey(key)
    if address.identity.principal is not None:
        data.conn.alpn_offers = [b"http/1.1"]
        data.ssl_conn.set_alpn_protos([b"http/1.1"])


def speak_http1(data: TlsData) -> None:
    """Agree on HTTP/1.1 with the client, whose requests then come one after the other, as the origin's connection needs them."""
    if data.ssl_conn is None:
        ctx.master.addons.get("tlsconfig").tls_start_client(data)
    assert data.ssl_conn is not None
    data.ssl_conn.get_app_data()["http2"] = False
