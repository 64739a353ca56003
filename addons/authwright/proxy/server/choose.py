"""The choice of the carrier: our own layer serves connections that speak HTTP/1.1, unless an addon looks at mitmproxy's flows."""

from __future__ import annotations

from mitmproxy.proxy import layer, layers
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.modes import HttpProxy, HttpUpstreamProxy, ReverseProxy
from mitmproxy.proxy.mode_specs import ReverseMode
from mitmproxy.proxy.tunnel import TunnelLayer

from ..http1.layer import Http1
from ..http1.ready_cache import ReadyCache
from ..intake import Intake

_HTTP1 = (None, b"", b"http/1.1", b"http/1.0")


class Chooser:
    """Chooses the carrier of each connection.

    Args:
        intake: what both carriers do with every request.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._ready = ReadyCache(intake)

    def choose(self, nextlayer: layer.NextLayer) -> bool:
        """Put our layer in, and return whether it serves the connection.

        In another mitmproxy its own addon chose before. A layer enters itself among the context's layers, so the chosen one
        is taken out while we look, and stays out only when ours goes in.
        """
        context, chosen = nextlayer.context, nextlayer.layer
        entered = context.layers[context.layers.index(chosen) :] if chosen in context.layers else []
        del context.layers[len(context.layers) - len(entered) :]
        ours = self._chosen(nextlayer)
        if ours is None:
            context.layers.extend(entered)
            return False
        nextlayer.layer = ours
        return True

    def _chosen(self, nextlayer: layer.NextLayer) -> layer.Layer | None:
        context, data = nextlayer.context, nextlayer.data_client()
        mode = context.client.proxy_mode
        if not data or context.client.alpn not in _HTTP1:
            return None
        if not context.layers or context.client.transport_protocol != "tcp":
            return None
        top = context.layers[-1]
        if isinstance(mode, ReverseMode):
            return self._in_reverse(context, mode.scheme, tls=data.startswith(b"\x16"))
        if data.startswith(b"\x16"):
            return _client_tls(context, upstream=True) if isinstance(_around(context), Http1) else None
        if isinstance(top, HttpProxy | HttpUpstreamProxy):
            return Http1(context, self._intake, self._ready)
        if context.server.address is None:
            return None
        scheme = "https" if isinstance(top, layers.ClientTLSLayer) else "http"
        return Http1(context, self._intake, self._ready, scheme) if scheme == "https" or self._named(context) else None

    def _in_reverse(self, context: Context, scheme: str, *, tls: bool) -> layer.Layer | None:
        if scheme not in ("http", "https") or context.server.address is None:
            return None
        if tls:
            return _client_tls(context, upstream=scheme == "https") if isinstance(context.layers[-1], ReverseProxy) else None
        return Http1(context, self._intake, self._ready, scheme)

    def _named(self, context: Context) -> bool:
        try:
            return context.server.address is None or self._intake.names(context.server.address)
        except Exception:  # noqa: BLE001 - read as HTTP, it is guarded
            return True


def _around(context: Context) -> layer.Layer:
    """The layer around the next one, without those that lead to its server."""
    towards_client = (
        each for each in context.layers if isinstance(each, layers.ClientTLSLayer) or not isinstance(each, TunnelLayer)
    )
    return list(towards_client)[-1]


def _client_tls(context: Context, *, upstream: bool) -> layer.Layer:
    """TLS towards the client alone; the carrier inside opens its own connection to the origin, in TLS if *upstream*."""
    context.server.tls = upstream
    return layers.ClientTLSLayer(context)
